import { unreachable } from '../../src/domain/kernel/assert.js';
import type { Cause, Recorded } from '../../src/domain/kernel/event.js';
import type { DecimalText, StopId } from '../../src/domain/kernel/units.js';
import type { StopPlan } from '../../src/domain/stop/stop-plan.js';
import { exitOrderId } from '../../src/domain/stop/stop-state.js';
import type {
  StopEvent,
  StopExitHeld,
  StopExitReleased,
  StopRestated,
  StopTrack,
  StopTriggered,
} from '../../src/domain/stop/stop.events.js';
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
  /** Where the limit of the exit stood; null when the plan has none. */
  readonly limitPrice: DecimalText | null;
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
  version: 5,
  key: 'eventId',
  isAppendOnly: true,
  consumes: {
    StopArmed: true,
    StopActivated: true,
    StopTrailed: true,
    StopMovedToBreakEven: true,
    StopTargetHit: true,
    StopQuantityAdjusted: true,
    StopAmended: true,
    StopRestated: true,
    StopSuspended: true,
    StopResumed: true,
    StopTriggered: true,
    StopCancelled: true,
    StopExpired: true,
    StopExitHeld: true,
    StopExitReleased: true,
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
  | 'limitPrice'
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
  limitPrice: null,
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
        ...placeOf(event.data.track),
        quantity: event.data.quantity,
        plan: event.data.plan,
        cause: causeOf(event.data.reference),
      };
    case 'StopActivated':
      return {
        ...stepOf(event.data),
        branch: event.data.reason,
        cause: causeOf(event.data.cause),
      };
    case 'StopTrailed':
      return {
        ...stepOf(event.data),
        moves: event.data.moves,
        branch: event.data.branch,
        cause: causeOf(event.data.cause),
        firstCause: causeOf(event.data.firstCause),
      };
    case 'StopMovedToBreakEven':
      return {
        ...stepOf(event.data),
        moves: event.data.moves,
        branch: 'breakEven',
        cause: causeOf(event.data.cause),
      };
    case 'StopTargetHit':
      return {
        ...placeOf(event.data.track),
        branch: 'target',
        cause: causeOf(event.data.cause),
        quantity: event.data.remainingQuantity,
        orderId: event.data.order.orderId,
      };
    case 'StopQuantityAdjusted':
      return { quantity: event.data.quantity, branch: event.data.reason };
    case 'StopAmended':
      return {
        ...stepOf(event.data),
        plan: event.data.plan,
        cause: causeOf(event.data.reference),
      };
    case 'StopRestated':
      return restated(event.data);
    case 'StopTriggered':
      return triggered(event.data);
    case 'StopSuspended':
      return placeOf(event.data.track);
    case 'StopResumed':
      return { ...stepOf(event.data), cause: causeOf(event.data.reference) };
    case 'StopCancelled':
    case 'StopExpired':
      return {
        ...placeOf(event.data.track),
        branch: event.data.reason,
        cause: event.type === 'StopExpired' ? causeOf(event.data.reference) : null,
      };
    case 'StopExitHeld':
    case 'StopExitReleased':
      return waited(event.data);
    case 'StopClosed':
      return { ...placeOf(event.data.track), quantity: event.data.exitQuantity };
    default:
      return unreachable(event);
  }
}

function restated(data: StopRestated['data']): Partial<Told> {
  const { moves, quantity, plan } = data;
  return { ...stepOf(data), branch: 'split', moves, quantity, plan };
}

function waited(data: (StopExitHeld | StopExitReleased)['data']): Partial<Told> {
  const { stopId, ordinal, attempt, quantity, reason } = data;
  return { branch: reason, quantity, orderId: exitOrderId(stopId, ordinal, attempt) };
}

function triggered(data: StopTriggered['data']): Partial<Told> {
  return {
    ...stepOf(data),
    moves: data.moves,
    branch: data.branch,
    cause: causeOf(data.cause),
    quantity: data.order.quantity,
    orderId: data.order.orderId,
  };
}

/** From where to where. */
function stepOf({ previous, track }: { previous: StopTrack; track: StopTrack }): Partial<Told> {
  return {
    ...placeOf(track),
    previousLevel: previous.level,
    previousExtreme: previous.extreme,
  };
}

function placeOf(track: StopTrack): Pick<Told, 'level' | 'extreme' | 'trailMoves' | 'limitPrice'> {
  const { level, extreme, trailMoves, limit } = track;
  return { level, extreme, trailMoves, limitPrice: limit ?? null };
}

function causeOf(cause: Cause | null): StepCause | null {
  if (!cause) return null;
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
