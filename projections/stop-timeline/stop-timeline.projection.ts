import { unreachable } from '../../src/domain/kernel/assert.js';
import type { Cause, Recorded } from '../../src/domain/kernel/event.js';
import type { DecimalText, StopId } from '../../src/domain/kernel/units.js';
import type { StopPlan } from '../../src/domain/stop/stop-plan.js';
import type { StopEvent, StopTrack } from '../../src/domain/stop/stop.events.js';
import { isoTime } from '../projection.js';
import type { Projection } from '../projection.js';

/** The price behind a step, with times as text. */
export interface StepCause {
  readonly feed: string;
  readonly source: string;
  readonly tradeId: string;
  readonly price: DecimalText;
  readonly size: DecimalText;
  readonly venueTime: string;
  readonly receivedAt: string;
  readonly verdict: string;
}

/**
 * Answers: what happened to this stop, step by step, and which price made it happen?
 * Read by: the API's events of a stop.
 */
export interface StopTimelineRow {
  readonly eventId: string;
  readonly stopId: StopId;
  /** 0-based revision of the stop's stream: the order of the steps. */
  readonly revision: number;
  /** Place in the whole log. */
  readonly position: string;
  readonly type: StopEvent['type'];
  readonly at: string;
  readonly actor: string;
  readonly accountId: string;
  readonly instrumentId: string;
  readonly positionId: string;
  readonly level: DecimalText | null;
  readonly extreme: DecimalText | null;
  readonly trailMoves: number | null;
  readonly previousLevel: DecimalText | null;
  readonly previousExtreme: DecimalText | null;
  /** Moves of the level that this step stands for. */
  readonly moves: number;
  /** The rule that decided. */
  readonly branch: string | null;
  readonly cause: StepCause | null;
  /** The price that made the first of several merged moves. */
  readonly firstCause: StepCause | null;
  readonly quantity: DecimalText | null;
  readonly plan: StopPlan | null;
  readonly orderId: string | null;
  readonly epoch: number;
  /** Decimal text: a busy day has more inputs than 32 bits count. */
  readonly inputSeq: string;
}

export const stopTimeline: Projection<StopEvent, StopTimelineRow> = {
  name: 'stop_timeline',
  version: 1,
  key: 'eventId',
  consumes: {
    StopArmed: true,
    StopActivated: true,
    StopTrailed: true,
    StopTargetHit: true,
    StopQuantityAdjusted: true,
    StopAmended: true,
    StopTriggered: true,
    StopCancelled: true,
    StopClosed: true,
  },
  keyOf: (recorded) => recorded.eventId,
  evolve: (_row, recorded) => {
    const { event } = recorded;
    return {
      eventId: recorded.eventId,
      stopId: event.data.stopId,
      revision: recorded.revision,
      position: recorded.position.toString(),
      type: event.type,
      at: isoTime(event.data.at),
      actor: recorded.metadata.actor,
      accountId: event.data.accountId,
      instrumentId: event.data.instrumentId,
      positionId: event.data.positionId,
      ...NOTHING,
      ...told(recorded),
      epoch: event.data.input.epoch,
      inputSeq: String(event.data.input.seq),
    };
  },
};

type Told = Pick<
  StopTimelineRow,
  | 'level'
  | 'extreme'
  | 'trailMoves'
  | 'previousLevel'
  | 'previousExtreme'
  | 'moves'
  | 'branch'
  | 'cause'
  | 'firstCause'
  | 'quantity'
  | 'plan'
  | 'orderId'
>;

const NOTHING: Told = {
  level: null,
  extreme: null,
  trailMoves: null,
  previousLevel: null,
  previousExtreme: null,
  moves: 0,
  branch: null,
  cause: null,
  firstCause: null,
  quantity: null,
  plan: null,
  orderId: null,
};

function told({ event }: Recorded<StopEvent>): Partial<Told> {
  switch (event.type) {
    case 'StopArmed':
      return {
        ...event.data.track,
        quantity: event.data.quantity,
        plan: event.data.plan,
        cause: event.data.reference && causeOf(event.data.reference),
      };
    case 'StopActivated':
      return {
        ...event.data.track,
        ...before(event.data.previous),
        branch: event.data.reason,
        cause: causeOf(event.data.cause),
      };
    case 'StopTrailed':
      return {
        ...event.data.track,
        ...before(event.data.previous),
        moves: event.data.moves,
        branch: event.data.branch,
        cause: causeOf(event.data.cause),
        firstCause: causeOf(event.data.firstCause),
      };
    case 'StopTargetHit':
      return {
        ...event.data.track,
        branch: 'target',
        cause: causeOf(event.data.cause),
        quantity: event.data.remainingQuantity,
        orderId: event.data.order.orderId,
      };
    case 'StopQuantityAdjusted':
      return { quantity: event.data.quantity, branch: event.data.reason };
    case 'StopAmended':
      return {
        ...event.data.track,
        ...before(event.data.previous),
        plan: event.data.plan,
        cause: event.data.reference && causeOf(event.data.reference),
      };
    case 'StopTriggered':
      return {
        ...event.data.track,
        ...before(event.data.previous),
        moves: event.data.moves,
        branch: event.data.branch,
        cause: causeOf(event.data.cause),
        quantity: event.data.order.quantity,
        orderId: event.data.order.orderId,
      };
    case 'StopCancelled':
      return { ...event.data.track, branch: event.data.reason };
    case 'StopClosed':
      return { ...event.data.track, quantity: event.data.exitQuantity };
    default:
      return unreachable(event);
  }
}

function before(track: StopTrack): Pick<Told, 'previousLevel' | 'previousExtreme'> {
  return { previousLevel: track.level, previousExtreme: track.extreme };
}

function causeOf(cause: Cause): StepCause {
  return {
    feed: cause.feed,
    source: cause.source,
    tradeId: cause.tradeId,
    price: cause.price,
    size: cause.size,
    venueTime: isoTime(cause.venueTimeMs),
    receivedAt: isoTime(cause.receivedAtMs),
    verdict: cause.verdict,
  };
}
