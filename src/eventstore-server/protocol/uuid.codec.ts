import { WireReader, type WireWriter } from './wire.codec.js';

/** A uuid as four unsigned 32-bit words, big-endian, beside its lower-case text. */
export interface Uuid {
  readonly text: string;
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
}

const UUID_TEXT = /^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$/;

export function parseUuid(text: string): Uuid | undefined {
  if (!UUID_TEXT.test(text)) return undefined;
  const hex = (start: number, end: number): number => parseInt(text.slice(start, end), 16);
  return {
    text: text.toLowerCase(),
    a: hex(0, 8),
    b: hex(9, 13) * 0x10000 + hex(14, 18),
    c: hex(19, 23) * 0x10000 + hex(24, 28),
    d: hex(28, 36),
  };
}

/** The value of a UUID message, in either of its two forms. */
export function readUuid(reader: WireReader): Uuid | undefined {
  let text: string | undefined;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) text = readStructured(reader.message());
    else if (field === 2) text = reader.string();
    else reader.skip();
  }
  return text === undefined ? undefined : parseUuid(text);
}

export function writeStructuredUuid(writer: WireWriter, uuid: Uuid): void {
  const half = (high: number, low: number): bigint => (BigInt(high) << 32n) | BigInt(low);
  writer.message(1, (structured) => {
    structured.uint(1, half(uuid.a, uuid.b));
    structured.uint(2, half(uuid.c, uuid.d));
  });
}

function readStructured(reader: WireReader): string {
  let most = 0n;
  let least = 0n;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) most = reader.uint64Exact();
    else if (field === 2) least = reader.uint64Exact();
    else reader.skip();
  }
  const hex = most.toString(16).padStart(16, '0') + least.toString(16).padStart(16, '0');
  return [8, 12, 16, 20, 32].map((end, i) => hex.slice([0, 8, 12, 16, 20][i], end)).join('-');
}
