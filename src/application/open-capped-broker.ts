import { compare, decimal, formatDecimal, isPositive } from '../domain/kernel/decimal.js';
import type { DecimalText, OrderId } from '../domain/kernel/units.js';
import type { OrderTicket, SubmitOutcome, VenueBroker } from './ports/broker.port.js';
import { WrappedBroker } from './wrapped-broker.js';

const FLAT = {
  kind: 'denied',
  reason: 'position-closed',
  rule: 'the position must be open when its exit leaves: it was closed meanwhile',
} as const;

/**
 * Lets an exit take no more than what is open of its own position. A venue caps by what the account holds: of coins, or of
 * shares, that may be more than the position, and an exit whose stop at the venue has sold meanwhile would sell them, too.
 */
export class OpenCappedBroker extends WrappedBroker {
  /** `openOf`: what is open of the position that an order is to close, as the log has it; undefined where it is not known. */
  constructor(
    broker: VenueBroker,
    private readonly openOf: (orderId: OrderId) => DecimalText | undefined,
  ) {
    super(broker);
  }

  override async submit(ticket: OrderTicket): Promise<SubmitOutcome> {
    const open = ticket.reduceOnly ? this.openOf(ticket.orderId) : undefined;
    if (open === undefined || compare(decimal(ticket.quantity), decimal(open)) <= 0) {
      return this.broker.submit(ticket);
    }
    if (!isPositive(decimal(open))) return FLAT;
    const quantity = formatDecimal(decimal(open));
    const outcome = await this.broker.submit({ ...ticket, quantity });
    return outcome.kind === 'acknowledged' ? { quantity, ...outcome } : outcome;
  }
}
