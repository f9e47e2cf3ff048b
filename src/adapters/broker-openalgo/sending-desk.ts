import {
  compare,
  decimal,
  formatDecimal,
  isMultipleOf,
  isZero,
  subtract,
  smaller,
} from '../../domain/kernel/decimal.js';
import type { Decimal } from '../../domain/kernel/decimal.js';
import type { DecimalText } from '../../domain/kernel/units.js';
import { reducibleQuantity } from '../../domain/order/reduce-only.js';
import type {
  Denied,
  OrderTicket,
  SubmitOutcome,
  Unknown,
} from '../../application/ports/broker.port.js';
import { termsOf } from '../../domain/order/order-terms.js';
import type { OrderTerms } from '../../domain/order/order-terms.js';
import type { KnownSending, OpenAlgoBook, SentTicket } from './openalgo.book.js';
import { openAlgoRefusal } from './openalgo-refusal.parse.js';
import type { OrderRow } from './openalgo.messages.js';
import { statusOf, wireTerms } from './openalgo.parse.js';
import { unknown } from './openalgo.reader.js';
import type { OpenAlgoReader, Read } from './openalgo.reader.js';
import type { Answer, OpenAlgoTransport } from './openalgo.transport.js';
import type { OrderWatch } from './order-watch.js';
import { candidates, judgeSights } from './unclear-order.js';
import type { Sight } from './unclear-order.js';

export interface SendingTerms {
  readonly product: string;
  readonly strategy: string;
  readonly analyze: boolean;
  readonly agreePauseMs: number;
  readonly clock: () => number;
  readonly pause: (ms: number) => Promise<void>;
  readonly onAlarm: (text: string) => void;
}

interface Parts {
  readonly transport: OpenAlgoTransport;
  readonly reader: OpenAlgoReader;
  readonly book: OpenAlgoBook;
  readonly watch: OrderWatch;
}

const SIGHTS_BEFORE_MAX = 3;

/**
 * Sends orders to a venue that knows none of our ids.
 *
 * The venue's books are read just before: they are the baseline of a search, and they cap exits. A line is on disk, then
 * the order leaves. If its outcome is unclear, two sights of order book and position book have to agree on what became of
 * it; until they do it is unknown, alarmed, and nothing is sent again.
 */
export class SendingDesk {
  constructor(
    private readonly parts: Parts,
    private readonly terms: SendingTerms,
  ) {}

  async place(ticket: OrderTicket): Promise<SubmitOutcome> {
    const { book } = this.parts;
    const before = book.entries.get(ticket.orderId);
    const state = before?.state;
    if (state === 'sending' || state === 'placed') {
      return { kind: 'unknown', cause: 'an order of this id was sent before' };
    }
    const terms = termsOf(ticket);
    if (!terms) return invalid('a price is missing');
    const misfit = misfitOf(ticket, terms);
    if (misfit) return misfit;
    const sight = await this.sightBefore(ticket);
    if (sight.kind !== 'known') return sight;
    const { orders, position } = sight.value;
    const late = before?.state === 'absent' ? this.lateArrival(before, orders) : undefined;
    if (late) return late;
    const quantity = ticket.reduceOnly
      ? smaller(decimal(ticket.quantity), this.reducible(ticket, orders, position))
      : decimal(ticket.quantity);
    if (isZero(quantity))
      return this.lockedByOthers(ticket, orders, position) ?? nothingToReduce(position);
    const { orderId, instrumentId, side } = ticket;
    const sent = { orderId, instrumentId, side, quantity: formatDecimal(quantity), terms };
    const baseline = { orderIds: orders.map(({ orderid }) => orderid), position };
    if (book.isClosed) return { kind: 'unknown', cause: 'the connection was closed' };
    try {
      const line = { kind: 'sending', ticket: sent, baseline, atMs: this.terms.clock() } as const;
      book.write(line, ticket.reduceOnly);
    } catch (error) {
      return {
        kind: 'unknown',
        cause: `nothing was sent, the book takes no line: ${String(error)}`,
      };
    }
    const outcome = this.outcomeOf(
      sent,
      await this.parts.transport.post('placeorder', this.wireOrder(sent)),
    );
    const isCut = outcome.kind === 'acknowledged' && sent.quantity !== ticket.quantity;
    return isCut ? { ...outcome, quantity: sent.quantity } : outcome;
  }

