import { canonical, decimal, isZero } from '../../domain/kernel/decimal.js';
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
  Unknown,
  VenueBroker,
  VenueLookUp,
} from '../../application/ports/broker.port.js';
import { termsOf } from '../../domain/order/order-terms.js';
import { LoggedOrders } from './logged-orders.js';
import type { AccountLog } from './logged-orders.js';
import { OpenAlgoBook } from './openalgo.book.js';
import type { KnownSending } from './openalgo.book.js';
import { isOfOlderDay, shown, statusOf, timeOf } from './openalgo.parse.js';
import { OpenAlgoReader, unknown } from './openalgo.reader.js';
import type { OrderState, Product, Read } from './openalgo.reader.js';
import { OpenAlgoTransport } from './openalgo.transport.js';
import type { Answer } from './openalgo.transport.js';
import { OrderWatch } from './order-watch.js';
import { SendingDesk } from './sending-desk.js';

export interface OpenAlgoBrokerOptions {
  readonly url: string;
  readonly apiKey: string;
  readonly timeoutMs: number;
  /** Which of our ids became which of the venue's: kept in a file, for the venue keeps no id of ours. */
  readonly bookPath: string;
  readonly product: Product;
  /** Named with every order, with the algo tag behind it. */
  readonly strategy: string;
  readonly algoTag?: string | undefined;
  /** What OpenAlgo's analyze mode has to be: in the other one no order is sent. */
  readonly analyze: boolean;
  readonly currency: string;
  readonly pollMs: number;
  /** Between the two sights that have to agree on an unclear order. */
  readonly agreePauseMs: number;
  /** How long an order that nobody answered for may still arrive there: "absent" counts only after this. */
  readonly receiveWindowMs: number;
  readonly log: AccountLog;
  readonly clock: () => number;
  readonly pause: (ms: number) => Promise<void>;
  readonly onAlarm: (text: string) => void;
}

const CLOSED = { kind: 'unknown', cause: 'the connection was closed' } as const;

/** OpenAlgo, and the Indian broker behind it, as one account and one product see it. */
export class OpenAlgoBroker implements VenueBroker {
  readonly receiveWindowMs: number;
  /** It knows no reduce-only: a stop that rests counts as an exit on its way. */
  readonly locksHoldings = true;
  readonly rateLimits: readonly RateLimitTerms[] = [
    { name: 'orders', permits: 10, perMs: 1_000, reservedForExits: 4 },
  ];
  readonly reader: OpenAlgoReader;
  private readonly transport: OpenAlgoTransport;
  private readonly book: OpenAlgoBook;
  private readonly watch: OrderWatch;
  private readonly desk: SendingDesk;
  private readonly logged: LoggedOrders;
  private readonly strategy: string;
  /** One order after the other for each instrument: the guard of the second has to see the first. */
  private readonly turns = new Map<string, Promise<unknown>>();
  private isClosed = false;

  constructor(private readonly options: OpenAlgoBrokerOptions) {
    this.receiveWindowMs = options.receiveWindowMs;
    this.strategy = [options.strategy, options.algoTag].filter(Boolean).join(':');
    this.transport = new OpenAlgoTransport(options);
    this.reader = new OpenAlgoReader(this.transport, options.product);
    this.book = OpenAlgoBook.open(options.bookPath);
    this.book.begin(options.log.epoch());
    const { currency, clock } = options;
    this.watch = new OrderWatch({
      reader: this.reader,
      book: this.book,
      feeCurrency: currency,
      clock,
    });
    const { transport, reader, book, watch, strategy } = this;
    this.logged = new LoggedOrders(options.log, book);
    this.desk = new SendingDesk({ transport, reader, book, watch }, { ...options, strategy });
    void this.keepWatching();
  }

  submit(ticket: OrderTicket): Promise<SubmitOutcome> {
    const { instrumentId } = ticket;
    const turn = (this.turns.get(instrumentId) ?? Promise.resolve()).then(() =>
      this.isClosed ? CLOSED : this.desk.place(ticket),
    );
    this.turns.set(instrumentId, turn);
    return turn;
  }

