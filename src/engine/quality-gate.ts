import type { Tick, GateVerdict, QuoteTick, TradeTick } from './tick.js';
import { IdWindow } from './id-window.js';

export type RefusedVerdict = Exclude<GateVerdict, 'good'>;

interface FeedState {
  readonly windows: Map<string, { readonly trade: IdWindow; readonly quote: IdWindow }>;
  readonly counts: Map<string, number>;
  readonly sinceTaken: Map<string, number>;
}

/**
 * Judges every price before it is put on the tape. State is kept per feed, instrument and kind; what it says depends on
 * the candidates it was shown and their order alone.
 *
 * Trades, the first rule that holds:
 *
 *     the parser found that it is no trade        → not-a-trade
 *     its id was seen among the newest 4096       → duplicate
 *     its id is older, or its venue time lies more than 5 s behind the newest → out-of-order
 *     size 0                                      → zero-size
 *     else, late but never seen included          → good
 *
 * Quotes: an older book says nothing, so there is no late one: same sequence → duplicate, lower → out-of-order, then
 * bid above ask → crossed-book.
 */
export class QualityGate {
  private readonly feeds = new Map<string, FeedState>();

  judge(candidate: Tick): GateVerdict {
    const feed = this.feedState(candidate.feed);
    let windows = feed.windows.get(candidate.instrumentId);
    if (!windows) {
      windows = { trade: new IdWindow(), quote: new IdWindow() };
      feed.windows.set(candidate.instrumentId, windows);
    }
    const verdict =
      candidate.kind === 'trade'
        ? judgeTrade(candidate, windows.trade)
        : judgeQuote(candidate, windows.quote);
    if (verdict !== 'good') {
      raise(feed.counts, verdict);
      raise(feed.sinceTaken, verdict);
    }
    return verdict;
  }

  /** Everything that was not good, by reason, since the gate was made. */
  counts(feed: string): Readonly<Record<string, number>> {
    return Object.fromEntries(this.feeds.get(feed)?.counts ?? []);
  }

  /** What was not good since the last call, by reason; then counts anew. */
  takeCounts(feed: string): Readonly<Record<string, number>> {
    const state = this.feedState(feed);
    const taken = Object.fromEntries(state.sinceTaken);
    state.sinceTaken.clear();
    return taken;
  }

  private feedState(feed: string): FeedState {
    let state = this.feeds.get(feed);
    if (!state) {
      state = { windows: new Map(), counts: new Map(), sinceTaken: new Map() };
      this.feeds.set(feed, state);
    }
    return state;
  }
}

function judgeTrade(tick: TradeTick, window: IdWindow): GateVerdict {
  // Shown to the window in any case: its id belongs to the same numbering as the trades'.
  const placement = window.place(tick.tradeId, tick.venueTimeMs);
  if (tick.verdict !== 'good') return tick.verdict;
  if (placement === 'seen') return 'duplicate';
  if (placement === 'behind') return 'out-of-order';
  return tick.size === '0' ? 'zero-size' : 'good';
}

function judgeQuote(tick: QuoteTick, window: IdWindow): GateVerdict {
  const placement = window.place(tick.sequence, tick.venueTimeMs);
  if (tick.verdict !== 'good') return tick.verdict;
  if (placement === 'seen') return 'duplicate';
  if (placement === 'behind' || placement === 'late') return 'out-of-order';
  return tick.bidUnits > tick.askUnits ? 'crossed-book' : 'good';
}

function raise(counts: Map<string, number>, reason: string): void {
  counts.set(reason, (counts.get(reason) ?? 0) + 1);
}
