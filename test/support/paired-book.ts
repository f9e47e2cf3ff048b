import type { Decimal } from '../../src/domain/kernel/decimal.js';
import type { DecimalText } from '../../src/domain/kernel/units.js';
import type { PaperVenue } from '../../src/simulation/paper-venue.js';
import type { PaperChange, PaperOrder, PaperTicket } from '../../src/simulation/paper-order.js';

type Print = Parameters<PaperVenue['match']>[0];
type Asked = PaperTicket & {
  readonly at: number;
  readonly targetPrice?: DecimalText | undefined;
};

const TARGET = '-tgt';

/**
 * A book in which a stop and a target may rest as one order, as the order lists of Binance do: as soon as one of both
 * trades or is triggered the other has ended, for good.
 */
export class PairedBook {
  /** Of stops that came with a target. */
  private readonly targetPrices = new Map<string, DecimalText>();
  /** Prints at which a target has traded. */
  targetsHit = 0;

  constructor(private readonly book: PaperVenue) {}

  order(orderId: string): PaperOrder | undefined {
    const stop = this.book.order(orderId);
    const target = this.book.order(`${orderId}${TARGET}`);
    return stop && target ? pair(stop, target) : stop;
  }

  *allOrders(): IterableIterator<PaperOrder> {
    for (const { orderId } of this.book.allOrders()) {
      if (!orderId.endsWith(TARGET)) yield this.order(orderId)!;
    }
  }

  openOrders(): readonly PaperOrder[] {
    const ids = new Set(this.book.openOrders().map(({ orderId }) => wholeOf(orderId)));
    return [...ids].map((orderId) => this.order(orderId)!);
  }

  holding(instrumentId: string): Decimal | undefined {
    return this.book.holding(instrumentId);
  }

  judge({ targetPrice, ...ticket }: Asked): PaperChange {
    const change = this.book.judge(ticket);
    if (targetPrice !== undefined && change.kind === 'accepted') {
      this.targetPrices.set(ticket.orderId, targetPrice);
    }
    return change;
  }

  judgeCancel(orderId: string, at: number): PaperChange | undefined {
    return this.order(orderId)?.status === 'open' ? { kind: 'cancelled', orderId, at } : undefined;
  }

  /** What a print makes of the book, applied one by one; told of whole orders. */
  print(print: Print): PaperChange[] {
    return this.book.match(print).flatMap((change) => {
      if (!('orderId' in change) || this.book.order(change.orderId)?.status !== 'open') return [];
      this.book.apply(change);
      const orderId = wholeOf(change.orderId);
      if (change.kind === 'filled' && orderId !== change.orderId) this.targetsHit += 1;
      this.endLegs(orderId, print.at, change.orderId);
      return [{ ...change, orderId }];
    });
  }

  /** Of whole orders. */
  apply(change: PaperChange): void {
    if (change.kind === 'cancelled' || change.kind === 'expired') {
      for (const orderId of this.openLegs(change.orderId)) {
        this.book.apply({ ...change, orderId });
      }
      return;
    }
    this.book.apply(change);
    if (change.kind !== 'accepted') return;
    const { order } = change;
    const limitPrice = this.targetPrices.get(order.orderId);
    if (limitPrice === undefined) return;
    const leg = { orderId: `${order.orderId}${TARGET}`, venueOrderId: `${order.venueOrderId}T` };
    const target = { ...order, ...leg, type: 'limit', limitPrice, timeInForce: 'gtc' } as const;
    this.book.apply({ kind: 'accepted', order: target });
  }

  private openLegs(orderId: string): string[] {
    return [orderId, `${orderId}${TARGET}`].filter(
      (leg) => this.book.order(leg)?.status === 'open',
    );
  }

  /** All of an order but one. */
  private endLegs(orderId: string, at: number, living: string): void {
    for (const leg of this.openLegs(orderId)) {
      if (leg !== living) {
        this.book.apply({ kind: 'expired', orderId: leg, reason: 'the other traded', at });
      }
    }
  }
}

function wholeOf(orderId: string): string {
  return orderId.endsWith(TARGET) ? orderId.slice(0, -TARGET.length) : orderId;
}

function pair(stop: PaperOrder, target: PaperOrder): PaperOrder {
  const fills = [...stop.fills, ...target.fills];
  const isOpen = stop.status === 'open' || target.status === 'open';
  const ended = target.fills.length > 0 ? target.status : stop.status;
  return { ...stop, fills, status: isOpen ? 'open' : ended };
}
