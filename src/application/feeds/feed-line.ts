import type { Tick } from '../../engine/tick.js';
import type { FeedHealth } from '../ports/engine-gateway.port.js';
import type { FeedSink } from '../ports/market-feed.port.js';

// Enough to see what a frame was; a hostile one must not fill the journal of refusals.
const SAMPLE_CHARS_MAX = 200;

/** The line from a feed to its sink: what goes over it is counted for the feed's health. */
export class FeedLine {
  private sink: FeedSink | undefined;
  private isConnected = false;
  private recorded: string | null = null;
  private ticks = 0;
  private lastTickAtMs: number | null = null;
  private readonly refused = new Map<string, number>();

  constructor(
    private readonly feed: string,
    private readonly url: string,
  ) {}

  /** What is told before reaches nobody, but is counted. */
  attach(sink: FeedSink): void {
    this.sink = sink;
  }

  /** `recorded` names the recording that is played; null is a live market. */
  connected(recorded: string | null): void {
    this.isConnected = true;
    this.recorded = recorded;
    this.sink?.onConnected({ url: this.url, recorded });
  }

  lost(reason: string): void {
    this.isConnected = false;
    this.sink?.onLost(reason);
  }

  /** Nothing comes any more, because nobody wants it. */
  close(): void {
    this.isConnected = false;
    this.sink = undefined;
  }

  tick(tick: Tick, isUntimed = false): void {
    this.ticks += 1;
    this.lastTickAtMs = tick.receivedAtMs;
    this.sink?.onTick(tick, isUntimed);
  }

  refuse(reason: string, sample: string): void {
    this.refused.set(reason, (this.refused.get(reason) ?? 0) + 1);
    this.sink?.onRefused(reason, sample.slice(0, SAMPLE_CHARS_MAX));
  }

  notSubscribed(instrumentId: string, reason: string): void {
    this.sink?.onNotSubscribed?.(instrumentId, reason.slice(0, SAMPLE_CHARS_MAX));
  }

  health(): FeedHealth {
    return {
      feed: this.feed,
      url: this.url,
      connected: this.isConnected,
      recorded: this.recorded,
      ticks: this.ticks,
      refused: Object.fromEntries(this.refused),
      lastTickAt: this.lastTickAtMs,
    };
  }
}
