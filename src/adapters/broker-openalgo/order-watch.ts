import { add, compare, decimal } from '../../domain/kernel/decimal.js';
import type { Decimal } from '../../domain/kernel/decimal.js';
import type { ReportedFill } from '../../domain/order/order-state.js';
import type { FillReport, OrderEndReport, Unknown } from '../../application/ports/broker.port.js';
import type { OpenAlgoBook } from './openalgo.book.js';
import type { OrderRow, TradeRow } from './openalgo.messages.js';
import { fillsOf, statusOf } from './openalgo.parse.js';
import type { FillTerms } from './openalgo.parse.js';
import type { OpenAlgoReader } from './openalgo.reader.js';

export interface OrderWatchOptions {
  readonly reader: OpenAlgoReader;
  readonly book: OpenAlgoBook;
  readonly feeCurrency: string;
  readonly clock: () => number;
}

const NOTHING: Decimal = decimal('0');

/**
 * Tells fills and ends of our orders by reading order book and trade book again and again: REST tells nothing by itself.
 * An order is watched from its placing until its end and all its fills were told.
 */
export class OrderWatch {
  private readonly told = new Set<string>();
  private readonly done = new Set<string>();
  private readonly filled = new Map<string, Decimal>();
  private fillHandlers: ((report: FillReport) => void)[] = [];
  private endHandlers: ((report: OrderEndReport) => void)[] = [];

  constructor(private readonly options: OrderWatchOptions) {}

  onFill(handler: (report: FillReport) => void): void {
    this.fillHandlers.push(handler);
  }

  onOrderEnd(handler: (report: OrderEndReport) => void): void {
    this.endHandlers.push(handler);
  }

  /** True while an order that the venue has may still change. */
  get isNeeded(): boolean {
    const { entries } = this.options.book;
    for (const [orderId, { state }] of entries) {
      if (state === 'placed' && !this.done.has(orderId)) return true;
    }
    return false;
  }

  /** What this process has seen filled of an order. */
  filledOf(orderId: string): Decimal {
    return this.filled.get(orderId) ?? NOTHING;
  }

  /** Why the books could not be read; undefined when they were. */
  async look(): Promise<Unknown | undefined> {
    const { reader, book } = this.options;
    const [orders, trades] = await Promise.all([reader.orders(), reader.trades()]);
    if (orders.kind === 'unknown') return orders;
    if (trades.kind === 'unknown') return trades;
    const shownIds = new Set<string>();
    for (const row of orders.value) {
      const orderId = book.orderIdOf(row.orderid);
      if (orderId === undefined) continue;
      shownIds.add(orderId);
      if (!this.done.has(orderId)) this.tellOrder(orderId, row, trades.value);
    }
    this.forgetOlderDays(shownIds);
    return undefined;
  }

  fillsOf(row: OrderRow, trades: readonly TradeRow[], averagePrice?: string): ReportedFill[] {
    const own = withoutRepeats(
      row,
      trades.filter(({ orderid }) => orderid === row.orderid),
    );
    const terms: FillTerms = { feeCurrency: this.options.feeCurrency, nowMs: this.options.clock() };
    const fills = fillsOf(own, terms);
    const isWithoutSizes = fills.length === 0 && own.length > 0 && statusOf(row) === 'filled';
    if (!isWithoutSizes) return fills;
    // Some brokers' trade books show no quantity: a complete order was then filled whole, at the price of its trade.
    const average_price = own[0]?.average_price ?? averagePrice ?? row.price;
    const whole = { ...own[0]!, quantity: row.quantity, average_price };
    return fillsOf([whole], terms);
  }

  close(): void {
    this.fillHandlers = [];
    this.endHandlers = [];
  }

  private tellOrder(orderId: string, row: OrderRow, trades: readonly TradeRow[]): void {
    const fills = this.fillsOf(row, trades);
    for (const fill of fills) {
      const key = `${orderId} ${fill.venueTradeId}`;
      if (this.told.has(key)) continue;
      this.told.add(key);
      for (const tell of this.fillHandlers) tell({ orderId, fill });
    }
    const sum = fills.reduce((total, { quantity }) => add(total, decimal(quantity)), NOTHING);
    this.filled.set(orderId, sum);
    const status = statusOf(row);
    if (status === 'open') return;
    if (status === 'filled') {
      // The trade book may be behind the order book: the order is watched until its trades are all there.
      if (compare(sum, decimal(row.quantity)) >= 0) this.done.add(orderId);
      return;
    }
    this.done.add(orderId);
    const venueText = `the order book says ${row.order_status}`;
    for (const tell of this.endHandlers) tell({ orderId, status, venueText });
  }

  /** The books are of one day: an order of an earlier one that is not shown any more is not waited for. */
  private forgetOlderDays(shownIds: ReadonlySet<string>): void {
    const dayMs = 24 * 3_600_000;
    const now = this.options.clock();
    for (const [orderId, { state, sentAtMs }] of this.options.book.entries) {
      if (state === 'placed' && !shownIds.has(orderId) && now - sentAtMs > dayMs) {
        this.done.add(orderId);
      }
    }
  }
}

/** Trades alike in everything are several trades, unless they come to more than the order: then rows are repeated. */
function withoutRepeats({ quantity }: OrderRow, rows: readonly TradeRow[]): readonly TradeRow[] {
  const sum = rows.reduce((total, row) => add(total, decimal(row.quantity)), NOTHING);
  if (compare(sum, decimal(quantity)) <= 0) return rows;
  return [...new Map(rows.map((row) => [JSON.stringify(row), row])).values()];
}
