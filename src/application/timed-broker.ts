import type { OrderTicket, SubmitOutcome, VenueBroker } from './ports/broker.port.js';
import type { StepTimes } from './step-times.js';
import { WrappedBroker } from './wrapped-broker.js';

/** A broker whose answers to orders are timed. */
export class TimedBroker extends WrappedBroker {
  constructor(
    broker: VenueBroker,
    private readonly times: Pick<StepTimes, 'sent' | 'answered'>,
  ) {
    super(broker);
  }

  override async submit(ticket: OrderTicket): Promise<SubmitOutcome> {
    this.times.sent(ticket.orderId);
    const outcome = await this.broker.submit(ticket);
    this.times.answered(ticket.orderId, outcome.kind);
    return outcome;
  }
}
