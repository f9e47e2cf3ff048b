import {
  ZERO,
  add,
  compare,
  decimal,
  formatDecimal,
  isPositive,
  isZero,
  negate,
  subtract,
  smaller,
} from '../domain/kernel/decimal.js';
import type { Decimal } from '../domain/kernel/decimal.js';
import type { DecimalText, InstrumentId, UnixMs } from '../domain/kernel/units.js';
import { reducibleQuantity } from '../domain/order/reduce-only.js';
import { chance } from './chance.js';
import { feeOf, reachesStop, walkBook } from './paper-market.js';
import type { PaperPrint, PaperTerms, Piece } from './paper-market.js';
import { filledOf, remainingOf } from './paper-order.js';
import type { PaperChange, PaperFill, PaperOrder, PaperTicket } from './paper-order.js';

/** What the account holds beside this book's own fills, net; an instrument that is not in it is not held. */
export type OutsideHoldings = ReadonlyMap<InstrumentId, Decimal>;

/**
 * The book of a simulated venue.
 *
 * A market order trades at the first print after it; a limit order when the touch is at its limit or better; a stop sleeps
 * until its price prints and is then one of the two. What the book's depth does not hold waits for the next print.
 * A reduce-only order never trades more than the account holds on the other side.
 * An order id is known for ever: a second order of the same id is written down and refused, whatever became of the first.
 */
export class PaperVenue {
  private readonly orders = new Map<string, PaperOrder>();
  private readonly open = new Map<InstrumentId, Set<string>>();
  /** Net of the book's own fills. */
  private readonly traded = new Map<InstrumentId, Decimal>();

  constructor(
    private readonly terms: PaperTerms,
    /** Undefined: nobody knows, and then no exit is capped. */
    private readonly outside?: OutsideHoldings,
  ) {}

  order(orderId: string): PaperOrder | undefined {
    return this.orders.get(orderId);
  }

  allOrders(): IterableIterator<PaperOrder> {
    return this.orders.values();
  }

  openOrders(): readonly PaperOrder[] {
    return [...this.open.values()].flatMap((ids) => [...ids].map((id) => this.known(id)));
  }

  /** Net holding, or undefined when what lies outside the book is not known. */
  holding(instrumentId: InstrumentId): Decimal | undefined {
    if (!this.outside) return undefined;
    const outside = this.outside.get(instrumentId) ?? ZERO;
    return add(outside, this.traded.get(instrumentId) ?? ZERO);
  }

  /** Net holdings of every instrument that may be held, or undefined when they are not known. */
  holdings(): ReadonlyMap<InstrumentId, Decimal> | undefined {
    if (!this.outside) return undefined;
    const names = new Set([...this.outside.keys(), ...this.traded.keys()]);
    return new Map([...names].map((name) => [name, this.holding(name) ?? ZERO]));
  }

  /** What the book makes of an order that comes in. */
  judge({ at, ...ticket }: PaperTicket & { readonly at: UnixMs }): PaperChange {
    const { orderId } = ticket;
    if (this.orders.has(orderId)) return { kind: 'repeated', orderId, at };
    const order = { ...bare(ticket), venueOrderId: `P${this.orders.size + 1}`, acceptedAtMs: at };
    const reason = this.refusalOf(ticket);
    return reason === undefined ? { kind: 'accepted', order } : { kind: 'rejected', order, reason };
  }

  /** What becomes of an order that its owner wants back; undefined when it is not open. */
  judgeCancel(orderId: string, at: UnixMs): PaperChange | undefined {
    const isOpen = this.orders.get(orderId)?.status === 'open';
    return isOpen ? { kind: 'cancelled', orderId, at } : undefined;
  }

  /** Changes that a print makes. Cost: O(1) when no order is open on the instrument. */
  match(print: PaperPrint): readonly PaperChange[] {
    const waiting = this.open.get(print.instrumentId);
    if (!waiting?.size) return [];
    const changes: PaperChange[] = [];
    let holding = this.holding(print.instrumentId);
    for (const orderId of waiting) {
      const made = this.changesOf(this.known(orderId), print, holding);
      changes.push(...made);
      for (const change of made) {
        if (change.kind === 'filled' && holding)
          holding = moved(holding, this.known(orderId), change.fill);
      }
    }
    return changes;
  }

  apply(change: PaperChange): void {
    switch (change.kind) {
      case 'accepted':
        this.take(change.order, { status: 'open', endReason: undefined });
        return;
      case 'rejected':
        this.take(change.order, { status: 'rejected', endReason: change.reason });
        return;
      case 'triggered':
        this.orders.set(change.orderId, { ...this.known(change.orderId), isTriggered: true });
        return;
      case 'filled':
        this.fill(this.known(change.orderId), change.fill);
        return;
      case 'cancelled':
        this.end({ ...this.known(change.orderId), status: 'cancelled', endReason: 'requested' });
        return;
      case 'expired':
        this.end({ ...this.known(change.orderId), status: 'expired', endReason: change.reason });
        return;
      case 'repeated':
        return;
    }
  }

  private take(
    order: Extract<PaperChange, { kind: 'accepted' }>['order'],
    as: Pick<PaperOrder, 'status' | 'endReason'>,
  ): void {
    this.orders.set(order.orderId, { ...order, ...as, isTriggered: false, fills: [] });
    if (as.status !== 'open') return;
    const waiting = this.open.get(order.instrumentId) ?? new Set();
    this.open.set(order.instrumentId, waiting.add(order.orderId));
  }

