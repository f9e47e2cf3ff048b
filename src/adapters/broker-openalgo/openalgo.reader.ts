import { add, decimal, formatDecimal } from '../../domain/kernel/decimal.js';
import type { DecimalText } from '../../domain/kernel/units.js';
import type { Unknown } from '../../application/ports/broker.port.js';
import type { Funds, OpenAlgoPath, OrderRow, PositionRow, TradeRow } from './openalgo.messages.js';
import {
  parseFunds,
  parseHoldings,
  parseOrderBook,
  parseOrderRow,
  parsePositionBook,
  parseTradeBook,
} from './openalgo.parse.js';
import type { OpenAlgoTransport } from './openalgo.transport.js';

export type Product = 'MIS' | 'CNC' | 'NRML';
export type Read<T> = { readonly kind: 'known'; readonly value: T } | Unknown;

/** One order with the price that it traded at so far. */
export interface OrderState {
  readonly row: OrderRow;
  readonly averagePrice: string | undefined;
}

/** The books of the venue. What cannot be read whole is unknown. */
export class OpenAlgoReader {
  constructor(
    private readonly transport: OpenAlgoTransport,
    private readonly product: Product,
  ) {}

  orders(): Promise<Read<OrderRow[]>> {
    return this.read('orderbook', parseOrderBook);
  }

  trades(): Promise<Read<TradeRow[]>> {
    return this.read('tradebook', parseTradeBook);
  }

  funds(): Promise<Read<Funds>> {
    return this.read('funds', parseFunds);
  }

  /** True in analyze mode: orders are simulated there, for every user of that OpenAlgo. */
  analyzes(): Promise<Read<boolean>> {
    return this.read('analyzer', (data) => {
      const mode = (data as { mode?: unknown } | undefined)?.mode;
      return mode === 'analyze' ? true : mode === 'live' ? false : undefined;
    });
  }

  /** Net positions of the account's product by instrument, zeros too. Delivered shares are in the holdings. */
  async positions(): Promise<Read<ReadonlyMap<string, DecimalText>>> {
    const [book, holdings] = await Promise.all([
      this.read('positionbook', parsePositionBook),
      this.product === 'CNC' ? this.read('holdings', parseHoldings) : NO_HOLDINGS,
    ]);
    if (book.kind === 'unknown') return book;
    if (holdings.kind === 'unknown') return holdings;
    const net = new Map<string, DecimalText>();
    for (const row of [...book.value, ...holdings.value]) {
      if (row.product !== this.product) continue;
      const name = `${row.exchange}:${row.symbol}`;
      const sum = add(decimal(net.get(name) ?? '0'), decimal(row.quantity));
      net.set(name, formatDecimal(sum));
    }
    return { kind: 'known', value: net };
  }

  /** `undefined` when the venue shows no such order today. */
  async order(orderid: string, strategy: string): Promise<Read<OrderState | undefined>> {
    const answer = await this.transport.post('orderstatus', { orderid, strategy });
    if (answer.kind === 'unclear') return unknown(answer);
    if (answer.status === 404 && /not found/i.test(String(answer.body['message']))) {
      return { kind: 'known', value: undefined };
    }
    const data = answer.body['data'] as Record<string, unknown> | undefined;
    const row = isGood(answer) && data ? parseOrderRow(data) : undefined;
    if (!row || row.orderid !== orderid) {
      return { kind: 'unknown', cause: `orderstatus: unreadable answer (${answer.status})` };
    }
    const average = data?.['average_price'];
    return {
      kind: 'known',
      value: { row, averagePrice: typeof average === 'string' ? average : undefined },
    };
  }

  private async read<T>(
    path: OpenAlgoPath,
    parse: (data: unknown) => T | undefined,
  ): Promise<Read<T>> {
    const answer = await this.transport.post(path);
    if (answer.kind === 'unclear') return unknown(answer);
    const value = isGood(answer) ? parse(answer.body['data']) : undefined;
    if (value !== undefined) return { kind: 'known', value };
    return { kind: 'unknown', cause: `${path}: unreadable answer (${answer.status})` };
  }
}

const NO_HOLDINGS: Read<PositionRow[]> = { kind: 'known', value: [] };

function isGood(answer: {
  readonly status: number;
  readonly body: Record<string, unknown>;
}): boolean {
  return answer.status === 200 && answer.body['status'] === 'success';
}

export function unknown(answer: {
  readonly cause: string;
  readonly retryAfterMs?: number;
}): Unknown {
  const { cause, retryAfterMs } = answer;
  return { kind: 'unknown', cause, ...(retryAfterMs !== undefined && { retryAfterMs }) };
}
