import { ZERO, add, compare, decimal } from '../domain/kernel/decimal.js';
import type { Decimal } from '../domain/kernel/decimal.js';
import type { DecimalText, OrderId } from '../domain/kernel/units.js';
import { isSettled, quantityOf } from '../domain/order/order-state.js';
import type { KnownOrder } from '../domain/order/order-state.js';
import type {
  FillReport,
  OrderEndReport,
  OrderTicket,
  SubmitOutcome,
  VenueBroker,
  VenueLookUp,
} from './ports/broker.port.js';
import { WrappedBroker } from './wrapped-broker.js';

/** How the end of an order is told that was cut down: nobody took it back. */
export const CUT_DOWN = 'cut down';

/** An exit of which the venue took less than was asked, until that much has filled. */
interface CutOrder {
  readonly quantity: Decimal;
  readonly filled: Map<string, DecimalText>;
}

/**
 * Tells the end of orders that would otherwise wait for ever: one that a look-up finds to be over, its own report having
 * been lost, and an exit that was cut down, once the venue has filled all that it took. What it had filled is told first.
 */
export class SettlingBroker extends WrappedBroker {
  private readonly cut = new Map<OrderId, CutOrder>();
  /** By order: what is told before the answer to it. */
  private readonly early = new Map<OrderId, Map<string, DecimalText>>();
  private readonly fillHandlers: ((report: FillReport) => void)[] = [];
  private readonly endHandlers: ((report: OrderEndReport) => void)[] = [];

  /** `orderOf`: our order, as the log has it. */
  constructor(
    broker: VenueBroker,
    private readonly orderOf: (orderId: OrderId) => KnownOrder | undefined,
  ) {
    super(broker);
    broker.onFill((report) => this.filled(report));
    broker.onOrderEnd((report) => this.ended(report));
  }

  override async submit(ticket: OrderTicket): Promise<SubmitOutcome> {
    const { orderId } = ticket;
    const filled = new Map<string, DecimalText>();
    this.early.set(orderId, filled);
    const outcome = await this.broker.submit(ticket);
    this.early.delete(orderId);
    if (outcome.kind === 'acknowledged' && outcome.quantity !== undefined) {
      this.cut.set(orderId, { quantity: decimal(outcome.quantity), filled });
      this.endWhole(orderId);
    }
    return outcome;
  }

  override async lookUpByClientOrderId(orderId: OrderId): Promise<VenueLookUp> {
    const found = await this.broker.lookUpByClientOrderId(orderId);
    if (found.kind === 'found') this.settle(orderId, found);
    return found;
  }

  override onFill(handler: (report: FillReport) => void): void {
    this.fillHandlers.push(handler);
  }

  override onOrderEnd(handler: (report: OrderEndReport) => void): void {
    this.endHandlers.push(handler);
  }

  private settle(orderId: OrderId, found: Extract<VenueLookUp, { kind: 'found' }>): void {
    const { status, fills, quantity } = found;
    if (status === 'open') return;
    const ours = this.orderOf(orderId);
    const took = quantity === undefined ? undefined : decimal(quantity);
    const isMore = took && ours ? compare(took, decimal(ours.quantity)) : 0;
    const byOther = isMore > 0 && ({ byOther: true } as const);
    if (status !== 'filled') {
      for (const fill of fills) this.filled({ orderId, fill, ...byOther });
      this.ended({ orderId, status, venueText: 'found by looking it up' });
      return;
    }
    if (quantity === undefined || !took || !ours) return;
    // Its own fills settle an order by themselves; what another engine sent under its id may not count for it.
    if (isMore === 0 && !fills.some(({ filledAtMs }) => filledAtMs < ours.stamp.at)) return;
    // Fills may be told later than the status: the end is told once they are all there.
    if (compare(quantityOf(fills), took) < 0) return;
    for (const fill of fills) this.filled({ orderId, fill, ...byOther });
    if (isMore === 0 && isSettled(this.orderOf(orderId) ?? ours)) return;
    if (isMore < 0) this.endCut(orderId, quantity);
    else this.ended({ orderId, status: 'cancelled', venueText: foreignText(quantity) });
  }

  private filled(report: FillReport): void {
    for (const tell of this.fillHandlers) tell(report);
    const { orderId, fill } = report;
    const filled = this.cut.get(orderId)?.filled ?? this.early.get(orderId);
    filled?.set(fill.venueTradeId, fill.quantity);
    this.endWhole(orderId);
  }

  /** Ends a cut order of which everything has filled. */
  private endWhole(orderId: OrderId): void {
    const order = this.cut.get(orderId);
    if (!order) return;
    const sum = [...order.filled.values()].map(decimal).reduce(add, ZERO);
    if (compare(sum, order.quantity) >= 0) this.endCut(orderId);
  }

  private endCut(orderId: OrderId, quantity?: DecimalText): void {
    const took = quantity === undefined ? '' : ` of ${quantity}`;
    const venueText = `${CUT_DOWN}${took}: the rest was not open, or less than a lot`;
    this.ended({ orderId, status: 'cancelled', venueText });
  }

  private ended(report: OrderEndReport): void {
    this.cut.delete(report.orderId);
    for (const tell of this.endHandlers) tell(report);
  }
}

/** Another engine has sent this id for another decision: what fitted has counted, and there is no more to come. */
function foreignText(quantity: DecimalText): string {
  return `the venue has filled an order of ${quantity} under this id`;
}
