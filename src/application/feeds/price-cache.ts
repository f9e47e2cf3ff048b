import { formatUnits } from '../../domain/instrument/price-grid.js';
import { feedOf, isMark } from '../../engine/price-source.js';
import { mayDecide } from '../../engine/tick.js';
import type { QuoteTick, Tick, TradeTick } from '../../engine/tick.js';
import type { BarView, MarketView, PriceBrief } from '../ports/market-gateway.port.js';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** Four hours of minutes, a day of five minutes. */
export const BARS_MAX = { '1m': 240, '5m': 288 } as const;
const BRIEF_BARS = 2;
type Interval = keyof typeof BARS_MAX;
const INTERVAL_MS: Readonly<Record<Interval, number>> = { '1m': MINUTE_MS, '5m': 5 * MINUTE_MS };

interface Bar {
  readonly startMs: number;
  readonly open: number;
  high: number;
  low: number;
  close: number;
  prices: number;
}

/** The newest bars of one interval, oldest first; a minute without a price has none. */
class Bars {
  private readonly bars: Bar[] = [];

  constructor(private readonly interval: Interval) {}

  take(units: number, atMs: number): void {
    const lengthMs = INTERVAL_MS[this.interval];
    const startMs = atMs - (atMs % lengthMs);
    const newest = this.bars.at(-1);
    // A late print of an earlier bar counts for the one that is open: bars that were shown do not change.
    if (newest && startMs <= newest.startMs) {
      if (units > newest.high) newest.high = units;
      if (units < newest.low) newest.low = units;
      newest.close = units;
      newest.prices += 1;
      return;
    }
    this.bars.push({ startMs, open: units, high: units, low: units, close: units, prices: 1 });
    if (this.bars.length > BARS_MAX[this.interval]) this.bars.shift();
  }

  view(scale: number, newest: number = BARS_MAX[this.interval]): BarView[] {
    return this.bars.slice(-newest).map(({ startMs, open, high, low, close, prices }) => ({
      startMs,
      open: formatUnits(open, scale),
      high: formatUnits(high, scale),
      low: formatUnits(low, scale),
      close: formatUnits(close, scale),
      prices,
    }));
  }
}

interface Cached {
  trade: TradeTick | undefined;
  quote: QuoteTick | undefined;
  mark: QuoteTick | undefined;
  dayMs: number;
  high: number;
  low: number;
  /** Rises with every price that was taken. */
  version: number;
  readonly bars: Readonly<Record<Interval, Bars>>;
}

/**
 * What each instrument's prices came to, for people and programs that only look. Only prices that may decide are taken.
 * High, low and bars are of trades; of the bid where there are no trades.
 *
 * Cost: a few comparisons a price; texts are made when somebody asks.
 */
export class PriceCache {
  private readonly instruments = new Map<string, Cached>();

  take(tick: Tick): void {
    if (!mayDecide(tick)) return;
    const cached = this.cachedOf(tick.instrumentId);
    cached.version += 1;
    if (tick.kind === 'quote') {
      if (isMark(tick)) {
        cached.mark = tick;
        return;
      }
      cached.quote = tick;
      if (cached.trade) return;
    } else {
      cached.trade = tick;
    }
    const units = tick.kind === 'trade' ? tick.priceUnits : tick.bidUnits;
    const dayMs = tick.venueTimeMs - (tick.venueTimeMs % DAY_MS);
    if (dayMs > cached.dayMs) {
      cached.dayMs = dayMs;
      cached.high = units;
      cached.low = units;
    }
    if (units > cached.high) cached.high = units;
    if (units < cached.low) cached.low = units;
    cached.bars['1m'].take(units, tick.venueTimeMs);
    cached.bars['5m'].take(units, tick.venueTimeMs);
  }

  /** Rises with every price of the instrument; 0 before the first. */
  versionOf(instrumentId: string): number {
    return this.instruments.get(instrumentId)?.version ?? 0;
  }

  /** Undefined before the first price. */
  view(instrumentId: string, scale: number): MarketView | undefined {
    return this.shown(instrumentId, scale, undefined);
  }

  /** The same without bars that do not change any more. */
  brief(instrumentId: string, scale: number): PriceBrief | undefined {
    return this.shown(instrumentId, scale, BRIEF_BARS);
  }

  private shown(
    instrumentId: string,
    scale: number,
    newestBars: number | undefined,
  ): MarketView | undefined {
    const cached = this.instruments.get(instrumentId);
    if (!cached) return undefined;
    const { trade, quote, mark, high, low, dayMs, version, bars } = cached;
    return {
      instrumentId,
      version,
      last: trade
        ? {
            price: formatUnits(trade.priceUnits, scale),
            size: trade.size,
            tradeId: trade.tradeId,
            venueTimeMs: trade.venueTimeMs,
            feed: trade.feed,
          }
        : null,
      book: quote
        ? {
            bid: formatUnits(quote.bidUnits, scale),
            bidSize: quote.bidSize,
            ask: formatUnits(quote.askUnits, scale),
            askSize: quote.askSize,
            venueTimeMs: quote.venueTimeMs,
            feed: quote.feed,
          }
        : null,
      mark: mark
        ? {
            price: formatUnits(mark.bidUnits, scale),
            venueTimeMs: mark.venueTimeMs,
            feed: feedOf(mark),
          }
        : null,
      day: { startMs: dayMs, high: formatUnits(high, scale), low: formatUnits(low, scale) },
      bars: {
        '1m': bars['1m'].view(scale, newestBars),
        '5m': bars['5m'].view(scale, newestBars),
      },
    };
  }

  private cachedOf(instrumentId: string): Cached {
    let cached = this.instruments.get(instrumentId);
    if (!cached) {
      cached = {
        trade: undefined,
        quote: undefined,
        mark: undefined,
        dayMs: -1,
        high: 0,
        low: 0,
        version: 0,
        bars: { '1m': new Bars('1m'), '5m': new Bars('5m') },
      };
      this.instruments.set(instrumentId, cached);
    }
    return cached;
  }
}
