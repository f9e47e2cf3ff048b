import { FeedLine } from '../../application/feeds/feed-line.js';
import type { FeedHealth } from '../../application/ports/engine-gateway.port.js';
import type {
  FeedInstrument,
  FeedSink,
  MarketFeed,
  PriceWant,
} from '../../application/ports/market-feed.port.js';
import type { FeedTime } from '../../application/ports/stream-transport.port.js';
import type { Tick } from '../../engine/tick.js';

export interface ReplayFeedOptions {
  readonly id: string;
  /** Name of the recording; shown wherever its prices are. */
  readonly recorded: string;
  /** Prices of the instrument in the recording, before the gate, in their order. Throws for what it cannot read. */
  readonly ticksOf: (instrument: FeedInstrument) => Iterable<Tick>;
  /** 1 keeps the recorded spacing, N is N times faster; `max` plays as fast as the engine takes it. */
  readonly speed: number | 'max';
  readonly time: FeedTime;
}

// At full speed the process must come to its other work in between.
const TICKS_AT_ONCE_MAX = 1_000;

interface Playing {
  readonly ticks: Iterator<Tick>;
  next: Tick | undefined;
  /** When the first left, and what its recording says of that: every one is due by its distance from it. */
  readonly startedAtMs: number;
  readonly recordedAtMs: number;
  cancel: () => void;
}

/**
 * A recording as a feed: each of its instruments is played once from the beginning, with the recorded spacing.
 * Venue times stay as recorded; the receive time is now.
 */
export class ReplayFeed implements MarketFeed {
  readonly id: string;
  readonly numbering: string;
  /** A tape may hold what any feed has shown. */
  readonly lacks: readonly PriceWant[] = [];
  private readonly instruments: FeedInstrument[] = [];
  private readonly playing = new Map<string, Playing>();
  private readonly line: FeedLine;
  private isPlaying = false;

  constructor(private readonly options: ReplayFeedOptions) {
    this.id = options.id;
    this.numbering = options.id;
    this.line = new FeedLine(options.id, `replay:${options.recorded}`);
  }

  start(sink: FeedSink): void {
    this.line.attach(sink);
    this.line.connected(this.options.recorded);
    this.isPlaying = true;
    for (const instrument of this.instruments) this.play(instrument);
  }

  follow(instruments: readonly FeedInstrument[]): void {
    this.instruments.push(...instruments);
    if (this.isPlaying) for (const instrument of instruments) this.play(instrument);
  }

  unfollow(instrumentIds: readonly string[]): void {
    for (const instrumentId of instrumentIds) {
      this.playing.get(instrumentId)?.cancel();
      this.playing.delete(instrumentId);
    }
  }

  close(): Promise<void> {
    this.unfollow([...this.playing.keys()]);
    this.isPlaying = false;
    this.line.close();
    return Promise.resolve();
  }

  health(): FeedHealth {
    return this.line.health();
  }

  private play(instrument: FeedInstrument): void {
    const { instrumentId } = instrument;
    if (this.playing.has(instrumentId)) return;
    try {
      const ticks = this.options.ticksOf(instrument)[Symbol.iterator]();
      const next = taken(ticks);
      const startedAtMs = this.options.time.clock();
      const recordedAtMs = next?.receivedAtMs ?? 0;
      const playing = { ticks, next, startedAtMs, recordedAtMs, cancel: () => undefined };
      this.playing.set(instrumentId, playing);
      this.goOn(playing);
    } catch (error) {
      this.line.refuse('unreadable', error instanceof Error ? error.message : String(error));
    }
  }

  private goOn(playing: Playing): void {
    const { speed, time } = this.options;
    for (let count = 0; playing.next; count += 1) {
      const tick = playing.next;
      this.show(tick);
      const next = taken(playing.ticks);
      playing.next = next;
      if (!next) return;
      const waitMs = speed === 'max' ? 0 : dueAtMs(playing, next, speed) - time.clock();
      if (waitMs <= 0 && count < TICKS_AT_ONCE_MAX) continue;
      playing.cancel = time.schedule(Math.max(0, waitMs), () => this.goOn(playing));
      return;
    }
  }

  private show(tick: Tick): void {
    this.line.tick({ ...tick, feed: this.id, receivedAtMs: this.options.time.clock() });
  }
}

function dueAtMs({ startedAtMs, recordedAtMs }: Playing, tick: Tick, speed: number): number {
  return startedAtMs + Math.ceil((tick.receivedAtMs - recordedAtMs) / speed);
}

function taken(ticks: Iterator<Tick>): Tick | undefined {
  const next = ticks.next();
  return next.done === true ? undefined : next.value;
}
