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
import type { StopArmed, StopEvent, StopTriggered } from '../../src/domain/stop/stop.events.js';
import { isoTime } from '../projection.js';
import type { Projection } from '../projection.js';

export type StopStatus = 'armed' | 'triggered' | 'exiting' | 'closed' | 'cancelled';

/** The price that fired a stop. */
export interface TriggeredBy {
  readonly price: DecimalText;
  readonly tradeId: string;
  readonly venueTime: string;
  readonly receivedAt: string;
  readonly feed: string;
  readonly source: string;
  readonly branch: 'stop' | 'target';
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
  version: 2,
  key: 'stopId',
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
    level: data.track.level,
    extreme: data.track.extreme,
    trailMoves: data.track.trailMoves,
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
      return { ...row, ...event.data.track, activated: true };
    case 'StopTrailed':
      return { ...row, ...event.data.track };
    case 'StopTargetHit':
      return {
        ...row,
        ...event.data.track,
        quantity: event.data.remainingQuantity,
        targetsHit: row.targetsHit + 1,
        orderId: event.data.order.orderId,
      };
    case 'StopQuantityAdjusted':
      return { ...row, quantity: event.data.quantity };
    case 'StopAmended':
      return {
        ...row,
        ...event.data.track,
        plan: event.data.plan,
        activated: event.data.activated,
        // A new plan has its own ladder: portions are of what is guarded now.
        armedQuantity: row.quantity,
        targetsHit: 0,
      };
    case 'StopTriggered':
      return triggered(row, event);
    case 'StopCancelled':
      return {
        ...row,
        ...event.data.track,
        status: 'cancelled',
        endedAt: isoTime(event.data.at),
      };
    case 'StopClosed':
      return {
        ...row,
        ...event.data.track,
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
    ...data.track,
    status: 'triggered',
    targetsHit: data.branch === 'target' ? row.targetsHit + 1 : row.targetsHit,
    triggeredBy: triggeredBy(data.cause, data.branch),
    orderId: data.order.orderId,
    triggeredAt: isoTime(data.at),
  };
}

function triggeredBy(cause: Cause, branch: TriggeredBy['branch']): TriggeredBy {
  return {
    price: cause.price,
    tradeId: cause.tradeId,
    venueTime: isoTime(cause.venueTimeMs),
    receivedAt: isoTime(cause.receivedAtMs),
    feed: cause.feed,
    source: cause.source,
    branch,
  };
}
