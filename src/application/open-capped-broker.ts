import {
  ZERO,
  add,
  compare,
  decimal,
  formatDecimal,
  isPositive,
  smaller,
  subtract,
} from '../domain/kernel/decimal.js';
import type { Decimal } from '../domain/kernel/decimal.js';
import type { Stamp } from '../domain/kernel/event.js';
import type { DecimalText, OrderId } from '../domain/kernel/units.js';
import { isSettled } from '../domain/order/order-state.js';
import type { KnownOrder } from '../domain/order/order-state.js';
import type { OrderTicket, SubmitOutcome, VenueBroker } from './ports/broker.port.js';
import { WrappedBroker } from './wrapped-broker.js';

const FLAT = {
  kind: 'denied',
  reason: 'position-closed',
  rule: 'the position must be open when its exit leaves: it was closed meanwhile',
} as const;

const LEAVING = {
  kind: 'denied',
  reason: 'leaves-already',
  rule: 'exits of a position that are on their way must not take more than is open of it',
} as const;

export interface OpenCapOptions {
  /** The position that an order is to close, as the log has it; undefined where it is not known. */
  readonly positionOf: (
    orderId: OrderId,
  ) => { readonly stamp: Pick<Stamp, 'positionId'>; readonly quantity: DecimalText } | undefined;
  readonly orderOf: (orderId: OrderId) => Pick<KnownOrder, 'status' | 'filledQuantity'> | undefined;
}

/** An exit that the venue was given, with what it may take. */
interface Leaving {
  readonly positionId: string;
  readonly quantity: Decimal;
}

/**
 * Lets an exit take no more than what is open of its own position and not leaving already. A venue caps by what the account
 * holds: of coins, or of shares, that may be more than the position, and an exit whose stop at the venue has sold meanwhile
 * would sell them, too. Two that had both waited for that stop would each take what it has left.
 *
 * A limit order is not leaving: it may rest for ever, and must not keep a stop from its exit.
 */
export class OpenCappedBroker extends WrappedBroker {
  private readonly leaving = new Map<OrderId, Leaving>();

  constructor(
    broker: VenueBroker,
    private readonly options: OpenCapOptions,
  ) {
    super(broker);
  }

  override async submit(ticket: OrderTicket): Promise<SubmitOutcome> {
    const { orderId } = ticket;
    const position = ticket.reduceOnly ? this.options.positionOf(orderId) : undefined;
    if (!position) return this.broker.submit(ticket);
    const open = decimal(position.quantity);
    if (!isPositive(open)) return FLAT;
    const { positionId } = position.stamp;
    // It comes again where the venue did not have it the first time.
    this.leaving.delete(orderId);
    const free = ticket.insures ? open : subtract(open, this.leavesOf(positionId));
    if (!isPositive(free)) return LEAVING;
    const asked = decimal(ticket.quantity);
    const taken = smaller(asked, free);
    if (ticket.type === 'market') {
      this.leaving.set(orderId, { positionId, quantity: taken });
    }
    const isCut = compare(taken, asked) < 0;
    const quantity = isCut ? formatDecimal(taken) : ticket.quantity;
    const outcome = await this.broker.submit(isCut ? { ...ticket, quantity } : ticket);
    if (outcome.kind === 'refused' || outcome.kind === 'denied') this.leaving.delete(orderId);
    return isCut && outcome.kind === 'acknowledged' ? { quantity, ...outcome } : outcome;
  }

  /** What is still to be filled of the exits of a position that have left. */
  private leavesOf(positionId: string): Decimal {
    let sum = ZERO;
    for (const [orderId, leaving] of this.leaving) {
      const order = this.options.orderOf(orderId);
      if (order && isSettled(order)) this.leaving.delete(orderId);
      else if (leaving.positionId === positionId) {
        const rest = subtract(leaving.quantity, decimal(order?.filledQuantity ?? '0'));
        if (isPositive(rest)) sum = add(sum, rest);
      }
    }
    return sum;
  }
}
