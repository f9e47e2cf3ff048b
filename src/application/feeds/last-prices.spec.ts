import { LTC, PartitionFixture, T0, trade } from '../../../test/support/partition-fixture.js';
import type { QuoteTick, Tick } from '../../engine/tick.js';
import { LastPrices } from './last-prices.js';

const QUOTE: QuoteTick = {
  ...{ kind: 'quote', instrumentId: LTC, feed: 'fx', venueTimeMs: T0 + 1, receivedAtMs: T0 + 2 },
  ...{ bidUnits: 8_153, askUnits: 8_154, bidSize: '1', askSize: '1', sequence: '' },
  verdict: 'good',
};

function after(...ticks: readonly Tick[]): LastPrices {
  const fixture = PartitionFixture.ready();
  for (const tick of ticks) fixture.input({ kind: 'tick', tick });
  const recordedBy = (feed: string) => (feed === 'main' ? 'a minute' : null);
  return new LastPrices({ partition: fixture.partition, recordedBy });
}

describe('the last price of an instrument', () => {
  it('is its newest print, whatever has been quoted since', () => {
    const prices = after(trade('81.5', { tradeId: '7' }), QUOTE);
    expect(prices.of(LTC)).toBe('81.5');
    expect(prices.all()).toStrictEqual({
      [LTC]: {
        ...{ price: '81.5', bid: null, ask: null, tradeId: '7', feed: 'main' },
        ...{ venueTime: T0, receivedAt: T0, recorded: 'a minute' },
      },
    });
  });

  it('is between bid and ask where no print comes: exactly, with a digit of its own', () => {
    const prices = after(QUOTE);
    expect(prices.of(LTC)).toBe('81.53');
    expect(prices.all()).toStrictEqual({
      [LTC]: {
        ...{ price: '81.535', bid: '81.53', ask: '81.54', tradeId: '', feed: 'fx' },
        ...{ venueTime: T0 + 1, receivedAt: T0 + 2, recorded: null },
      },
    });
  });

  it('is not known before any price has come', () => {
    expect([after().of(LTC), after().all()]).toStrictEqual([undefined, {}]);
  });
});
