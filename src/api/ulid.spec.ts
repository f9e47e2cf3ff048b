import { ulid, ulidTime } from './ulid.js';

const T0 = 1_750_541_460_123;

describe('a ULID', () => {
  it('is the time and the chance in Crockford base32', () => {
    expect(ulid(0, Buffer.alloc(10))).toBe('00000000000000000000000000');
    expect(ulid(2 ** 48 - 1, Buffer.alloc(10, 0xff))).toBe('7ZZZZZZZZZZZZZZZZZZZZZZZZZ');
    // The example of the ULID specification: 1469918176385 ms is 01ARYZ6S41.
    expect(ulid(1_469_918_176_385, Buffer.alloc(10)).slice(0, 10)).toBe('01ARYZ6S41');
  });

  it('gives its time back and sorts by it', () => {
    const earlier = ulid(T0, Buffer.alloc(10, 0xff));
    const later = ulid(T0 + 1, Buffer.alloc(10));
    expect(ulidTime(earlier)).toBe(T0);
    expect(earlier < later).toBe(true);
  });

  it('is new every time', () => {
    expect(new Set(Array.from({ length: 1_000 }, () => ulid(T0))).size).toBe(1_000);
  });
});
