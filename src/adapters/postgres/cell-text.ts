import { types } from 'pg';
import { decodeTime } from './row-codec.js';

/** The driver's parser by number: its typings only know the numbers of built-in types. */
const ownParser = types.getTypeParser as (
  oid: number,
  format?: 'text' | 'binary',
) => (text: string) => unknown;

const { BOOL, INT2, INT4, INT8, JSON: DOCUMENT, NUMERIC, TEXT, TIMESTAMPTZ } = types.builtins;

const parsers = new Map<number, (text: string) => unknown>([
  [TIMESTAMPTZ, decodeTime],
  // No int8 column of ours holds more than a safe integer; positions are numeric and stay text.
  [INT8, Number],
]);

/** What a cell of the type is in memory, from the text that the server sends. */
export function parserOf(oid: number, format?: 'text' | 'binary'): (text: string) => unknown {
  return parsers.get(oid) ?? ownParser(oid, format);
}

const asItStands = (text: string): string => text;
const inQuotes = (text: string): string => `"${text}"`;

const writers = new Map<number, (text: string) => string>([
  [TEXT, (text) => JSON.stringify(text)],
  [NUMERIC, inQuotes],
  [TIMESTAMPTZ, (text) => inQuotes(decodeTime(text))],
  [BOOL, (text) => (text === 't' ? 'true' : 'false')],
  ...[INT2, INT4, INT8, DOCUMENT].map((oid) => [oid, asItStands] as const),
]);

/** The same value in JSON, without making it first: documents and numbers are JSON already. */
export function jsonWriterOf(oid: number): (text: string) => string {
  const parse = parserOf(oid);
  return writers.get(oid) ?? ((text) => JSON.stringify(parse(text)));
}
