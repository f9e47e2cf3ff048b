import { IdWindow } from './id-window.js';
import { feedOf, isMark } from './price-source.js';
import { PriceWatch } from './price-watch.js';
import type { PriceFinding } from './price-watch.js';
import { StandbyPrices } from './standby-prices.js';
import { mayDecide } from './tick.js';
import type { DecidingVerdict, GateVerdict, QuoteTick, Tick, TradeTick } from './tick.js';

export type RefusedVerdict = Exclude<GateVerdict, DecidingVerdict>;

/** Ids are told apart by numbering: two feeds of one venue show the same prints under the same ids. */
interface Windows {
  readonly trade: IdWindow;
  readonly quote: IdWindow;
  readonly mark: IdWindow;
}

/** What one instrument is judged by: the feed that may decide, and what it has shown. */
interface Lane {
  /** Numbering of the feed that decides; undefined while nothing was said: then every feed does. */
  active: string | undefined;
  readonly windows: Map<string, Windows>;
  readonly trades: PriceWatch;
  readonly quotes: PriceWatch;
  readonly marks: PriceWatch;
  /** Feeds that have shown a price of it. */
  readonly lines: Set<string>;
  book: Tick | undefined;
  wasLocked: boolean;
  readonly standby: StandbyPrices;
}

/**
 * Judges every price before it is put on the tape. State is kept per instrument and kind, ids per numbering; what it
 * says depends on the candidates it was shown, their order, and the changes of feeds it was told, alone.
 *
 * Trades, the first rule that holds:
 *
 *     its feed, and its numbering, is not the one that decides → standby
 *     its id is that of a print that is held      → duplicate
 *     the parser found that it is no trade        → not-a-trade
 *     size 0                                      → zero-size
 *     its id was seen among the newest 4096       → duplicate
 *     its id is older, or its venue time lies more than 5 s behind the newest → out-of-order
 *     the first of another source                 → unconfirmed
 *     the first after an interruption             → gap (decides)
 *     far off the last one and the book           → outlier; when the next one is there as well, or further the same
 *                                                   way: confirmed (decides)
 *     else, late but never seen included          → good
 *
 * Far off is what lies further than 50 bps and than eight usual steps of the instrument.
 *
 * What is refused for what it says leaves no id and no time behind: those of a broken print are as absurd as the rest of it.
 *
 * Quotes: bid above ask → crossed-book; an older book says nothing, so there is no late one: same sequence → duplicate,
 * lower → out-of-order; then equal for the first time → locked-book, then as trades. Mark prices: as quotes, by windows of
 * their own, and without a book.
 */
export class QualityGate {
  /** A price that was held and that the one just judged bears out: it comes before that one. */
  released: Tick | undefined;
  private readonly lanes = new Map<string, Lane>();
  private readonly numberings = new Map<string, string>();
  private readonly connected = new Set<string>();
  private readonly totals = new Map<string, Map<string, number>>();
  private readonly sinceTaken = new Map<string, Map<string, number>>();

  /** Feeds without a word about it have a numbering of their own. */
  register(feed: string, numbering: string): void {
    this.numberings.set(feed, numbering);
  }

  /**
   * The feed whose prices of this instrument may decide; those of others are kept as standby. Feeds of one numbering
   * are lines to one venue: whichever shows a print first decides with it, so that what one line loses is not lost.
   */
  activate(instrumentId: string, feed: string): void {
    this.lane(instrumentId).active = this.numberingOf(feed);
  }

  /** A feed can show prices, or cannot any more. Unless another line goes on, what comes next is a gap. */
  interrupted(feed: string, isConnected: boolean): void {
    const numbering = this.numberingOf(feed);
    this.connected.delete(feed);
    for (const lane of this.lanes.values()) {
      if (lane.active !== undefined && lane.active !== numbering) continue;
      if (this.goesOn(lane, numbering)) continue;
      lane.trades.interrupted();
      lane.quotes.interrupted();
      lane.marks.interrupted();
      lane.book = undefined;
    }
    if (isConnected) this.connected.add(feed);
  }

  /** A line of the numbering that has shown this very instrument: one that carries others says nothing of it. */
  private goesOn(lane: Lane, numbering: string): boolean {
    for (const feed of lane.lines) {
      if (this.connected.has(feed) && this.numberingOf(feed) === numbering) return true;
    }
    return false;
  }

  /** Another feed decides from here on. Returns what it showed since the old one fell silent, judged, in order. */
  failOver(instrumentId: string, to: string): readonly Tick[] {
    const lane = this.lane(instrumentId);
    const numbering = this.numberingOf(to);
    if (lane.active === numbering) return [];
    const sinceMs = Math.max(lane.trades.lastReceivedAtMs, lane.quotes.lastReceivedAtMs);
    const missed = lane.standby.take(to, sinceMs);
    lane.active = numbering;
    lane.trades.sourceChanged();
    lane.quotes.sourceChanged();
    lane.marks.sourceChanged();
    lane.book = undefined;
    return missed.flatMap((tick) => {
      const verdict = this.judge(tick);
      const judged = { ...tick, verdict };
      return this.released ? [this.released, judged] : [judged];
    });
  }

  judge(candidate: Tick): GateVerdict {
    this.released = undefined;
    const lane = this.lane(candidate.instrumentId);
    const verdict = this.judgeIn(lane, candidate);
    if (verdict !== 'good' && verdict !== 'gap') this.count(feedOf(candidate), verdict);
    return verdict;
  }

  /** Everything that may not decide, by reason, since the gate was made. */
  counts(feed: string): Readonly<Record<string, number>> {
    return Object.fromEntries(this.totals.get(feed) ?? []);
  }

