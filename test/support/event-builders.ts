import type { Fact } from '../../src/domain/facts.js';
import type { AccountOpened } from '../../src/domain/account/account.events.js';
import type {
  CashMoved,
  ConversionRateStated,
  CostBasisChosen,
} from '../../src/domain/account/accounting.events.js';
import type { InstrumentDefined } from '../../src/domain/instrument/instrument.events.js';
import type { Cause, Recorded, Stamp } from '../../src/domain/kernel/event.js';
import type { DecimalText } from '../../src/domain/kernel/units.js';
import type {
  OrderAcked,
  OrderCancelled,
  OrderFilled,
  OrderPartiallyFilled,
  OrderPlaced,
  OrderRejected,
  OrderUnknown,
  FillDisputed,
} from '../../src/domain/order/order.events.js';
import type {
  PositionClosed,
  PositionOpened,
  PositionReduced,
} from '../../src/domain/position/position.events.js';
import { STOPLEDGER_DIALECT } from '../../src/domain/stop/dialect.js';
import type { StopPlan } from '../../src/domain/stop/stop-plan.js';
import type {
  ExitOrder,
  StopActivated,
  StopAmended,
  StopArmed,
  StopCancelled,
  StopClosed,
  StopExitHeld,
  StopExitReleased,
  StopExpired,
  StopQuantityAdjusted,
  StopResumed,
  StopSuspended,
  StopTargetHit,
  StopTrack,
  StopTrailed,
  StopTriggered,
} from '../../src/domain/stop/stop.events.js';

/** 2025-06-21T21:31:00.000Z */
export const T0 = 1_750_541_460_000;

export function d(text: string): DecimalText {
  return text as DecimalText;
}

export const STAMP: Stamp = {
  accountId: 'demo',
  instrumentId: 'BINANCE:LTCUSDT',
  instrumentVersion: 1,
  positionId: 'P1',
  mode: 'paper',
  rules: 'r1',
  input: { partition: 'main', epoch: 1, seq: 7 },
  at: T0,
};

export function aCause(price: string, tradeId = '100', atMs = T0): Cause {
  return {
    feed: 'main',
    source: 'last',
    tradeId,
    price: d(price),
    size: d('1.5'),
    venueTimeMs: atMs,
    receivedAtMs: atMs + 3,
    verdict: 'good',
  };
}

export function aTrack(level: string | null, extreme: string | null, trailMoves = 0): StopTrack {
  return { level: level && d(level), extreme: extreme && d(extreme), trailMoves } as StopTrack;
}

export const PLAN: StopPlan = {
  trail: { percent: d('2') },
  triggerBy: 'last',
  dialect: STOPLEDGER_DIALECT,
};

export function anExit(orderId = 'S1-1-1', quantity = '10'): ExitOrder {
  return {
    orderId,
    side: 'sell',
    quantity: d(quantity),
    type: 'market',
    reduceOnly: true,
    ordinal: 1,
    attempt: 1,
  };
}

/** Makes a builder: fixed values, and only what matters is written. */
function builder<E extends Fact>(type: E['type'], defaults: E['data']) {
  return (changes: Partial<E['data']> = {}): E =>
    ({ type, version: 1, data: { ...defaults, ...changes } }) as E;
}

export const instrumentDefined = builder<InstrumentDefined>('InstrumentDefined', {
  instrumentId: 'BINANCE:LTCUSDT',
  instrumentVersion: 1,
  venue: 'BINANCE',
  symbol: 'LTCUSDT',
  priceTick: d('0.01'),
  quantityStep: d('0.001'),
  quoteCurrency: 'USDT',
  feeds: ['main'],
  input: STAMP.input,
  at: T0,
});

export const accountOpened = builder<AccountOpened>('AccountOpened', {
  accountId: 'demo',
  broker: 'paper',
  mode: 'paper',
  currency: 'USDT',
  input: STAMP.input,
  at: T0,
});

export const cashMoved = builder<CashMoved>('CashMoved', {
  accountId: 'demo',
  entryId: 'E1',
  kind: 'funding',
  amount: d('-0.25'),
  currency: 'USDT',
  instrumentId: 'BINANCE:LTCUSDT',
  bookedAtMs: T0,
  input: STAMP.input,
  at: T0,
});
export const costBasisChosen = builder<CostBasisChosen>('CostBasisChosen', {
  accountId: 'demo',
  costBasis: 'average',
  input: STAMP.input,
  at: T0,
});
export const conversionRateStated = builder<ConversionRateStated>('ConversionRateStated', {
  accountId: 'demo',
  currency: 'BNB',
  inCurrency: 'USDT',
  rate: d('642.1'),
  source: 'venue close',
  input: STAMP.input,
  at: T0,
});

