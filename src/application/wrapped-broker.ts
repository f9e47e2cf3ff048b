import type { InstrumentId, OrderId } from '../domain/kernel/units.js';
import type {
  AmendOutcome,
  CancelOutcome,
  FillReport,
  FillsOutcome,
  OpenOrdersOutcome,
  OrderChange,
  OrderEndReport,
  OrderTicket,
  PositionsOutcome,
  RateLimitTerms,
  SubmitOutcome,
  VenueBroker,
  VenueLookUp,
} from './ports/broker.port.js';

/** A broker behind a rule of ours: what the rule does not speak of goes through as it is. */
export abstract class WrappedBroker implements VenueBroker {
  readonly receiveWindowMs: number;
  readonly rateLimits: readonly RateLimitTerms[];
  readonly amend?: (orderId: OrderId, asked: OrderChange) => Promise<AmendOutcome>;

  constructor(protected readonly broker: VenueBroker) {
    this.receiveWindowMs = broker.receiveWindowMs;
    this.rateLimits = broker.rateLimits ?? [];
    if (broker.amend) this.amend = (orderId, asked) => this.amendThrough(orderId, asked);
  }

  get locksHoldings(): boolean {
    return this.broker.locksHoldings ?? false;
  }

  get opensBeyond(): boolean {
    return this.broker.opensBeyond ?? false;
  }

  submit(ticket: OrderTicket): Promise<SubmitOutcome> {
    return this.broker.submit(ticket);
  }

  onFill(handler: (report: FillReport) => void): void {
    this.broker.onFill(handler);
  }

  onOrderEnd(handler: (report: OrderEndReport) => void): void {
    this.broker.onOrderEnd(handler);
  }

  lookUpByClientOrderId(orderId: OrderId): Promise<VenueLookUp> {
    return this.broker.lookUpByClientOrderId(orderId);
  }

  cancel(orderId: OrderId): Promise<CancelOutcome> {
    return this.broker.cancel(orderId);
  }

  openOrders(): Promise<OpenOrdersOutcome> {
    return this.broker.openOrders();
  }

  positions(): Promise<PositionsOutcome> {
    return this.broker.positions();
  }

  fills(instrumentId: InstrumentId, sinceMs: number): Promise<FillsOutcome> {
    return this.broker.fills(instrumentId, sinceMs);
  }

  close(): Promise<void> {
    return this.broker.close();
  }

  /** Called only where the venue can amend. */
  protected async amendThrough(orderId: OrderId, asked: OrderChange): Promise<AmendOutcome> {
    return (await this.broker.amend?.(orderId, asked)) ?? { kind: 'ended' };
  }
}
