import { decimal } from './decimal.js';
import { splitSteps } from './split.js';

describe('the steps of a value after a split', () => {
  const cent = decimal('0.01');

  it.each([
    ['1.00', 25n, 25n],
    ['1.01', 25n, 26n],
    ['-1.00', -25n, -25n],
    ['-1.01', -26n, -25n],
  ])('four for one, of %s, are %s rounded down and %s rounded up', (text, down, up) => {
    const ratio = { from: 1, to: 4 };
    expect(splitSteps(decimal(text), ratio, cent, 'down')).toBe(down);
    expect(splitSteps(decimal(text), ratio, cent, 'up')).toBe(up);
  });
});
