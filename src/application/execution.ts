import type { KnownOrder } from '../domain/order/order-state.js';
import type { BrokerReport } from '../engine/inputs.js';
import type { Broker, OrderTicket } from './ports/broker.port.js';

export interface ExecutionOptions {
  readonly brokerOf: (accountId: string) => Broker | undefined;
  readonly report: (report: BrokerReport) => void;
  readonly pause: (ms: number) => Promise<void>;
}

const LOOK_UP_PAUSE_MS_MIN = 100;
const LOOK_UP_PAUSE_MS_MAX = 5_000;

/**
 * Sends orders whose decision is durable and finds out what became of them.
 *
 * An order whose outcome is unclear is looked up by its client order id until the venue gives a clear answer. It is
 * sent again only after the venue has said "absent" once its receive window has run out: unknown is never No.
 */
export class Execution {
  private isClosed = false;

  constructor(private readonly options: ExecutionOptions) {}

  /** Sends an order for the first time. The caller guarantees that its decision is durable. */
  async send(ticket: OrderTicket): Promise<void> {
    const broker = this.brokerFor(ticket);
    if (!broker) return;
    const outcome = await broker.submit(ticket);
    if (this.hasEnded()) return;
    switch (outcome.kind) {
      case 'acknowledged': {
        const { venueOrderId, venueTimeMs } = outcome;
        this.options.report({ kind: 'acked', orderId: ticket.orderId, venueOrderId, venueTimeMs });
        return;
      }
      case 'refused': {
        const { reason, venueText } = outcome;
        this.options.report({ kind: 'rejected', orderId: ticket.orderId, reason, venueText });
        return;
      }
      case 'unknown':
        this.options.report({ kind: 'unknown', orderId: ticket.orderId, unclear: outcome.cause });
        await this.resolve(ticket, broker);
    }
  }

  /** Takes up an order that an earlier run left unsettled: looked up first, sent only if the venue never had it. */
  async resume(order: KnownOrder): Promise<void> {
    const ticket = ticketOf(order);
    const broker = this.brokerFor(ticket);
    if (broker) await this.resolve(ticket, broker);
  }

  close(): void {
    this.isClosed = true;
  }

  private hasEnded(): boolean {
    return this.isClosed;
  }

  private async resolve(ticket: OrderTicket, broker: Broker): Promise<void> {
    let pauseMs = LOOK_UP_PAUSE_MS_MIN;
    let windowHasPassed = false;
    while (!this.hasEnded()) {
      const found = await broker.lookUpByClientOrderId(ticket.orderId);
      if (this.hasEnded()) return;
      if (found.kind === 'found') {
        const { venueOrderId, venueTimeMs } = found;
        this.options.report({ kind: 'acked', orderId: ticket.orderId, venueOrderId, venueTimeMs });
        for (const fill of found.fills) {
          this.options.report({ kind: 'fill', orderId: ticket.orderId, fill });
        }
        return;
      }
      if (found.kind === 'absent' && windowHasPassed) return this.send(ticket);
      if (found.kind === 'absent') {
        await this.options.pause(broker.receiveWindowMs);
        windowHasPassed = true;
        continue;
      }
      await this.options.pause(pauseMs);
      pauseMs = Math.min(pauseMs * 2, LOOK_UP_PAUSE_MS_MAX);
    }
  }

  private brokerFor(ticket: OrderTicket): Broker | undefined {
    const broker = this.options.brokerOf(ticket.accountId);
    if (broker) return broker;
    this.options.report({
      kind: 'rejected',
      orderId: ticket.orderId,
      reason: 'no-broker',
      venueText: `no broker is configured for account ${ticket.accountId}`,
    });
    return undefined;
  }
}

export function ticketOf(order: KnownOrder): OrderTicket {
  const { orderId, stamp, side, quantity } = order;
  const { accountId, instrumentId } = stamp;
  return { orderId, accountId, instrumentId, side, quantity, type: 'market', reduceOnly: true };
}
