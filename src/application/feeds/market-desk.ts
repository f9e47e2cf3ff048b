import type { FeedChange } from '../../engine/inputs.js';
import type { AlarmDesk } from '../alarms/alarm-desk.js';
import type { QualityGate } from '../../engine/quality-gate.js';
import type { GateVerdict, Tick } from '../../engine/tick.js';
import type { FeedReport } from '../ports/engine-gateway.port.js';
import type { RefusedFrame } from '../ports/market-gateway.port.js';
import type { FeedInstrument, MarketFeed, PriceWant } from '../ports/market-feed.port.js';
import type { FeedTime } from '../ports/stream-transport.port.js';
import type { FailOverDesk, SeatChange } from './fail-over-desk.js';
import type { OrderBook } from './order-book.js';
import { AbsenceWatch } from './absence-watch.js';
import { ClockMeter } from './clock-meter.js';
import { ClockWatch } from './clock-watch.js';
import { FeedLog } from './feed-log.js';
import { LossWatch } from './loss-watch.js';
import { NewestByReason } from './newest-by-reason.js';

/** An instrument with the feeds that may show its prices, the preferred one first. */
export interface MarketInstrument extends FeedInstrument {
  readonly feeds: readonly string[];
}

export interface MarketDeskOptions {
  readonly gate: QualityGate;
  readonly failOver: FailOverDesk;
  readonly time: FeedTime;
  /** Every price, judged, in the order in which the engine is to see it. */
  readonly onTick: (tick: Tick) => void;
  readonly onChange: (feed: string, change: FeedChange) => void;
  readonly say: (line: string) => void;
  readonly alarms: Pick<AlarmDesk, 'raise' | 'clear' | 'settle' | 'isActive'>;
  /** When an instrument trades next, while it does not. */
  readonly closedUntil: (instrumentId: string) => number | undefined;
}

// Silence is looked for so often: far finer than what counts as silence.
const CHECK_MS = 1_000;
const CLOCK_CHECK_MS = 10_000;
// A hostile feed must not flood the log: its counts are a fact at most once a minute.
const QUALITY_REPORT_MS = 60_000;

interface Desk {
  readonly feed: MarketFeed;
  readonly log: FeedLog;
  readonly quarantine: NewestByReason<Tick>;
  readonly refusedFrames: NewestByReason<RefusedFrame>;
  readonly clock: ClockMeter;
  /** Unreadable frames by reason since the last report. */
  refusals: Record<string, number>;
  isStarted: boolean;
}

/**
 * All feeds of the engine: which of them decides for each instrument, what their prices are worth, and what became of
 * them. Every price goes through the gate once, whichever feed it came from, and on to the tape with its verdict.
 */
export class MarketDesk {
  private readonly desks = new Map<string, Desk>();
  private readonly followed = new Map<string, MarketInstrument>();
  private readonly cancels: (() => void)[] = [];
  private readonly clockWatch: ClockWatch;
  private readonly lossWatch: LossWatch;
  private readonly absenceWatch: AbsenceWatch;
  private isClosed = false;

  constructor(private readonly options: MarketDeskOptions) {
    const { alarms, failOver, closedUntil } = options;
    const unseen = () => failOver.unseen();
    const { clock } = options.time;
    this.absenceWatch = new AbsenceWatch({ alarms, unseen, clock, closedUntil });
    this.clockWatch = new ClockWatch(alarms);
    this.lossWatch = new LossWatch(alarms, (feed) => failOver.standInsFor(feed));
  }

  /** Takes a feed in without connecting it: its instruments come with `follow`. */
  add(feed: MarketFeed): void {
    this.options.gate.register(feed.id, feed.numbering);
    this.desks.set(feed.id, {
      feed,
      log: new FeedLog(this.options.time.clock()),
      quarantine: new NewestByReason(),
      refusedFrames: new NewestByReason(),
      clock: new ClockMeter(),
      refusals: {},
      isStarted: false,
    });
  }

