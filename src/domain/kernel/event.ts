import type {
  AccountId,
  AccountMode,
  DecimalText,
  InputRef,
  InstrumentId,
  PositionId,
  UnixMs,
} from './units.js';

/** A fact. `type` and `version` are stored literals: renaming the TypeScript type never changes them. */
export interface DomainEvent<Type extends string, Version extends number, Data> {
  readonly type: Type;
  readonly version: Version;
  readonly data: Data;
}

export type AnyEvent = DomainEvent<string, number, unknown>;

/** An event as the log gives it back. `position` is its place in the whole log, `revision` (0-based) in its stream. */
export interface Recorded<E extends AnyEvent = AnyEvent> {
  readonly event: E;
  readonly eventId: string;
  readonly streamId: string;
  readonly revision: number;
  readonly position: bigint;
  readonly metadata: EventMetadata;
  /** Wall time of the store. For people; no rule reads it. */
  readonly recordedAt: UnixMs;
}

/** Travels beside the data of every event. */
export interface EventMetadata {
  readonly $correlationId: string;
  readonly $causationId: string;
  readonly actor: string;
  readonly commandId?: string;
  /** What the command's id stands for; see EngineCommand. */
  readonly requestHash?: string;
  readonly build: string;
  readonly wallTimeMs: UnixMs;
  readonly version: number;
}

/** In the data of every stop, order and position event. */
export interface Stamp {
  readonly accountId: AccountId;
  readonly instrumentId: InstrumentId;
  readonly instrumentVersion: number;
  readonly positionId: PositionId;
  readonly mode: AccountMode;
  readonly rules: string;
  readonly input: InputRef;
  readonly at: UnixMs;
}

export type PriceSource = 'last' | 'bid' | 'ask' | 'mid' | 'mark';

/** The price that made the engine decide. */
export interface Cause {
  readonly feed: string;
  readonly source: PriceSource;
  /** Venue's trade id, or its book sequence for a quote. Empty when the venue gives none. */
  readonly tradeId: string;
  readonly price: DecimalText;
  readonly size: DecimalText;
  readonly venueTimeMs: UnixMs;
  readonly receivedAtMs: UnixMs;
  readonly verdict: string;
}
