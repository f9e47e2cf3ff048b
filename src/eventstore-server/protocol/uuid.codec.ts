import { WireReader, type WireWriter } from './wire.codec.js';

/** A uuid as four unsigned 32-bit words, big-endian. */
export class Uuid {
  constructor(
    readonly a: number,
    readonly b: number,
    readonly c: number,
    readonly d: number,
  ) {}

  /** In lower case. */
  get text(): string {
    const [a, b, c, d] = [this.a, this.b, this.c, this.d].map(hexOf);
    return `${a}-${b?.slice(0, 4)}-${b?.slice(4)}-${c?.slice(0, 4)}-${c?.slice(4)}${d}`;
  }
}

export const UUID_TEXT_BYTES = 36;
const DASH = 0x2d;
const DASHES_AT = [8, 13, 18, 23];
const DIGITS_AT = Uint8Array.from({ length: UUID_TEXT_BYTES }, (_, at) => at).filter(
  (at) => !DASHES_AT.includes(at),
);
const HEX_DIGITS = Buffer.from('0123456789abcdef', 'latin1');
const NO_DIGIT = 255;
/** By the byte of the digit. */
const DIGIT_OF = Uint8Array.from({ length: 256 }, (_, byte) => {
  const digit = '0123456789abcdef'.indexOf(String.fromCharCode(byte).toLowerCase());
  return digit < 0 ? NO_DIGIT : digit;
});
const UUID_TEXT = /^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$/;

export function parseUuid(text: string): Uuid | undefined {
  if (!UUID_TEXT.test(text)) return undefined;
  const hex = (start: number, end: number): number => parseInt(text.slice(start, end), 16);
  return new Uuid(
    hex(0, 8),
    hex(9, 13) * 0x10000 + hex(14, 18),
    hex(19, 23) * 0x10000 + hex(24, 28),
    hex(28, 36),
  );
}

/** The same out of bytes: ids are most of what an append has to understand. */
export function parseUuidBytes(source: Buffer, start: number, end: number): Uuid | undefined {
  if (end - start !== UUID_TEXT_BYTES) return undefined;
  for (const at of DASHES_AT) if (source[start + at] !== DASH) return undefined;
  const a = readWord(source, start, 0);
  const b = readWord(source, start, 1);
  const c = readWord(source, start, 2);
  const d = readWord(source, start, 3);
  return a < 0 || b < 0 || c < 0 || d < 0 ? undefined : new Uuid(a, b, c, d);
}

/** Eight hexadecimal digits of the text; -1 if one is none. */
function readWord(source: Buffer, start: number, word: number): number {
  let value = 0;
  for (let i = word * 8; i < word * 8 + 8; i++) {
    const digit = DIGIT_OF[source[start + (DIGITS_AT[i] ?? 0)] ?? 0] ?? NO_DIGIT;
    if (digit === NO_DIGIT) return -1;
    value = value * 16 + digit;
  }
  return value;
}

/** Puts the text where there is room for it. */
export function putUuidText(target: Buffer, start: number, uuid: Uuid): void {
  putWord(target, start, { no: 0, value: uuid.a });
  putWord(target, start, { no: 1, value: uuid.b });
  putWord(target, start, { no: 2, value: uuid.c });
  putWord(target, start, { no: 3, value: uuid.d });
  for (const at of DASHES_AT) target[start + at] = DASH;
}

function putWord(target: Buffer, start: number, word: { no: number; value: number }): void {
  let rest = word.value;
  for (let i = word.no * 8 + 7; i >= word.no * 8; i--) {
    target[start + (DIGITS_AT[i] ?? 0)] = HEX_DIGITS[rest & 15] ?? 0;
    rest >>>= 4;
  }
}

/** The value of a UUID message, in either of its two forms. */
export function readUuid(reader: WireReader): Uuid | undefined {
  let uuid: Uuid | undefined;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) uuid = readStructured(reader.message());
    else if (field === 2) uuid = reader.take(parseUuidBytes);
    else reader.skip();
  }
  return uuid;
}

export function writeStructuredUuid(writer: WireWriter, uuid: Uuid): void {
  const half = (high: number, low: number): bigint => (BigInt(high) << 32n) | BigInt(low);
  writer.message(1, (structured) => {
    structured.uint(1, half(uuid.a, uuid.b));
    structured.uint(2, half(uuid.c, uuid.d));
  });
}

function readStructured(reader: WireReader): Uuid {
  let most = 0n;
  let least = 0n;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) most = reader.uint64Exact();
    else if (field === 2) least = reader.uint64Exact();
    else reader.skip();
  }
  const [high, low] = [most, least].map((half) => [half >> 32n, half & 0xffffffffn].map(Number));
  const [a = 0, b = 0] = high ?? [];
  const [c = 0, d = 0] = low ?? [];
  return new Uuid(a, b, c, d);
}

function hexOf(word: number): string {
  return word.toString(16).padStart(8, '0');
}
