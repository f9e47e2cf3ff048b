import type { Recorded } from '../../src/domain/kernel/event.js';
import type {
  OrderAcked,
  OrderFilled,
  OrderPartiallyFilled,
} from '../../src/domain/order/order.events.js';
import type {
  StopTargetHit,
  StopTriggered,
  TriggerBranch,
} from '../../src/domain/stop/stop.events.js';
import { isoTime } from '../projection.js';
import type { Projection } from '../projection.js';

/**
 * Answers: how long did each decision of a stop take, from the venue's print to the fill? Orders that no stop decided, such
 * as entries and further attempts of an exit, have no row. Each step is the difference of two wall
 * clocks; where those are two machines', it holds what they differ by, too. A recording's prints are years old.
 * Read by: the API's latency.
 */
export interface DecisionLatencyRow {
  readonly orderId: string;
  readonly stopId: string;
  readonly accountId: string;
  readonly instrumentId: string;
  readonly branch: TriggerBranch;
  /** Null with all that is measured from it: time decided, not a price. */
  readonly venueTime: string | null;
  readonly receivedAt: string | null;
  readonly decidedAt: string;
  readonly durableAt: string;
  readonly ackedAt: string | null;
  readonly filledAt: string | null;
  readonly venueToReceivedMs: number | null;
  readonly receivedToDecidedMs: number | null;
  readonly decidedToDurableMs: number;
  readonly durableToAckedMs: number | null;
  readonly durableToFilledMs: number | null;
}

type Decided = StopTriggered | StopTargetHit;
type Answered = OrderAcked | OrderPartiallyFilled | OrderFilled;

export const decisionLatency: Projection<Decided | Answered, DecisionLatencyRow> = {
  name: 'decision_latency',
  version: 3,
  key: 'orderId',
  consumes: {
    StopTriggered: true,
    StopTargetHit: true,
    OrderAcked: true,
    OrderPartiallyFilled: true,
    OrderFilled: true,
  },
  keyOf: ({ event }) => ('order' in event.data ? event.data.order.orderId : event.data.orderId),
  evolve: (row, recorded) => {
    const { event, recordedAt } = recorded;
    switch (event.type) {
      case 'StopTriggered':
      case 'StopTargetHit':
        return decided(event, recorded);
      default:
        return row && answered(row, event, recordedAt);
    }
  },
};

function decided(
  event: Decided,
  { metadata, recordedAt }: Recorded<Decided | Answered>,
): DecisionLatencyRow {
  const { cause, order, stopId, accountId, instrumentId } = event.data;
  return {
    orderId: order.orderId,
    stopId,
    accountId,
    instrumentId,
    branch: event.type === 'StopTargetHit' ? 'target' : event.data.branch,
    venueTime: cause && isoTime(cause.venueTimeMs),
    receivedAt: cause && isoTime(cause.receivedAtMs),
    decidedAt: isoTime(metadata.wallTimeMs),
    durableAt: isoTime(recordedAt),
    ackedAt: null,
    filledAt: null,
    venueToReceivedMs: cause && cause.receivedAtMs - cause.venueTimeMs,
    receivedToDecidedMs: cause && metadata.wallTimeMs - cause.receivedAtMs,
    decidedToDurableMs: recordedAt - metadata.wallTimeMs,
    durableToAckedMs: null,
    durableToFilledMs: null,
  };
}

/** The first answer of each kind counts. */
function answered(
  row: DecisionLatencyRow,
  event: Answered,
  recordedAt: number,
): DecisionLatencyRow {
  const sinceDurable = recordedAt - Date.parse(row.durableAt);
  if (event.type === 'OrderAcked') {
    if (row.ackedAt !== null) return row;
    return { ...row, ackedAt: isoTime(recordedAt), durableToAckedMs: sinceDurable };
  }
  if (row.filledAt !== null) return row;
  return { ...row, filledAt: isoTime(recordedAt), durableToFilledMs: sinceDurable };
}
