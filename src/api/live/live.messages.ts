import type { InstrumentMarketView } from '../nouns/market-view.js';
import type { DecisionView } from './decision-view.js';
import type { OpenState } from './open-state.js';

// What is said on `/live`. Every message of ours carries `seq`, which rises by one on each connection.

/** From the reader. */
export interface LiveRequest {
  readonly action: 'subscribe' | 'unsubscribe';
  readonly instrumentIds: readonly string[];
}

/** Follow decisions, from behind a position that the reader knows. */
export interface FollowRequest {
  readonly action: 'follow';
  readonly after?: string;
  /** Only these accounts. Default: all that the token may see. */
  readonly accountIds?: readonly string[];
}

export interface UnfollowRequest {
  readonly action: 'unfollow';
}

/** All of an instrument, once for each subscription, and again after the engine was away. */
export interface LiveSnapshot extends InstrumentMarketView {
  readonly type: 'snapshot';
  readonly seq: number;
}

/** The parts that have changed since the last message about the instrument. Bars are those that changed, by `start`. */
export interface LiveDelta extends Partial<InstrumentMarketView> {
  readonly type: 'delta';
  readonly seq: number;
  readonly instrumentId: string;
  readonly version: number;
}

/** A request that changed nothing. */
export interface LiveRefusal {
  readonly type: 'refused';
  readonly seq: number;
  readonly code: string;
  readonly field: string;
  readonly rule: string;
  readonly value: string;
}

/**
 * What is open: first of all to a reader that names no position, and to one that has missed decisions. Those up to
 * `asOfPosition` are in it. What follows are the decisions behind `position`.
 */
export interface LiveState extends OpenState {
  readonly type: 'state';
  readonly seq: number;
  readonly position: string;
}

/** One decision of the log. `after` is the position that was told before it on this connection. */
export interface LiveDecision extends DecisionView {
  readonly type: 'decision';
  readonly seq: number;
  readonly after: string;
}

/** The engine cannot be reached; what was shown last is old. */
export interface LiveOutage {
  readonly type: 'engine-away';
  readonly seq: number;
}
