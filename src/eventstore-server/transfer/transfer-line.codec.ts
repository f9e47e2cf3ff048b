import { parseUuid, type Uuid } from '../protocol/uuid.codec.js';

/** An event on its way from one store to another. */
export interface CarriedEvent {
  readonly stream: string;
  readonly revision: bigint;
  /** Where it stood in the log that it comes from. */
  readonly position: bigint;
  readonly id: Uuid;
  readonly type: string;
  readonly isJson: boolean;
  readonly createdMs: number;
  readonly data: Buffer;
  readonly metadata: Buffer;
}

/** A stream whose last events, from `from` up to the one before `next`, the store has thrown away. */
export interface EmptiedStream {
  readonly stream: string;
  readonly from: bigint;
  readonly next: bigint;
}

/** Bytes that are no text are told apart from text, so that most files can be read by people. */
type Bytes = string | { readonly base64: string };

export const HEADER_LINE = JSON.stringify({ format: 'eventstore-export', version: 1 });

/** The last line: without it the file is a part of an export. */
export function endLine(count: number, position: bigint): string {
  return JSON.stringify({ end: { events: count, position: position.toString() } });
}

export function encodeLine(event: CarriedEvent): string {
  return JSON.stringify({
    position: event.position.toString(),
    stream: event.stream,
    revision: event.revision.toString(),
    id: event.id.text,
    type: event.type,
    json: event.isJson,
    created: new Date(event.createdMs).toISOString(),
    data: encodeBytes(event.data),
    ...(event.metadata.length > 0 ? { metadata: encodeBytes(event.metadata) } : {}),
  });
}

/** Stands behind the events: it holds for the moment of the export. */
export function emptiedLine({ stream, from, next }: EmptiedStream): string {
  return JSON.stringify({ emptied: { stream, from: from.toString(), next: next.toString() } });
}

export type TransferLine =
  | { readonly kind: 'event'; readonly event: CarriedEvent }
  | { readonly kind: 'emptied'; readonly emptied: EmptiedStream }
  | { readonly kind: 'end'; readonly events: number };

/** Throws an Error that says what is wrong with the line. */
export function decodeLine(text: string): TransferLine {
  const line = JSON.parse(text) as Record<string, unknown>;
  const end = line['end'] as { events?: unknown } | undefined;
  if (end !== undefined) return { kind: 'end', events: Number(end.events) };
  const emptied = line['emptied'] as Record<string, unknown> | undefined;
  if (emptied !== undefined) {
    const stream = textIn(emptied, 'stream');
    const from = BigInt(textIn(emptied, 'from'));
    return {
      kind: 'emptied',
      emptied: { stream, from, next: BigInt(textIn(emptied, 'next')) },
    };
  }
  const id = parseUuid(textIn(line, 'id'));
  if (id === undefined) throw new Error(`'id' must be a uuid, was ${String(line['id'])}`);
  return {
    kind: 'event',
    event: {
      id,
      stream: textIn(line, 'stream'),
      revision: BigInt(textIn(line, 'revision')),
      position: BigInt(textIn(line, 'position')),
      type: textIn(line, 'type'),
      isJson: line['json'] === true,
      createdMs: Date.parse(textIn(line, 'created')),
      data: decodeBytes(line['data'] as Bytes),
      metadata: decodeBytes((line['metadata'] ?? '') as Bytes),
    },
  };
}

function textIn(line: Record<string, unknown>, key: string): string {
  const value = line[key];
  if (typeof value !== 'string') throw new Error(`'${key}' must be a text, was ${typeof value}`);
  return value;
}

function encodeBytes(bytes: Buffer): Bytes {
  const text = bytes.toString('utf8');
  return Buffer.from(text, 'utf8').equals(bytes) ? text : { base64: bytes.toString('base64') };
}

function decodeBytes(bytes: Bytes): Buffer {
  return typeof bytes === 'string'
    ? Buffer.from(bytes, 'utf8')
    : Buffer.from(bytes.base64, 'base64');
}
