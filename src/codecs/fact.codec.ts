import type { Fact } from '../domain/facts.js';

/** A fact as the log keeps it. */
export interface EncodedFact {
  readonly type: Fact['type'];
  readonly data: Fact['data'];
  readonly version: number;
}

export type DecodedFact =
  | { readonly kind: 'fact'; readonly fact: Fact }
  | { readonly kind: 'unreadable'; readonly reason: string };

const STAMP = [
  'accountId',
  'instrumentId',
  'instrumentVersion',
  'positionId',
  'mode',
  'rules',
  'input',
  'at',
];
const STOP = [...STAMP, 'stopId'];
const ORDER = [...STAMP, 'orderId', 'stopId'];
const FILL = [
  'venueTradeId',
  'quantity',
  'price',
  'feeAmount',
  'feeCurrency',
  'liquidity',
  'filledAtMs',
];
const EXIT = [
  ...STAMP,
  'side',
  'orderId',
  'venueTradeId',
  'quantity',
  'price',
  'entryPrice',
  'remainingQuantity',
  'realisedPnl',
  'feeAmount',
  'feeCurrency',
  'quoteCurrency',
];
const INCREASE = [
  ...STAMP,
  'side',
  'orderId',
  'venueTradeId',
  'quantity',
  'price',
  'openQuantity',
  'entryPrice',
  'feeAmount',
  'feeCurrency',
  'quoteCurrency',
];
const OPENING = [...STAMP, 'origin', 'side', 'quantity', 'entryPrice', 'quoteCurrency'];
const RUN = ['input', 'at'];
const DEFINITION = [
  ...RUN,
  'instrumentId',
  'instrumentVersion',
  'venue',
  'symbol',
  'priceTick',
  'quantityStep',
  'quoteCurrency',
  'feeds',
];

/**
 * Every type and version that was ever written, with the fields without which it cannot be folded.
 * A version is never removed: old bytes are decoded for ever (test/fixtures/events holds a sample of each).
 */