  async lookUpByClientOrderId(orderId: string): Promise<VenueLookUp> {
    if (this.isClosed) return CLOSED;
    const entry = this.logged.entryOf(orderId);
    // The file is written before an order leaves: what neither it nor another engine has sent was never sent.
    if (!entry || entry.state === 'absent' || entry.state === 'refused') return { kind: 'absent' };
    const venueOrderId = entry.venueOrderId ?? (await this.desk.search(orderId, entry));
    if (typeof venueOrderId !== 'string') return venueOrderId;
    const [order, trades] = await Promise.all([
      this.reader.order(venueOrderId, this.strategy),
      this.reader.trades(),
    ]);
    if (order.kind === 'unknown') return order;
    if (trades.kind === 'unknown') return trades;
    if (!order.value && this.isOver(entry)) {
      // What it has filled since it was last seen, the position book tells.
      const head = { venueOrderId, venueTimeMs: entry.sentAtMs, quantity: entry.ticket.quantity };
      return { kind: 'found', status: 'expired', ...head, fills: [] };
    }
    if (!order.value) {
      return {
        kind: 'unknown',
        cause: `${venueOrderId} was taken but is not in today's order book`,
      };
    }
    const { row, averagePrice } = order.value;
    return {
      kind: 'found',
      status: statusOf(row),
      quantity: canonical(row.quantity),
      venueOrderId,
      venueTimeMs: timeOf(row.timestamp, entry.sentAtMs),
      fills: this.watch.fillsOf(row, trades.value, averagePrice),
    };
  }

  async cancel(orderId: string): Promise<CancelOutcome> {
    if (this.isClosed) return CLOSED;
    const orderid = await this.idAtVenue(orderId);
    if (typeof orderid === 'object') return orderid;
    if (orderid === undefined) return { kind: 'ended' };
    const asked = await this.transport.post('cancelorder', { orderid, strategy: this.strategy });
    // Its "success" covers orders that had ended before, and one that is only asked for: the order itself is asked.
    const order = await this.reader.order(orderid, this.strategy);
    const entry = this.book.entries.get(orderId);
    const isGone = order.kind === 'known' && !order.value;
    if (isGone && entry && this.isOver(entry)) return { kind: 'ended' };
    const outcome = cancelled(asked, order);
    if (outcome.kind !== 'cancelled') return outcome;
    // What was filled before the cancellation is told before it.
    const unread = await this.watch.look();
    if (!unread) return outcome;
    return { ...unread, cause: `the fills before it could not be read: ${unread.cause}` };
  }

  async amend(orderId: string, asked: OrderChange): Promise<AmendOutcome> {
    if (this.isClosed) return CLOSED;
    const orderid = await this.idAtVenue(orderId);
    if (typeof orderid === 'object') return orderid;
    const entry = this.book.entries.get(orderId);
    const terms = termsOf(asked);
    if (!entry || orderid === undefined) return { kind: 'ended' };
    if (!terms) return { kind: 'refused', venueText: 'a price is missing' };
    const changed = { ...entry.ticket, quantity: asked.quantity, terms };
    const answer = await this.transport.post('modifyorder', {
      ...this.desk.wireOrder(changed),
      orderid,
    });
    if (answer.kind === 'unclear') return unknown(answer);
    if (answer.status === 200 && answer.body['status'] === 'success') return { kind: 'amended' };
    const order = await this.reader.order(orderid, this.strategy);
    if (order.kind === 'unknown') return order;
    const isOpen = order.value && statusOf(order.value.row) === 'open';
    if (!isOpen) return { kind: 'ended' };
    return { kind: 'refused', venueText: String(answer.body['message']) };
  }

  async openOrders(): Promise<OpenOrdersOutcome> {
    if (this.isClosed) return CLOSED;
    const orders = await this.reader.orders();
    if (orders.kind === 'unknown') return orders;
    const open = orders.value.filter((row) => statusOf(row) === 'open');
    return {
      kind: 'known',
      orders: open.map((row) => shown(row, this.book.orderIdOf(row.orderid))),
    };
  }