  /** The venue's id of an order whose sending was unclear; `absent` once two sights agree that it is not there. */
  async search(
    orderId: string,
    entry: KnownSending,
  ): Promise<string | { readonly kind: 'absent' } | Unknown> {
    const { book } = this.parts;
    const first = await this.sight(entry.ticket);
    if (first.kind === 'unknown') return first;
    await this.terms.pause(this.terms.agreePauseMs);
    const second = await this.sight(entry.ticket);
    if (second.kind === 'unknown') return second;
    const finding = judgeSights(entry, [first.value, second.value], this.isTaken);
    if (book.isClosed) return { kind: 'unknown', cause: 'the connection was closed' };
    switch (finding.kind) {
      case 'found': {
        const { orderid: venueOrderId } = finding.row;
        this.notePlaced(orderId, venueOrderId);
        return venueOrderId;
      }
      case 'absent':
        book.note({ kind: 'absent', orderId });
        return finding;
      case 'unsure':
        return this.maybeLive(orderId, finding.why);
    }
  }

  private readonly isTaken = (venueOrderId: string): boolean =>
    this.parts.book.orderIdOf(venueOrderId) !== undefined;

  /** An order that was believed absent, and that the venue has taken in after all: it is not sent a second time. */
  private lateArrival(
    before: KnownSending,
    orders: readonly OrderRow[],
  ): SubmitOutcome | undefined {
    const { orderId } = before.ticket;
    const [row, another] = candidates(before, orders, this.isTaken);
    if (!row) return undefined;
    if (another) {
      return this.maybeLive(
        orderId,
        `several orders look like it: ${row.orderid}, ${another.orderid}`,
      );
    }
    return this.notePlaced(orderId, row.orderid);
  }

  private notePlaced(orderId: string, venueOrderId: string) {
    const venueTimeMs = this.terms.clock();
    this.parts.book.note({ kind: 'placed', orderId, venueOrderId, atMs: venueTimeMs });
    return { kind: 'acknowledged', venueOrderId, venueTimeMs } as const;
  }

  private maybeLive(orderId: string, cause: string): Unknown {
    this.terms.onAlarm(`${orderId} may be live at the venue: ${cause}; nothing is sent again`);
    return { kind: 'unknown', cause };
  }

  /** The order as OpenAlgo wants to hear it, whole. */
  wireOrder(ticket: SentTicket) {
    const at = ticket.instrumentId.indexOf(':');
    return {
      strategy: this.terms.strategy,
      exchange: ticket.instrumentId.slice(0, at),
      symbol: ticket.instrumentId.slice(at + 1),
      action: ticket.side === 'buy' ? 'BUY' : 'SELL',
      product: this.terms.product,
      quantity: ticket.quantity,
      disclosed_quantity: '0',
      ...wireTerms(ticket.terms),
    };
  }

  private outcomeOf({ orderId }: SentTicket, answer: Answer): SubmitOutcome {
    const { book } = this.parts;
    if (answer.kind === 'unclear') return unknown(answer);
    const { status, body } = answer;
    const venueOrderId = body['orderid'];
    const isPlaced = status === 200 && body['status'] === 'success';
    if (isPlaced && typeof venueOrderId === 'string' && venueOrderId !== '') {
      return this.notePlaced(orderId, venueOrderId);
    }
    const text = body['message'];
    if (status >= 400 && status < 500 && status !== 408 && body['status'] === 'error') {
      book.note({ kind: 'refused', orderId });
      const venueText = textOf(text);
      return { kind: 'refused', refusal: openAlgoRefusal(venueText), venueText };
    }
    return { kind: 'unknown', cause: `placeorder: neither taken nor refused (${status})` };
  }

  /** The books before an order leaves, and that OpenAlgo is in the mode that the account asks for. */
  private async sightBefore(ticket: OrderTicket): Promise<Read<Sight> | Denied> {
    let last: Unknown = { kind: 'unknown', cause: 'not read' };
    for (let attempt = 1; attempt <= SIGHTS_BEFORE_MAX; attempt += 1) {
      const [mode, sight] = await Promise.all([this.parts.reader.analyzes(), this.sight(ticket)]);
      if (mode.kind === 'known' && mode.value !== this.terms.analyze) {
        const rule = `OpenAlgo must be in the account's mode, was in ${mode.value ? 'analyze' : 'live'} mode`;
        return { kind: 'denied', reason: 'wrong-mode', rule };
      }
      if (mode.kind === 'known' && sight.kind === 'known') return sight;
      last = sight.kind === 'unknown' ? sight : mode.kind === 'unknown' ? mode : last;
      // Being throttled gets no better by asking again at once.
      if (last.retryAfterMs !== undefined) break;
    }
    return { ...last, cause: `nothing was sent, the books could not be read: ${last.cause}` };
  }

