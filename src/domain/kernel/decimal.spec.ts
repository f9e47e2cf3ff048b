import fc from 'fast-check';
import {
  add,
  canonical,
  compare,
  decimal,
  divide,
  roundHalfEven,
  exactUnitsAt,
  floorTo,
  formatDecimal,
  isMultipleOf,
  isPositive,
  isZero,
  multiply,
  negate,
  parseDecimal,
  significantScale,
  subtract,
} from './decimal.js';
import type { Decimal } from './decimal.js';

const anyDecimal: fc.Arbitrary<Decimal> = fc.record({
  units: fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n }),
  scale: fc.integer({ min: 0, max: 12 }),
});

describe('decimal text', () => {
  it('of ours is read again however long it has become: a product of the longest that come from outside', () => {
    const long = `74.${'3'.repeat(37)}`;
    const product = formatDecimal(multiply(decimal(long), decimal(`9${'8'.repeat(39)}`)));
    expect(product.length).toBeGreaterThan(70);
    expect(canonical(product)).toBe(product);
    expect([parseDecimal(long)?.scale, parseDecimal(`${long}3`)]).toStrictEqual([37, undefined]);
  });

  it.each([
    ['0', 0n, 0],
    ['80', 80n, 0],
    ['80.50', 8050n, 2],
    ['-0.000001', -1n, 6],
    ['007.1', 71n, 1],
    ['61837.63000000', 6183763000000n, 8],
  ])('%s is read exactly', (text, units, scale) => {
    expect(parseDecimal(text)).toStrictEqual({ units, scale });
  });

  it('is what the pattern of decimals says, and has its digits, whatever the length', () => {
    const signs = fc.string({ unit: fc.constantFrom('0', '1', '7', '9', '.', '-'), maxLength: 24 });
    const likely = fc.tuple(fc.nat(), fc.nat(), fc.nat()).map(([a, b, c]) => `${a}${b}.${c}`);
    fc.assert(
      fc.property(fc.oneof(signs, likely), (text) => {
        const [, whole, fraction = ''] = /^(-?\d+)(?:\.(\d+))?$/.exec(text) ?? [];
        const units = whole === undefined ? undefined : BigInt(whole.replace('-', '') + fraction);
        const read = parseDecimal(text);
        expect(read && (text.startsWith('-') ? -read.units : read.units)).toBe(units);
        expect(read?.scale).toBe(whole === undefined ? undefined : fraction.length);
      }),
    );
  });

  it.each([
    '',
    ' 1',
    '1 ',
    '+1',
    '1e3',
    '.5',
    '5.',
    '1.2.3',
    '1,5',
    'NaN',
    'Infinity',
    '0x10',
    '--1',
  ])('%j is no decimal', (text) => {
    expect(parseDecimal(text)).toBeUndefined();
    expect(() => decimal(text)).toThrow('Invariant: decimal text expected');
  });

  it('takes 40 characters and not one more', () => {
    expect(parseDecimal('1'.repeat(40))).toStrictEqual({ units: BigInt('1'.repeat(40)), scale: 0 });
    expect(parseDecimal('1'.repeat(41))).toBeUndefined();
  });

  it.each([
    ['61837.63000000', '61837.63'],
    ['80.0', '80'],
    ['007', '7'],
    ['-0.00', '0'],
    ['-0.50', '-0.5'],
    ['0.001', '0.001'],
    ['100', '100'],
  ])('%s is written %s', (text, written) => {
    expect(canonical(text)).toBe(written);
  });

  it('is the same number after writing and reading', () => {
    fc.assert(
      fc.property(anyDecimal, (value) => {
        expect(compare(decimal(formatDecimal(value)), value)).toBe(0);
      }),
    );
  });

  it('is one text for one number', () => {
    fc.assert(
      fc.property(anyDecimal, fc.integer({ min: 0, max: 6 }), ({ units, scale }, zeros) => {
        const longer = { units: units * 10n ** BigInt(zeros), scale: scale + zeros };
        expect(formatDecimal(longer)).toBe(formatDecimal({ units, scale }));
      }),
    );
  });
});

describe('decimal arithmetic', () => {
  it('adds what a float gets wrong', () => {
    expect(formatDecimal(add(decimal('0.1'), decimal('0.2')))).toBe('0.3');
    expect(formatDecimal(subtract(decimal('83.29'), decimal('81.97')))).toBe('1.32');
    // 1.32 * 0.003 = 0.00396
    expect(formatDecimal(multiply(decimal('1.32'), decimal('0.003')))).toBe('0.00396');
    expect(formatDecimal(negate(decimal('1.50')))).toBe('-1.5');
  });

  it('takes back what it added', () => {
    fc.assert(
      fc.property(anyDecimal, anyDecimal, (a, b) => {
        expect(compare(subtract(add(a, b), b), a)).toBe(0);
      }),
    );
  });

  it('orders numbers, not texts', () => {
    expect(compare(decimal('4.0'), decimal('4'))).toBe(0);
    expect(compare(decimal('9'), decimal('10.1'))).toBe(-1);
    expect(compare(decimal('-1'), decimal('-2'))).toBe(1);
    expect([isZero(decimal('0.00')), isZero(decimal('0.01'))]).toStrictEqual([true, false]);
    expect(['0.01', '0', '-1'].map((text) => isPositive(decimal(text)))).toStrictEqual([
      true,
      false,
      false,
    ]);
  });

  it('knows grids: 0.05 holds 80.15 and not 80.16', () => {
    expect(isMultipleOf(decimal('80.15'), decimal('0.05'))).toBe(true);
    expect(isMultipleOf(decimal('80.16'), decimal('0.05'))).toBe(false);
    expect(isMultipleOf(decimal('80.150'), decimal('0.05'))).toBe(true);
    expect(formatDecimal(floorTo(decimal('80.19'), decimal('0.05')))).toBe('80.15');
    expect(formatDecimal(floorTo(decimal('0.0009'), decimal('0.001')))).toBe('0');
  });

  it.each([
    ['0.010', 2],
    ['100', 0],
    ['1.0', 0],
    ['0', 0],
    ['0.000001', 6],
  ])('%s has %d digits that matter', (text, digits) => {
    expect(significantScale(decimal(text))).toBe(digits);
  });

  it('never rounds to a scale: what does not fit is told', () => {
    expect(exactUnitsAt(decimal('61837.63000000'), 2)).toBe(6183763n);
    expect(exactUnitsAt(decimal('80'), 2)).toBe(8000n);
    expect(exactUnitsAt(decimal('80.001'), 2)).toBeUndefined();
  });
});

describe('a quotient', () => {
  it.each([
    ['1', '3', 4, '0.3333'],
    ['2', '3', 4, '0.6667'],
    ['1', '8', 2, '0.12'],
    ['3', '8', 2, '0.38'],
    ['-3', '8', 2, '-0.38'],
    ['3', '-8', 2, '-0.38'],
    ['0.9975', '1', 3, '0.998'],
    ['0.9965', '1', 3, '0.996'],
  ])('%s / %s to %i digits is %s, a tie to the even one', (a, b, digits, wanted) => {
    expect(formatDecimal(divide(decimal(a), decimal(b), digits))).toBe(wanted);
  });

  it('by one is a rounding', () => {
    expect(formatDecimal(roundHalfEven(decimal('1.0355'), 3))).toBe('1.036');
  });
});
