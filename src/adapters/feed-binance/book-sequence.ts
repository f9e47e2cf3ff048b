import { OrderBook } from '../../application/feeds/order-book.js';
import type { BookChange, BookDiff, BookTop } from './binance-depth.parse.js';
import type { BinanceMarket } from './binance.transport.js';

/** Changes that are kept while the whole book is awaited: ten a second for two minutes. */
export const PENDING_MAX = 1_200;

/** What became of a change. `repeated`: another connection brought it first. */
export type BookProgress = 'applied' | 'pending' | 'repeated' | 'gap';

/**
 * One order book, kept whole by the venue's update ids ("How to manage a local order book correctly" of its documentation).
 *
 *     void ──first change──► pending, the whole book is asked for ──it fits──► following
 *     following ──ids do not join, or bid and ask cross──► void again, with that change as the first
 *
 * Spot: a change joins when its first id is the one after the last. Futures: when it names the last as its previous.
 */
export class BookSequence {
  readonly book = new OrderBook();
  private pending: BookDiff[] = [];
  private lastId: number | undefined;
  /** The book is as it was given whole: nothing has been joined to it yet. */
  private isFirst = false;

  constructor(
    private readonly market: BinanceMarket,
    private readonly askForWhole: () => void,
  ) {}

  take(change: BookChange): BookProgress {
    if (change.kind === 'top') return this.replace(change);
    if (this.lastId === undefined) return this.wait(change);
    if (change.lastId <= this.lastId) return 'repeated';
    if (!this.joins(change, this.lastId)) return this.begin(change);
    this.apply(change);
    return this.book.isCrossed ? this.begin(change) : 'applied';
  }

  /** The whole book, as it was asked for. False when it does not fit the changes that came: then it is asked for again. */
  takeWhole(whole: BookTop): boolean {
    if (this.lastId !== undefined) return true;
    const newer = this.pending.filter((change) => this.isBehind(whole.lastId, change));
    const [first] = newer;
    // Without a change to join, the next one shows whether it does.
    if (first && !this.fits(first, whole.lastId)) {
      this.askForWhole();
      return false;
    }
    this.set(whole);
    this.pending = [];
    for (const change of newer) {
      if (this.take(change) === 'gap') return false;
    }
    return true;
  }

  /** A connection was lost: changes are missing. */
  interrupted(): void {
    this.book.clear();
    this.lastId = undefined;
    this.pending = [];
  }

  private wait(change: BookDiff): BookProgress {
    if (this.pending.length >= PENDING_MAX) this.pending = [];
    if (this.pending.length === 0) this.askForWhole();
    this.pending.push(change);
    return 'pending';
  }

  private begin(change: BookDiff): BookProgress {
    this.interrupted();
    this.wait(change);
    return 'gap';
  }

  /** The first change behind a whole book overlaps it; those behind it join one to the other. */
  private fits(change: BookDiff, wholeId: number): boolean {
    return this.market === 'spot'
      ? change.firstId <= wholeId + 1 && change.lastId > wholeId
      : change.firstId <= wholeId && change.lastId >= wholeId;
  }

  private isBehind(wholeId: number, change: BookDiff): boolean {
    return this.market === 'spot' ? change.lastId > wholeId : change.lastId >= wholeId;
  }

  private joins(change: BookDiff, lastId: number): boolean {
    if (change.previousId === lastId) return true;
    if (this.isFirst) return this.fits(change, lastId);
    return this.market === 'spot' && change.firstId <= lastId + 1;
  }

  private set(whole: BookTop): void {
    this.book.clear();
    this.apply(whole);
    this.book.isSound = !this.book.isCrossed;
    this.isFirst = true;
  }

  private apply({ bids, asks, lastId, venueTimeMs }: BookChange): void {
    const { book } = this;
    for (const [priceUnits, size] of bids) book.set('bid', priceUnits, size);
    for (const [priceUnits, size] of asks) book.set('ask', priceUnits, size);
    book.sequence = String(lastId);
    book.venueTimeMs = venueTimeMs;
    this.lastId = lastId;
    this.isFirst = false;
  }

  /** The top of the book comes whole each time: an older one says nothing. */
  private replace(top: BookTop): BookProgress {
    if (this.lastId !== undefined && top.lastId <= this.lastId) return 'repeated';
    this.set(top);
    return this.book.isSound ? 'applied' : 'gap';
  }
}