  private async sight({ instrumentId }: Pick<OrderTicket, 'instrumentId'>): Promise<Read<Sight>> {
    const { reader } = this.parts;
    const [orders, positions] = await Promise.all([reader.orders(), reader.positions()]);
    if (orders.kind === 'unknown') return orders;
    if (positions.kind === 'unknown') return positions;
    const position = positions.value.get(instrumentId) ?? ('0' as DecimalText);
    return { kind: 'known', value: { orders: orders.value, position } };
  }

  /** Whether there would be something to take, if it were not for orders that are not ours. */
  private lockedByOthers(
    ticket: OrderTicket,
    orders: readonly OrderRow[],
    position: DecimalText,
  ): Denied | undefined {
    const isOurs = ({ orderid }: OrderRow) => this.parts.book.orderIdOf(orderid) !== undefined;
    if (isZero(this.reducible(ticket, orders.filter(isOurs), position))) return undefined;
    const others = this.openAlike(ticket, orders)
      .filter((row) => !isOurs(row))
      .map(({ orderid, quantity, price }) => `${orderid} (${quantity} at ${price})`);
    const rule = `an exit may take nothing of ${position} while orders that are not ours rest for it: ${others.join(', ')}; cancel them at the venue`;
    return { kind: 'denied', reason: 'locked-by-others', rule };
  }

  private openAlike(
    { instrumentId, side }: OrderTicket,
    orders: readonly OrderRow[],
  ): readonly OrderRow[] {
    return orders
      .filter((row) => `${row.exchange}:${row.symbol}` === instrumentId && statusOf(row) === 'open')
      .filter(({ action }) => action === (side === 'buy' ? 'BUY' : 'SELL'));
  }

  /** Every open order on the same side is an exit on its way, whoever sent it; so is one of ours that is unclear. */
  private reducible(
    ticket: OrderTicket,
    orders: readonly OrderRow[],
    position: DecimalText,
  ): Decimal {
    const { book, watch } = this.parts;
    const { instrumentId, side } = ticket;
    const open = this.openAlike(ticket, orders).map((row) =>
      restOf(row, watch.filledOf(book.orderIdOf(row.orderid) ?? '')),
    );
    const unclear = [...book.entries.values()]
      .filter(({ state, ticket }) => state === 'sending' && ticket.instrumentId === instrumentId)
      .filter(({ ticket }) => ticket.side === side)
      .map(({ ticket }) => ticket.quantity);
    return reducibleQuantity({
      side,
      position: decimal(position),
      onTheirWay: [...open, ...unclear],
    });
  }
}

function restOf(row: OrderRow, filled: Decimal): DecimalText {
  const rest = subtract(decimal(row.quantity), filled);
  return compare(rest, decimal('0')) > 0 ? formatDecimal(rest) : ('0' as DecimalText);
}

/** Only crypto is traded in fractions, and nothing has a validity: what cannot be said would be dropped on the way. */
function misfitOf({ instrumentId, quantity }: OrderTicket, terms: OrderTerms): Denied | undefined {
  const timeInForce = terms.type === 'market' ? 'day' : terms.timeInForce;
  if (timeInForce === 'ioc' || timeInForce === 'fok') {
    return invalid('OpenAlgo has orders of the day alone');
  }
  const isWhole = isMultipleOf(decimal(quantity), decimal('1'));
  if (isWhole || instrumentId.startsWith('CRYPTO:')) return undefined;
  return invalid('must be a whole number of shares');
}

function invalid(rule: string): Denied {
  return { kind: 'denied', reason: 'invalid-ticket', rule };
}

function nothingToReduce(position: string): Denied {
  const rule = `an exit may take nothing: the position is ${position} less what is on its way`;
  return { kind: 'denied', reason: 'nothing-to-reduce', rule };
}

function textOf(message: unknown): string {
  return (typeof message === 'string' ? message : JSON.stringify(message ?? '')).slice(0, 500);
}
