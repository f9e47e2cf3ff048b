import type { PriceKind } from '../../domain/feed/feed.events.js';
import type { PricesRead } from '../../engine/prices-read.js';
import { feedOf, kindOf } from '../../engine/price-source.js';
import type { Tick } from '../../engine/tick.js';
import { FeedVoice } from './feed-voice.js';
import type { UnseenPrice } from './absence-watch.js';
import type { StandIns } from './loss-watch.js';
import type { SilenceLimits } from './silence-meter.js';

export interface FailOverRules {
  /** Silent for longer than is usual for this kind of price of this instrument at this feed: stale. */
  readonly silence: SilenceLimits;
  /** A better feed must have been sound for so long before it is gone back to. */
  readonly failBackMsFirst: number;
  /** The wait doubles each time the better feed fails soon after it was gone back to, up to this. */
  readonly failBackMsMax: number;
}

export const FAIL_OVER_RULES: FailOverRules = {
  // Some instruments trade once an hour: what is usual for them is learnt.
  silence: { msMin: 5_000, msUnknown: 120_000, msMax: 6 * 3_600_000, factor: 4 },
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
      /** Null: of any kind. */
      readonly priceKind: PriceKind | null;
    }
  | {
      readonly kind: 'recovered';
      readonly feed: string;
      readonly instrumentId: string;
      readonly silentMs: number;
      readonly priceKind: PriceKind | null;
    }
  | {
      readonly kind: 'failed-over';
      readonly feed: string;
      readonly to: string;
      readonly instrumentId: string;
      readonly reason: FailOverReason;
    };

/** What is listened for: prices of one kind, or of any where nothing that is armed reads one. */
type Heed = PriceKind | 'any';

/** One feed of one instrument. */
interface Seat {
  readonly feed: string;
  readonly voices: Readonly<Record<Heed, FeedVoice>>;
  isConnected: boolean;
  connectedAtMs: number;
  /** The venue's own word that it shows nothing of this instrument here. */
  refusal: string | undefined;
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
 * Sound is what shows every kind of price that armed stops and open entries read, each as often as is usual for it; any
 * price will do where none does. Where no feed shows them all, the one that shows most decides, as long as no kind that
 * is shown is lost by it. Nothing is changed when no standby is better off: a market that is closed is silent everywhere.
 */
export class FailOverDesk {
  private readonly benches = new Map<string, Bench>();
  private readonly changes: SeatChange[] = [];
  private readonly connectedAtMs = new Map<string, number>();

  constructor(
    private readonly rules: FailOverRules = FAIL_OVER_RULES,
    private readonly pricesRead: () => PricesRead = () => NONE_READ,
  ) {}

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

  /** By instrument of a feed: the feed that decides and shows something; undefined where none does. */
  standInsFor(feed: string): StandIns {
    const read = this.pricesRead();
    const found = new Map<string, string | undefined>();
    for (const { instrumentId, seats, active } of this.benches.values()) {
      if (!seats.some((seat) => seat.feed === feed)) continue;
      const heeded = heededOf(read.get(instrumentId));
      const isShown = soundIn(active, heeded).length > 0;
      found.set(instrumentId, isShown ? active.feed : undefined);
    }
    return found;
  }

  onConnected(feed: string, nowMs: number): void {
    this.connectedAtMs.set(feed, nowMs);
    for (const seat of this.seatsOf(feed)) {
      seat.isConnected = true;
      seat.connectedAtMs = nowMs;
      seat.refusal = undefined;
      for (const voice of Object.values(seat.voices)) voice.connected();
    }
  }

  /** A venue does not take a subscription: what had come of the instrument comes no more. */
  onNotSubscribed(feed: string, instrumentId: string, reason: string): void {
    for (const seat of this.benches.get(instrumentId)?.seats ?? []) {
      if (seat.feed !== feed) continue;
      seat.refusal = reason;
      for (const voice of Object.values(seat.voices)) voice.ended();
    }
  }

  /** What is read of each instrument, and no connected feed of it has shown since the start. */
  unseen(): readonly UnseenPrice[] {
    const found: UnseenPrice[] = [];
    for (const [instrumentId, kinds] of this.pricesRead()) {
      const { seats = [] } = this.benches.get(instrumentId) ?? {};
      for (const priceKind of kinds) {
        if (seats.some((seat) => showsSince(seat, priceKind))) continue;
        const feeds = seats.map((seat) => `${seat.feed} ${standOf(seat)}`);
        const isRefused = seats.some(isRefusing) && !seats.some(mayShow);
        found.push({ instrumentId, priceKind, feeds, isRefused });
      }
    }
    return found;
  }

  onLost(feed: string, nowMs: number): readonly SeatChange[] {
    this.connectedAtMs.delete(feed);
    for (const seat of this.seatsOf(feed)) {
      seat.isConnected = false;
      for (const voice of Object.values(seat.voices)) voice.lost();
    }
    return this.check(nowMs);
  }

