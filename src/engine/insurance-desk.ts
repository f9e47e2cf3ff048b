import {
  ZERO,
  add,
  compare,
  decimal,
  formatDecimal,
  isPositive,
  negate,
  subtract,
} from '../domain/kernel/decimal.js';
import type { Decimal } from '../domain/kernel/decimal.js';
import { ceilOnGrid, floorOnGrid } from '../domain/kernel/price-bands.js';
import { exitSide } from '../domain/kernel/units.js';
import type { DecimalText, StopId } from '../domain/kernel/units.js';
import { isSettled, isSplitPair } from '../domain/order/order-state.js';
import type { KnownOrder } from '../domain/order/order-state.js';
import type { OrderPlaced } from '../domain/order/order.events.js';
import { sizeAt } from '../domain/stop/distance-size.js';
import { exitOrderId } from '../domain/stop/stop-state.js';
import type { KnownStop } from '../domain/stop/stop-state.js';
import { Deadlines } from './deadlines.js';
import type { Decision } from './decisions.js';
import type { Desk } from './desk.js';
import { restOf } from './exit-ladder.js';
import { INSURANCE_ORDINAL_MAX, nextInsurance } from './insurance-id.js';
import type { OrderDesk } from './order-desk.js';
import { restsInPairs } from './paired-order.js';
import type { KnownInstrument } from './registry.js';

/** A venue counts its order calls: a resting stop is not moved more often than this. */
const MOVE_MS_MIN = 5_000;
/** After a venue refused or ended it. */
const AGAIN_MS = 60_000;

interface Wanted {
  readonly quantity: DecimalText;
  readonly stopPrice: Decimal;
  readonly limitPrice: DecimalText;
  /** Of what rests with it. */
  readonly targetPrice: DecimalText | undefined;
  readonly step: Decimal;
}

/**
 * Keeps a reduce-only stop at the venue behind the engine's own, wider by the margin of the plan: for the time when this
 * engine is dead or cut off. It follows in steps by cancel and place anew, is taken back when the stop has fired or is
 * gone, and decides nothing about the stop itself.
 */
export class InsuranceDesk {
  private readonly later = new Deadlines<StopId>();
  private nextNumber = 0;

  constructor(
    private readonly desk: Desk,
    private readonly orders: OrderDesk,
  ) {}

  get dueAtMs(): number {
    return this.later.dueAtMs;
  }

  /** Looks at the stops that the decisions of this input were about. */
  follow(decisions: readonly Decision[]): void {
    const newest = new Map<StopId, number>();
    for (const { fact, index } of decisions) {
      if ('stopId' in fact.data && fact.data.stopId !== null) newest.set(fact.data.stopId, index);
    }
    for (const [stopId, index] of newest) this.see(stopId, index);
  }

  onTime(atMs: number): void {
    this.later.take(atMs, (stopId) => this.see(stopId));
  }

  /** After a restart or a snapshot. Decides nothing. */
  watchAll(): void {
    const insured = this.desk.registry.stops.idsWith((plan) => plan.insurance !== undefined);
    for (const stopId of insured) this.look(stopId, this.desk.at);
  }

  /** `after` is the decision that brought it about. */
  private see(stopId: StopId, after?: number): void {
    const { registry, at } = this.desk;
    const stop = registry.stops.get(stopId);
    const last = registry.insuranceOf(stopId);
    if (!stop || (!stop.plan.insurance && !last)) return;
    const wanted = this.wanted(stop);
    const resting = last && !isSettled(last) ? last : undefined;
    if (!resting) {
      const isFresh = !last || last.cancelReason === 'moved' || last.refusal === 'superseded';
      const fromMs = isFresh ? at : last.endedAtMs + AGAIN_MS;
      if (wanted && fromMs > at) this.look(stopId, fromMs);
      else if (wanted) this.place(stop, wanted, { last, after });
      return;
    }
    if (resting.isCancelRequested) return;
    if (!wanted) {
      this.orders.takeBack(resting, 'position-leaving');
      return;
    }
    if (!isOff(stop, resting, wanted)) return;
    // A target that somebody has taken away, or put back, is not a move: it would go on selling meanwhile.
    const isMove = resting.targetPrice === wanted.targetPrice;
    const fromMs = isMove ? resting.stamp.at + MOVE_MS_MIN : at;
    if (fromMs > at) this.look(stopId, fromMs);
    else this.orders.takeBack(resting, 'moved');
  }

