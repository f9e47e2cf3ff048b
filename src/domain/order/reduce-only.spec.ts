import { decimal, formatDecimal } from '../kernel/decimal.js';
import type { DecimalText, OrderSide } from '../kernel/units.js';
import { reducibleQuantity } from './reduce-only.js';

describe('what an exit may take', () => {
  it.each<[OrderSide, string, string[], string]>([
    ['sell', '10', [], '10'],
    ['sell', '10', ['4', '3.5'], '2.5'],
    ['sell', '10', ['4', '7'], '0'], // the exits on their way take all of it
    ['sell', '-10', [], '0'], // it would add to a short
    ['sell', '0', [], '0'],
    ['buy', '-10', ['0.001'], '9.999'],
    ['buy', '10', [], '0'],
  ])('%s of %s with %j on their way: %s', (side, position, onTheirWay, expected) => {
    const rest = reducibleQuantity({
      side,
      position: decimal(position),
      onTheirWay: onTheirWay as DecimalText[],
    });
    expect(formatDecimal(rest)).toBe(expected);
  });
});