  /** What might not decide since the last call, by reason; then counts anew. */
  takeCounts(feed: string): Readonly<Record<string, number>> {
    const taken = Object.fromEntries(this.sinceTaken.get(feed) ?? []);
    this.sinceTaken.delete(feed);
    return taken;
  }

  private judgeIn(lane: Lane, candidate: Tick): GateVerdict {
    const feed = feedOf(candidate);
    lane.lines.add(feed);
    const numbering = this.numberingOf(feed);
    if (lane.active !== undefined && lane.active !== numbering) {
      lane.standby.keep(candidate);
      return 'standby';
    }
    const windows = windowsOf(lane, numbering);
    if (candidate.kind === 'quote' && isMark(candidate)) {
      return this.judgeMark(lane, windows.mark, candidate);
    }
    const isTrade = candidate.kind === 'trade';
    const window = isTrade ? windows.trade : windows.quote;
    const watch = isTrade ? lane.trades : lane.quotes;
    const id = idOf(candidate);
    // Copies of a print that is held do not bear it out.
    if (watch.heldTick !== undefined && id !== '' && idOf(watch.heldTick) === id)
      return 'duplicate';
    const fault = isTrade ? tradeFault(candidate, window) : quoteFault(candidate, window, lane);
    if (fault !== undefined) return fault;
    const verdict = this.verdictOf(watch.judge(candidate, lane.book), watch);
    if (this.released) remember(window, this.released);
    if (this.released?.kind === 'quote') lane.book = this.released;
    if (verdict === 'outlier') return verdict;
    remember(window, candidate);
    if (candidate.kind === 'quote') lane.book = candidate;
    return verdict;
  }

  /** The venue computes it: it has no book, and is never far off the one before it. */
  private judgeMark(lane: Lane, window: IdWindow, tick: QuoteTick): GateVerdict {
    const placement = window.place(tick.sequence, tick.venueTimeMs);
    if (placement === 'seen') return 'duplicate';
    if (placement === 'behind' || placement === 'late') return 'out-of-order';
    const verdict = this.verdictOf(lane.marks.judge(tick, undefined), lane.marks);
    if (this.released) remember(window, this.released);
    if (verdict !== 'outlier') remember(window, tick);
    return verdict;
  }

  private verdictOf(finding: PriceFinding, watch: PriceWatch): GateVerdict {
    switch (finding) {
      case 'usual':
        return 'good';
      case 'bears-out':
      case 'goes-further': {
        const borneOut = watch.takeBorneOut();
        this.released = borneOut && { ...borneOut, verdict: 'confirmed' };
        return finding === 'bears-out' ? 'good' : 'outlier';
      }
      case 'gap':
      case 'outlier':
      case 'unconfirmed':
        return finding;
    }
  }

  private numberingOf(feed: string): string {
    return this.numberings.get(feed) ?? feed;
  }

  private lane(instrumentId: string): Lane {
    let lane = this.lanes.get(instrumentId);
    if (!lane) {
      lane = {
        active: undefined,
        windows: new Map(),
        trades: new PriceWatch(),
        quotes: new PriceWatch(),
        marks: new PriceWatch(),
        lines: new Set(),
        book: undefined,
        wasLocked: false,
        standby: new StandbyPrices(),
      };
      this.lanes.set(instrumentId, lane);
    }
    return lane;
  }

  private count(feed: string, verdict: string): void {
    for (const all of [this.totals, this.sinceTaken]) {
      const counts = all.get(feed) ?? new Map<string, number>();
      counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
      all.set(feed, counts);
    }
  }
}

function windowsOf(lane: Lane, numbering: string): Windows {
  let windows = lane.windows.get(numbering);
  if (!windows) {
    windows = { trade: new IdWindow(), quote: new IdWindow(), mark: new IdWindow() };
    lane.windows.set(numbering, windows);
  }
  return windows;
}

/**
 * No price was made after it arrived: what a venue's clock, or one absurd time, says beyond that would make everything
 * after it old.
 */
function remember(window: IdWindow, tick: Tick): void {
  const { venueTimeMs, receivedAtMs } = tick;
  window.remember(idOf(tick), venueTimeMs, Math.min(venueTimeMs, receivedAtMs));
}

function idOf(tick: Tick): string {
  return tick.kind === 'trade' ? tick.tradeId : tick.sequence;
}

/** What is no trade, or of nothing, is refused before its id is looked at: it may be as absurd as the rest. */
function tradeFault(tick: TradeTick, window: IdWindow): GateVerdict | undefined {
  if (!mayDecide(tick)) return tick.verdict;
  if (tick.size === '0') return 'zero-size';
  const placement = window.place(tick.tradeId, tick.venueTimeMs);
  if (placement === 'seen') return 'duplicate';
  return placement === 'behind' ? 'out-of-order' : undefined;
}

function quoteFault(tick: QuoteTick, window: IdWindow, lane: Lane): GateVerdict | undefined {
  if (!mayDecide(tick)) return tick.verdict;
  if (tick.bidUnits > tick.askUnits) return 'crossed-book';
  const placement = window.place(tick.sequence, tick.venueTimeMs);
  if (placement === 'seen') return 'duplicate';
  if (placement === 'behind' || placement === 'late') return 'out-of-order';
  // Brokers without a spread are locked all day; elsewhere a single locked quote is half of an update.
  const isLocked = tick.bidUnits === tick.askUnits;
  const isFirst = isLocked && !lane.wasLocked;
  lane.wasLocked = isLocked;
  if (!isFirst) return undefined;
  // A copy of it is no second locked book.
  remember(window, tick);
  return 'locked-book';
}
