import type { InstrumentId, OrderId } from '../domain/kernel/units.js';
import { NoBroker } from './no-broker.js';
import type {
  AccountNameOutcome,
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

/** A broker whose venue says whose account it is. */
export type NamingBroker = VenueBroker & Required<Pick<VenueBroker, 'accountName'>>;

/**
 * Keeps an account from another one of its venue that its key or address opens now: that one would show it flat, know none
 * of its orders, and sell what is not ours. The venue is asked before anything is believed of it or sent there. While it
 * does not say, nothing of it is believed, and exits alone pass.
 *
 *     unasked ──► asked ──the same, or it has no name──► passing
 *        ▲          │ └──another──► foreign
 *        └─unclear──┘
 */
export class SameAccountBroker extends WrappedBroker {
  private judged: VenueBroker | undefined;
  private asking: Promise<VenueBroker | Unknown> | undefined;

  /** `judge`: what stands for the venue when it is of this name, if not the venue itself. */
  constructor(
    private readonly named: NamingBroker,
    private readonly judge: (name: string) => NoBroker | undefined,
  ) {
    super(named);
    // An exit is not to wait for it.
    void this.found();
  }

  override async submit(ticket: OrderTicket): Promise<SubmitOutcome> {
    const found = await this.found();
    if ('submit' in found) return found.submit(ticket);
    return ticket.reduceOnly ? this.broker.submit(ticket) : found;
  }

  override lookUpByClientOrderId(orderId: OrderId): Promise<VenueLookUp> {
    return this.ask((broker) => broker.lookUpByClientOrderId(orderId));
  }

  override cancel(orderId: OrderId): Promise<CancelOutcome> {
    return this.ask((broker) => broker.cancel(orderId));
  }

  override openOrders(): Promise<OpenOrdersOutcome> {
    return this.ask((broker) => broker.openOrders());
  }

  override positions(): Promise<PositionsOutcome> {
    return this.ask((broker) => broker.positions());
  }

  override fills(instrumentId: InstrumentId, sinceMs: number): Promise<FillsOutcome> {
    return this.ask((broker) => broker.fills(instrumentId, sinceMs));
  }

  private async ask<Outcome>(
    question: (broker: VenueBroker) => Promise<Outcome>,
  ): Promise<Outcome | Unknown> {
    const found = await this.found();
    return 'submit' in found ? question(found) : found;
  }

  private async found(): Promise<VenueBroker | Unknown> {
    if (this.judged) return this.judged;
    this.asking ??= this.named.accountName().then((name) => {
      this.asking = undefined;
      return this.verdictOn(name);
    });
    return this.asking;
  }

  private verdictOn(answer: AccountNameOutcome): VenueBroker | Unknown {
    if (answer.kind === 'unknown') return answer;
    const { name } = answer;
    this.judged = (name === undefined ? undefined : this.judge(name)) ?? this.broker;
    return this.judged;
  }
}
