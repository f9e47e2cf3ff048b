import type { InstrumentMarketView } from '../nouns/market-view.js';

// What is said on `/live`. Every message of ours carries `seq`, which rises by one on each connection.

/** From the reader. */
export interface LiveRequest {
  readonly action: 'subscribe' | 'unsubscribe';
  readonly instrumentIds: readonly string[];
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

/** The engine cannot be reached; what was shown last is old. */
export interface LiveOutage {
  readonly type: 'engine-away';
  readonly seq: number;
}
