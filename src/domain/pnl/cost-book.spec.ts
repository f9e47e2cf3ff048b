import fc from 'fast-check';
import type { Contract } from '../kernel/contract.js';
import { tradeFlow } from '../kernel/contract.js';
import { ZERO, add, compare, decimal, formatDecimal, negate } from '../kernel/decimal.js';
import type { Decimal } from '../kernel/decimal.js';
import type { DecimalText } from '../kernel/units.js';
import { booked, openFlow, openQuantity } from './cost-book.js';
import type { CostBasis, CostBook } from './cost-book.js';

type Trade = readonly [side: 'buy' | 'sell', quantity: string, price: string];

function bookOf(basis: CostBasis, trades: readonly Trade[], contract?: Contract) {
  let book: CostBook = [];
  let cash = ZERO;
  const realised: string[] = [];
  for (const [side, quantity, price] of trades) {
    const size = decimal(quantity);
    const flow = tradeFlow(contract, side, { quantity: size, price: decimal(price) });
    const result = booked(book, { quantity: side === 'buy' ? size : negate(size), flow }, basis);
    book = result.book;
    cash = add(cash, flow);
    realised.push(formatDecimal(result.realised));
  }
  return { book, realised, cash };
}

const UP: readonly Trade[] = [
  ['buy', '1', '100'],
  ['buy', '1', '110'],
  ['sell', '1.5', '120'],
];
const COIN: Contract = {
  kind: 'inverse',
  multiplier: '100' as DecimalText,
  baseCurrency: 'BTC',
  settlementCurrency: 'BTC',
};

describe('the cost book', () => {
  it('sells the oldest first', () => {
    // 1 x (120 - 100) + 0.5 x (120 - 110)
    expect(bookOf('fifo', UP)).toMatchObject({
      realised: ['0', '0', '25'],
      book: [{ quantity: '0.5', flow: '-55' }],
    });
  });

  it('or an equal share of all', () => {
    // 1.5 x (120 - 105)
    expect(bookOf('average', UP)).toMatchObject({
      realised: ['0', '0', '22.5'],
      book: [{ quantity: '0.5', flow: '-52.5' }],
    });
  });

  it('keeps neighbours of one price as one lot, and realises what they would apart', () => {
    const entries: Trade[] = ['100', '100', '110', '100'].map((price) => ['buy', '1', price]);
    expect(bookOf('fifo', entries).book).toStrictEqual([
      { quantity: '2', flow: '-200' },
      { quantity: '1', flow: '-110' },
      { quantity: '1', flow: '-100' },
    ]);
    // 1.5 x (120 - 100); 0.5 x (120 - 100) + 1 x (120 - 110) + 0.5 x (120 - 100)
    const exits: Trade[] = [
      ['sell', '1.5', '120'],
      ['sell', '2', '120'],
    ];
    const { book, realised } = bookOf('fifo', [...entries, ...exits]);
    expect(realised.slice(4)).toStrictEqual(['30', '30']);
    expect(book).toStrictEqual([{ quantity: '0.5', flow: '-50' }]);
  });

  it('turns through flat: what is sold beyond the holding is sold short', () => {
    const flip = bookOf('fifo', [
      ['buy', '1', '100'],
      ['sell', '3', '90'],
      ['buy', '2', '80'],
    ]);
    expect(flip).toMatchObject({ realised: ['0', '-10', '20'], book: [] }); // 90 - 100; 2 x (90 - 80)
  });

  it('counts an inverse contract in coins', () => {
    // 100 contracts of 100 USD: 10 000 / 50 000 = 0.2 BTC in, 10 000 / 62 500 = 0.16 BTC out.
    const long = bookOf(
      'fifo',
      [
        ['buy', '100', '50000'],
        ['sell', '100', '62500'],
      ],
      COIN,
    );
    expect(long).toMatchObject({ realised: ['0', '0.04'], book: [] });
  });

  it('keeps what rounding takes from one part for the rest', () => {
    const thirds = bookOf('average', [
      ['buy', '1', '100'],
      ['buy', '2', '50.01'],
      ['sell', '1', '70'],
      ['sell', '1', '70'],
      ['sell', '1', '70'],
    ]);
    expect(formatDecimal(thirds.cash)).toBe('9.98'); // 210 - 100 - 100.02
    expect(formatDecimal(sum(thirds.realised))).toBe('9.98');
  });

  it.each(['fifo', 'average'] as const)(
    'by %s loses nothing: realised and what is still open are the cash, whatever was traded',
    (basis) => {
      fc.assert(
        fc.property(trades, contracts, (fills, contract) => {
          const { book, realised, cash } = bookOf(basis, fills, contract);
          expect(formatDecimal(add(sum(realised), openFlow(book)))).toBe(formatDecimal(cash));
          const held = fills.reduce(
            (total, [side, quantity]) =>
              add(total, side === 'buy' ? decimal(quantity) : negate(decimal(quantity))),
            ZERO,
          );
          expect(compare(openQuantity(book), held)).toBe(0);
          expect(new Set(book.map((lot) => lot.quantity.startsWith('-'))).size).toBeLessThan(2);
        }),
        { numRuns: 500 },
      );
    },
  );
});

function sum(texts: readonly string[]): Decimal {
  return texts.reduce((total, text) => add(total, decimal(text)), ZERO);
}

const amounts = (digits: number) =>
  fc
    .integer({ min: 1, max: 10_000_000 })
    .map((units) => formatDecimal({ units: BigInt(units), scale: digits }) as string);
const trades = fc.array(
  fc.tuple(fc.constantFrom('buy' as const, 'sell' as const), amounts(3), amounts(2)),
  { maxLength: 40 },
);
const contracts = fc.constantFrom(undefined, COIN, {
  ...COIN,
  kind: 'linear' as const,
  multiplier: '0.25' as DecimalText,
});
