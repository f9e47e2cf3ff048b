import { crc32 } from './crc32.js';
import { DamagedLogError } from './damaged-log-error.js';

/** A file of the log: where it begins, and how often it was rewritten since. */
export interface SegmentName {
  readonly base: number;
  readonly generation: number;
}

const TITLE = 'eventstore-server manifest 1';
const LINE = /^(\d+) (\d+)$/;

/** One line a segment, readable by an operator, with a checksum at the end. */
export function manifestText(names: readonly SegmentName[]): string {
  const lines = [TITLE, ...names.map(({ base, generation }) => `${base} ${generation}`)];
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
    const [, base, generation] = LINE.exec(line) ?? [];
    return { base: Number(base), generation: Number(generation) };
  });
}

function checksum(body: string): string {
  return crc32(Buffer.from(body, 'latin1')).toString(16).padStart(8, '0');
}
