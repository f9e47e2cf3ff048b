import { compare, decimal, formatDecimal } from '../domain/kernel/decimal.js';
import type { Decimal } from '../domain/kernel/decimal.js';
import type { DecimalText, InstrumentId, OrderId } from '../domain/kernel/units.js';
import type {
  AmendOutcome,
  OrderChange,
  OrderTicket,
  SubmitOutcome,
  VenueBroker,
} from './ports/broker.port.js';
import { WrappedBroker } from './wrapped-broker.js';

export interface ValueLimit {
  readonly maxOrderValue: DecimalText;
  /** In the currency that the instrument is quoted in; undefined when nothing says what it is worth. */
  readonly valueOf: (
    instrumentId: InstrumentId,
    quantity: DecimalText,
    price: DecimalText | undefined,
  ) => Decimal | undefined;
}

type SentOrder = Pick<OrderTicket, 'instrumentId' | 'reduceOnly'>;

const AMENDS_KNOWN_MAX = 10_000;

/**
 * Keeps entries back whose value is above the limit of a live account, or cannot be known. Exits pass: they take from
 * a position and never add to it.
 */
export class ValueLimitedBroker extends WrappedBroker {
  private readonly sent = new Map<OrderId, SentOrder>();

  constructor(
    broker: VenueBroker,
    private readonly limit: ValueLimit,
  ) {
    super(broker);
  }

  override submit(ticket: OrderTicket): Promise<SubmitOutcome> {
    const refusal = this.refusalOf(ticket, ticket);
    if (refusal !== undefined) {
      return Promise.resolve({ kind: 'denied', reason: 'order-value', rule: refusal });
    }
    if (this.sent.size >= AMENDS_KNOWN_MAX) this.sent.delete([...this.sent.keys()][0]!);
    const { instrumentId, reduceOnly } = ticket;
    this.sent.set(ticket.orderId, { instrumentId, reduceOnly });
    return this.broker.submit(ticket);
  }

  protected override async amendThrough(
    orderId: OrderId,
    asked: OrderChange,
  ): Promise<AmendOutcome> {
    const order = this.sent.get(orderId);
    const venueText = order
      ? this.refusalOf(order, asked)
      : 'it was sent before the last start: cancel it and place it anew';
    if (venueText !== undefined) return { kind: 'refused', venueText };
    return super.amendThrough(orderId, asked);
  }

  private refusalOf(
    { instrumentId, reduceOnly }: SentOrder,
    { quantity, limitPrice, stopPrice }: Pick<OrderChange, 'quantity' | 'limitPrice' | 'stopPrice'>,
  ): string | undefined {
    if (reduceOnly) return undefined;
    const { maxOrderValue } = this.limit;
    const value = this.limit.valueOf(instrumentId, quantity, limitPrice ?? stopPrice);
    if (!value) return `the value must be known, and no price of ${instrumentId} was seen yet`;
    if (compare(value, decimal(maxOrderValue)) <= 0) return undefined;
    return `must be worth at most ${maxOrderValue}, was ${formatDecimal(value)}`;
  }
}