  private fill(order: PaperOrder, fill: PaperFill): void {
    const after = { ...order, fills: [...order.fills, fill] };
    const before = this.traded.get(order.instrumentId) ?? ZERO;
    this.traded.set(order.instrumentId, moved(before, order, fill));
    if (isPositive(remainingOf(after))) this.orders.set(order.orderId, after);
    else this.end({ ...after, status: 'filled' });
  }

  private end(order: PaperOrder): void {
    this.orders.set(order.orderId, order);
    this.open.get(order.instrumentId)?.delete(order.orderId);
  }

  private known(orderId: string): PaperOrder {
    const order = this.orders.get(orderId);
    if (!order) throw new Error(`Invariant: a filled order is in the book, found ${orderId}`);
    return order;
  }

  private refusalOf(ticket: PaperTicket): string | undefined {
    const { seed = 0, rejectPerMille = 0 } = this.terms;
    if (chance(1_000, seed, 'reject', ticket.orderId) < rejectPerMille) return 'other';
    const position = ticket.reduceOnly ? this.holding(ticket.instrumentId) : undefined;
    if (!position) return undefined;
    const rest = reducibleQuantity({ side: ticket.side, position, onTheirWay: [] });
    return isZero(rest) ? 'nothing-to-reduce' : undefined;
  }

  private changesOf(
    order: PaperOrder,
    print: PaperPrint,
    holding: Decimal | undefined,
  ): readonly PaperChange[] {
    const { orderId, side } = order;
    const changes: PaperChange[] = [];
    if (order.type === 'stop' && !order.isTriggered) {
      if (!reachesStop(side, decimal(print.price), priceOf(order.stopPrice))) return [];
      changes.push({ kind: 'triggered', orderId, at: print.at });
    }
    const wanted = remainingOf(order);
    const cap =
      order.reduceOnly && holding
        ? reducibleQuantity({ side, position: holding, onTheirWay: [] })
        : wanted;
    const pieces = this.piecesOf(order, smaller(wanted, cap), print);
    const fills = pieces.map((piece, at) => this.fillOf(order, { piece, at }, print));
    changes.push(...fills.map((fill) => ({ kind: 'filled', orderId, fill }) as const));
    const rest = subtract(wanted, filledOf({ fills }));
    const reason = isZero(rest) ? undefined : endOf(order, subtract(cap, filledOf({ fills })));
    if (reason !== undefined) {
      changes.push({ kind: 'expired', orderId, reason, at: print.at });
    }
    return changes;
  }

  private piecesOf(order: PaperOrder, quantity: Decimal, print: PaperPrint): readonly Piece[] {
    const limit = order.limitPrice === undefined ? undefined : decimal(order.limitPrice);
    const most = limit && this.terms.limitFills === 'print' ? sizeOf(print) : quantity;
    const asked = { quantity: smaller(quantity, most), limit };
    const pieces = walkBook(order, asked, print, this.terms);
    const got = pieces.reduce((sum, piece) => add(sum, piece.quantity), ZERO);
    return order.timeInForce === 'fok' && compare(got, decimal(order.quantity)) < 0 ? [] : pieces;
  }

  private fillOf(
    order: PaperOrder,
    { piece, at }: { readonly piece: Piece; readonly at: number },
    print: PaperPrint,
  ): PaperFill {
    // Better than its limit: the order took what was there. At its limit: it rested and was taken.
    const limit = order.type === 'limit' ? order.limitPrice : undefined;
    const rested = limit !== undefined && compare(piece.price, decimal(limit)) === 0;
    return {
      venueTradeId: `${order.venueOrderId}-${order.fills.length + at + 1}`,
      price: formatDecimal(piece.price),
      quantity: formatDecimal(piece.quantity),
      ...feeOf(piece, order.instrumentId, this.terms),
      liquidity: rested ? 'maker' : 'taker',
      filledAtMs: print.at,
    };
  }
}

/** The ticket alone: what else its sender knows is not the venue's. */
function bare(ticket: PaperTicket): PaperTicket {
  const { orderId, instrumentId, side, quantity } = ticket;
  const { type, limitPrice, stopPrice, timeInForce, reduceOnly } = ticket;
  return {
    orderId,
    instrumentId,
    side,
    quantity,
    ...(type && { type }),
    ...(limitPrice !== undefined && { limitPrice }),
    ...(stopPrice !== undefined && { stopPrice }),
    ...(timeInForce && { timeInForce }),
    ...(reduceOnly !== undefined && { reduceOnly }),
  };
}

function moved(holding: Decimal, { side }: PaperOrder, { quantity }: PaperFill): Decimal {
  return add(holding, side === 'buy' ? decimal(quantity) : negate(decimal(quantity)));
}

function priceOf(price: DecimalText | undefined): Decimal {
  if (price === undefined) throw new Error('Invariant: a stop order has a stop price');
  return decimal(price);
}

function sizeOf({ size }: PaperPrint): Decimal {
  if (size === undefined) throw new Error('Invariant: limits by print need the size of the print');
  return decimal(size);
}

/** Why an order with a rest after this print ends, or undefined when it waits for the next one. */
function endOf(order: PaperOrder, stillReducible: Decimal): string | undefined {
  if (order.reduceOnly && isZero(stillReducible)) return 'nothing-to-reduce';
  const { timeInForce } = order;
  return timeInForce === 'ioc' || timeInForce === 'fok' ? 'not filled at once' : undefined;
}
