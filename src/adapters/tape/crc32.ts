import { crc32 as crc32Of } from 'node:zlib';

/** CRC-32 as of zip and Ethernet over bytes from `start` to before `end`. */
export function crc32(bytes: Uint8Array, start = 0, end = bytes.length): number {
  return crc32Of(start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end));
}