const VERSIONS: Readonly<Record<Fact['type'], Readonly<Record<number, readonly string[]>>>> = {
  StopArmed: {
    1: [...STOP, 'side', 'quantity', 'entryPrice', 'plan', 'track', 'activated', 'reference'],
  },
  StopActivated: { 1: [...STOP, 'reason', 'previous', 'track', 'cause'] },
  StopTrailed: { 1: [...STOP, 'moves', 'previous', 'track', 'firstCause', 'cause', 'branch'] },
  StopMovedToBreakEven: { 1: [...STOP, 'moves', 'previous', 'track', 'cause'] },
  StopTargetHit: {
    1: [...STOP, 'targetIndex', 'targetPrice', 'remainingQuantity', 'track', 'cause', 'order'],
    2: [...STOP, 'targetIndex', 'targetPrice', 'remainingQuantity', 'track', 'cause', 'order'],
  },
  StopQuantityAdjusted: { 1: [...STOP, 'previousQuantity', 'quantity', 'reason'] },
  StopAmended: {
    1: [...STOP, 'previousPlan', 'plan', 'previous', 'track', 'activated', 'reference'],
  },
  StopRestated: {
    1: [
      ...[...STOP, 'ratio', 'moves', 'previousQuantity', 'quantity', 'armedQuantity'],
      ...['entryPrice', 'previousPlan', 'plan', 'previous', 'track'],
    ],
  },
  StopSuspended: { 1: [...STOP, 'track'] },
  StopResumed: { 1: [...STOP, 'previous', 'track', 'activated', 'reference'] },
  StopTriggered: {
    1: [...STOP, 'branch', 'targetPrice', 'moves', 'previous', 'track', 'cause', 'order'],
    2: [...STOP, 'branch', 'targetPrice', 'moves', 'previous', 'track', 'cause', 'order'],
  },
  StopExitHeld: {
    1: [...STOP, 'ordinal', 'attempt', 'reason', 'quantity', 'notBeforeMs', 'untilMs'],
  },
  StopExitReleased: { 1: [...STOP, 'ordinal', 'attempt', 'quantity', 'reason'] },
  StopCancelled: { 1: [...STOP, 'reason', 'track'] },
  StopExpired: { 1: [...STOP, 'reason', 'track', 'reference'] },
  StopClosed: { 1: [...STOP, 'track', 'exitQuantity', 'unfilledQuantity'] },
  OrderPlaced: {
    1: [...ORDER, 'side', 'quantity', 'type', 'reduceOnly', 'ordinal', 'attempt'],
    2: [...ORDER, 'side', 'quantity', 'type', 'reduceOnly', 'protection'],
    3: [
      ...[...ORDER, 'side', 'quantity', 'type', 'limitPrice', 'timeInForce', 'isCollared'],
      ...['reduceOnly', 'ordinal', 'attempt'],
    ],
    4: [
      ...[...ORDER, 'side', 'quantity', 'type', 'stopPrice', 'limitPrice'],
      ...['reduceOnly', 'ordinal', 'attempt', 'insures'],
    ],
    5: [
      ...[...ORDER, 'side', 'quantity', 'type', 'stopPrice', 'limitPrice', 'targetPrice'],
      ...['reduceOnly', 'ordinal', 'attempt', 'insures'],
    ],
  },
  OrderDenied: { 1: [...ORDER, 'reason', 'rule'] },
  OrderAcked: { 1: [...ORDER, 'venueOrderId', 'venueTimeMs'] },
  OrderRejected: { 1: [...ORDER, 'reason', 'venueText'] },
  OrderUnknown: { 1: [...ORDER, 'unclear'] },
  OrderPartiallyFilled: { 1: [...ORDER, ...FILL, 'filledQuantity', 'remainingQuantity'] },
  OrderFilled: { 1: [...ORDER, ...FILL, 'filledQuantity', 'remainingQuantity'] },
  OrderCancelRequested: { 1: [...ORDER, 'reason'] },
  OrderCancelled: { 1: [...ORDER, 'remainingQuantity', 'reason'] },
  OrderExpired: { 1: [...ORDER, 'remainingQuantity', 'reason'] },
  FillDisputed: { 1: [...ORDER, 'venueTradeId', 'quantity', 'price', 'remainingQuantity'] },
  PositionOpened: { 1: OPENING, 2: [...OPENING, 'contract'], 3: [...OPENING, 'fill'] },
  PositionIncreased: { 1: INCREASE },
  PositionReconciled: {
    1: [
      ...[...STAMP, 'side', 'previousQuantity', 'reducedBy', 'openQuantity', 'venueQuantity'],
      ...['entryPrice', 'quoteCurrency'],
    ],
  },
  PositionRestated: {
    1: [
      ...[...STAMP, 'side', 'ratio', 'previousQuantity', 'openQuantity'],
      ...['previousEntryPrice', 'entryPrice', 'quoteCurrency'],
    ],
  },
  PositionReduced: { 1: EXIT, 2: [...EXIT, 'contract'] },
  PositionClosed: { 1: EXIT, 2: [...EXIT, 'contract'] },
  AccountOpened: { 1: [...RUN, 'accountId', 'broker', 'mode', 'currency'] },
  TradingHalted: { 1: [...RUN, 'accountId', 'reason'] },
  TradingResumed: { 1: [...RUN, 'accountId', 'reason'] },
  KillSwitchPulled: { 1: [...RUN, 'accountId', 'reason'] },
  CashMoved: {
    1: [...RUN, 'accountId', 'entryId', 'kind', 'amount', 'currency', 'instrumentId', 'bookedAtMs'],
  },
  CostBasisChosen: { 1: [...RUN, 'accountId', 'costBasis'] },
  ConversionRateStated: {
    1: [...RUN, 'accountId', 'currency', 'inCurrency', 'rate', 'source'],
  },
  InstrumentDefined: {
    1: DEFINITION,
    2: [...DEFINITION, 'contract'],
    3: [...DEFINITION, 'tradingHours'],
    4: [...DEFINITION, 'priceBands'],
  },
  InstrumentAmended: {
    1: [
      ...[...RUN, 'instrumentId', 'instrumentVersion', 'ratio', 'previous'],
      ...['priceTick', 'quantityStep'],
    ],
  },
  FeedConnected: { 1: [...RUN, 'feed', 'url', 'recorded'] },
  FeedLost: { 1: [...RUN, 'feed', 'reason'] },
  FeedStale: {
    1: [...RUN, 'feed', 'instrumentId', 'silentMs', 'usualMs'],
    2: [...RUN, 'feed', 'instrumentId', 'silentMs', 'usualMs', 'priceKind'],
  },
  FeedRecovered: {
    1: [...RUN, 'feed', 'instrumentId', 'silentMs'],
    2: [...RUN, 'feed', 'instrumentId', 'silentMs', 'priceKind'],
  },
  FeedFailedOver: { 1: [...RUN, 'feed', 'instrumentId', 'to', 'reason'] },
  FeedQualityReported: { 1: [...RUN, 'feed', 'counts'] },
  EngineStarted: { 1: [...RUN, 'build', 'rules'] },
  EngineRecovered: {
    1: [
      ...RUN,
      'eventsRead',
      'stopsOpen',
      'ordersResumed',
      'tapeInputsReplayed',
      'tapeBytesLost',
      'stopsIsolated',
    ],
    2: [
      ...RUN,
      'eventsRead',
      'stopsOpen',
      'ordersResumed',
      'tapeInputsReplayed',
      'tapeBytesLost',
      'stopsIsolated',
      'snapshot',
    ],
  },
  EngineLagged: { 1: [...RUN, 'isLagging', 'queued', 'recordIntervalMs'] },
  EngineStopped: { 1: [...RUN, 'stopsOpen', 'inputs'] },
};

export const FACT_TYPES = Object.keys(VERSIONS) as readonly Fact['type'][];

export function versionsOf(type: Fact['type']): readonly number[] {
  return Object.keys(VERSIONS[type]).map(Number);
}

export function encodeFact(fact: Fact): EncodedFact {
  return { type: fact.type, data: fact.data, version: fact.version };
}

/** Never throws: bytes that are no fact of ours are reported with the reason, whoever wrote them. */
export function decodeFact(type: string, version: unknown, data: unknown): DecodedFact {
  if (!Object.hasOwn(VERSIONS, type)) return unreadable(`unknown event type ${type}`);
  const versions = VERSIONS[type as Fact['type']];
  const required = typeof version === 'number' ? versions[version] : undefined;
  // As JSON, since an object of the log need not have a toString that can be called.
  if (!required) return unreadable(`unknown version ${JSON.stringify(version)} of ${type}`);
  if (typeof data !== 'object' || data === null || Array.isArray(data)) {
    return unreadable(`data of ${type} must be an object`);
  }
  const missing = required.find((field) => !Object.hasOwn(data, field));
  if (missing !== undefined) return unreadable(`${type} lacks ${missing}`);
  return { kind: 'fact', fact: { type, version, data } as unknown as Fact };
}

function unreadable(reason: string): DecodedFact {
  return { kind: 'unreadable', reason };
}
