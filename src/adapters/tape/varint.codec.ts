// Whole numbers of up to 53 bits, seven bits a byte, the lowest first. No BigInt: it is on the path of every tick.

const GROUP = 128;
/** A number takes at most so many bytes. */
export const VARINT_BYTES_MAX = 8;

/** Bytes to read whole numbers and texts from, in order. */
export interface ByteCursor {
  readonly bytes: Buffer;
  at: number;
}

/** Writes a number from 0 to 2^53 - 1 and returns where it ends. */
export function writeVarint(bytes: Buffer, start: number, value: number): number {
  let at = start;
  let rest = value;
  while (rest >= GROUP) {
    bytes[at] = (rest % GROUP) | GROUP;
    rest = Math.floor(rest / GROUP);
    at += 1;
  }
  bytes[at] = rest;
  return at + 1;
}

export function readVarint(cursor: ByteCursor): number {
  const { bytes } = cursor;
  let value = 0;
  let weight = 1;
  for (;;) {
    const byte = bytes[cursor.at];
    if (byte === undefined) throw new Error('a number ends behind its record');
    cursor.at += 1;
    if (byte < GROUP) return value + byte * weight;
    value += (byte - GROUP) * weight;
    weight *= GROUP;
  }
}

/** Numbers near 0 on both sides become small ones: 0, -1, 1, -2 ... Undefined where that is no safe integer. */
export function zigzag(value: number): number | undefined {
  const folded = value < 0 ? -value * 2 - 1 : value * 2;
  return Number.isSafeInteger(folded) ? folded : undefined;
}

export function unzigzag(folded: number): number {
  return folded % 2 === 0 ? folded / 2 : -(folded + 1) / 2;
}

/** Length and text. Returns where it ends. */
export function writeText(bytes: Buffer, start: number, text: string): number {
  const at = writeVarint(bytes, start, Buffer.byteLength(text));
  return at + bytes.write(text, at, 'utf8');
}

export function readText(cursor: ByteCursor): string {
  const length = readVarint(cursor);
  const start = cursor.at;
  if (start + length > cursor.bytes.length) throw new Error('a text ends behind its record');
  cursor.at = start + length;
  return cursor.bytes.toString('utf8', start, cursor.at);
}
