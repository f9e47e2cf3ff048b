import { feedOf } from './price-source.js';
import type { Tick } from './tick.js';

/** More than a busy pair shows between the loss of one feed and the decision for another. */
export const STANDBY_PRICES_MAX = 2_048;

/** The newest prices of the feeds that do not decide, so that a fail-over can begin where the old feed ended. */
export class StandbyPrices {
  private readonly byFeed = new Map<string, Tick[]>();

  keep(tick: Tick): void {
    const kept = this.byFeed.get(feedOf(tick));
    if (!kept) {
      this.byFeed.set(feedOf(tick), [tick]);
      return;
    }
    kept.push(tick);
    // Cut by halves: a shift for every tick would move them all.
    if (kept.length >= STANDBY_PRICES_MAX * 2) kept.splice(0, STANDBY_PRICES_MAX);
  }

  /** Those of a feed that came after a time, oldest first; then nothing of it is kept. */
  take(feed: string, afterMs: number): readonly Tick[] {
    const kept = this.byFeed.get(feed) ?? [];
    this.byFeed.delete(feed);
    return kept.slice(-STANDBY_PRICES_MAX).filter(({ receivedAtMs }) => receivedAtMs > afterMs);
  }
}
