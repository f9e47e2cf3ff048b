import type { OrderBook } from '../../application/feeds/order-book.js';
import { SnapshotQueue } from '../../application/feeds/snapshot-queue.js';
import type { SnapshotTransport } from '../../application/ports/snapshot-transport.port.js';
import type { FeedTime } from '../../application/ports/stream-transport.port.js';
import type { QuoteTick } from '../../engine/tick.js';
import { readSnapshot } from './binance-depth.parse.js';
import type { BookChange } from './binance-depth.parse.js';
import type { SymbolGrid } from './parsed-frame.js';
import { SNAPSHOT_RULES, snapshotAddress } from './binance.transport.js';
import type { BinanceMarket } from './binance.transport.js';
import { BookSequence } from './book-sequence.js';

export interface BinanceDepthOptions {
  readonly feed: string;
  readonly market: BinanceMarket;
  readonly restUrl: string;
  readonly snapshots: SnapshotTransport;
  readonly time: FeedTime;
  readonly onRefused: (reason: string, sample: string) => void;
}

interface Kept {
  readonly grid: SymbolGrid;
  readonly sequence: BookSequence;
  bestBid: string;
  bestAsk: string;
}

/** The order books of one feed: each is asked for whole when its changes begin, and again when one is missing. */
export class BinanceDepth {
  private readonly bySymbol = new Map<string, Kept>();
  private readonly queue: SnapshotQueue;

  constructor(private readonly options: BinanceDepthOptions) {
    const { snapshots, time, onRefused } = options;
    this.queue = new SnapshotQueue({
      ...{ transport: snapshots, time, rules: SNAPSHOT_RULES },
      onAnswer: (symbol, text) => this.takeWhole(symbol, text),
      onTrouble: (symbol, reason) => onRefused('no-snapshot', `${symbol}: ${reason}`),
    });
  }

  add(grid: SymbolGrid): void {
    const { symbol } = grid;
    if (this.bySymbol.has(symbol)) return;
    const { restUrl, market } = this.options;
    const sequence = new BookSequence(market, () =>
      this.queue.ask(symbol, snapshotAddress(restUrl, market, symbol)),
    );
    this.bySymbol.set(symbol, { grid, sequence, bestBid: '', bestAsk: '' });
  }

  remove(symbol: string): void {
    this.bySymbol.delete(symbol);
    this.queue.forget(symbol);
  }

  bookOf(symbol: string): OrderBook | undefined {
    return this.bySymbol.get(symbol)?.sequence.book;
  }

  /** The best bid and ask where the change has moved them. */
  take(symbol: string, change: BookChange): QuoteTick | undefined {
    const kept = this.bySymbol.get(symbol);
    if (!kept) return undefined;
    const progress = kept.sequence.take(change);
    if (progress === 'gap') {
      const { sequence } = kept.sequence.book;
      this.options.onRefused('book-gap', `${symbol}: ${change.lastId} after ${sequence}`);
    }
    return progress === 'applied' ? this.movedBest(kept, change.receivedAtMs) : undefined;
  }

  interrupted(): void {
    for (const { sequence } of this.bySymbol.values()) sequence.interrupted();
  }

  close(): void {
    this.queue.close();
  }

  private takeWhole(symbol: string, text: string): void {
    const kept = this.bySymbol.get(symbol);
    if (!kept) return;
    const { priceScale } = kept.grid;
    const whole = readSnapshot(text, { priceScale, receivedAtMs: this.options.time.clock() });
    if (whole.kind === 'refused') {
      this.options.onRefused('no-snapshot', `${symbol}: ${whole.reason}`);
      kept.sequence.interrupted();
    } else {
      kept.sequence.takeWhole(whole);
    }
  }

  private movedBest(kept: Kept, receivedAtMs: number): QuoteTick | undefined {
    const { book } = kept.sequence;
    const bid = book.best('bid');
    const ask = book.best('ask');
    if (!book.isSound || !bid || !ask) return undefined;
    const bestBid = `${bid.priceUnits} ${bid.size}`;
    const bestAsk = `${ask.priceUnits} ${ask.size}`;
    if (bestBid === kept.bestBid && bestAsk === kept.bestAsk) return undefined;
    kept.bestBid = bestBid;
    kept.bestAsk = bestAsk;
    return {
      kind: 'quote',
      instrumentId: kept.grid.instrumentId,
      feed: this.options.feed,
      ...{ bidUnits: bid.priceUnits, askUnits: ask.priceUnits },
      ...{ bidSize: bid.size, askSize: ask.size },
      ...{ sequence: book.sequence, venueTimeMs: book.venueTimeMs, receivedAtMs },
      verdict: 'good',
    };
  }
}
