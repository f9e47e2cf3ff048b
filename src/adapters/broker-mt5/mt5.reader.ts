import type { Unknown } from '../../application/ports/broker.port.js';
import type { DealRow, OrderRow, PositionRow, SymbolTerms } from './mt5.messages.js';
import {
  parseDeals,
  parseHedging,
  parseOrder,
  parsePosition,
  parseSymbol,
  rowsOf,
} from './mt5.parse.js';
import { unknown } from './mt5.transport.js';
import type { Mt5Transport } from './mt5.transport.js';

export type Read<T> = { readonly kind: 'known'; readonly value: T } | Unknown;

/** Open orders, ended orders and deals at one moment. */
export interface Sight {
  readonly open: readonly OrderRow[];
  readonly ended: readonly OrderRow[];
  readonly deals: readonly DealRow[];
}

const PAGE = 1_000;
const PAGES_MAX = 50;
// The terminal's clock may be ahead of ours.
const AHEAD_MS = 24 * 3_600_000;

/** The books of the venue. What cannot be read whole is unknown. */
export class Mt5Reader {
  private readonly symbols = new Map<string, SymbolTerms>();
  private hedging: boolean | undefined;

  constructor(
    private readonly transport: Mt5Transport,
    private readonly clock: () => number,
  ) {}

  openOrders(): Promise<Read<OrderRow[]>> {
    return this.read('orders', (body) => rowsOf(body, parseOrder));
  }

  positions(): Promise<Read<PositionRow[]>> {
    return this.read('positions', (body) => rowsOf(body, parsePosition));
  }

  deals(sinceMs: number): Promise<Read<DealRow[]>> {
    return this.pages('history-deals', sinceMs, parseDeals);
  }

  /** The open ones first: an order that ends meanwhile is then in both lists, and never in none. */
  async sight(sinceMs: number): Promise<Read<Sight>> {
    const open = await this.openOrders();
    if (open.kind === 'unknown') return open;
    const ended = await this.pages('history-orders', sinceMs, (body) => rowsOf(body, parseOrder));
    if (ended.kind === 'unknown') return ended;
    const deals = await this.deals(sinceMs);
    if (deals.kind === 'unknown') return deals;
    return { kind: 'known', value: { open: open.value, ended: ended.value, deals: deals.value } };
  }

  async isHedging(): Promise<Read<boolean>> {
    if (this.hedging === undefined) {
      const read = await this.read('account-information', parseHedging);
      if (read.kind === 'unknown') return read;
      this.hedging = read.value;
    }
    return { kind: 'known', value: this.hedging };
  }

  async symbol(name: string): Promise<Read<SymbolTerms>> {
    const known = this.symbols.get(name);
    if (known) return { kind: 'known', value: known };
    const path = `symbols/${encodeURIComponent(name)}/specification`;
    const read = await this.read(path, parseSymbol);
    if (read.kind === 'known') this.symbols.set(name, read.value);
    return read;
  }

  private async pages<Row>(
    name: string,
    sinceMs: number,
    parse: (body: unknown) => Row[] | undefined,
  ): Promise<Read<Row[]>> {
    const [start, end] = [sinceMs, this.clock() + AHEAD_MS].map((ms) => new Date(ms).toISOString());
    const rows: Row[] = [];
    for (let page = 0; page < PAGES_MAX; page += 1) {
      const asked = `${name}/time/${start}/${end}?offset=${page * PAGE}&limit=${PAGE}`;
      let given = 0;
      const read = await this.read(asked, (body) => {
        given = Array.isArray(body) ? body.length : 0;
        return parse(body);
      });
      if (read.kind === 'unknown') return read;
      rows.push(...read.value);
      if (given < PAGE) return { kind: 'known', value: rows };
    }
    return unknown(`${name}: more than is read at once`);
  }

  private async read<T>(path: string, parse: (body: unknown) => T | undefined): Promise<Read<T>> {
    const answer = await this.transport.get(path);
    if (answer.kind === 'unknown') return answer;
    const name = path.split('/')[0] ?? path;
    if (answer.kind === 'said') return unknown(`${name}: ${answer.status} ${answer.message}`);
    const value = parse(answer.body);
    return value === undefined ? unknown(`${name}: unreadable answer`) : { kind: 'known', value };
  }
}