export const positionOpened = builder<PositionOpened>('PositionOpened', {
  ...STAMP,
  origin: 'declared',
  side: 'long',
  quantity: d('10'),
  entryPrice: d('83.29'),
  quoteCurrency: 'USDT',
});

const exit = {
  ...STAMP,
  side: 'long',
  orderId: 'S1-1-1',
  venueTradeId: 'V1',
  quantity: d('10'),
  price: d('81.54'),
  entryPrice: d('83.29'),
  remainingQuantity: d('0'),
  feeAmount: d('0.8154'),
  feeCurrency: 'USDT',
  quoteCurrency: 'USDT',
  realisedPnl: d('-17.5'),
} as const;
export const positionReduced = builder<PositionReduced>('PositionReduced', exit);
export const positionClosed = builder<PositionClosed>('PositionClosed', exit);

const stop = { ...STAMP, stopId: 'S1' };
export const stopArmed = builder<StopArmed>('StopArmed', {
  ...stop,
  side: 'long',
  quantity: d('10'),
  entryPrice: d('83.29'),
  plan: PLAN,
  track: aTrack('81.6242', '83.29'),
  activated: true,
  reference: aCause('83.29', '99'),
});
export const stopActivated = builder<StopActivated>('StopActivated', {
  ...stop,
  reason: 'first-price',
  previous: aTrack(null, null),
  track: aTrack('81.6242', '83.29'),
  cause: aCause('83.29'),
});
export const stopTrailed = builder<StopTrailed>('StopTrailed', {
  ...stop,
  moves: 2,
  previous: aTrack('81.6242', '83.29'),
  track: aTrack('81.7222', '83.39', 2),
  firstCause: aCause('83.35', '101'),
  cause: aCause('83.39', '102'),
  branch: 'trail',
});
export const stopTargetHit = builder<StopTargetHit>('StopTargetHit', {
  ...stop,
  targetIndex: 0,
  targetPrice: d('84'),
  remainingQuantity: d('5'),
  track: aTrack('82.32', '84', 3),
  cause: aCause('84', '103'),
  order: anExit('S1-1-1', '5'),
});
export const stopQuantityAdjusted = builder<StopQuantityAdjusted>('StopQuantityAdjusted', {
  ...stop,
  previousQuantity: d('10'),
  quantity: d('7'),
  reason: 'position-reduced',
});
export const stopAmended = builder<StopAmended>('StopAmended', {
  ...stop,
  previousPlan: PLAN,
  plan: { stop: d('80'), triggerBy: 'last', dialect: STOPLEDGER_DIALECT },
  previous: aTrack('81.6242', '83.29'),
  track: aTrack('80', '83.29'),
  activated: false,
  reference: null,
});
export const stopSuspended = builder<StopSuspended>('StopSuspended', {
  ...stop,
  track: aTrack('81.6242', '83.29'),
});
export const stopResumed = builder<StopResumed>('StopResumed', {
  ...stop,
  previous: aTrack('81.6242', '83.29'),
  track: aTrack('81.6242', '83.29'),
  activated: true,
  reference: aCause('83.29', '105'),
});
export const stopExpired = builder<StopExpired>('StopExpired', {
  ...stop,
  reason: 'timeStop',
  track: aTrack('81.6242', '83.29'),
  reference: null,
});
export const stopExitHeld = builder<StopExitHeld>('StopExitHeld', {
  ...stop,
  ordinal: 1,
  attempt: 2,
  reason: 'halted',
  quantity: d('10'),
  notBeforeMs: T0 + 2_000,
  untilMs: T0 + 16_000,
});
export const stopExitReleased = builder<StopExitReleased>('StopExitReleased', {
  ...stop,
  ordinal: 1,
  attempt: 2,
  quantity: d('10'),
  reason: 'market-trades',
});
export const stopTriggered = builder<StopTriggered>('StopTriggered', {
  ...stop,
  branch: 'stop',
  targetPrice: null,
  moves: 1,
  previous: aTrack('81.7222', '83.39', 2),
  track: aTrack('81.732', '83.4', 3),
  cause: aCause('81.55', '104', T0 + 500),
  order: anExit(),
});
export const stopCancelled = builder<StopCancelled>('StopCancelled', {
  ...stop,
  reason: 'requested',
  track: aTrack('81.6242', '83.29'),
});
export const stopClosed = builder<StopClosed>('StopClosed', {
  ...stop,
  track: aTrack('81.732', '83.4', 3),
  exitQuantity: d('10'),
  unfilledQuantity: d('0'),
});

