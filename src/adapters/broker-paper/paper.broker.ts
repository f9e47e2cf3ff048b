import { formatDecimal, isZero } from '../../domain/kernel/decimal.js';
import type { DecimalText, InstrumentId } from '../../domain/kernel/units.js';
import type { ReportedFill } from '../../domain/order/order-state.js';
import { formatUnits } from '../../domain/instrument/price-grid.js';
import { mayDecide } from '../../engine/tick.js';
import type { Tick } from '../../engine/tick.js';
import type {
  CancelOutcome,
  FillReport,
  FillsOutcome,
  OpenOrdersOutcome,
  OrderEndReport,
  OrderTicket,
  PositionsOutcome,
  SubmitOutcome,
  Unknown,
  VenueBroker,
  VenueLookUp,
} from '../../application/ports/broker.port.js';
import { chance } from '../../simulation/chance.js';
import type { PaperTerms } from '../../simulation/paper-market.js';
import type { PaperChange, PaperFill, PaperOrder } from '../../simulation/paper-order.js';
import { filledOf } from '../../simulation/paper-order.js';
import { PaperVenue } from '../../simulation/paper-venue.js';
import type { OutsideHoldings } from '../../simulation/paper-venue.js';
import { PaperBook, isEntry } from './paper.book.js';

export interface PaperBrokerOptions extends PaperTerms {
  /** The venue's book: a file of its own, apart from the event log. */
  readonly bookPath: string;
  /** From our door to the venue's book. */
  readonly submitLatencyMs: number;
  /** From the venue's book back to us. */
  readonly ackLatencyMs: number;
  /** Up to so much more on either way, by chance of the seed. */
  readonly latencyJitterMs?: number | undefined;
  /** The grid of an instrument: needed where a spread or a depth is simulated. */
  readonly gridOf?: (
    instrumentId: InstrumentId,
  ) => { readonly priceTick: DecimalText; readonly quantityStep: DecimalText } | undefined;
  /** What the account holds beside the fills of this book. Missing: not known, and then no exit is capped. */
  readonly outside?: OutsideHoldings;
  readonly clock: () => number;
  readonly pause: (ms: number) => Promise<void>;
}

const CLOSED = { kind: 'unknown', cause: 'the connection was closed' } as const;

/**
 * A venue on the live ticks: what its book holds, and nothing else, says whether an order was sent.
 *
 *     up ──the book cannot be written──► down ──what is owed is written──► up
 *
 * While it is down (its disk is full to the last of what is reserved for exits, say) it judges nothing, matches nothing and
 * answers `unknown`, as any venue that is down; whoever asks, and each print, makes it try again.
 */
export class PaperBroker implements VenueBroker {
  readonly receiveWindowMs: number;
  private readonly venue: PaperVenue;
  private readonly book: PaperBook;
  private fillHandlers: ((report: FillReport) => void)[] = [];
  private endHandlers: ((report: OrderEndReport) => void)[] = [];
  /** Judged, and not in the book yet: they have not happened. Empty while the venue is up. */
  private owed: readonly PaperChange[] = [];
  private isClosed = false;

  constructor(private readonly options: PaperBrokerOptions) {
    this.receiveWindowMs = options.submitLatencyMs + (options.latencyJitterMs ?? 0);
    this.venue = new PaperVenue(options, options.outside);
    const { book, changes } = PaperBook.open(options.bookPath);
    this.book = book;
    for (const change of changes) this.venue.apply(change);
  }

  async submit(ticket: OrderTicket): Promise<SubmitOutcome> {
    await this.way('there', ticket.orderId, this.options.submitLatencyMs);
    const silence = this.silence();
    if (silence) return silence;
    const change = this.venue.judge({ ...ticket, at: this.options.clock() });
    const unkept = this.commit([change]);
    if (unkept) return unkept;
    await this.way('back', ticket.orderId, this.options.ackLatencyMs);
    if (this.hasEnded()) return CLOSED;
    switch (change.kind) {
      case 'accepted': {
        const { venueOrderId, acceptedAtMs } = change.order;
        return { kind: 'acknowledged', venueOrderId, venueTimeMs: acceptedAtMs };
      }
      case 'rejected':
        return {
          kind: 'refused',
          refusal: change.reason === 'nothing-to-reduce' ? 'insufficient' : 'unclassified',
          venueText: `refused by the paper venue: ${change.reason}`,
        };
      default:
        return { kind: 'unknown', cause: 'the venue knows this client order id already' };
    }
  }

  lookUpByClientOrderId(orderId: string): Promise<VenueLookUp> {
    const silence = this.silence();
    if (silence) return Promise.resolve(silence);
    const order = this.venue.order(orderId);
    if (!order) return Promise.resolve({ kind: 'absent' });
    return Promise.resolve({
      kind: 'found',
      status: order.status,
      venueOrderId: order.venueOrderId,
      venueTimeMs: order.acceptedAtMs,
      quantity: order.quantity,
      fills: order.fills.map(reported),
    });
  }

  async cancel(orderId: string): Promise<CancelOutcome> {
    await this.way('there', orderId, this.options.submitLatencyMs);
    const silence = this.silence();
    if (silence) return silence;
    const change = this.venue.judgeCancel(orderId, this.options.clock());
    const unkept = change && this.commit([change]);
    if (unkept) return unkept;
    const order = this.venue.order(orderId);
    const isEndedUnfilled = order && order.status !== 'open' && order.status !== 'filled';
    if (!isEndedUnfilled) return { kind: 'ended' };
    return { kind: 'cancelled', reason: order.endReason ?? order.status };
  }

