import type { Tick } from '../../engine/tick.js';
import { SilenceMeter } from './silence-meter.js';
import type { SilenceLimits } from './silence-meter.js';

export interface FailOverRules {
  /** Silent for longer than is usual for this instrument at this feed: stale. */
  readonly silence: SilenceLimits;
  /** A better feed must have been sound for so long before it is gone back to. */
  readonly failBackMsFirst: number;
  /** The wait doubles each time the better feed fails soon after it was gone back to, up to this. */
  readonly failBackMsMax: number;
}

export const FAIL_OVER_RULES: FailOverRules = {
  silence: { msMin: 5_000, msMax: 120_000, factor: 4 },
  failBackMsFirst: 60_000,
  failBackMsMax: 15 * 60_000,
};

export type FailOverReason = 'lost' | 'stale' | 'fail-back';

export type SeatChange =
  | {
      readonly kind: 'stale';
      readonly feed: string;
      readonly instrumentId: string;
      readonly silentMs: number;
      readonly usualMs: number | null;
    }
  | {
      readonly kind: 'recovered';
      readonly feed: string;
      readonly instrumentId: string;
      readonly silentMs: number;
    }
  | {
      readonly kind: 'failed-over';
      readonly feed: string;
      readonly to: string;
      readonly instrumentId: string;
      readonly reason: FailOverReason;
    };

/** One feed of one instrument. */
interface Seat {
  readonly feed: string;
  readonly silence: SilenceMeter;
  /** Kinds of prices that it has shown: a plan's source must stay the same kind. */
  readonly kinds: Set<Tick['kind']>;
  isConnected: boolean;
  isStale: boolean;
  lastAtMs: number;
  /** Since when it has been connected and heard without a break; Infinity while it is not. */
  soundSinceMs: number;
}

interface Bench {
  readonly instrumentId: string;
  /** The preferred one first. */
  readonly seats: readonly Seat[];
  active: Seat;
  wentBackAtMs: number;
  failBackMs: number;
}

/**
 * Which feed decides for each instrument: the first sound one in the order of preference, with hysteresis.
 *
 *     preferred decides ──lost, or stale while a standby is not──► standby decides
 *     standby decides ──preferred sound for a while──► preferred decides ; fails again soon: the while doubles
 *
 * Nothing is changed when no standby is better off: a market that is closed is silent everywhere.
 */
export class FailOverDesk {
  private readonly benches = new Map<string, Bench>();
  private readonly changes: SeatChange[] = [];

  constructor(private readonly rules: FailOverRules = FAIL_OVER_RULES) {}

  /** Feeds of an instrument, the preferred one first. An instrument that is known keeps what it has. */
  seat(instrumentId: string, feeds: readonly string[]): void {
    const seats = feeds.map((feed) => this.emptySeat(feed));
    const [active] = seats;
    if (!active || this.benches.has(instrumentId)) return;
    this.benches.set(instrumentId, {
      instrumentId,
      seats,
      active,
      wentBackAtMs: -Infinity,
      failBackMs: this.rules.failBackMsFirst,
    });
  }

  activeFeed(instrumentId: string): string | undefined {
    return this.benches.get(instrumentId)?.active.feed;
  }

  onConnected(feed: string): void {
    for (const { seat } of this.seatsOf(feed)) {
      seat.isConnected = true;
      seat.silence.interrupted();
    }
  }

  onLost(feed: string, nowMs: number): readonly SeatChange[] {
    for (const { seat } of this.seatsOf(feed)) {
      seat.isConnected = false;
      seat.isStale = false;
      seat.soundSinceMs = Infinity;
    }
    return this.check(nowMs);
  }

  /** A price that is sound in itself, whether its feed decides or stands by. */
  onPrice(tick: Tick, nowMs: number): readonly SeatChange[] {
    const bench = this.benches.get(tick.instrumentId);
    if (!bench) return NO_CHANGES;
    for (const seat of bench.seats) {
      if (seat.feed === tick.feed) return this.heard(bench, seat, { kind: tick.kind, nowMs });
    }
    return NO_CHANGES;
  }

