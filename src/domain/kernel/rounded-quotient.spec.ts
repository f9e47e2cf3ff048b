import { decimal, formatDecimal } from './decimal.js';
import { roundedQuotient } from './rounded-quotient.js';

it.each([
  ['1', '3', 4, '0.3333'],
  ['2', '3', 4, '0.6667'],
  ['-2', '3', 4, '-0.6667'],
  ['1', '8', 2, '0.12'], // 0.125: half goes to the even digit
  ['3', '8', 2, '0.38'], // 0.375
  ['-1', '8', 2, '-0.12'],
  ['1', '-8', 2, '-0.12'],
  ['0.000001', '0.003', 2, '0'],
  ['10', '0.004', 0, '2500'],
  ['123.456', '1', 1, '123.5'],
])('%s / %s at %d digits is %s', (dividend, divisor, scale, quotient) => {
  expect(formatDecimal(roundedQuotient(decimal(dividend), decimal(divisor), scale))).toBe(quotient);
});

it('has no quotient by zero', () => {
  expect(() => roundedQuotient(decimal('1'), decimal('0.00'), 2)).toThrow('divisor is not zero');
});
