import type { Fact } from '../../src/domain/facts.js';
import { isoTime } from '../projection.js';
import type { Projection } from '../projection.js';

/**
 * Answers: who did what, when, by which build, and what followed from it? One row for every fact but the moves of levels,
 * which the timeline of a stop tells.
 * Read by: the API's audit trail.
 */
export interface AuditTrailRow {
  /** The log position with leading zeros: text sorts as the log does. */
  readonly auditId: string;
  readonly streamId: string;
  readonly revision: number;
  readonly type: string;
  /** `engine`, or who gave the command. */
  readonly actor: string;
  readonly commandId: string | null;
  readonly correlationId: string;
  readonly causationId: string;
  readonly build: string;
  readonly accountId: string | null;
  readonly instrumentId: string | null;
  readonly at: string;
  readonly recordedAt: string;
}

type Told = Exclude<Fact, { readonly type: 'StopTrailed' }>;

const POSITION_DIGITS = 20;

export const auditTrail: Projection<Told, AuditTrailRow> = {
  name: 'audit_trail',
  version: 7,
  key: 'auditId',
  isAppendOnly: true,
  consumes: {
    StopArmed: true,
    StopActivated: true,
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
    OrderPlaced: true,
    OrderAcked: true,
    OrderRejected: true,
    OrderDenied: true,
    OrderUnknown: true,
    OrderPartiallyFilled: true,
    OrderFilled: true,
    OrderCancelRequested: true,
    OrderCancelled: true,
    OrderExpired: true,
    FillDisputed: true,
    PositionOpened: true,
    PositionIncreased: true,
    PositionReduced: true,
    PositionReconciled: true,
    PositionRestated: true,
    PositionClosed: true,
    AccountOpened: true,
    CashMoved: true,
    TradingHalted: true,
    TradingResumed: true,
    KillSwitchPulled: true,
    CostBasisChosen: true,
    ConversionRateStated: true,
    InstrumentDefined: true,
    InstrumentAmended: true,
    FeedConnected: true,
    FeedLost: true,
    FeedQualityReported: true,
    FeedStale: true,
    FeedRecovered: true,
    FeedFailedOver: true,
    EngineStarted: true,
    EngineRecovered: true,
    EngineLagged: true,
    EngineStopped: true,
  },
  keyOf: ({ position }) => position.toString().padStart(POSITION_DIGITS, '0'),
  evolve: (_row, { event, metadata, ...recorded }, auditId) => {
    const of = event.data as Partial<Record<'accountId' | 'instrumentId', string | null>>;
    return {
      auditId,
      streamId: recorded.streamId,
      revision: recorded.revision,
      type: event.type,
      actor: metadata.actor,
      commandId: metadata.commandId ?? null,
      correlationId: metadata.$correlationId,
      causationId: metadata.$causationId,
      build: metadata.build,
      accountId: of.accountId ?? null,
      instrumentId: of.instrumentId ?? null,
      at: isoTime(event.data.at),
      recordedAt: isoTime(recorded.recordedAt),
    };
  },
};
