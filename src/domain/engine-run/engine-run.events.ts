import type { DomainEvent } from '../kernel/event.js';
import type { InputRef, UnixMs } from '../kernel/units.js';

interface RunStamp {
  readonly input: InputRef;
  readonly at: UnixMs;
}

/** An engine took the partition; its epoch is higher than any before. */
export type EngineStarted = DomainEvent<
  'EngineStarted',
  1,
  RunStamp & { readonly build: string; readonly rules: string }
>;

/** What the start found in log and tape. */
export type EngineRecovered = DomainEvent<
  'EngineRecovered',
  1 | 2,
  RunStamp & {
    readonly eventsRead: number;
    readonly stopsOpen: number;
    readonly ordersResumed: number;
    readonly tapeInputsReplayed: number;
    /** Bytes cut from a torn end of the tape. */
    readonly tapeBytesLost: number;
    readonly stopsIsolated: readonly string[];
    /** From version 2 on: whether a snapshot spared reading the log from its start, and why not. */
    readonly snapshot?: { readonly outcome: 'used' | 'none' | 'ignored'; readonly detail: string };
  }
>;

/** The engine ended in order. */
export type EngineStopped = DomainEvent<
  'EngineStopped',
  1,
  RunStamp & { readonly stopsOpen: number; readonly inputs: number }
>;

/** The log fell too far behind: moves are merged over wider times until it has caught up. Source: the engine's own queue. */
export type EngineLagged = DomainEvent<
  'EngineLagged',
  1,
  RunStamp & {
    readonly isLagging: boolean;
    /** Decisions that the log did not have yet. */
    readonly queued: number;
    /** Least input time between two recorded moves of a stop from here on. */
    readonly recordIntervalMs: number;
  }
>;

export type EngineRunEvent = EngineStarted | EngineRecovered | EngineLagged | EngineStopped;
