import { retryAfterMs } from './retry-after.js';

const NOW = Date.UTC(2025, 5, 21, 21, 31, 0);

describe('when a venue wants to be asked again', () => {
  it.each([
    ['120', 120_000],
    ['0', 0],
    ['Sat, 21 Jun 2025 21:31:07 GMT', 7_000],
    ['Sat, 21 Jun 2025 21:30:00 GMT', 0],
    ['soon', undefined],
    ['', undefined],
    [null, undefined],
  ])('is said by the header %j', (header, ms) => {
    expect(retryAfterMs(header, NOW)).toBe(ms);
  });
});
