import fc from 'fast-check';
import type { TradeRow } from './openalgo.messages.js';
import {
  fillsOf,
  parseFunds,
  parseHoldings,
  parseOrderBook,
  parsePositionBook,
  parseTradeBook,
  statusOf,
  timeOf,
} from './openalgo.parse.js';

// The samples of docs.openalgo.in, numbers as text.
const ORDER = {
  action: 'BUY',
  symbol: 'RELIANCE',
  exchange: 'NSE',
  orderid: '250408000989443',
  product: 'MIS',
  quantity: '1',
  price: '1186.0',
  pricetype: 'MARKET',
  order_status: 'complete',
  trigger_price: '0.0',
  timestamp: '08-Apr-2025 13:58:03',
};
const TRADE = {
  action: 'SELL',
  symbol: 'NHPC',
  exchange: 'NSE',
  orderid: '250408001086129',
  product: 'MIS',
  quantity: '3',
  average_price: '83.74',
  timestamp: '14:28:49',
  trade_value: '251.22',
} as const;
const POSITION = {
  symbol: 'NHPC',
  exchange: 'NSE',
  product: 'MIS',
  quantity: '-1',
  average_price: '83.74',
};
// 2025-04-08 20:00 in India.
const NOW = Date.UTC(2025, 3, 8, 14, 30);

describe('the books of OpenAlgo', () => {
  it('are read with exact numbers', () => {
    expect(parseOrderBook({ orders: [ORDER] })).toMatchObject([
      { orderid: '250408000989443', price: '1186', trigger_price: '0', order_status: 'complete' },
    ]);
    expect(parsePositionBook([POSITION])).toStrictEqual([POSITION]);
    expect(parseHoldings({ holdings: [POSITION] })).toStrictEqual([POSITION]);
  });

  it.each([
    ['no list', undefined],
    ['a message', 'no data'],
    ['a row without its id', { orders: [ORDER, { ...ORDER, orderid: '' }] }],
    ['a row without a quantity', { orders: [{ ...ORDER, quantity: 'NaN' }] }],
    ['a row that is none', { orders: [ORDER, null] }],
  ])('are not read at all where they hold %s', (_, data) => {
    expect(parseOrderBook(data)).toBeUndefined();
  });

  it('are empty only where the venue says so', () => {
    expect([parseOrderBook({ orders: [] }), parseOrderBook([]), parseOrderBook({})]).toStrictEqual([
      [],
      [],
      [],
    ]);
    expect([parsePositionBook([]), parsePositionBook({}), parsePositionBook(null)]).toStrictEqual([
      [],
      undefined,
      undefined,
    ]);
    expect(parsePositionBook([{ ...POSITION, quantity: null }])).toBeUndefined();
  });

  it('never throw, whatever comes', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (data) => {
        for (const parse of [
          parseOrderBook,
          parseTradeBook,
          parsePositionBook,
          parseHoldings,
          parseFunds,
        ]) {
          parse(data);
        }
      }),
      { seed: 20_250_408, numRuns: 500 },
    );
  });

  it.each([
    ['complete', 'filled'],
    ['rejected', 'rejected'],
    ['cancelled', 'cancelled'],
    ['trigger pending', 'open'],
    ['put order req received', 'open'], // an unknown word is no end
  ])('say of %s that it is %s', (order_status, status) => {
    const [row] = parseOrderBook([{ ...ORDER, order_status }]) ?? [];
    expect(row && statusOf(row)).toBe(status);
  });
});

describe('fills of OpenAlgo', () => {
  const terms = { feeCurrency: 'INR', nowMs: NOW };
  const rows = (...quantities: string[]): TradeRow[] =>
    quantities.map((quantity) => ({ ...TRADE, quantity }));

  it('are known by what they say and how often it is said, in any order of rows', () => {
    const ids = (list: TradeRow[]) => fillsOf(list, terms).map(({ venueTradeId }) => venueTradeId);
    const [a, b, c] = ids(rows('3', '6', '3'));
    expect(a).toBe('250408001086129-14:28:49-3@83.74-1');
    expect(c).toBe('250408001086129-14:28:49-3@83.74-2');
    expect(new Set(ids(rows('3', '3', '6')))).toStrictEqual(new Set([a, b, c]));
  });

  it('are not made of rows that say no quantity or price', () => {
    expect(fillsOf([...rows('0'), { ...TRADE, average_price: '0' }], terms)).toStrictEqual([]);
  });

  it('have the time of India', () => {
    expect(timeOf('14:28:49', NOW)).toBe(Date.UTC(2025, 3, 8, 8, 58, 49));
    const pastMidnight = Date.parse('2025-04-09T00:00:01+05:30');
    expect(timeOf('23:54:10', pastMidnight)).toBe(Date.parse('2025-04-08T23:54:10+05:30'));
    expect(timeOf('00:00:03', pastMidnight)).toBe(Date.parse('2025-04-09T00:00:03+05:30'));
    expect(timeOf('28-Aug-2025 09:59:10', NOW)).toBe(Date.UTC(2025, 7, 28, 4, 29, 10));
    expect(timeOf('yesterday', NOW)).toBe(NOW);
  });
});
