import { FeedLine } from '../../application/feeds/feed-line.js';
import type { FeedHealth } from '../../application/ports/engine-gateway.port.js';
import type {
  FeedInstrument,
  FeedSink,
  MarketFeed,
} from '../../application/ports/market-feed.port.js';
import type { FeedTime } from '../../application/ports/stream-transport.port.js';
import { SimulatedMarket } from './simulated-market.js';

export interface SimulatedFeedOptions {
  readonly id: string;
  readonly seed: number;
  /** Decimal text. */
  readonly startPrice: string;
  readonly ticksPerSecond: number;
  readonly time: FeedTime;
}

/** Prices of no market, for trying things out. Every place that shows them says so; the same seed gives the same ones. */
export class SimulatedFeed implements MarketFeed {
  readonly id: string;
  readonly numbering: string;
  readonly lacks = ['mark'] as const;
  private readonly markets = new Map<string, SimulatedMarket>();
  private readonly unfit: string[] = [];
  private readonly line: FeedLine;
  private isPlaying = false;
  private cancel: () => void = () => undefined;

  constructor(private readonly options: SimulatedFeedOptions) {
    this.id = options.id;
    this.numbering = options.id;
    this.line = new FeedLine(options.id, `simulated:${options.seed}`);
  }

  start(sink: FeedSink): void {
    this.line.attach(sink);
    this.line.connected(`simulated, seed ${this.options.seed}: no market`);
    this.isPlaying = true;
    this.tellUnfit();
    this.plan();
  }

  follow(instruments: readonly FeedInstrument[]): void {
    const { id, seed, startPrice } = this.options;
    for (const instrument of instruments) {
      if (this.markets.has(instrument.instrumentId)) continue;
      const market = SimulatedMarket.of(instrument, { feed: id, seed, startPrice });
      if (market) this.markets.set(instrument.instrumentId, market);
      else this.unfit.push(`${startPrice} for ${instrument.instrumentId}`);
    }
    this.tellUnfit();
  }

  unfollow(instrumentIds: readonly string[]): void {
    for (const instrumentId of instrumentIds) this.markets.delete(instrumentId);
  }

  close(): Promise<void> {
    this.cancel();
    this.isPlaying = false;
    this.line.close();
    return Promise.resolve();
  }

  health(): FeedHealth {
    return this.line.health();
  }

  private tellUnfit(): void {
    if (this.isPlaying) for (const one of this.unfit.splice(0)) this.line.refuse('bad-price', one);
  }

  private plan(): void {
    this.cancel = this.options.time.schedule(1_000 / this.options.ticksPerSecond, () => {
      const nowMs = this.options.time.clock();
      for (const market of this.markets.values()) {
        for (const tick of market.next(nowMs)) this.line.tick(tick);
      }
      if (this.isPlaying) this.plan();
    });
  }
}
