import { formatUnits } from '../../domain/instrument/price-grid.js';
import type { DecimalText } from '../../domain/kernel/units.js';
import { mayDecide } from '../../engine/tick.js';
import type { Tick } from '../../engine/tick.js';
import type { ReportedFill } from '../../domain/order/order-state.js';
import type {
  Broker,
  CancelOutcome,
  FillReport,
  LookUpOutcome,
  OrderTicket,
  SubmitOutcome,
} from '../../application/ports/broker.port.js';
import { PaperVenue } from '../../simulation/paper-venue.js';
import type { PaperChange, PaperFill } from '../../simulation/paper-venue.js';
import { PaperBook } from './paper.book.js';

export interface PaperBrokerOptions {
  /** The venue's book: a file of its own, apart from the event log. */
  readonly bookPath: string;
  readonly feeBps: DecimalText;
  readonly feeCurrency: string;
  /** From our door to the venue's book. */
  readonly submitLatencyMs: number;
  /** From the venue's book back to us. */
  readonly ackLatencyMs: number;
  readonly clock: () => number;
  readonly pause: (ms: number) => Promise<void>;
}

/** A venue on the live ticks: what its book holds, and nothing else, says whether an order was sent. */
export class PaperBroker implements Broker {
  readonly receiveWindowMs: number;
  private readonly venue: PaperVenue;
  private readonly book: PaperBook;
  private handlers: ((report: FillReport) => void)[] = [];
  private isClosed = false;

  constructor(private readonly options: PaperBrokerOptions) {
    this.receiveWindowMs = options.submitLatencyMs;
    this.venue = new PaperVenue(options);
    const { book, changes } = PaperBook.open(options.bookPath);
    this.book = book;
    for (const change of changes) this.venue.apply(change);
  }

  async submit(ticket: OrderTicket): Promise<SubmitOutcome> {
    const { submitLatencyMs, ackLatencyMs, clock, pause } = this.options;
    if (submitLatencyMs > 0) await pause(submitLatencyMs);
    if (this.hasEnded()) return { kind: 'unknown', cause: 'the connection was closed' };
    const change = this.venue.judge({ ...ticket, at: clock() });
    this.commit(change);
    if (ackLatencyMs > 0) await pause(ackLatencyMs);
    if (this.hasEnded()) return { kind: 'unknown', cause: 'the connection was closed' };
    if (change.kind !== 'accepted') {
      return { kind: 'unknown', cause: 'the venue knows this client order id already' };
    }
    const { venueOrderId, acceptedAtMs } = change.order;
    return { kind: 'acknowledged', venueOrderId, venueTimeMs: acceptedAtMs };
  }

  async cancel(orderId: string): Promise<CancelOutcome> {
    const { submitLatencyMs, clock, pause } = this.options;
    if (submitLatencyMs > 0) await pause(submitLatencyMs);
    if (this.hasEnded()) return { kind: 'unknown', cause: 'the connection was closed' };
    const change = this.venue.judgeCancel(orderId, clock());
    if (change) this.commit(change);
    return this.venue.order(orderId)?.isCancelled
      ? { kind: 'cancelled', reason: 'requested' }
      : { kind: 'ended' };
  }

  lookUpByClientOrderId(orderId: string): Promise<LookUpOutcome> {
    const order = this.venue.order(orderId);
    if (!order) return Promise.resolve({ kind: 'absent' });
    return Promise.resolve({
      kind: 'found',
      venueOrderId: order.venueOrderId,
      venueTimeMs: order.acceptedAtMs,
      fills: order.fill ? [reported(order.fill)] : [],
    });
  }

  onFill(handler: (report: FillReport) => void): void {
    this.handlers.push(handler);
  }

  /** Shows the venue a print of the market. `scale` is that of the instrument's prices. */
  onTick(tick: Tick, scale: number): void {
    if (this.isClosed || tick.kind !== 'trade' || !mayDecide(tick)) return;
    const { instrumentId } = tick;
    // The price text is made only for a print that fills something.
    const fills = this.venue.match({
      instrumentId,
      // Our own clock, as for the acceptance: a recording's times, or a print under way, would lie before it.
      at: tick.receivedAtMs,
      get price() {
        return formatUnits(tick.priceUnits, scale);
      },
    });
    for (const change of fills) {
      this.commit(change);
      if (change.kind !== 'filled') continue;
      for (const tell of this.handlers) {
        tell({ orderId: change.orderId, fill: reported(change.fill) });
      }
    }
  }

  close(): Promise<void> {
    if (!this.isClosed) this.book.close();
    this.isClosed = true;
    this.handlers = [];
    return Promise.resolve();
  }

  private hasEnded(): boolean {
    return this.isClosed;
  }

  private commit(change: PaperChange): void {
    this.book.write(change);
    this.venue.apply(change);
  }
}

function reported(fill: PaperFill): ReportedFill {
  const { venueTradeId, quantity, price, feeAmount, feeCurrency, liquidity, filledAtMs } = fill;
  return { venueTradeId, quantity, price, feeAmount, feeCurrency, liquidity, filledAtMs };
}
