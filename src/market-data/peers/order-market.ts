import { compare, decimal, subtract } from '../../domain/kernel/decimal.js';
import { barPath } from '../../domain/stop/bar-path.js';
import { engineOf } from '../peer-cases.js';
import type { PeerCase, PeerTick } from '../peer-cases.js';
import type { StopTrial } from '../stop-trial.js';
import { barOf, needs, priceOf } from './case-reading.js';
import type { TextBar } from './case-reading.js';
import type { OrderTrial } from './order-plan.js';

/** One thing that the market shows, and what it tells a venue about a fill. */
export interface Shown {
  readonly kind: 'trade' | 'quote';
  /** Of a quote the side that the exit takes from. */
  readonly price: string;
  readonly bid: string | undefined;
  readonly ask: string | undefined;
  /** Shown size of the side that the exit takes from. */
  readonly size: string | undefined;
  /** Of a price within a bar: its open, and whether this is it. */
  readonly open: string | undefined;
  readonly isOpen: boolean;
  readonly isBar: boolean;
  /** Newest price of the tick as a whole. */
  readonly current: string;
}

const KNOWN: ReadonlySet<string> = new Set([
  ...['last', 'bid', 'ask', 'bid_size', 'ask_size', 'close', 'ohlc', 'quote_ohlc', 'prev_close'],
  // `ignored` only tells the reader what the engine has to find out by itself.
  ...['stale', 'ignored', 't_s', 'book_bids_event'],
]);

/** What a case shows an order, tick by tick. A price that is not given keeps its last value. */
export class OrderMarket {
  private bid: string | undefined;
  private ask: string | undefined;

  constructor(
    private readonly peer: PeerCase,
    private readonly wanted: OrderTrial,
  ) {}

  /** Throws NotExpressible for a tick that cannot be shown. */
  shownOn(tick: PeerTick, index: number): readonly Shown[] {
    const strange = Object.keys(tick).find((name) => !KNOWN.has(name));
    if (strange !== undefined) needs(`the tick field ${strange}`);
    // Data not newer than the order is not for it.
    if (tick['stale'] === true) return [];
    return [...this.quoteOf(tick), ...this.barsOf(tick, index), ...this.printOf(tick, index)];
  }

  private quoteOf(tick: PeerTick): readonly Shown[] {
    if (!('bid' in tick) && !('ask' in tick)) return [];
    for (const side of ['bid', 'ask'] as const) {
      if (side in tick) this[side] = priceOf(tick, side);
    }
    return this.quote({ current: undefined, size: priceOf(tick, `${this.exitSide}_size`) });
  }

  /** The side of the book that the exit takes from. */
  private get exitSide(): 'bid' | 'ask' {
    return this.wanted.side === 'long' ? 'bid' : 'ask';
  }

  private quote(given: {
    current: string | undefined;
    size: string | undefined;
  }): readonly Shown[] {
    const { bid, ask } = this;
    const price = this[this.exitSide];
    if (price === undefined && bid === undefined && ask === undefined) return [];
    return [
      {
        ...{ kind: 'quote', price: price ?? '', bid, ask, size: given.size },
        ...{ open: undefined, isOpen: false, isBar: false, current: given.current ?? price ?? '' },
      },
    ];
  }

  private barsOf(tick: PeerTick, index: number): readonly Shown[] {
    const bar = barOf(tick, 'ohlc');
    if (bar) return this.bar(bar, index);
    const quotes = barOf(tick, 'quote_ohlc');
    // A bar of quotes has no trades in it.
    return quotes && this.wanted.plan.triggerBy === 'bidAsk' ? this.bar(quotes, index) : [];
  }

  private bar(bar: TextBar, index: number): readonly Shown[] {
    const { side, dialect, armAfter } = this.wanted;
    // Before the order there is only a market to prepare, and it ends at the close.
    const path = index <= armAfter ? [bar.close] : barPath(bar, dialect.inBar, { side, isNearer });
    return path
      .filter((price) => price !== undefined)
      .map((price, at) => ({
        ...this.one(price),
        open: bar.open,
        isOpen: dialect.inBar === 'ohlc' && at === 0 && bar.open !== undefined,
        isBar: true,
        current: bar.close ?? price,
      }));
  }

  private printOf(tick: PeerTick, index: number): readonly Shown[] {
    // A bar of a single price is a trade that opened there.
    const close = priceOf(tick, 'close');
    if (close !== undefined) return [{ ...this.one(close), open: close, isBar: true }];
    const last = priceOf(tick, 'last');
    if (last === undefined) return [];
    const open = this.batchOpen(index);
    return [{ ...this.one(last), open, isBar: open !== undefined, kind: 'trade' }];
  }

  /** Where the equity model takes prints without a time of their own for one batch: its first. */
  private batchOpen(index: number): string | undefined {
    if (this.wanted.dialect.name !== 'lean-equity') return undefined;
    const { ticks } = this.peer;
    let first = index;
    while (first > 0 && isFreshPrint(ticks[first - 1])) first -= 1;
    return first === index ? undefined : priceOf(ticks[first] ?? {}, 'last');
  }

  private one(price: string): Shown {
    // Where a book decides, a bar is a book without a spread.
    const isBook = engineOf(this.peer) === 'nautilus';
    const book = isBook ? { bid: price, ask: price } : { bid: undefined, ask: undefined };
    return {
      ...{ kind: isBook ? 'quote' : 'trade', price, ...book, size: undefined },
      ...{ open: undefined, isOpen: false, isBar: false, current: price },
    };
  }
}

function isFreshPrint(tick: PeerTick | undefined): boolean {
  return tick !== undefined && 'last' in tick && tick['stale'] !== true && !('t_s' in tick);
}

function isNearer(price: string, other: string, to: string): boolean {
  const distance = (from: string) => {
    const gap = subtract(decimal(from), decimal(to));
    return gap.units < 0n ? { ...gap, units: -gap.units } : gap;
  };
  return compare(distance(price), distance(other)) < 0;
}

/** Lets the engine see it. Throws NotExpressible for a price that is not on the grid. */
export function show(trial: StopTrial, shown: Shown): void {
  const units = (price: string | undefined): number => {
    if (price === undefined) return NaN;
    return trial.units(price) ?? needs(`a price on the grid, was ${price}`);
  };
  if (shown.kind === 'trade') trial.trade(units(shown.price), '');
  else trial.quote(units(shown.bid), units(shown.ask));
}
