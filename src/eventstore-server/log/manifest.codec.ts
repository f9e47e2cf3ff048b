import { crc32 } from './crc32.js';
import { DamagedLogError } from './damaged-log-error.js';

/** A file of the log: where it begins, and how often it was rewritten since. */
export interface SegmentName {
  readonly base: number;
  readonly generation: number;
  /** Size of a file that was rewritten; of all others the positions tell. */
  readonly bytes?: number;
}

const TITLE = 'eventstore-server manifest 1';
const LINE = /^(\d+) (\d+)(?: (\d+))?$/;

/** One line a segment, readable by an operator, with a checksum at the end. */
export function manifestText(names: readonly SegmentName[]): string {
  const lines = [TITLE, ...names.map(lineOf)];
  const body = `${lines.join('\n')}\n`;
  return `${body}crc ${checksum(body)}\n`;
}

/** `path` is that of the directory, for the message of the error. */
export function parseManifest(text: string, path: string): SegmentName[] {
  const end = text.lastIndexOf('crc ');
  const body = text.slice(0, Math.max(end, 0));
  const [title, ...lines] = body.trimEnd().split('\n');
  if (text !== `${body}crc ${checksum(body)}\n` || title !== TITLE) {
    throw new DamagedLogError(`the manifest of ${path} is damaged: its checksum is wrong`);
  }
  return lines.map((line) => {
    const [, base, generation, bytes] = LINE.exec(line) ?? [];
    const name = { base: Number(base), generation: Number(generation) };
    return bytes === undefined ? name : { ...name, bytes: Number(bytes) };
  });
}

function lineOf({ base, generation, bytes }: SegmentName): string {
  return bytes === undefined ? `${base} ${generation}` : `${base} ${generation} ${bytes}`;
}

function checksum(body: string): string {
  return crc32(Buffer.from(body, 'latin1')).toString(16).padStart(8, '0');
}
