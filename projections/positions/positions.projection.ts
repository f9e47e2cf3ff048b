import { add, decimal, formatDecimal, isZero } from '../../src/domain/kernel/decimal.js';
import { invariant } from '../../src/domain/kernel/assert.js';
import { splitUnits } from '../../src/domain/kernel/split.js';
import type {
  AccountMode,
  Currency,
  DecimalText,
  PositionId,
  PositionSide,
} from '../../src/domain/kernel/units.js';
import type {
  PositionEvent,
  PositionIncreased,
  PositionOpened,
  PositionReconciled,
  PositionRestated,
} from '../../src/domain/position/position.events.js';
import { isoTime } from '../projection.js';
import type { Projection } from '../projection.js';

/**
 * Answers: what do we hold, what did we hold, and what was realised on each?
 * Read by: the API's positions and coverage.
 */
export interface PositionRow {
  readonly positionId: PositionId;
  readonly accountId: string;
  readonly instrumentId: string;
  readonly mode: AccountMode;
  readonly origin: string;
  readonly side: PositionSide;
  readonly status: 'open' | 'closed';
  /** What is still open. */
  readonly quantity: DecimalText;
  /** All that ever came in. */
  readonly openedQuantity: DecimalText;
  /** Of what is open: the average, where it came in at several prices. */
  readonly entryPrice: DecimalText;
  readonly quoteCurrency: Currency;
  /** Before fees, in the quote currency. */
  readonly realisedPnl: DecimalText;
  readonly exits: number;
  readonly lastExitPrice: DecimalText | null;
  readonly revision: number;
  readonly openedAt: string;
  readonly closedAt: string | null;
  readonly updatedAt: string;
}

export const positions: Projection<PositionEvent, PositionRow> = {
  name: 'positions',
  version: 5,
  key: 'positionId',
  consumes: {
    PositionOpened: true,
    PositionIncreased: true,
    PositionReduced: true,
    PositionReconciled: true,
    PositionRestated: true,
    PositionClosed: true,
  },
  keyOf: (recorded) => recorded.event.data.positionId,
  evolve: (row, { event, revision }) => {
    if (event.type === 'PositionOpened') return opened(event, revision);
    invariant(row !== undefined, `a position is opened before anything else, found ${event.type}`);
    const at = isoTime(event.data.at);
    if (event.type === 'PositionIncreased') return increased(row, event, revision);
    if (event.type === 'PositionReconciled') return reconciled(row, event, revision);
    if (event.type === 'PositionRestated') return restated(row, event, revision);
    const realised = add(decimal(row.realisedPnl), decimal(event.data.realisedPnl));
    return {
      ...row,
      status: event.type === 'PositionClosed' ? 'closed' : 'open',
      quantity: event.data.remainingQuantity,
      realisedPnl: formatDecimal(realised),
      exits: row.exits + 1,
      lastExitPrice: event.data.price,
      revision,
      closedAt: event.type === 'PositionClosed' ? at : null,
      updatedAt: at,
    };
  },
};

function opened({ data }: PositionOpened, revision: number): PositionRow {
  return {
    positionId: data.positionId,
    accountId: data.accountId,
    instrumentId: data.instrumentId,
    mode: data.mode,
    origin: data.origin,
    side: data.side,
    status: 'open',
    quantity: data.quantity,
    openedQuantity: data.quantity,
    entryPrice: data.entryPrice,
    quoteCurrency: data.quoteCurrency,
    realisedPnl: '0' as DecimalText,
    exits: 0,
    lastExitPrice: null,
    revision,
    openedAt: isoTime(data.at),
    closedAt: null,
    updatedAt: isoTime(data.at),
  };
}

function increased(row: PositionRow, { data }: PositionIncreased, revision: number): PositionRow {
  const all = add(decimal(row.openedQuantity), decimal(data.quantity));
  return {
    ...row,
    status: 'open',
    quantity: data.openQuantity,
    openedQuantity: formatDecimal(all),
    entryPrice: data.entryPrice,
    revision,
    closedAt: null,
    updatedAt: isoTime(data.at),
  };
}

function reconciled(row: PositionRow, { data }: PositionReconciled, revision: number): PositionRow {
  const at = isoTime(data.at);
  const isFlat = isZero(decimal(data.openQuantity));
  return {
    ...row,
    status: isFlat ? 'closed' : 'open',
    quantity: data.openQuantity,
    revision,
    closedAt: isFlat ? at : null,
    updatedAt: at,
  };
}

function restated(row: PositionRow, { data }: PositionRestated, revision: number): PositionRow {
  return {
    ...row,
    quantity: data.openQuantity,
    openedQuantity: splitUnits(row.openedQuantity, data.ratio),
    entryPrice: data.entryPrice,
    revision,
    updatedAt: isoTime(data.at),
  };
}
