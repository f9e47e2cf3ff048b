import type { Fact } from '../domain/facts.js';
import type { OrderId } from '../domain/kernel/units.js';
import type { SubmitOutcome } from './ports/broker.port.js';
import type { StepName, StepTimesView } from './ports/engine-gateway.port.js';

/** Upper edges in seconds. The first is below what one look at a clock, and a quiet tick, cost together. */
export const STEP_BUCKETS = [
  ...[0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5],
  ...[1, 2.5, 5, 10],
] as const;

// One tick in so many is timed: two looks at the clock cost several times what a quiet tick does.
const SAMPLED_EVERY = 64;
// An order that a venue never answers must not be remembered for ever; those that are asked for again are told apart by id.
const UNDER_WAY_MAX = 10_000;

export interface StepTimesOptions {
  /** Monotonic ms, as fine as they come. */
  readonly monotonicMs: () => number;
  /** When the clock was last read that stamps inputs: a frame that is being worked on was received then. */
  readonly stampedAtMs: () => number;
  /** Sees each step of an order as it ends. With it each tick's way through the gate is noted: any may decide one. */
  readonly onStep?: ((step: OrderStep) => void) | undefined;
}

/** A step of the way of an order that this run has decided; times are monotonic ms. */
export interface OrderStep {
  readonly orderId: OrderId;
  readonly step: Exclude<StepName, 'decided'>;
  readonly fromMs: number;
  readonly untilMs: number;
  /** Why it did not come to what it was meant for. */
  readonly failure?: string | undefined;
}

interface UnderWay {
  readonly decidedMs: number;
  durableMs: number | undefined;
  sentMs: number | undefined;
}

class Histogram {
  readonly counts = new Float64Array(STEP_BUCKETS.length + 1);
  sum = 0;

  take(ms: number): void {
    const seconds = Math.max(0, ms) / 1_000;
    let bucket = 0;
    while (bucket < STEP_BUCKETS.length && seconds > (STEP_BUCKETS[bucket] ?? 0)) bucket += 1;
    this.counts[bucket] = (this.counts[bucket] ?? 0) + 1;
    this.sum += seconds;
  }
}

/**
 * How long each step of a tick's life takes:
 *
 *     received ─gated─► ─judged─► … of a tick that decides an order: ─decided─► ─durable─► ─sent─► ─acknowledged─►
 *
 * `gated` and `judged` are those of one tick in 64, quiet or not; `decided` is from received to decided, whole; the
 * others are from the step before. Orders that no price decided begin with `durable`.
 */
export class StepTimes {
  private readonly histograms: Readonly<Record<StepName, Histogram>> = {
    gated: new Histogram(),
    judged: new Histogram(),
    decided: new Histogram(),
    durable: new Histogram(),
    sent: new Histogram(),
    acknowledged: new Histogram(),
  };
  private readonly underWay = new Map<OrderId, UnderWay>();
  private ticks = 0;
  private gatedMs: number | undefined;
  private isTick = false;

  constructor(private readonly options: StepTimesOptions) {}

  /** A tick has passed the gate. */
  begin(): void {
    this.isTick = true;
    this.ticks = (this.ticks + 1) % SAMPLED_EVERY;
    if (this.ticks !== 0 && !this.options.onStep) return;
    this.gatedMs = this.options.monotonicMs();
    if (this.ticks === 0) this.histograms.gated.take(this.gatedMs - this.options.stampedAtMs());
  }

  /** The engine is done with it. */
  end(): void {
    this.isTick = false;
    if (this.gatedMs === undefined) return;
    if (this.ticks === 0) this.histograms.judged.take(this.options.monotonicMs() - this.gatedMs);
    this.gatedMs = undefined;
  }

  decided(fact: Fact): void {
    const orderId = decidedOrder(fact);
    if (orderId === undefined) return;
    const decidedMs = this.options.monotonicMs();
    if (this.isTick) {
      const [stampedMs, gatedMs = decidedMs] = [this.options.stampedAtMs(), this.gatedMs];
      this.histograms.decided.take(decidedMs - stampedMs);
      this.tell({ orderId, step: 'gated', fromMs: stampedMs, untilMs: gatedMs });
      this.tell({ orderId, step: 'judged', fromMs: gatedMs, untilMs: decidedMs });
    }
    this.underWay.set(orderId, { decidedMs, durableMs: undefined, sentMs: undefined });
    const [oldest] = this.underWay.keys();
    if (this.underWay.size > UNDER_WAY_MAX && oldest !== undefined) this.underWay.delete(oldest);
  }

  durable(orderId: OrderId): void {
    const order = this.underWay.get(orderId);
    if (!order || order.durableMs !== undefined) return;
    order.durableMs = this.options.monotonicMs();
    this.histograms.durable.take(order.durableMs - order.decidedMs);
    this.tell({ orderId, step: 'durable', fromMs: order.decidedMs, untilMs: order.durableMs });
  }

  /** The first time alone: what is sent again was held up by the venue, not by us. */
  sent(orderId: OrderId): void {
    const order = this.underWay.get(orderId);
    if (order?.durableMs === undefined || order.sentMs !== undefined) return;
    order.sentMs = this.options.monotonicMs();
    this.histograms.sent.take(order.sentMs - order.durableMs);
    this.tell({ orderId, step: 'sent', fromMs: order.durableMs, untilMs: order.sentMs });
  }

  /** `outcome` is the venue's kind of answer. */
  answered(orderId: OrderId, outcome: SubmitOutcome['kind']): void {
    const order = this.underWay.get(orderId);
    this.underWay.delete(orderId);
    if (order?.sentMs === undefined) return;
    const untilMs = this.options.monotonicMs();
    const failure = outcome === 'acknowledged' ? undefined : outcome;
    this.tell({ orderId, step: 'acknowledged', fromMs: order.sentMs, untilMs, failure });
    if (failure === undefined) this.histograms.acknowledged.take(untilMs - order.sentMs);
  }

  view(): StepTimesView {
    const shown = Object.entries(this.histograms).map(([step, { counts, sum }]) => {
      return [step, { counts: [...counts], sum }] as const;
    });
    return Object.fromEntries(shown) as StepTimesView;
  }

  private tell(step: OrderStep): void {
    this.options.onStep?.(step);
  }
}

/** The order that a fact decides, which its own placing only repeats. */
export function decidedOrder(fact: Fact): OrderId | undefined {
  if (fact.type === 'StopTriggered' || fact.type === 'StopTargetHit') {
    return fact.data.order.orderId;
  }
  return fact.type === 'OrderPlaced' && !fact.data.reduceOnly ? fact.data.orderId : undefined;
}