  openOrders(): Promise<OpenOrdersOutcome> {
    const silence = this.silence();
    if (silence) return Promise.resolve(silence);
    return Promise.resolve({ kind: 'known', orders: this.venue.openOrders().map(shown) });
  }

  positions(): Promise<PositionsOutcome> {
    const silence = this.silence();
    if (silence) return Promise.resolve(silence);
    const holdings = this.venue.holdings();
    if (!holdings) {
      const cause = 'what the account holds beside this book is not known';
      return Promise.resolve({ kind: 'unknown', cause });
    }
    const positions = [...holdings]
      .filter(([, holding]) => !isZero(holding))
      .map(([instrumentId, holding]) => {
        const quantity = formatDecimal(holding);
        return { instrumentId, book: 'net', quantity, entryPrice: undefined } as const;
      });
    return Promise.resolve({ kind: 'known', positions });
  }

  fills(instrumentId: string, sinceMs: number): Promise<FillsOutcome> {
    const silence = this.silence();
    if (silence) return Promise.resolve(silence);
    const fills = [...this.venue.allOrders()]
      .filter((order) => order.instrumentId === instrumentId)
      .flatMap(({ orderId, venueOrderId, side, fills: made }) =>
        made.map((fill) => ({ orderId, venueOrderId, instrumentId, side, fill: reported(fill) })),
      )
      .filter(({ fill }) => fill.filledAtMs >= sinceMs)
      .sort((a, b) => a.fill.filledAtMs - b.fill.filledAtMs);
    return Promise.resolve({ kind: 'known', fills });
  }

  onFill(handler: (report: FillReport) => void): void {
    this.fillHandlers.push(handler);
  }

  onOrderEnd(handler: (report: OrderEndReport) => void): void {
    this.endHandlers.push(handler);
  }

  /** Shows the venue a print of the market. `scale` is that of the instrument's prices. */
  onTick(tick: Tick, scale: number): void {
    if (this.isClosed || tick.kind !== 'trade' || !mayDecide(tick)) return;
    if (this.silence()) return;
    const { instrumentId } = tick;
    const { gridOf } = this.options;
    // The price text is made only for a print that meets an open order.
    const changes = this.venue.match({
      instrumentId,
      // Our own clock, as for the acceptance: a recording's times, or a print under way, would lie before it.
      at: tick.receivedAtMs,
      get price() {
        return formatUnits(tick.priceUnits, scale);
      },
      size: tick.size as DecimalText,
      get grid() {
        return gridOf?.(instrumentId);
      },
    });
    this.commit(changes);
  }

  close(): Promise<void> {
    if (!this.isClosed) this.book.close();
    this.isClosed = true;
    this.owed = [];
    this.fillHandlers = [];
    this.endHandlers = [];
    return Promise.resolve();
  }

  private hasEnded(): boolean {
    return this.isClosed;
  }

  private async way(which: 'there' | 'back', orderId: string, latencyMs: number): Promise<void> {
    const { latencyJitterMs = 0, seed = 0, pause } = this.options;
    const ms = latencyMs + chance(latencyJitterMs + 1, seed, which, orderId);
    if (ms > 0) await pause(ms);
  }

  /** Why the venue can say nothing now; undefined while it can. What it owes is written first. */
  private silence(): Unknown | undefined {
    if (this.isClosed) return CLOSED;
    return this.owed.length === 0 ? undefined : this.commit(this.owed);
  }

  /** Each change is in the book before anybody is told. What cannot be written is owed, and has not happened yet. */
  private commit(changes: readonly PaperChange[]): Unknown | undefined {
    this.owed = [];
    for (const [at, change] of changes.entries()) {
      try {
        this.book.write(change);
      } catch (error) {
        // An entry that found no room has not happened: no exit waits behind it.
        this.owed = isEntry(change) ? [] : changes.slice(at);
        return {
          kind: 'unknown',
          cause: `the paper venue cannot write its book: ${String(error)}`,
        };
      }
      this.venue.apply(change);
      this.tell(change);
    }
    return undefined;
  }

  private tell(change: PaperChange): void {
    if (change.kind === 'filled') {
      for (const tell of this.fillHandlers) {
        tell({ orderId: change.orderId, fill: reported(change.fill) });
      }
    }
    if (change.kind === 'cancelled' || change.kind === 'expired') {
      const { orderId, kind: status } = change;
      const venueText = change.kind === 'expired' ? change.reason : 'requested';
      for (const tell of this.endHandlers) tell({ orderId, status, venueText });
    }
  }
}

function reported(fill: PaperFill): ReportedFill {
  const { venueTradeId, quantity, price, feeAmount, feeCurrency, liquidity, filledAtMs } = fill;
  return { venueTradeId, quantity, price, feeAmount, feeCurrency, liquidity, filledAtMs };
}

function shown(order: PaperOrder) {
  const { orderId, venueOrderId, instrumentId, side, quantity, limitPrice, stopPrice } = order;
  return {
    orderId,
    venueOrderId,
    instrumentId,
    side,
    quantity,
    filledQuantity: formatDecimal(filledOf(order)),
    type: order.type ?? 'market',
    limitPrice,
    stopPrice,
    reduceOnly: order.reduceOnly ?? false,
  } as const;
}
