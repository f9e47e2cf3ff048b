import type { FeedHealth } from '../../src/application/ports/engine-gateway.port.js';
import type {
  FeedInstrument,
  FeedSink,
  MarketFeed,
  PriceWant,
} from '../../src/application/ports/market-feed.port.js';
import type { Tick } from '../../src/engine/tick.js';

/** A feed that shows what the test lets it. */
export class ScriptedFeed implements MarketFeed {
  readonly followed: FeedInstrument[] = [];
  isConnected = false;
  private sink: FeedSink | undefined;

  constructor(
    readonly id: string,
    readonly numbering: string = id,
    readonly lacks: readonly PriceWant[] = [],
  ) {}

  start(sink: FeedSink): void {
    this.sink = sink;
  }

  follow(instruments: readonly FeedInstrument[]): void {
    this.followed.push(...instruments);
  }

  unfollow(): void {
    this.followed.length = 0;
  }

  close(): Promise<void> {
    this.isConnected = false;
    return Promise.resolve();
  }

  health(): FeedHealth {
    return {
      feed: this.id,
      url: `scripted://${this.id}`,
      connected: this.isConnected,
      recorded: null,
      ticks: 0,
      refused: {},
      lastTickAt: null,
    };
  }

  connect(): void {
    this.isConnected = true;
    this.sink?.onConnected({ url: `scripted://${this.id}`, recorded: null });
  }

  lose(reason: string): void {
    this.isConnected = false;
    this.sink?.onLost(reason);
  }

  show(tick: Tick): void {
    this.sink?.onTick({ ...tick, feed: this.id });
  }

  refuseSymbol(instrumentId: string, reason: string): void {
    this.sink?.onNotSubscribed?.(instrumentId, reason);
  }

  refuse(reason: string): void {
    this.sink?.onRefused(reason, '...');
  }
}
