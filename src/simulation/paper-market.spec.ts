import type { DecimalText } from '../domain/kernel/units.js';
import { decimal } from '../domain/kernel/decimal.js';
import type { Decimal } from '../domain/kernel/decimal.js';
import type { PaperTerms } from './paper-market.js';
import type { PaperChange, PaperTicket } from './paper-order.js';
import { PaperVenue } from './paper-venue.js';

const T0 = 1_750_541_460_000;
const LTC = 'BINANCE:LTCUSDT';

function d(text: string): DecimalText {
  return text as DecimalText;
}

function venue(
  terms: Partial<PaperTerms> = {},
  outside?: ReadonlyMap<string, Decimal>,
): PaperVenue {
  return new PaperVenue(
    { feeBps: d('0'), instrumentOf: () => ({ quoteCurrency: 'USDT' }), ...terms },
    outside,
  );
}

function place(book: PaperVenue, over: Partial<PaperTicket> = {}): PaperChange {
  const ticket = { orderId: 'a', instrumentId: LTC, side: 'sell', quantity: d('10') } as const;
  const change = book.judge({ ...ticket, ...over, at: T0 });
  book.apply(change);
  return change;
}

let at = T0;
function print(book: PaperVenue, price: string, size = '1'): string[] {
  at += 1;
  const grid = { priceTick: d('0.01'), quantityStep: d('0.001') };
  const changes = book.match({ instrumentId: LTC, price: d(price), size: d(size), at, grid });
  for (const change of changes) book.apply(change);
  return changes.map((change) =>
    change.kind === 'filled'
      ? `${change.orderId} ${change.fill.quantity} @ ${change.fill.price} ${change.fill.liquidity}`
      : change.kind,
  );
}

beforeEach(() => {
  at = T0;
});