  /** Prices of these come from all their feeds from here on; the preferred one decides. */
  follow(instruments: readonly MarketInstrument[]): void {
    for (const instrument of instruments) {
      const { instrumentId, feeds } = instrument;
      this.followed.set(instrumentId, instrument);
      const known = feeds.filter((feed) => this.desks.has(feed));
      this.options.failOver.seat(instrumentId, known);
      const active = this.options.failOver.activeFeed(instrumentId);
      if (active !== undefined) this.options.gate.activate(instrumentId, active);
    }
    for (const desk of this.desks.values()) {
      const own = instruments.filter(({ feeds }) => feeds.includes(desk.feed.id));
      if (own.length === 0) continue;
      desk.feed.follow(own);
      if (!desk.isStarted) this.start(desk);
    }
  }

  /** Asks all feeds of an instrument for more than they bring anyway: a stop by mark price needs mark prices. */
  want(instrumentId: string, want: PriceWant): void {
    const instrument = this.followed.get(instrumentId);
    const { wants = [] } = instrument ?? {};
    if (!instrument || wants.includes(want)) return;
    this.follow([{ ...instrument, wants: [...wants, want] }]);
  }

  has(feed: string): boolean {
    return this.desks.has(feed);
  }

  /** Whether a feed of that name is there at all, and whether it can ever show such a price. */
  shows(feed: string, want: PriceWant): boolean {
    return this.desks.get(feed)?.feed.lacks.includes(want) === false;
  }

  /** The order book of the feed that decides, where it keeps one that is whole. */
  bookOf(instrumentId: string): { readonly feed: string; readonly book: OrderBook } | undefined {
    const feed = this.options.failOver.activeFeed(instrumentId);
    const book = feed === undefined ? undefined : this.desks.get(feed)?.feed.bookOf?.(instrumentId);
    return feed !== undefined && book?.isSound ? { feed, book } : undefined;
  }

  start(desk: Desk): void {
    const { id } = desk.feed;
    const { time, gate, failOver, onChange } = this.options;
    desk.isStarted = true;
    desk.feed.start({
      onTick: (tick, isUntimed) => this.take(desk, tick, isUntimed),
      onRefused: (reason, sample) => this.noteRefusal(desk, reason, sample),
      onNotSubscribed: (instrumentId, reason) => failOver.onNotSubscribed(id, instrumentId, reason),
      onConnected: ({ url, recorded }) => {
        desk.log.connected(time.clock());
        desk.clock.reset();
        gate.interrupted(id, true);
        failOver.onConnected(id, time.clock());
        onChange(id, { change: 'connected', url, recorded });
        this.lossWatch.onConnected(id);
      },
      onLost: (reason) => {
        const nowMs = time.clock();
        desk.log.lost(nowMs, reason);
        gate.interrupted(id, false);
        onChange(id, { change: 'lost', reason });
        this.apply(failOver.onLost(id, nowMs));
        this.lossWatch.onLost(id, reason);
      },
    });
  }

  /** Begins to look for silence and to report. */
  watch(): void {
    this.every(CHECK_MS, () => {
      this.apply(this.options.failOver.check(this.options.time.clock()));
      this.lossWatch.check();
      this.absenceWatch.check();
    });
    this.every(CLOCK_CHECK_MS, () => this.checkClock());
    this.every(QUALITY_REPORT_MS, () => this.reportQuality());
  }

  async close(): Promise<void> {
    this.isClosed = true;
    for (const cancel of this.cancels) cancel();
    await Promise.all([...this.desks.values()].map(({ feed }) => feed.close()));
  }

  reports(): readonly FeedReport[] {
    const nowMs = this.options.time.clock();
    return [...this.desks.values()].map(({ feed, log, clock }) => {
      const health = feed.health();
      return {
        ...health,
        refused: { ...health.refused, ...this.options.gate.counts(feed.id) },
        latency: clock.latency(),
        uptimeShare: log.uptimeShare(nowMs),
        gaps: log.gaps(),
      };
    });
  }

  recordedBy(feed: string): string | null {
    return this.desks.get(feed)?.feed.health().recorded ?? null;
  }

