import fc from 'fast-check';
import type { DecimalText } from '../../domain/kernel/units.js';
import { LEVELS_MAX, OrderBook } from './order-book.js';
import { takerEstimate } from './taker-estimate.js';

const side = fc.constantFrom('bid' as const, 'ask' as const);
const change = fc.record({ side, priceUnits: fc.integer({ min: 1, max: 40 }), size: fc.nat(3) });

describe('an order book', () => {
  it('holds what a plain list of all prices holds, the best first', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 200 }), (changes) => {
        const book = new OrderBook();
        const plain = { bid: new Map<number, string>(), ask: new Map<number, string>() };
        for (const { side, priceUnits, size } of changes) {
          book.set(side, priceUnits, String(size));
          if (size === 0) plain[side].delete(priceUnits);
          else plain[side].set(priceUnits, String(size));
        }
        const sorted = (of: Map<number, string>, sign: 1 | -1) =>
          [...of]
            .sort(([a], [b]) => (a - b) * sign)
            .map(([priceUnits, size]) => ({ priceUnits, size }));
        expect([...book.levels('bid')]).toEqual(sorted(plain.bid, -1));
        expect([...book.levels('ask')]).toEqual(sorted(plain.ask, 1));
      }),
    );
  });

  it('gives up what is furthest from the market when it is full', () => {
    const book = new OrderBook();
    for (let units = 1; units <= LEVELS_MAX + 2; units += 1) {
      book.set('bid', units, '1');
      book.set('ask', LEVELS_MAX + 10 + units, '1');
    }
    expect([book.depth('bid'), book.depth('ask')]).toEqual([LEVELS_MAX, LEVELS_MAX]);
    expect(book.best('bid')?.priceUnits).toBe(LEVELS_MAX + 2);
    expect(book.best('ask')?.priceUnits).toBe(LEVELS_MAX + 11);
  });

  it('is crossed when a bid is at an ask', () => {
    const book = new OrderBook();
    book.set('bid', 100, '1');
    book.set('ask', 101, '1');
    expect(book.isCrossed).toBe(false);
    book.set('bid', 101, '1');
    expect(book.isCrossed).toBe(true);
  });
});

describe('what a taker would get', () => {
  const book = new OrderBook();
  book.set('bid', 8_000, '1');
  book.set('bid', 7_990, '2.5');
  book.set('bid', 7_900, '10');
  book.set('ask', 8_010, '4');

  const sell = (quantity: string) =>
    takerEstimate(book, { side: 'sell', quantity: quantity as DecimalText, priceScale: 2 });

  it('is nothing while the book is void', () => {
    expect(sell('1')).toBeUndefined();
  });

  it.each([
    ['1', '1', '80', '80', '0'],
    ['3.5', '3.5', '79.928571', '79.9', '8.93'],
    ['13.5', '13.5', '79.240741', '79', '94.91'],
    ['20', '13.5', '79.240741', '79', '94.91'],
  ])('sells %s level by level', (quantity, ...expected) => {
    book.isSound = true;
    const [filledQuantity, averagePrice, worstPrice, slippageBps] = expected;
    expect(sell(quantity)).toEqual({
      ...{ side: 'sell', quantity, filledQuantity, averagePrice, worstPrice, slippageBps },
    });
  });

  it('is reckoned from the asks for a buy', () => {
    const buy = { side: 'buy', quantity: '5' as DecimalText, priceScale: 2 } as const;
    expect(takerEstimate(book, buy)).toMatchObject({ filledQuantity: '4', averagePrice: '80.1' });
  });
});
