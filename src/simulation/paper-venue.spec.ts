import type { DecimalText } from '../domain/kernel/units.js';
import { PaperVenue } from './paper-venue.js';
import type { PaperChange } from './paper-order.js';

const T0 = 1_750_541_460_000;
const LTC = 'BINANCE:LTCUSDT';
const BTC = 'BINANCE:BTCUSDT';

function d(text: string): DecimalText {
  return text as DecimalText;
}

function venue(feeBps = '10'): PaperVenue {
  return new PaperVenue({ feeBps: d(feeBps), instrumentOf: () => ({ quoteCurrency: 'USDT' }) });
}

function contract(
  kind: 'spot' | 'linear' | 'inverse',
  multiplier: string,
  baseCurrency: string,
  settlementCurrency: string,
) {
  return { kind, multiplier: d(multiplier), baseCurrency, settlementCurrency };
}

function ticket(orderId: string, instrumentId = LTC, quantity = '10') {
  return { orderId, instrumentId, side: 'sell', quantity: d(quantity), at: T0 } as const;
}

function place(
  book: PaperVenue,
  orderId: string,
  instrumentId = LTC,
  quantity = '10',
): PaperChange {
  const change = book.judge(ticket(orderId, instrumentId, quantity));
  book.apply(change);
  return change;
}

function print(book: PaperVenue, price: string, instrumentId = LTC): readonly PaperChange[] {
  const fills = book.match({ instrumentId, price: d(price), at: T0 + 1 });
  for (const fill of fills) book.apply(fill);
  return fills;
}

describe('the paper venue', () => {
  it('takes an order into its book under a number of its own', () => {
    const book = venue();
    expect(place(book, 'a')).toStrictEqual({
      kind: 'accepted',
      order: {
        orderId: 'a',
        venueOrderId: 'P1',
        instrumentId: LTC,
        side: 'sell',
        quantity: '10',
        acceptedAtMs: T0,
      },
    });
    expect(book.openOrders().map(({ orderId }) => orderId)).toStrictEqual(['a']);
  });

  it('fills the whole order at the next print, as taker, with the fee of its value', () => {
    const book = venue();
    place(book, 'a');
    expect(print(book, '81.97')).toStrictEqual([
      {
        kind: 'filled',
        orderId: 'a',
        fill: {
          venueTradeId: 'P1-1',
          price: '81.97',
          quantity: '10',
          feeAmount: '0.8197', // 81.97 * 10 * 10 / 10000
          feeCurrency: 'USDT',
          liquidity: 'taker',
          filledAtMs: T0 + 1,
        },
      },
    ]);
    expect(book.openOrders()).toStrictEqual([]);
    expect(print(book, '81.96')).toStrictEqual([]);
    expect(book.order('a')?.fills[0]?.price).toBe('81.97');
  });

  it('keeps a fee exact that no float could', () => {
    const book = venue('7.5');
    place(book, 'a', LTC, '0.003');
    const [fill] = print(book, '0.1');
    // 0.1 * 0.003 * 7.5 / 10000 = 0.000000225
    expect(fill).toMatchObject({ fill: { feeAmount: '0.000000225' } });
  });

  it.each([
    {
      of: 'a spot pair, in what it is quoted in', // 0.3 * 50000 * 5 / 10000
      ...{ quantity: '0.3', price: '50000', feeBps: '5' },
      instrument: { quoteCurrency: 'USDT', contract: contract('spot', '1', 'BTC', 'USDT') },
      fee: { feeAmount: '7.5', feeCurrency: 'USDT' },
    },
    {
      of: 'an inverse contract, in coins', // 7 * 100 / 50000 = 0.014, and of that 5 / 10000
      ...{ quantity: '7', price: '50000', feeBps: '5' },
      instrument: { quoteCurrency: 'USD', contract: contract('inverse', '100', 'BTC', 'BTC') },
      fee: { feeAmount: '0.000007', feeCurrency: 'BTC' },
    },
    {
      of: 'a contract of ten, by its multiplier', // 0.7 * 10 * 2000 * 10 / 10000
      ...{ quantity: '0.7', price: '2000', feeBps: '10' },
      instrument: { quoteCurrency: 'USDT', contract: contract('linear', '10', 'ETH', 'USDT') },
      fee: { feeAmount: '14', feeCurrency: 'USDT' },
    },
    {
      of: 'what was defined without a contract, at its price',
      ...{ quantity: '0.7', price: '2000', feeBps: '10' },
      instrument: { quoteCurrency: 'INR' },
      fee: { feeAmount: '1.4', feeCurrency: 'INR' },
    },
  ])('takes the fee of the value of $of', ({ quantity, price, feeBps, instrument, fee }) => {
    const asked: string[] = [];
    const instrumentOf = (instrumentId: string) => (asked.push(instrumentId), instrument);
    const book = new PaperVenue({ feeBps: d(feeBps), instrumentOf });
    place(book, 'a', BTC, quantity);
    expect(print(book, price, BTC)).toMatchObject([{ fill: fee }]);
    expect(asked).toStrictEqual([BTC]);
  });

  it('writes a repeated order id down and does nothing else, even after its fill', () => {
    const book = venue();
    place(book, 'a');
    expect(place(book, 'a')).toStrictEqual({ kind: 'repeated', orderId: 'a', at: T0 });
    expect(print(book, '81.97')).toHaveLength(1);
    expect(place(book, 'a')).toStrictEqual({ kind: 'repeated', orderId: 'a', at: T0 });
    expect(print(book, '81.96')).toStrictEqual([]);
  });

  it('fills an order only by prints of its own instrument', () => {
    const book = venue();
    place(book, 'a', LTC);
    place(book, 'b', BTC);
    expect(print(book, '105000', BTC)).toMatchObject([{ orderId: 'b' }]);
    expect(book.openOrders().map(({ orderId }) => orderId)).toStrictEqual(['a']);
  });

  it('fills orders that wait for the same print in the order of their arrival', () => {
    const book = venue();
    for (const orderId of ['b', 'a', 'c']) place(book, orderId);
    const fills = print(book, '81.97');
    expect(fills.map((change) => change.kind === 'filled' && change.orderId)).toStrictEqual([
      'b',
      'a',
      'c',
    ]);
  });

  it('is the fold of its changes', () => {
    const changes: PaperChange[] = [];
    const book = venue();
    changes.push(place(book, 'a'), ...print(book, '81.97'), place(book, 'a'), place(book, 'b'));
    const again = venue();
    for (const change of changes) again.apply(change);
    expect([again.order('a'), again.openOrders()]).toStrictEqual([
      book.order('a'),
      book.openOrders(),
    ]);
    expect(again.judge(ticket('c'))).toMatchObject({ order: { venueOrderId: 'P3' } });
  });

  it('changes nothing by judging or matching alone', () => {
    const book = venue();
    book.judge(ticket('a'));
    expect(book.order('a')).toBeUndefined();
    place(book, 'a');
    book.match({ instrumentId: LTC, price: d('81.97'), at: T0 });
    expect(book.openOrders()).toHaveLength(1);
  });

  it('calls a fill of an order that it never took a bug', () => {
    const book = venue();
    place(book, 'a');
    const [fill] = print(book, '81.97');
    expect(() => venue().apply(fill!)).toThrow('Invariant: a filled order is in the book');
  });
});
