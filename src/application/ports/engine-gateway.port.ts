import type { FeedLatency } from '../feeds/clock-meter.js';
import type { ArmTrial } from '../../engine/decisions.js';
import type { ArmStop, CommandRejected, EngineCommand } from '../../engine/engine-commands.js';
import type { AccountId, DecimalText, InstrumentId, UnixMs } from '../../domain/kernel/units.js';

export interface CommandAccepted {
  readonly kind: 'accepted';
  /** Id of the aggregate that the command made or changed. */
  readonly id: string;
  readonly streamId: string;
  /** 0-based revision of the stream after the command. */
  readonly revision: number;
  /** Decimal text of the log position at which the outcome is readable. */
  readonly position: string;
}

/** The log, or the engine itself, cannot be reached now. Whether the command took effect is not known: send it again with the same id. */
export interface CommandUnavailable {
  readonly kind: 'unavailable';
  readonly reason: string;
  readonly retryAfterMs: number;
}

/** What arming a stop would come to now. */
export type TrialOutcome = ArmTrial | CommandRejected | CommandUnavailable;

export type CommandOutcome = CommandAccepted | CommandRejected | CommandUnavailable;

export interface LastPrice {
  /** Of the newest print; where the venue shows none, half-way between bid and ask. */
  readonly price: DecimalText;
  /** Null where `price` is a print. */
  readonly bid: DecimalText | null;
  readonly ask: DecimalText | null;
  /** Empty for a quote. */
  readonly tradeId: string;
  readonly venueTime: UnixMs;
  readonly receivedAt: UnixMs;
  readonly feed: string;
  /** Name of the recording when the feed replays one, else null. */
  readonly recorded: string | null;
}

export interface FeedHealth {
  readonly feed: string;
  readonly url: string;
  readonly connected: boolean;
  readonly recorded: string | null;
  readonly ticks: number;
  /** Frames or ticks that were refused, by reason. */
  readonly refused: Readonly<Record<string, number>>;
  readonly lastTickAt: UnixMs | null;
}

/** A time in which a feed was not connected; `toMs` is null while it lasts. */
export interface FeedGap {
  readonly fromMs: UnixMs;
  readonly toMs: UnixMs | null;
  readonly reason: string;
}

export interface FeedReport extends FeedHealth {
  /** Venue time to receive time of the newest prices; null before the first. */
  readonly latency: FeedLatency | null;
  /** Share of the time since the start in which it was connected: decimal text from 0 to 1. */
  readonly uptimeShare: string;
  readonly gaps: readonly FeedGap[];
}

/** What neither an armed stop nor an exit under way takes care of. */
export interface UnprotectedView {
  readonly positions: readonly {
    readonly positionId: string;
    readonly accountId: AccountId;
    readonly instrumentId: InstrumentId;
    readonly quantity: DecimalText;
    readonly sinceMs: UnixMs;
  }[];
  /** Quantity x seconds since the engine started, what goes on included. */
  readonly quantitySeconds: readonly {
    readonly accountId: AccountId;
    readonly instrumentId: InstrumentId;
    readonly quantitySeconds: DecimalText;
  }[];
}

/** Steps of the life of a tick, and of the order that it decides. */
export type StepName = 'gated' | 'judged' | 'decided' | 'durable' | 'sent' | 'acknowledged';

/** By step: how many were in each bucket of `STEP_BUCKETS`, those above all of them last, and their sum in seconds. */
export type StepTimesView = Readonly<
  Record<StepName, { readonly counts: readonly number[]; readonly sum: number }>
>;

/** What the engine knows that is not in the log: last prices and feed health. */
export interface EngineView {
  readonly epoch: number;
  readonly inputs: number;
  readonly stopsArmed: number;
  readonly lastPrices: Readonly<Record<InstrumentId, LastPrice>>;
  readonly feeds: readonly FeedReport[];
  readonly unprotected: UnprotectedView;
  readonly journal: {
    readonly connected: boolean;
    readonly inFlight: number;
    readonly queued: number;
    /** Decisions that are safe on the local disk and not in the log yet. */
    readonly spooled: number;
  };
  /** The way to the venue, by account that has sent something. */
  readonly execution: Readonly<
    Record<
      AccountId,
      {
        readonly queued: number;
        readonly inFlight: number;
        readonly circuit: 'closed' | 'open' | 'half-open';
      }
    >
  >;
  readonly steps: StepTimesView;
}

/**
 * The way from the edge to the engine that owns the partition.
 * `execute` resolves only when the deciding events are durable (or nothing was decided); it never throws for an outage.
 */
export interface EngineGateway {
  execute(command: EngineCommand): Promise<CommandOutcome>;
  /** Arms nothing and writes nothing. */
  tryArm(command: ArmStop): Promise<TrialOutcome>;
  /** Undefined when the engine cannot be reached. */
  view(): Promise<EngineView | undefined>;
}
