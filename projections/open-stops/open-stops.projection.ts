import { invariant, unreachable } from '../../src/domain/kernel/assert.js';
import type { Cause, Recorded } from '../../src/domain/kernel/event.js';
import type {
  AccountMode,
  DecimalText,
  OrderId,
  PositionSide,
  StopId,
} from '../../src/domain/kernel/units.js';
import type { StopPlan } from '../../src/domain/stop/stop-plan.js';
import type {
  StopArmed,
  StopEvent,
  StopTrack,
  StopTriggered,
  TriggerBranch,
} from '../../src/domain/stop/stop.events.js';
import { isoTime } from '../projection.js';
import type { Projection } from '../projection.js';

export type StopStatus = 'armed' | 'suspended' | 'triggered' | 'closed' | 'cancelled' | 'expired';

/** What fired a stop: a price, or a time with the newest price before it (none when none had been seen). */
export interface TriggeredBy {
  readonly price: DecimalText | null;
  readonly tradeId: string | null;
  readonly venueTime: string | null;
  readonly receivedAt: string | null;
  readonly feed: string | null;
  readonly source: string | null;
  readonly branch: TriggerBranch;
}

/**
 * Answers: where does each stop stand, and what became of it? Every stop that ever was has its row, settled ones too.
 * Read by: the API's stops and coverage.
 */
export interface OpenStopRow {
  readonly stopId: StopId;
  readonly accountId: string;
  readonly instrumentId: string;
  readonly positionId: string;
  readonly mode: AccountMode;
  readonly rules: string;
  readonly side: PositionSide;
  readonly status: StopStatus;
  /** What the stop guards now. */
  readonly quantity: DecimalText;
  readonly armedQuantity: DecimalText;
  readonly entryPrice: DecimalText;
  readonly plan: StopPlan;
  readonly activated: boolean;
  readonly level: DecimalText | null;
  readonly extreme: DecimalText | null;
  readonly trailMoves: number;
  /** Where the limit of the exit stands; null when the plan has none. */
  readonly limitPrice: DecimalText | null;
  readonly targetsHit: number;
  readonly triggeredBy: TriggeredBy | null;
  /** The newest exit that the stop decided. */
  readonly orderId: OrderId | null;
  readonly unfilledQuantity: DecimalText | null;
  /** 0-based revision of the stop's stream. */
  readonly revision: number;
  readonly armedAt: string;
  readonly triggeredAt: string | null;
  /** When the stop was settled or cancelled. */
  readonly endedAt: string | null;
  readonly updatedAt: string;
}

export const openStops: Projection<StopEvent, OpenStopRow> = {
  name: 'open_stops',
  version: 9,
  key: 'stopId',
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
  keyOf: (recorded) => recorded.event.data.stopId,
  evolve: (row, recorded) => {
    const { event, revision } = recorded;
    if (event.type === 'StopArmed') return armed(event, revision);
    invariant(row !== undefined, `a stop is armed before anything else, found ${event.type}`);
    return { ...changed(row, recorded), revision, updatedAt: isoTime(event.data.at) };
  },
};

function armed({ data }: StopArmed, revision: number): OpenStopRow {
  return {
    stopId: data.stopId,
    accountId: data.accountId,
    instrumentId: data.instrumentId,
    positionId: data.positionId,
    mode: data.mode,
    rules: data.rules,
    side: data.side,
    status: 'armed',
    quantity: data.quantity,
    armedQuantity: data.quantity,
    entryPrice: data.entryPrice,
    plan: data.plan,
    activated: data.activated,
    ...placeOf(data.track),
    targetsHit: 0,
    triggeredBy: null,
    orderId: null,
    unfilledQuantity: null,
    revision,
    armedAt: isoTime(data.at),
    triggeredAt: null,
    endedAt: null,
    updatedAt: isoTime(data.at),
  };
}

function changed(row: OpenStopRow, { event }: Recorded<StopEvent>): OpenStopRow {
  switch (event.type) {
    case 'StopArmed':
      return row;
    case 'StopActivated':
      return { ...row, ...placeOf(event.data.track), activated: true };
    case 'StopTrailed':
    case 'StopMovedToBreakEven':
      return { ...row, ...placeOf(event.data.track) };
    case 'StopSuspended':
      return { ...row, ...placeOf(event.data.track), status: 'suspended' };
    case 'StopResumed':
      return {
        ...row,
        ...placeOf(event.data.track),
        status: 'armed',
        activated: event.data.activated,
      };
    case 'StopTargetHit':
      return {
        ...row,
        ...placeOf(event.data.track),
        quantity: event.data.remainingQuantity,
        targetsHit: row.targetsHit + 1,
        orderId: event.data.order.orderId,
      };
    case 'StopQuantityAdjusted':
      return { ...row, quantity: event.data.quantity };
    case 'StopAmended':
      return {
        ...row,
        ...placeOf(event.data.track),
        plan: event.data.plan,
        activated: event.data.activated,
        // A new plan has its own ladder: portions are of what is guarded now.
        armedQuantity: row.quantity,
        targetsHit: 0,
      };
    case 'StopRestated': {
      const { track, plan, quantity, armedQuantity, entryPrice } = event.data;
      return { ...row, ...placeOf(track), plan, quantity, armedQuantity, entryPrice };
    }
    case 'StopTriggered':
      return triggered(row, event);
    case 'StopCancelled':
    case 'StopExpired':
      return {
        ...row,
        ...placeOf(event.data.track),
        status: event.type === 'StopExpired' ? 'expired' : 'cancelled',
        endedAt: isoTime(event.data.at),
      };
    case 'StopExitHeld':
    case 'StopExitReleased':
      return row;
    case 'StopClosed':
      return {
        ...row,
        ...placeOf(event.data.track),
        status: 'closed',
        unfilledQuantity: event.data.unfilledQuantity,
        endedAt: isoTime(event.data.at),
      };
    default:
      return unreachable(event);
  }
}

function triggered(row: OpenStopRow, { data }: StopTriggered): OpenStopRow {
  return {
    ...row,
    ...placeOf(data.track),
    status: 'triggered',
    targetsHit: data.branch === 'target' ? row.targetsHit + 1 : row.targetsHit,
    triggeredBy: triggeredBy(data.cause, data.branch),
    orderId: data.order.orderId,
    triggeredAt: isoTime(data.at),
  };
}

function placeOf(
  track: StopTrack,
): Pick<OpenStopRow, 'level' | 'extreme' | 'trailMoves' | 'limitPrice'> {
  const { level, extreme, trailMoves, limit } = track;
  return { level, extreme, trailMoves, limitPrice: limit ?? null };
}

function triggeredBy(cause: Cause | null, branch: TriggerBranch): TriggeredBy {
  return {
    price: cause && cause.price,
    tradeId: cause && cause.tradeId,
    venueTime: cause && isoTime(cause.venueTimeMs),
    receivedAt: cause && isoTime(cause.receivedAtMs),
    feed: cause && cause.feed,
    source: cause && cause.source,
    branch,
  };
}
