import fc from 'fast-check';
import { decimal } from '../domain/kernel/decimal.js';
import {
  ceilDiv,
  ceilUnits,
  exactUnits,
  floorDiv,
  floorUnits,
  roundBehindBest,
  roundInBand,
  roundLevel,
} from './level-units.js';
import type { LevelRounding } from './level-units.js';

const wide = fc.maxSafeInteger();
const divisor = fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 1e12 }));

describe('whole division', () => {
  it('rounds down and up, on both sides of zero', () => {
    fc.assert(
      fc.property(wide, divisor, (value, by) => {
        const [down, up] = [floorDiv(value, by), ceilDiv(value, by)].map(BigInt);
        expect((down ?? 0n) * BigInt(by) <= BigInt(value)).toBe(true);
        expect(((down ?? 0n) + 1n) * BigInt(by) > BigInt(value)).toBe(true);
        expect((up ?? 0n) * BigInt(by) >= BigInt(value)).toBe(true);
        expect(((up ?? 0n) - 1n) * BigInt(by) < BigInt(value)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it('is not led astray by a quotient that lies as close to a whole number as it can', () => {
    const most = Number.MAX_SAFE_INTEGER;
    fc.assert(
      fc.property(divisor, fc.constantFrom(-1, 0, 1), fc.nat(1000), (by, beside, back) => {
        const whole = Math.floor(most / by) - 1 - back;
        fc.pre(whole > 0);
        const value = whole * by + beside;
        const under = beside < 0 ? whole - 1 : whole;
        fc.pre(by > 1 && Number.isSafeInteger(value));
        expect(floorDiv(value, by)).toBe(under);
        expect(ceilDiv(-value, by)).toBe(-under);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('units of a decimal', () => {
  it.each([
    ['1.25', 2, 125, 125],
    ['1.25', 3, 1250, 1250],
    ['1.25', 1, 12, 13],
    ['-1.25', 2, -125, -125],
    ['-1.25', 1, -13, -12],
    ['-1.20', 1, -12, -12],
    ['0.00', 1, 0, 0],
    ['7', 0, 7, 7],
  ])('of %s at %i digits are %i, or %i rounded up', (text, scale, down, up) => {
    // Adding 0 makes the zero of a negation the plain one.
    expect(floorUnits(decimal(text), scale)).toBe(down);
    expect(ceilUnits(decimal(text), scale) + 0).toBe(up);
  });

  it('must fit where a checked plan says so', () => {
    expect(exactUnits('1.50', 1)).toBe(15);
    expect(() => exactUnits('1.25', 1)).toThrow('found 1.25 at 1 digits');
    expect(() => exactUnits('-1.25', 1)).toThrow('Invariant');
    expect(() => floorUnits(decimal('9007199254740992'), 0)).toThrow('found 9007199254740992');
    expect(floorUnits(decimal('9007199254740991'), 0)).toBe(Number.MAX_SAFE_INTEGER);
  });
});

describe('the rounding of a level', () => {
  it.each<[LevelRounding, number, number, number]>([
    ['none', 7, 5, 7],
    ['tighter', 5, 5, 5],
    ['tighter', 6, 5, 10],
    ['tighter', -6, 5, -5],
    ['looser', 9, 5, 5],
    ['looser', -6, 5, -10],
    ['nearest', 7, 5, 5],
    ['nearest', 8, 5, 10],
    // The middle goes to the tighter side, which is up in the direction of the position.
    ['nearest', 3, 6, 6],
    ['nearest', -3, 6, 0],
    ['halfEvenDecimals', 3, 6, 0],
    ['halfEvenDecimals', 9, 6, 12],
    ['halfEvenDecimals', 15, 6, 12],
    ['halfEvenDecimals', -3, 6, 0],
    ['halfEvenDecimals', -9, 6, -12],
    ['halfEvenDecimals', 8, 6, 6],
    ['halfEvenDecimals', 10, 6, 12],
  ])('%s: %i on a grid of %i is %i', (rounding, exact, unit, wanted) => {
    expect(roundLevel(exact, unit, rounding) + 0).toBe(wanted);
  });
});

describe('a level on a grid that changes with the price', () => {
  // By hand: 1 below 20, then 5 below 60, then 20.
  const bands = [
    { from: 20, tick: 5 },
    { from: 60, tick: 20 },
  ];
  const isOnGrid = (price: number): boolean => price % (price < 20 ? 1 : price < 60 ? 5 : 20) === 0;

  it.each(['long', 'short'] as const)('is the next one there is, of a %s', (side) => {
    const sign = side === 'long' ? 1 : -1;
    // Halves as well: a level has digits of its own below the grid.
    for (let halves = 2; halves <= 240; halves += 1) {
      const exact = (sign * halves) / 2;
      const grid = { sign, gridFine: 1, bands } as const;
      const of = (rounding: LevelRounding): number => roundInBand(exact, { ...grid, rounding });
      const candidates = Array.from({ length: 200 }, (_price, price) => price)
        .filter(isOnGrid)
        .map((price) => sign * price);
      expect(of('tighter')).toBe(Math.min(...candidates.filter((level) => level >= exact)));
      expect(of('looser')).toBe(Math.max(...candidates.filter((level) => level <= exact)));
      const nearest = candidates.reduce((best, level) => {
        const [far, near] = [Math.abs(best - exact), Math.abs(level - exact)];
        return near < far || (near === far && level > best) ? level : best;
      });
      expect(of('nearest')).toBe(nearest);
      expect(of('none')).toBe(exact);
    }
  });
});

describe('a level behind the best price', () => {
  const grid = { sign: 1, gridFine: 10, bands: [], rounding: 'tighter' } as const;

  it.each([
    ['with a place between', 984, 1000, 990],
    ['with none: not on the best price', 991, 1000, 990],
    ['nor beyond a best price that lies off the grid', 991, 997, 990],
    ['of a short', -1009, -1000, -1010],
    ['that is beyond it by itself', 1001, 1000, 1010],
    ['that is where it is', 997, 997, 1000],
  ])('is rounded %s', (_what, exact, best, wanted) => {
    expect(roundBehindBest(exact, best, grid)).toBe(wanted);
  });

  it('is rounded to none while it is not known', () => {
    expect(roundBehindBest(NaN, 1000, grid)).toBeNaN();
  });
});