  /** The newest quarantined prices of a feed, the newest first; undefined for a feed that there is not. */
  quarantined(feed: string): readonly Tick[] | undefined {
    return this.desks.get(feed)?.quarantine.newestFirst();
  }

  /** The newest frames of a feed that could not be read, the newest first; undefined for a feed that there is not. */
  refusedFrames(feed: string): readonly RefusedFrame[] | undefined {
    return this.desks.get(feed)?.refusedFrames.newestFirst();
  }

  private take(desk: Desk, candidate: Tick, isUntimed = false): void {
    const { gate, failOver, onTick } = this.options;
    const verdict = gate.judge(candidate);
    const { released } = gate;
    if (released) onTick(released);
    const tick = verdict === candidate.verdict ? candidate : { ...candidate, verdict };
    onTick(tick);
    if (isSoundInItself(verdict)) {
      // The time of its arrival, taken for the venue's, would be the least of all delays, and hide what the clock is off.
      if (!isUntimed) desk.clock.note(tick.venueTimeMs, tick.receivedAtMs);
      const changes = failOver.onPrice(tick, tick.receivedAtMs);
      if (changes.length > 0) this.apply(changes);
    } else {
      desk.quarantine.note(verdict, tick);
    }
  }

  private apply(changes: readonly SeatChange[]): void {
    for (const change of changes) {
      const { feed, instrumentId } = change;
      switch (change.kind) {
        case 'stale': {
          const { silentMs, usualMs, priceKind } = change;
          const silence = { instrumentId, silentMs, usualMs, priceKind };
          this.options.onChange(feed, { change: 'stale', ...silence });
          break;
        }
        case 'recovered': {
          const { silentMs, priceKind } = change;
          this.options.onChange(feed, { change: 'recovered', instrumentId, silentMs, priceKind });
          break;
        }
        case 'failed-over': {
          const { to, reason } = change;
          this.options.onChange(feed, { change: 'failed-over', instrumentId, to, reason });
          for (const tick of this.options.gate.failOver(instrumentId, to)) {
            this.options.onTick(tick);
          }
          break;
        }
      }
    }
  }

  private checkClock(): void {
    for (const { feed, clock } of this.desks.values()) {
      this.clockWatch.compare(feed.id, clock, feed.health().recorded !== null);
    }
  }

  private noteRefusal(desk: Desk, reason: string, sample: string): void {
    const receivedAtMs = this.options.time.clock();
    desk.refusedFrames.note(reason, { reason, sample, receivedAtMs });
    // The first of each reason is shown until the next report; a flood must not become a flood of lines.
    if (desk.refusals[reason] === undefined) {
      const text = `feed ${desk.feed.id} refused a frame (${reason}): ${JSON.stringify(sample)}`;
      this.options.say(text);
    }
    desk.refusals[reason] = (desk.refusals[reason] ?? 0) + 1;
  }

  private reportQuality(): void {
    for (const desk of this.desks.values()) {
      const { id } = desk.feed;
      const counts = { ...this.options.gate.takeCounts(id), ...desk.refusals };
      desk.refusals = {};
      if (Object.keys(counts).length > 0) this.options.onChange(id, { change: 'quality', counts });
    }
  }

  private every(ms: number, act: () => void): void {
    const place = this.cancels.length;
    const plan = (): void => {
      this.cancels[place] = this.options.time.schedule(ms, () => {
        if (this.isClosed) return;
        act();
        plan();
      });
    };
    plan();
  }
}

/** A print that another line showed first, or that stands by, is a sign of a sound feed as well. */
function isSoundInItself(verdict: GateVerdict): boolean {
  switch (verdict) {
    case 'good':
    case 'gap':
    case 'confirmed':
    case 'standby':
    case 'duplicate':
    case 'unconfirmed':
      return true;
    case 'out-of-order':
    case 'not-a-trade':
    case 'crossed-book':
    case 'locked-book':
    case 'zero-size':
    case 'outlier':
      return false;
  }
}