const order = { ...STAMP, orderId: 'S1-1-1', stopId: 'S1' };
const fill = {
  ...order,
  venueTradeId: 'V1',
  quantity: d('10'),
  price: d('81.54'),
  feeAmount: d('0.8154'),
  feeCurrency: 'USDT',
  liquidity: 'taker',
  filledAtMs: T0 + 600,
  filledQuantity: d('10'),
  remainingQuantity: d('0'),
} as const;
export const orderPlaced = builder<OrderPlaced>('OrderPlaced', {
  ...order,
  side: 'sell',
  quantity: d('10'),
  type: 'market',
  reduceOnly: true,
  ordinal: 1,
  attempt: 1,
});
export const orderAcked = builder<OrderAcked>('OrderAcked', {
  ...order,
  venueOrderId: 'X1',
  venueTimeMs: T0 + 550,
});
export const orderRejected = builder<OrderRejected>('OrderRejected', {
  ...order,
  reason: 'insufficient-funds',
  venueText: 'no balance',
});
export const orderUnknown = builder<OrderUnknown>('OrderUnknown', { ...order, unclear: 'timeout' });
export const orderPartiallyFilled = builder<OrderPartiallyFilled>('OrderPartiallyFilled', {
  ...fill,
  quantity: d('4'),
  filledQuantity: d('4'),
  remainingQuantity: d('6'),
});
export const orderFilled = builder<OrderFilled>('OrderFilled', fill);
export const orderCancelled = builder<OrderCancelled>('OrderCancelled', {
  ...order,
  remainingQuantity: d('6'),
  reason: 'expired at the venue',
});
export const fillDisputed = builder<FillDisputed>('FillDisputed', {
  ...order,
  venueTradeId: 'V9',
  quantity: d('1'),
  price: d('81'),
  remainingQuantity: d('0'),
});

/** Records facts as a log would, each in the stream of its aggregate, 100 positions apart. */
export function recordedLog<E extends Fact>(facts: readonly E[]): readonly Recorded<E>[] {
  const revisions = new Map<string, number>();
  return facts.map((event, index) => {
    const streamId = streamOf(event);
    const revision = revisions.get(streamId) ?? 0;
    revisions.set(streamId, revision + 1);
    return {
      event,
      eventId: `event-${String(index)}`,
      streamId,
      revision,
      position: BigInt((index + 1) * 100),
      metadata: {
        $correlationId: 'c',
        $causationId: 'c',
        actor: 'engine',
        build: 'b',
        wallTimeMs: T0,
        version: 1,
      },
      recordedAt: T0,
    };
  });
}

function streamOf({ type, data }: Fact): string {
  const ids = data as Partial<Record<'stopId' | 'orderId' | 'positionId' | 'accountId', string>>;
  const instrument = (data as { instrumentId?: string }).instrumentId;
  if (type.startsWith('Stop')) return `stop-${String(ids.stopId)}`;
  if (type.startsWith('Order') || type === 'FillDisputed') return `order-${String(ids.orderId)}`;
  if (type.startsWith('Position')) return `position-${String(ids.positionId)}`;
  if (type === 'AccountOpened' || type === 'CashMoved' || type === 'CostBasisChosen')
    return `account-${String(ids.accountId)}`;
  if (type === 'ConversionRateStated') return `account-${String(ids.accountId)}`;
  return `instrument-${String(instrument)}`;
}

/** A protected position from its opening to flat: one fact of each kind along the way. */
export function aTradeFromArmToFlat(number: number): readonly Fact[] {
  const id = String(number).padStart(4, '0');
  const ids = { positionId: `P${id}` };
  const stopIds = { ...ids, stopId: `S${id}` };
  const orderId = `S${id}-1-1`;
  const orderIds = { ...stopIds, orderId };
  return [
    positionOpened(ids),
    stopArmed(stopIds),
    stopActivated(stopIds),
    stopTrailed(stopIds),
    stopTriggered({ ...stopIds, order: anExit(orderId) }),
    orderPlaced(orderIds),
    orderAcked(orderIds),
    orderPartiallyFilled({ ...orderIds, venueTradeId: `V${id}a` }),
    positionReduced({
      ...ids,
      orderId,
      venueTradeId: `V${id}a`,
      quantity: d('4'),
      remainingQuantity: d('6'),
      feeAmount: d('0.32616'),
      realisedPnl: d('-7'),
    }),
    orderFilled({ ...orderIds, venueTradeId: `V${id}b`, quantity: d('6') }),
    positionClosed({
      ...ids,
      orderId,
      venueTradeId: `V${id}b`,
      quantity: d('6'),
      feeAmount: d('0.001'),
      feeCurrency: 'BNB',
      realisedPnl: d('-10.5'),
    }),
    stopClosed(stopIds),
  ];
}
