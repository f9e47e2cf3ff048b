import type { InstrumentId, OrderId } from '../domain/kernel/units.js';
import type {
  CancelOutcome,
  FillsOutcome,
  OpenOrdersOutcome,
  OrderTicket,
  PositionsOutcome,
  SubmitOutcome,
  Unknown,
  VenueBroker,
  VenueLookUp,
} from './ports/broker.port.js';
import { WrappedBroker } from './wrapped-broker.js';

/**
 * Asks a venue that wants to be left alone for no list. What throttles or bans counts every call: to go on reading makes
 * a throttle a ban, and a ban longer, and then exits wait for it. What concerns an order is for its lane to hold back.
 */
export class PatientBroker extends WrappedBroker {
  private untilMs = 0;

  /** `clock`: monotonic ms. */
  constructor(
    broker: VenueBroker,
    private readonly clock: () => number,
  ) {
    super(broker);
  }

  override submit(ticket: OrderTicket): Promise<SubmitOutcome> {
    return this.heard(this.broker.submit(ticket));
  }

  override cancel(orderId: OrderId): Promise<CancelOutcome> {
    return this.heard(this.broker.cancel(orderId));
  }

  override lookUpByClientOrderId(orderId: OrderId): Promise<VenueLookUp> {
    return this.heard(this.broker.lookUpByClientOrderId(orderId));
  }

  override openOrders(): Promise<OpenOrdersOutcome> {
    return this.whenWanted(() => this.broker.openOrders());
  }

  override positions(): Promise<PositionsOutcome> {
    return this.whenWanted(() => this.broker.positions());
  }

  override fills(instrumentId: InstrumentId, sinceMs: number): Promise<FillsOutcome> {
    return this.whenWanted(() => this.broker.fills(instrumentId, sinceMs));
  }

  private async heard<Outcome extends { readonly kind: string }>(
    asking: Promise<Outcome | Unknown>,
  ): Promise<Outcome | Unknown> {
    const outcome = await asking;
    const wait = 'retryAfterMs' in outcome ? outcome.retryAfterMs : undefined;
    if (wait !== undefined) this.untilMs = Math.max(this.untilMs, this.clock() + wait);
    return outcome;
  }

  private async whenWanted<Outcome extends { readonly kind: string }>(
    ask: () => Promise<Outcome | Unknown>,
  ): Promise<Outcome | Unknown> {
    const retryAfterMs = this.untilMs - this.clock();
    if (retryAfterMs <= 0) return this.heard(ask());
    return { kind: 'unknown', cause: 'not asked, the venue wants to be left alone', retryAfterMs };
  }
}