  async positions(): Promise<PositionsOutcome> {
    if (this.isClosed) return CLOSED;
    const searched = this.logged.searched();
    // What it did is not ours to account for before it is known what it was.
    if (searched !== undefined) return searchedFor(searched);
    const net = await this.reader.positions();
    if (net.kind === 'unknown') return net;
    const positions = [...net.value]
      .filter(([, quantity]) => !isZero(decimal(quantity)))
      .map(([instrumentId, quantity]) => ({
        instrumentId,
        book: 'net' as const,
        quantity,
        entryPrice: undefined,
      }));
    return { kind: 'known', positions };
  }

  async fills(instrumentId: string, sinceMs: number): Promise<FillsOutcome> {
    if (this.isClosed) return CLOSED;
    const searched = this.logged.searched();
    if (searched !== undefined) return searchedFor(searched);
    const [orders, trades] = await Promise.all([this.reader.orders(), this.reader.trades()]);
    if (orders.kind === 'unknown') return orders;
    if (trades.kind === 'unknown') return trades;
    const fills = orders.value
      .filter(({ exchange, symbol }) => `${exchange}:${symbol}` === instrumentId)
      .flatMap((row) => {
        const { orderid: venueOrderId, action } = row;
        const orderId = this.book.orderIdOf(venueOrderId);
        const side = action === 'BUY' ? ('buy' as const) : ('sell' as const);
        return this.watch
          .fillsOf(row, trades.value)
          .map((fill) => ({ orderId, venueOrderId, instrumentId, side, fill }));
      })
      .filter(({ fill }) => fill.filledAtMs >= sinceMs)
      .sort((a, b) => a.fill.filledAtMs - b.fill.filledAtMs);
    return { kind: 'known', fills };
  }

  onFill(handler: (report: FillReport) => void): void {
    this.watch.onFill(handler);
  }

  onOrderEnd(handler: (report: OrderEndReport) => void): void {
    this.watch.onOrderEnd(handler);
  }

  close(): Promise<void> {
    if (!this.isClosed) this.book.close();
    this.isClosed = true;
    this.transport.close();
    this.watch.close();
    return Promise.resolve();
  }

  private isOver({ ticket, sentAtMs }: KnownSending): boolean {
    return isOfOlderDay(ticket.instrumentId, sentAtMs, this.options.clock());
  }

  /** The venue's id of an order; undefined when the venue has none of it. */
  private async idAtVenue(orderId: string): Promise<string | undefined | Unknown> {
    const entry = this.logged.entryOf(orderId);
    if (entry?.state !== 'sending') return entry?.venueOrderId;
    if (!entry.byOther) {
      return { kind: 'unknown', cause: 'it is not known yet whether the venue has the order' };
    }
    const found = await this.desk.search(orderId, entry);
    return typeof found === 'object' && found.kind === 'absent' ? undefined : found;
  }

  private async keepWatching(): Promise<void> {
    // The first look finds what happened while nobody watched.
    for (let isFirst = true; !this.hasEnded(); isFirst = false) {
      const unread = isFirst || this.watch.isNeeded ? await this.watch.look() : undefined;
      // What throttles counts this reading, too, and exits need what it allows.
      await this.options.pause(Math.max(this.options.pollMs, unread?.retryAfterMs ?? 0));
    }
  }

  private hasEnded(): boolean {
    return this.isClosed;
  }
}

function searchedFor(orderId: string): Unknown {
  return {
    kind: 'unknown',
    cause: `${orderId}, which another engine may have sent, is searched for`,
  };
}

/** What a cancel came to, by the venue's answer and by what the order itself says after it. */
function cancelled(asked: Answer, order: Read<OrderState | undefined>): CancelOutcome {
  if (order.kind === 'unknown') return order;
  if (!order.value) return { kind: 'unknown', cause: "it is not in today's order book any more" };
  const status = statusOf(order.value.row);
  if (status === 'filled') return { kind: 'ended' };
  if (status !== 'open') return { kind: 'cancelled', reason: status };
  if (asked.kind === 'unclear') return unknown(asked);
  const { message, status: word } = asked.body;
  const cause = word === 'error' ? String(message) : 'asked, but the order book shows it open';
  return { kind: 'unknown', cause };
}
