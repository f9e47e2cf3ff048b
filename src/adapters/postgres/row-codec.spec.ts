import fc from 'fast-check';
import { decodeTime } from './row-codec.js';

describe('a time of the database', () => {
  it.each([
    ['2025-06-21 21:25:00+00', '2025-06-21T21:25:00.000Z'],
    ['2025-06-21 21:25:00.1+00', '2025-06-21T21:25:00.100Z'],
    ['2025-06-21 21:25:00.123456+00', '2025-06-21T21:25:00.123Z'],
    ['2025-06-21 23:25:00.5+02', '2025-06-21T21:25:00.500Z'],
    ['2025-06-22 02:55:00.5+05:30', '2025-06-21T21:25:00.500Z'],
  ])('%s is %s', (stored, iso) => {
    expect(decodeTime(stored)).toBe(iso);
  });

  it('is what a date makes of it, whatever the millisecond', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: Date.UTC(9999, 11, 31) }), (at) => {
        const iso = new Date(at).toISOString();
        // As the server writes it: without zeros at the end.
        const stored = iso.replace('T', ' ').replace(/0*Z$/, 'Z').replace(/\.?Z$/, '+00');
        expect(decodeTime(stored)).toBe(iso);
      }),
    );
  });
});