  private look(stopId: StopId, atMs: number): void {
    this.later.set(this.nextNumber, atMs, stopId);
    this.nextNumber += 1;
  }

  /** Undefined: nothing is to rest at the venue. */
  private wanted(stop: KnownStop): Wanted | undefined {
    const { insurance } = stop.plan;
    const { level } = stop.track;
    const instrument = this.desk.registry.instruments.get(stop.stamp.instrumentId);
    const isOpen = this.desk.registry.positions.get(stop.stamp.positionId)?.status === 'open';
    if (!insurance || level === null || !instrument || !isOpen) return undefined;
    if (stop.status !== 'armed' && stop.status !== 'suspended') return undefined;
    const margin = marginOf(insurance.margin, decimal(level), instrument);
    const stopPrice = behind(stop, decimal(level), margin, instrument);
    const limitPrice = behind(stop, stopPrice, margin, instrument);
    if (!isPositive(stopPrice) || !isPositive(limitPrice)) return undefined;
    return {
      quantity: stop.quantity,
      stopPrice,
      limitPrice: formatDecimal(limitPrice),
      targetPrice: this.targetBeside(stop),
      step: marginOf(insurance.step, decimal(level), instrument),
    };
  }

  /** A stop that sleeps takes no profit, here or there; what guards stays. */
  private targetBeside({ plan, stamp, status }: KnownStop): DecimalText | undefined {
    if (status === 'suspended') return undefined;
    const account = this.desk.registry.accounts.get(stamp.accountId);
    const isPair = plan.insurance?.withTarget && restsInPairs(account, stamp.instrumentId);
    return isPair ? plan.targets?.[0]?.price : undefined;
  }

  private place(
    stop: KnownStop,
    wanted: Wanted,
    { last, after }: { last: KnownOrder | undefined; after: number | undefined },
  ): void {
    const { ordinal, attempt } = last ? nextInsurance(last) : FIRST;
    const { stopId } = stop;
    const { targetPrice } = wanted;
    const orderId = exitOrderId(stopId, ordinal, attempt);
    const fact: OrderPlaced = {
      type: 'OrderPlaced',
      version: targetPrice === undefined ? 4 : 5,
      data: {
        ...this.desk.stamp(stop.stamp),
        ...{ orderId, stopId, side: exitSide(stop.side), quantity: wanted.quantity, type: 'stop' },
        stopPrice: formatDecimal(wanted.stopPrice),
        limitPrice: wanted.limitPrice,
        ...(targetPrice !== undefined && { targetPrice }),
        ...{ reduceOnly: true, ordinal, attempt, insures: true },
      },
    };
    this.desk.decide(`order-${orderId}`, fact, after);
  }
}

const FIRST = { ordinal: INSURANCE_ORDINAL_MAX, attempt: 1 };

/**
 * Another quantity, another target, one of a pair that has begun to trade, a level that the engine's stop has come too
 * close to, or one that it has left by a step.
 */
function isOff(stop: KnownStop, resting: KnownOrder, wanted: Wanted): boolean {
  if (compare(restOf(resting), decimal(wanted.quantity)) !== 0) return true;
  if (resting.targetPrice !== wanted.targetPrice) return true;
  if (isSplitPair(resting)) return true;
  const ahead = subtract(wanted.stopPrice, decimal(resting.stopPrice ?? '0'));
  const better = stop.side === 'long' ? ahead : negate(ahead);
  return compare(better, ZERO) < 0 || compare(better, wanted.step) >= 0;
}

/** At least a tick. */
function marginOf(
  distance: Parameters<typeof sizeAt>[0],
  level: Decimal,
  { definition }: KnownInstrument,
): Decimal {
  const tick = decimal(definition.priceTick);
  const size = sizeAt(distance, level, tick);
  return compare(size, tick) < 0 ? tick : size;
}

/** So much worse for the position, on the grid: the side further away. */
function behind(
  { side }: KnownStop,
  from: Decimal,
  margin: Decimal,
  { definition }: KnownInstrument,
): Decimal {
  if (side === 'long') return floorOnGrid(definition, subtract(from, margin));
  return ceilOnGrid(definition, add(from, margin));
}
