import { LTC, trade } from '../../../test/support/partition-fixture.js';
import type { QuoteTick } from '../../engine/tick.js';
import { BARS_MAX, PriceCache } from './price-cache.js';

const DAY = Date.UTC(2025, 5, 21);
const MINUTE = 60_000;

function at(minute: number, price: string, tradeId = '1') {
  const venueTimeMs = DAY + minute * MINUTE;
  return trade(price, { venueTimeMs, receivedAtMs: venueTimeMs + 5, tradeId });
}

describe('the newest prices of an instrument', () => {
  it('are its last trade, the day, and bars of one and five minutes', () => {
    const cache = new PriceCache();
    for (const tick of [at(0, '80.00'), at(0.5, '80.50'), at(4, '79.90'), at(5, '80.10', '9')]) {
      cache.take(tick);
    }
    const view = cache.view(LTC, 2);
    expect(view?.last).toMatchObject({ price: '80.1', tradeId: '9', feed: 'main' });
    expect(view?.day).toEqual({ startMs: DAY, high: '80.5', low: '79.9' });
    expect(view?.bars['1m'].map(({ startMs }) => (startMs - DAY) / MINUTE)).toEqual([0, 4, 5]);
    expect(view?.bars['5m']).toEqual([
      { startMs: DAY, open: '80', high: '80.5', low: '79.9', close: '79.9', prices: 3 },
      {
        ...{ startMs: DAY + 5 * MINUTE, open: '80.1', high: '80.1', low: '80.1', close: '80.1' },
        prices: 1,
      },
    ]);
    expect(view?.version).toBe(4);
  });

  it('are none of those that may not decide', () => {
    const cache = new PriceCache();
    cache.take(trade('12.00', { verdict: 'outlier' }));
    expect(cache.view(LTC, 2)).toBeUndefined();
  });

  it('begin the day anew at midnight UTC', () => {
    const cache = new PriceCache();
    cache.take(at(10, '80.00'));
    cache.take(at(24 * 60, '79.00'));
    expect(cache.view(LTC, 2)?.day).toEqual({
      startMs: DAY + 1440 * MINUTE,
      high: '79',
      low: '79',
    });
  });

  it('are bids where there are no trades, and no more bars than the limit', () => {
    const cache = new PriceCache();
    for (let minute = 0; minute < 300; minute += 1) {
      const venueTimeMs = DAY + minute * MINUTE;
      const quote: QuoteTick = {
        ...{ kind: 'quote', instrumentId: LTC, feed: 'main', sequence: String(minute) },
        ...{ bidUnits: 8000 + minute, askUnits: 8010 + minute, bidSize: '1', askSize: '1' },
        ...{ venueTimeMs, receivedAtMs: venueTimeMs, verdict: 'good' },
      };
      cache.take(quote);
    }
    const view = cache.view(LTC, 2);
    expect(view?.bars['1m']).toHaveLength(BARS_MAX['1m']);
    expect(view?.bars['1m'].at(-1)?.close).toBe('82.99');
    expect(view?.book).toMatchObject({ bid: '82.99', ask: '83.09' });
  });
});
