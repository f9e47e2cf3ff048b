import type { Fact } from '../domain/facts.js';
import type { OrderId } from '../domain/kernel/units.js';
import type { Decision } from '../engine/decisions.js';
import type { EngineCommand } from '../engine/engine-commands.js';
import { decisionFields } from './decision-fields.js';
import type { DecisionIds } from './decision-fields.js';
import type { CommandOutcome } from './ports/engine-gateway.port.js';
import type { StepPlace, TracedStep, Traces } from './ports/trace.port.js';
import { decidedOrder } from './step-times.js';
import type { OrderStep } from './step-times.js';

export interface OrderTracesOptions {
  readonly traces: Traces;
  readonly idsOf: (decision: Decision) => DecisionIds;
  readonly monotonicMs: () => number;
  /** When the monotonic clock stood at 0, in ms since 1970. */
  readonly originMs: number;
}

/** An order on its way in this run. */
interface Followed {
  readonly attributes: TracedStep['attributes'];
  /** The command that asked for it. */
  readonly cause: StepPlace | undefined;
  hasBegun: boolean;
  sentMs: number | undefined;
}

// One that was forgotten by then loses what its further steps are about, and keeps its trace.
const FOLLOWED_MAX = 10_000;

const STEPS = {
  gated: { name: 'tick', after: undefined },
  judged: { name: 'decision', after: 'gated' },
  durable: { name: 'journal append', after: 'judged' },
  sent: { name: 'order sent', after: 'durable' },
  acknowledged: { name: 'acknowledged', after: 'sent' },
} as const;

/**
 * The way of every order as one trace, which is named by the order's id: whichever process or run tells of a step, it
 * falls into its place.
 *
 *     tick ─► decision ─► journal append ─► order sent ─┬► acknowledged ─► journal append
 *     command ┄┄┄(link)┄┄┄┄┄┄┄┘                         └► fill ─► journal append
 */
export class OrderTraces {
  private readonly followed = new Map<OrderId, Followed>();
  private readonly deciding = new WeakMap<Decision, number>();

  constructor(private readonly options: OrderTracesOptions) {}

  /** A decision is handed over; before its order is timed. */
  decided(decision: Decision): void {
    const { fact } = decision;
    const nowMs = this.options.monotonicMs();
    this.deciding.set(decision, nowMs);
    const orderId = decidedOrder(fact);
    if (orderId !== undefined) this.follow(orderId, decision);
    if (fact.type !== 'OrderFilled' && fact.type !== 'OrderPartiallyFilled') return;
    const { orderId: filled, venueTradeId, price, quantity } = fact.data;
    this.tell({
      ...{ trace: filled, step: `fill ${venueTradeId}`, name: 'fill', after: 'sent' },
      ...{ fromMs: this.followed.get(filled)?.sentMs ?? nowMs, untilMs: nowMs },
      attributes: { ...this.fieldsOf(decision), venueTradeId, price, quantity },
    });
  }

  /** It is safe. What decides an order is a step of that order's own way. */
  durable(decision: Decision): void {
    const fromMs = this.deciding.get(decision);
    const { fact, commandId, expectedRevision, streamId } = decision;
    const place = placeOf(fact) ?? (commandId && { trace: commandId, after: 'engine' });
    if (fromMs === undefined || !place || decidedOrder(fact) !== undefined) return;
    this.tell({
      ...place,
      ...{ step: `append ${streamId} ${expectedRevision + 1}`, name: 'journal append' },
      ...{ fromMs, untilMs: this.options.monotonicMs() },
      attributes: this.fieldsOf(decision),
    });
  }

  /** A step of an order's way has been timed. */
  readonly took = ({ orderId, step, fromMs, untilMs, failure }: OrderStep): void => {
    const order = this.followed.get(orderId);
    if (!order) return;
    if (step === 'sent') order.sentMs = untilMs;
    const { name, after } = STEPS[step];
    const { attributes, cause } = order;
    this.tell({
      ...{ trace: orderId, step, name, fromMs, untilMs, failure, attributes },
      after: order.hasBegun ? after : undefined,
      ...(!order.hasBegun && { cause }),
    });
    order.hasBegun = true;
  };

  private follow(orderId: OrderId, decision: Decision): void {
    const { commandId, fact } = decision;
    const price = 'cause' in fact.data ? fact.data.cause : undefined;
    this.followed.set(orderId, {
      attributes: {
        ...this.fieldsOf(decision),
        ...(price && { feed: price.feed, price: price.price, tradeId: price.tradeId }),
      },
      cause: commandId === undefined ? undefined : { trace: commandId, step: 'engine' },
      ...{ hasBegun: false, sentMs: undefined },
    });
    const [oldest] = this.followed.keys();
    if (this.followed.size > FOLLOWED_MAX && oldest !== undefined) this.followed.delete(oldest);
  }

  private tell(step: TracedStep): void {
    const { traces, originMs } = this.options;
    const [fromMs, untilMs] = [originMs + step.fromMs, originMs + step.untilMs];
    traces.took({ ...step, fromMs, untilMs });
  }

  private fieldsOf(decision: Decision): TracedStep['attributes'] {
    return decisionFields(decision, this.options.idsOf(decision));
  }
}

/** Where the append of an event about an order stands on that order's way. */
function placeOf(fact: Fact): { readonly trace: OrderId; readonly after: string } | undefined {
  switch (fact.type) {
    case 'OrderFilled':
    case 'OrderPartiallyFilled':
      return { trace: fact.data.orderId, after: `fill ${fact.data.venueTradeId}` };
    case 'OrderAcked':
    case 'OrderRejected':
    case 'OrderUnknown':
      return { trace: fact.data.orderId, after: 'acknowledged' };
    case 'OrderPlaced':
    case 'OrderDenied':
    case 'OrderCancelRequested':
    case 'OrderCancelled':
    case 'OrderExpired':
    case 'FillDisputed':
      return { trace: fact.data.orderId, after: 'durable' };
    default:
      return undefined;
  }
}

/** A command as the edge, or the engine behind it, has answered it. */
export function commandStep(
  { commandId, kind, actor }: EngineCommand,
  outcome: CommandOutcome,
  at: { readonly by: 'edge' | 'engine'; readonly fromMs: number; readonly untilMs: number },
): TracedStep {
  const { by, fromMs, untilMs } = at;
  return {
    ...{ trace: commandId, step: by, name: `${kind} at the ${by}`, fromMs, untilMs },
    after: by === 'engine' ? 'edge' : undefined,
    attributes: {
      ...{ commandId, command: kind, actor, outcome: outcome.kind },
      ...(outcome.kind === 'accepted' && {
        ...{ streamId: outcome.streamId, revision: outcome.revision, position: outcome.position },
      }),
    },
    ...(outcome.kind === 'unavailable' && { failure: outcome.reason }),
  };
}
