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

/** How long an exit waits for the answer to a question that is under way. */
const EXIT_WAITS_MS = 250;
const UNNAMED: Unknown = { kind: 'unknown', cause: 'the venue has not said whose account it is' };

/** A broker whose venue says whose account it is. */
export type NamingBroker = VenueBroker & Required<Pick<VenueBroker, 'accountName'>>;

/**
 * Keeps an account from another one of its venue that its key or address opens now: that one would show it flat, know none
 * of its orders, and sell what is not ours. The venue is asked before anything is believed of it or sent there. While it
 * does not say, nothing of it is believed, and exits alone pass, with what has to be taken back for them.
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
    private readonly pause: (ms: number) => Promise<void>,
  ) {
    super(named);
    // An exit is not to wait for it.
    void this.found();
  }

  override async submit(ticket: OrderTicket): Promise<SubmitOutcome> {
    const isExit = ticket.reduceOnly && !ticket.insures;
    if (!isExit) return this.ask((broker) => broker.submit(ticket));
    const found = await Promise.race([this.found(), this.pause(EXIT_WAITS_MS)]);
    return found && 'submit' in found ? found.submit(ticket) : this.broker.submit(ticket);
  }

  override lookUpByClientOrderId(orderId: OrderId): Promise<VenueLookUp> {
    return this.ask((broker) => broker.lookUpByClientOrderId(orderId));
  }

  /** An account that has an order of ours to take back is ours; that it has none says nothing. */
  override async cancel(orderId: OrderId): Promise<CancelOutcome> {
    if (this.judged) return this.judged.cancel(orderId);
    const outcome = await this.broker.cancel(orderId);
    return outcome.kind === 'ended' ? UNNAMED : outcome;
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