  /** A price that is sound in itself, whether its feed decides or stands by. */
  onPrice(tick: Tick, nowMs: number): readonly SeatChange[] {
    const { instrumentId } = tick;
    const bench = this.benches.get(instrumentId);
    if (!bench) return NO_CHANGES;
    const feed = feedOf(tick);
    const priceKind = kindOf(tick);
    for (const seat of bench.seats) {
      if (seat.feed !== feed) continue;
      const { voices } = seat;
      if (seat.refusal !== undefined) seat.refusal = undefined;
      const ofAny = voices.any.heard(nowMs);
      const ofKind = voices[priceKind].heard(nowMs);
      if (ofAny === undefined && ofKind === undefined) return NO_CHANGES;
      const head = { kind: 'recovered', feed, instrumentId } as const;
      return [
        ...(ofAny === undefined ? [] : [{ ...head, silentMs: ofAny, priceKind: null }]),
        ...(ofKind === undefined ? [] : [{ ...head, silentMs: ofKind, priceKind }]),
      ];
    }
    return NO_CHANGES;
  }

  /** Looks for silence and for feeds to go over or back to; to be called every second or so. */
  check(nowMs: number): readonly SeatChange[] {
    const read = this.pricesRead();
    for (const bench of this.benches.values()) {
      const heeded = heededOf(read.get(bench.instrumentId));
      for (const seat of bench.seats) this.lookForSilence(bench, seat, { heeded, nowMs });
      this.choose(bench, heeded, nowMs);
    }
    return this.changes.splice(0);
  }

  private lookForSilence(
    { instrumentId }: Bench,
    { feed, voices, isConnected, connectedAtMs }: Seat,
    { heeded, nowMs }: { readonly heeded: readonly Heed[]; readonly nowMs: number },
  ): void {
    if (!isConnected) return;
    for (const heed of heeded) {
      const { usualMs } = voices[heed];
      const silentMs = voices[heed].fallsSilent(nowMs, connectedAtMs);
      if (silentMs === undefined) continue;
      const priceKind = heed === 'any' ? null : heed;
      this.changes.push({ kind: 'stale', feed, instrumentId, silentMs, usualMs, priceKind });
    }
  }

  private choose(bench: Bench, heeded: readonly Heed[], nowMs: number): void {
    const { active, seats, failBackMs } = bench;
    const shown = soundIn(active, heeded);
    const better = seats.slice(0, seats.indexOf(active)).find((seat) => {
      const settled = soundIn(seat, heeded, nowMs - failBackMs);
      return settled.length > 0 && includesAll(settled, shown);
    });
    if (better) {
      bench.wentBackAtMs = nowMs;
      this.goTo(bench, better, 'fail-back');
      return;
    }
    const next = shown.length < heeded.length ? sounder(seats, heeded, shown) : undefined;
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

  private *seatsOf(feed: string): Generator<Seat> {
    for (const { seats } of this.benches.values()) {
      for (const seat of seats) if (seat.feed === feed) yield seat;
    }
  }

  private emptySeat(feed: string): Seat {
    const voice = (): FeedVoice => new FeedVoice(this.rules.silence);
    const voices = { any: voice(), trade: voice(), quote: voice(), mark: voice() };
    // An instrument that is defined while the engine runs joins connections that stand.
    const connectedAtMs = this.connectedAtMs.get(feed);
    const isConnected = connectedAtMs !== undefined;
    const connection = { isConnected, connectedAtMs: connectedAtMs ?? -Infinity };
    return { feed, voices, ...connection, refusal: undefined };
  }
}

const NO_CHANGES: readonly SeatChange[] = [];
const NONE_READ: PricesRead = new Map();
const ANY: readonly Heed[] = ['any'];

function heededOf(read: ReadonlySet<PriceKind> | undefined): readonly Heed[] {
  return read && read.size > 0 ? [...read] : ANY;
}

/** What a seat shows of all that is listened for, and has shown without a break since then. */
function soundIn(
  { isConnected, voices }: Seat,
  heeded: readonly Heed[],
  sinceMs = Infinity,
): readonly Heed[] {
  if (!isConnected) return [];
  return heeded.filter((heed) => voices[heed].isSound && voices[heed].soundSinceMs <= sinceMs);
}

function showsSince(seat: Seat, kind: PriceKind): boolean {
  return mayShow(seat) && seat.voices[kind].wasHeard;
}

function isRefusing({ isConnected, refusal }: Seat): boolean {
  return isConnected && refusal !== undefined;
}

function mayShow({ isConnected, refusal }: Seat): boolean {
  return isConnected && refusal === undefined;
}

function standOf({ isConnected, refusal }: Seat): string {
  if (!isConnected) return 'is not connected';
  return refusal === undefined ? 'has shown none' : `does not subscribe to it (${refusal})`;
}

function includesAll(all: readonly Heed[], some: readonly Heed[]): boolean {
  return some.every((heed) => all.includes(heed));
}

/** The seat that shows most, if it shows all that is shown now and something more: no stop loses its price by it. */
function sounder(
  seats: readonly Seat[],
  heeded: readonly Heed[],
  shown: readonly Heed[],
): Seat | undefined {
  let best: Seat | undefined;
  let most = shown.length;
  for (const seat of seats) {
    const own = soundIn(seat, heeded);
    if (own.length <= most || !includesAll(own, shown)) continue;
    best = seat;
    most = own.length;
  }
  return best;
}
