import type {
  CancelOutcome,
  FillReport,
  LookUpOutcome,
  OrderTicket,
  SubmitOutcome,
} from '../../src/application/ports/broker.port.js';
import type { DecimalText } from '../../src/domain/kernel/units.js';
import { PaperVenue } from '../../src/simulation/paper-venue.js';
import type { PaperFill } from '../../src/simulation/paper-order.js';
import type { ChaosClock } from './chaos-clock.js';
import { LTC } from './partition-fixture.js';
import type { Seeded } from './seeded.js';

export const RECEIVE_WINDOW_MS = 1_000;
const TIMEOUT_MS = 200;

/** A venue with a book of its own that loses, delays and repeats what it says, and takes orders late. */
export class ChaosVenue {
  readonly book = new PaperVenue({ feeBps: '0' as DecimalText, feeCurrency: 'USDT' });
  readonly accepted: string[] = [];
  readonly repeated: string[] = [];
  isTroubled = true;
  private listener: ((report: FillReport) => void) | undefined;

  constructor(
    private readonly clock: ChaosClock,
    private readonly random: Seeded,
  ) {}

  listen(listener: (report: FillReport) => void): void {
    this.listener = listener;
  }

  submit(ticket: OrderTicket, answer: (outcome: SubmitOutcome) => void): void {
    const fate = this.isTroubled ? this.random.next() : 1;
    const timeout: SubmitOutcome = { kind: 'unknown', cause: 'timeout' };
    if (fate < 0.1) {
      this.clock.in(TIMEOUT_MS, () => answer(timeout));
    } else if (fate < 0.25) {
      const late = fate < 0.15 ? this.random.between(0, 5) : this.random.between(5, 900);
      this.clock.in(late, () => void this.take(ticket));
      this.clock.in(TIMEOUT_MS, () => answer(timeout));
    } else {
      this.clock.in(this.random.between(0, 20), () => {
        const outcome = this.take(ticket);
        this.clock.in(this.random.between(0, 60), () => answer(outcome));
      });
    }
  }

  /** Fills that came before are told before, or were lost: a look-up finds them. */
  cancel(orderId: string, answer: (outcome: CancelOutcome) => void): void {
    const fate = this.isTroubled ? this.random.next() : 1;
    const unclear: CancelOutcome = { kind: 'unknown', cause: 'timeout' };
    if (fate < 0.2) {
      this.clock.in(TIMEOUT_MS, () => answer(unclear));
      return;
    }
    this.clock.in(this.random.between(0, 20), () => {
      const change = this.book.judgeCancel(orderId, this.clock.now);
      if (change) this.book.apply(change);
      const isCancelled = this.book.order(orderId)?.status === 'cancelled';
      const outcome = isCancelled
        ? ({ kind: 'cancelled', reason: 'requested' } as const)
        : ({ kind: 'ended' } as const);
      this.clock.in(100, () => answer(fate < 0.4 ? unclear : outcome));
    });
  }

  lookUp(orderId: string, answer: (outcome: LookUpOutcome) => void): void {
    const isUnclear = this.isTroubled && this.random.happens(0.3);
    this.clock.in(this.random.between(0, 30), () => {
      const order = this.book.order(orderId);
      if (isUnclear) answer({ kind: 'unknown', cause: 'trouble' });
      else if (!order) answer({ kind: 'absent' });
      else {
        const { venueOrderId, acceptedAtMs } = order;
        const fills = order.fills.map(reported);
        answer({ kind: 'found', venueOrderId, venueTimeMs: acceptedAtMs, fills });
      }
    });
  }

  print(price: string): void {
    const print = { instrumentId: LTC, price: price as DecimalText, at: this.clock.now };
    for (const change of this.book.match(print)) {
      this.book.apply(change);
      if (change.kind === 'filled')
        this.tell({ orderId: change.orderId, fill: reported(change.fill) });
    }
  }

  private tell(report: FillReport): void {
    const isLost = this.isTroubled && this.random.happens(0.2);
    const times = this.isTroubled && this.random.happens(0.2) ? 2 : 1;
    for (let time = 0; time < times && !isLost; time += 1) {
      this.clock.in(this.random.between(0, 80), () => this.listener?.(report));
    }
  }

  private take(ticket: OrderTicket): SubmitOutcome {
    const change = this.book.judge({ ...ticket, at: this.clock.now });
    this.book.apply(change);
    if (change.kind !== 'accepted') {
      this.repeated.push(ticket.orderId);
      return { kind: 'unknown', cause: 'known id' };
    }
    this.accepted.push(ticket.orderId);
    const { venueOrderId, acceptedAtMs } = change.order;
    return { kind: 'acknowledged', venueOrderId, venueTimeMs: acceptedAtMs };
  }
}

function reported(fill: PaperFill): FillReport['fill'] {
  const { venueTradeId, quantity, price, feeAmount, feeCurrency, liquidity, filledAtMs } = fill;
  return { venueTradeId, quantity, price, feeAmount, feeCurrency, liquidity, filledAtMs };
}