  /** Looks for silence and for feeds to go over or back to; to be called every second or so. */
  check(nowMs: number): readonly SeatChange[] {
    for (const bench of this.benches.values()) {
      for (const seat of bench.seats) this.lookForSilence(bench, seat, nowMs);
      this.choose(bench, nowMs);
    }
    return this.changes.splice(0);
  }

  private heard(
    bench: Bench,
    seat: Seat,
    { kind, nowMs }: { readonly kind: Tick['kind']; readonly nowMs: number },
  ): readonly SeatChange[] {
    const { lastAtMs } = seat;
    seat.silence.heard(nowMs);
    seat.lastAtMs = nowMs;
    if (!seat.kinds.has(kind)) seat.kinds.add(kind);
    if (seat.soundSinceMs === Infinity) seat.soundSinceMs = nowMs;
    if (!seat.isStale) return NO_CHANGES;
    seat.isStale = false;
    const { instrumentId } = bench;
    const silentMs = nowMs - lastAtMs;
    return [{ kind: 'recovered', feed: seat.feed, instrumentId, silentMs }];
  }

  private lookForSilence(bench: Bench, seat: Seat, nowMs: number): void {
    if (!seat.isConnected || seat.isStale || seat.lastAtMs === -Infinity) return;
    const silentMs = seat.silence.silentMs(nowMs, seat.lastAtMs);
    if (silentMs <= seat.silence.limitMs) return;
    seat.isStale = true;
    seat.soundSinceMs = Infinity;
    this.changes.push({
      kind: 'stale',
      feed: seat.feed,
      instrumentId: bench.instrumentId,
      silentMs,
      usualMs: seat.silence.usualMs ?? null,
    });
  }

  private choose(bench: Bench, nowMs: number): void {
    const { active, seats } = bench;
    if (isSound(active)) {
      const better = seats
        .slice(0, seats.indexOf(active))
        .find((seat) => nowMs - seat.soundSinceMs >= bench.failBackMs && servesAs(seat, active));
      if (!better) return;
      bench.wentBackAtMs = nowMs;
      this.goTo(bench, better, 'fail-back');
      return;
    }
    const next = seats.find((seat) => seat !== active && isSound(seat) && servesAs(seat, active));
    if (!next) return;
    const wasSoon = nowMs - bench.wentBackAtMs < this.rules.failBackMsMax;
    bench.failBackMs = wasSoon
      ? Math.min(bench.failBackMs * 2, this.rules.failBackMsMax)
      : this.rules.failBackMsFirst;
    this.goTo(bench, next, active.isConnected ? 'stale' : 'lost');
  }

  private goTo(bench: Bench, next: Seat, reason: FailOverReason): void {
    const { instrumentId, active } = bench;
    bench.active = next;
    this.changes.push({
      kind: 'failed-over',
      feed: active.feed,
      to: next.feed,
      instrumentId,
      reason,
    });
  }

  private *seatsOf(feed: string): Generator<{ readonly bench: Bench; readonly seat: Seat }> {
    for (const bench of this.benches.values()) {
      for (const seat of bench.seats) if (seat.feed === feed) yield { bench, seat };
    }
  }

  private emptySeat(feed: string): Seat {
    return {
      feed,
      silence: new SilenceMeter(this.rules.silence),
      kinds: new Set(),
      isConnected: false,
      isStale: false,
      lastAtMs: -Infinity,
      soundSinceMs: Infinity,
    };
  }
}

const NO_CHANGES: readonly SeatChange[] = [];

function isSound(seat: Seat): boolean {
  return seat.isConnected && !seat.isStale && seat.soundSinceMs !== Infinity;
}

/** A stop on trades must not be guarded by quotes. */
function servesAs(seat: Seat, instead: Seat): boolean {
  for (const kind of instead.kinds) if (!seat.kinds.has(kind)) return false;
  return true;
}
