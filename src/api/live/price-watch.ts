import type { MarketGateway, PriceBrief } from '../../application/ports/market-gateway.port.js';

const ASK_MS = 100;

/**
 * Prices as they change, for any number of watchers. The engine is asked for all of them together, and not at all while
 * there is none; of what came since a watcher looked last, it gets the newest.
 */
export class PriceWatch {
  private readonly watchers = new Set<PriceWatcher>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly gateway: Pick<MarketGateway, 'changes'>,
    private readonly askMs = ASK_MS,
  ) {}

  watch(instrumentIds: readonly string[]): PriceWatcher {
    const watcher: PriceWatcher = new PriceWatcher(instrumentIds, () => {
      this.watchers.delete(watcher);
    });
    this.watchers.add(watcher);
    this.plan();
    return watcher;
  }

  close(): void {
    clearTimeout(this.timer);
    for (const watcher of this.watchers) void watcher.return();
  }

  private plan(): void {
    this.timer ??= setTimeout(() => {
      void this.ask().finally(() => {
        this.timer = undefined;
        if (this.watchers.size > 0) this.plan();
      });
    }, this.askMs).unref();
  }

  /** Of each instrument what is newer than the oldest state that any watcher has. An engine that is away has no news. */
  private async ask(): Promise<void> {
    const oldest = new Map<string, number>();
    for (const watcher of this.watchers) {
      for (const [instrumentId, version] of watcher.seen) {
        oldest.set(instrumentId, Math.min(version, oldest.get(instrumentId) ?? version));
      }
    }
    if (oldest.size === 0) return;
    const seen = [...oldest].map(([instrumentId, version]) => ({ instrumentId, version }));
    const changes = await this.gateway.changes(seen).catch(() => undefined);
    for (const watcher of this.watchers) {
      for (const brief of changes ?? []) watcher.take(brief);
    }
  }
}

type Result = IteratorResult<PriceBrief, undefined>;

export class PriceWatcher {
  /** Newest version that came, by instrument. */
  readonly seen: Map<string, number>;
  private readonly news = new Map<string, PriceBrief>();
  private waiting: ((result: Result) => void) | undefined;
  private hasEnded = false;

  constructor(
    instrumentIds: readonly string[],
    private readonly onEnd: () => void,
  ) {
    this.seen = new Map(instrumentIds.map((instrumentId) => [instrumentId, 0]));
  }

  take(brief: PriceBrief): void {
    const known = this.seen.get(brief.instrumentId);
    if (known === undefined || known === brief.version) return;
    this.seen.set(brief.instrumentId, brief.version);
    if (!this.waiting) {
      this.news.set(brief.instrumentId, brief);
      return;
    }
    this.waiting({ value: brief, done: false });
    this.waiting = undefined;
  }

  next(): Promise<Result> {
    const [brief] = this.news.values();
    if (brief) {
      this.news.delete(brief.instrumentId);
      return Promise.resolve({ value: brief, done: false });
    }
    if (this.hasEnded) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve) => (this.waiting = resolve));
  }

  return(): Promise<void> {
    this.hasEnded = true;
    this.waiting?.({ value: undefined, done: true });
    this.waiting = undefined;
    this.onEnd();
    return Promise.resolve();
  }
}
