import { crc32 as nativeCrc32 } from 'node:zlib';

const POLYNOMIAL = 0xedb88320;
/** Up to here a loop is faster than the call into native code. */
const LOOP_BYTES_MAX = 64;

/** Four tables, so that four bytes are taken per step. */
const TABLES = buildTables();

/** CRC-32 (IEEE) of a range of bytes; `seed` is the checksum of what comes before it. */
export function crc32(bytes: Buffer, start = 0, end = bytes.length, seed = 0): number {
  if (end - start > LOOP_BYTES_MAX) {
    const isWhole = start === 0 && end === bytes.length;
    return nativeCrc32(isWhole ? bytes : bytes.subarray(start, end), seed);
  }
  let crc = ~seed;
  let at = start;
  const [t0, t1, t2, t3] = TABLES;
  if (t0 === undefined || t1 === undefined || t2 === undefined || t3 === undefined) return 0;
  for (; at + 4 <= end; at += 4) {
    crc ^= bytes.readInt32LE(at);
    crc =
      (t3[crc & 0xff] ?? 0) ^
      (t2[(crc >>> 8) & 0xff] ?? 0) ^
      (t1[(crc >>> 16) & 0xff] ?? 0) ^
      (t0[crc >>> 24] ?? 0);
  }
  for (; at < end; at++) {
    crc = (t0[(crc ^ (bytes[at] ?? 0)) & 0xff] ?? 0) ^ (crc >>> 8);
  }
  return ~crc >>> 0;
}

function buildTables(): Int32Array[] {
  const first = new Int32Array(256);
  for (let n = 0; n < 256; n++) {
    let value = n;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? POLYNOMIAL ^ (value >>> 1) : value >>> 1;
    first[n] = value;
  }
  const tables = [first];
  for (let k = 1; k < 4; k++) {
    const previous = tables[k - 1] ?? first;
    tables.push(previous.map((value) => (first[value & 0xff] ?? 0) ^ (value >>> 8)));
  }
  return tables;
}