describe('a simulated market', () => {
  it('makes a taker pay the spread: sold below the print, bought above it', () => {
    const book = venue({ spreadTicks: 3 });
    place(book);
    expect(print(book, '80')).toStrictEqual(['a 10 @ 79.97 taker']);
    place(book, { orderId: 'b', side: 'buy' });
    expect(print(book, '80')).toStrictEqual(['b 10 @ 80.03 taker']);
  });

  it('lets a large order slip through the depth of the book, each price a trade of its own', () => {
    const book = venue({ levelQuantity: d('4'), seed: 7 });
    place(book);
    // Levels are half to one and a half of 4, by chance of the seed; together they are the order.
    expect(print(book, '80')).toStrictEqual([
      'a 4.18 @ 80 taker',
      'a 2.128 @ 79.99 taker',
      'a 2.496 @ 79.98 taker',
      'a 1.196 @ 79.97 taker',
    ]);
  });

  it('fills in parts where the book is thin, the rest at the next print', () => {
    const book = venue({ levelQuantity: d('4'), levelsMax: 1, seed: 7 });
    place(book);
    expect(print(book, '80')).toStrictEqual(['a 4.18 @ 80 taker']);
    expect(book.order('a')?.status).toBe('open');
    expect(print(book, '79.5')).toStrictEqual(['a 4.244 @ 79.5 taker']);
    expect(print(book, '79.6')).toStrictEqual(['a 1.576 @ 79.6 taker']);
    expect(book.order('a')).toMatchObject({
      status: 'filled',
      fills: [{ venueTradeId: 'P1-1' }, { venueTradeId: 'P1-2' }, { venueTradeId: 'P1-3' }],
    });
  });

  it('does the same again for the same seed, and another thing for another', () => {
    const run = (seed: number) => {
      at = T0;
      const book = venue({ levelQuantity: d('4'), seed });
      place(book);
      return print(book, '80');
    };
    expect(run(7)).toStrictEqual(run(7));
    expect(run(7)).not.toStrictEqual(run(8));
  });

  it('refuses so many of a thousand orders, by their ids', () => {
    const book = venue({ rejectPerMille: 250, seed: 3 });
    const kinds = Array.from({ length: 1_000 }, (_, n) => place(book, { orderId: `o${n}` }).kind);
    expect(kinds.filter((kind) => kind === 'rejected')).toHaveLength(250);
    expect(book.order('o0')?.status).toBe(kinds[0] === 'rejected' ? 'rejected' : 'open');
  });

  it('fills a limit order at its limit or better', () => {
    const book = venue();
    place(book, { type: 'limit', limitPrice: d('80') });
    expect(print(book, '79.99')).toStrictEqual([]);
    expect(print(book, '80')).toStrictEqual(['a 10 @ 80 maker']);
    place(book, { orderId: 'b', type: 'limit', limitPrice: d('80') });
    expect(print(book, '80.5')).toStrictEqual(['b 10 @ 80.5 taker']);
  });

  it('fills a limit order by no more than what printed, where told so', () => {
    const book = venue({ limitFills: 'print' });
    place(book, { type: 'limit', limitPrice: d('80') });
    expect(print(book, '80', '3')).toStrictEqual(['a 3 @ 80 maker']);
    expect(print(book, '80', '30')).toStrictEqual(['a 7 @ 80 maker']);
  });

  it('wakes a stop by its price alone, and then trades it at the market or to its limit', () => {
    const book = venue({ spreadTicks: 2 });
    place(book, { type: 'stop', stopPrice: d('79') });
    expect(print(book, '79.01')).toStrictEqual([]);
    expect(print(book, '79')).toStrictEqual(['triggered', 'a 10 @ 78.98 taker']);
    place(book, { orderId: 'b', type: 'stop', stopPrice: d('79'), limitPrice: d('78.99') });
    expect(print(book, '79')).toStrictEqual(['triggered']);
    expect(print(book, '79.01')).toStrictEqual(['b 10 @ 78.99 taker']);
  });

  it('ends what is not filled at once of an ioc, and all of a fok that the book cannot fill', () => {
    const thin = { levelQuantity: d('4'), levelsMax: 1, seed: 7 };
    const ioc = venue(thin);
    place(ioc, { type: 'limit', limitPrice: d('79'), timeInForce: 'ioc' });
    expect(print(ioc, '80')).toStrictEqual(['a 4.18 @ 80 taker', 'expired']);
    const fok = venue(thin);
    place(fok, { type: 'limit', limitPrice: d('79'), timeInForce: 'fok' });
    expect(print(fok, '80')).toStrictEqual(['expired']);
  });

  it('cuts exits down to what is held, in the order of their arrival', () => {
    const book = venue({}, new Map([[LTC, decimal('12')]]));
    place(book, { reduceOnly: true });
    place(book, { orderId: 'b', reduceOnly: true });
    place(book, { orderId: 'c', reduceOnly: true });
    expect(print(book, '80')).toStrictEqual([
      'a 10 @ 80 taker',
      'b 2 @ 80 taker',
      'expired',
      'expired',
    ]);
    expect(place(book, { orderId: 'd', reduceOnly: true })).toMatchObject({
      kind: 'rejected',
      reason: 'nothing-to-reduce',
    });
  });

  it('reads books of older builds: a fill was of the whole market order', () => {
    const book = venue();
    const order = {
      orderId: 'a',
      venueOrderId: 'P1',
      instrumentId: LTC,
      side: 'sell',
      quantity: d('10'),
      acceptedAtMs: T0,
    } as const;
    const fill = {
      venueTradeId: 'P1-1',
      price: d('81.97'),
      quantity: d('10'),
      feeAmount: d('0'),
      feeCurrency: 'USDT',
      liquidity: 'taker',
      filledAtMs: T0 + 1,
    } as const;
    book.apply({ kind: 'accepted', order });
    expect(book.openOrders()).toHaveLength(1);
    book.apply({ kind: 'repeated', orderId: 'a', at: T0 });
    book.apply({ kind: 'filled', orderId: 'a', fill });
    expect(book.order('a')).toMatchObject({ status: 'filled', fills: [fill] });
    expect(book.openOrders()).toStrictEqual([]);
  });
});
