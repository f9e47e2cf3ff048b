import {
  ZERO,
  add,
  compare,
  decimal,
  floorTo,
  formatDecimal,
  isMultipleOf,
  isPositive,
  isZero,
  negate,
  smaller,
} from '../../domain/kernel/decimal.js';
import { quantityOf } from '../../domain/order/order-state.js';
import type { Decimal } from '../../domain/kernel/decimal.js';
import { reducibleQuantity } from '../../domain/order/reduce-only.js';
import type { DecimalText } from '../../domain/kernel/units.js';
import { termsOf } from '../../domain/order/order-terms.js';
import type { OrderTerms } from '../../domain/order/order-terms.js';
import type {
  CancelOutcome,
  DenialReason,
  Denied,
  FillReport,
  FillsOutcome,
  OpenOrdersOutcome,
  OrderEndReport,
  OrderTicket,
  PositionsOutcome,
  RateLimitTerms,
  SubmitOutcome,
  Unknown,
  VenueBroker,
  VenueLookUp,
  VenuePosition,
} from '../../application/ports/broker.port.js';
import { clientIdOf, isClientId, madeAfterMs } from './mt5-client-id.js';
import type { OrderRow, PositionRow, TradeRequest } from './mt5.messages.js';
import { outcomeOf } from './mt5-answer.parse.js';
import { entryRequest, fillOf, shown } from './mt5.parse.js';
import { Mt5Reader } from './mt5.reader.js';
import type { Read, Sight } from './mt5.reader.js';
import { Mt5Transport, unknown } from './mt5.transport.js';
import type { Mt5TransportOptions } from './mt5.transport.js';

export interface Mt5BrokerOptions extends Mt5TransportOptions {
  /** Head of the instrument ids of this server, such as `MT5.ICMARKETS`: prices are per broker. */
  readonly venue: string;
  readonly currency: string;
  readonly pollMs: number;
  /** Between the two sights that have to agree that an order is not there. */
  readonly agreePauseMs: number;
  readonly pause: (ms: number) => Promise<void>;
  /** Ids of the orders that the log knows: the venue shows them by a hash alone. */
  readonly orderIds: () => Iterable<string>;
}

interface Tracked {
  readonly sinceMs: number;
  readonly volume: DecimalText;
  readonly told: Set<string>;
}

const CLOSED = { kind: 'unknown', cause: 'the connection was closed' } as const;
// The terminal's clock may be behind ours.
const BEHIND_MS = 24 * 3_600_000;
const SENT_MAX = 100_000;

const STOP_LIMIT_RULE =
  'limitPrice of a stop order must be better than stopPrice: the terminal waits for it once the stop is reached';

type Planned =
  | {
      readonly kind: 'planned';
      readonly request: TradeRequest & { readonly volume: DecimalText };
    }
  | Denied;

/** MetaTrader 5 through MetaApi, as one account sees it. */
export class Mt5Broker implements VenueBroker {
  readonly receiveWindowMs: number;
  /** A stop that rests would open a position once the exit has closed this one. */
  readonly locksHoldings = true;
  readonly opensBeyond = true;
  readonly rateLimits: readonly RateLimitTerms[] = [
    { name: 'calls', permits: 20, perMs: 1_000, reservedForExits: 8 },
  ];
  private readonly transport: Mt5Transport;
  private readonly reader: Mt5Reader;
  /** Orders that this process has sent and the venue may have. */
  private readonly sent = new Map<string, number>();
  /** Of these the end is not told yet. */
  private readonly watched = new Map<string, Tracked>();
  private readonly byClientId = new Map<string, string>();
  /** One order after the other for each instrument: the guard of the second has to see the first. */
  private readonly turns = new Map<string, Promise<unknown>>();
  private fillHandlers: ((report: FillReport) => void)[] = [];
  private endHandlers: ((report: OrderEndReport) => void)[] = [];
  private isClosed = false;

  constructor(private readonly options: Mt5BrokerOptions) {
    this.receiveWindowMs = options.timeoutMs;
    this.transport = new Mt5Transport(options);
    this.reader = new Mt5Reader(this.transport, options.clock);
    void this.keepWatching();
  }

  submit(ticket: OrderTicket): Promise<SubmitOutcome> {
    const { instrumentId } = ticket;
    const turn = (this.turns.get(instrumentId) ?? Promise.resolve()).then(() => this.place(ticket));
    this.turns.set(instrumentId, turn);
    return turn;
  }

  async lookUpByClientOrderId(orderId: string): Promise<VenueLookUp> {
    if (this.isClosed) return CLOSED;
    const sinceMs = this.sinceOf(orderId);
    if (sinceMs === undefined) return unknown('nothing tells since when it could have been sent');
    const first = await this.reader.sight(sinceMs);
    if (first.kind === 'unknown') return first;
    const found = this.foundIn(first.value, orderId);
    if (found) return found;
    // The terminal may still be reading its history: absence has to be seen twice.
    await this.options.pause(this.options.agreePauseMs);
    const second = await this.reader.sight(sinceMs);
    if (second.kind === 'unknown') return second;
    const late = this.foundIn(second.value, orderId);
    if (late) return late;
    this.sent.delete(orderId);
    this.watched.delete(orderId);
    return { kind: 'absent' };
  }

  async cancel(orderId: string): Promise<CancelOutcome> {
    const before = await this.lookUpByClientOrderId(orderId);
    if (before.kind === 'unknown') return before;
    if (before.kind === 'absent') return { kind: 'ended' };
    if (before.status === 'open') {
      const request = { actionType: 'ORDER_CANCEL', orderId: before.venueOrderId };
      const asked = await this.transport.trade(request);
      if (asked.kind === 'unknown') return asked;
    }
    const after = await this.lookUpByClientOrderId(orderId);
    if (after.kind === 'unknown') return after;
    if (after.kind === 'absent') return { kind: 'unknown', cause: 'it is shown nowhere any more' };
    if (after.status === 'open') return { kind: 'unknown', cause: 'asked, but it is still open' };
    this.tell(orderId, after);
    return after.status === 'filled'
      ? { kind: 'ended' }
      : { kind: 'cancelled', reason: after.status };
  }

  async openOrders(): Promise<OpenOrdersOutcome> {
    if (this.isClosed) return CLOSED;
    const open = await this.reader.openOrders();
    if (open.kind === 'unknown') return open;
    const orders = open.value.map((row) =>
      shown(row, this.options.venue, this.ownIdOf(row.clientId)),
    );
    return { kind: 'known', orders };
  }

  async positions(): Promise<PositionsOutcome> {
    if (this.isClosed) return CLOSED;
    const [hedging, rows] = await Promise.all([this.reader.isHedging(), this.reader.positions()]);
    if (rows.kind === 'unknown') return rows;
    if (hedging.kind === 'unknown') return hedging;
    const books = new Map<string, VenuePosition>();
    for (const { symbol, side, volume, openPrice } of rows.value) {
      const book = hedging.value ? side : 'net';
      const key = `${symbol} ${book}`;
      const known = books.get(key);
      const signed = side === 'long' ? decimal(volume) : negate(decimal(volume));
      const quantity = formatDecimal(add(decimal(known?.quantity ?? '0'), signed));
      const instrumentId = `${this.options.venue}:${symbol}`;
      // Of several positions no single price is that of all.
      books.set(key, { instrumentId, book, quantity, entryPrice: known ? undefined : openPrice });
    }
    return { kind: 'known', positions: [...books.values()] };
  }

  async fills(instrumentId: string, sinceMs: number): Promise<FillsOutcome> {
    if (this.isClosed) return CLOSED;
    const deals = await this.reader.deals(sinceMs);
    if (deals.kind === 'unknown') return deals;
    const { venue, currency } = this.options;
    const fills = deals.value
      .filter(({ symbol }) => `${venue}:${symbol}` === instrumentId)
      .map((deal) => ({
        orderId: this.ownIdOf(deal.clientId),
        venueOrderId: deal.orderId,
        instrumentId,
        side: deal.side,
        fill: fillOf(deal, currency),
      }))
      .sort((a, b) => a.fill.filledAtMs - b.fill.filledAtMs);
    return { kind: 'known', fills };
  }

  onFill(handler: (report: FillReport) => void): void {
    this.fillHandlers.push(handler);
  }

  onOrderEnd(handler: (report: OrderEndReport) => void): void {
    this.endHandlers.push(handler);
  }

  close(): Promise<void> {
    this.isClosed = true;
    this.transport.close();
    this.fillHandlers = [];
    this.endHandlers = [];
    return Promise.resolve();
  }

  private async place(ticket: OrderTicket): Promise<SubmitOutcome> {
    if (this.hasEnded()) return CLOSED;
    const { orderId } = ticket;
    if (this.sent.has(orderId)) return unknown('an order of this id was sent before');
    const planned = await this.plan(ticket);
    if (planned.kind !== 'planned') return planned;
    if (this.hasEnded()) return CLOSED;
    this.note(orderId, planned.request.volume);
    const clientId = clientIdOf(orderId);
    const answer = await this.transport.trade({ ...planned.request, clientId });
    const outcome = outcomeOf(answer, this.options.clock());
    if (outcome.kind === 'refused') {
      this.sent.delete(orderId);
      this.watched.delete(orderId);
    }
    const { volume } = planned.request;
    const isCut = outcome.kind === 'acknowledged' && volume !== ticket.quantity;
    return isCut ? { ...outcome, quantity: volume } : outcome;
  }

  /** What is to be asked of the terminal, or why nothing is. */
  private async plan(ticket: OrderTicket): Promise<Planned | Unknown> {
    const { instrumentId, side, reduceOnly } = ticket;
    const terms = stopTerms(ticket);
    if (!terms) return denied('invalid-ticket', 'a price is missing');
    const { venue } = this.options;
    if (!instrumentId.startsWith(`${venue}:`)) {
      return denied('invalid-ticket', `instrument must be of ${venue}, was ${instrumentId}`);
    }
    if (terms.type === 'stop' && terms.limitPrice !== undefined) {
      const isAhead = compare(decimal(terms.limitPrice), decimal(terms.stopPrice)) < 0;
      if (isAhead !== (side === 'buy')) return denied('invalid-ticket', STOP_LIMIT_RULE);
    }
    if (terms.type !== 'market' && ['ioc', 'fok'].includes(terms.timeInForce)) {
      return denied('invalid-ticket', 'a resting order is good till cancelled or for the day');
    }
    const symbol = instrumentId.slice(venue.length + 1);
    const lots = await this.reader.symbol(symbol);
    if (lots.kind === 'unknown') return lots;
    const { volumeStep, minVolume, maxVolume } = lots.value;
    const exit = reduceOnly ? await this.exitOf(ticket, symbol, terms) : undefined;
    if (exit?.kind === 'unknown') return exit;
    if (exit?.value.kind === 'denied') return exit.value;
    const asked = smaller(decimal(ticket.quantity), exit?.value.most ?? decimal(ticket.quantity));
    if (!reduceOnly && !isMultipleOf(asked, decimal(volumeStep))) {
      return denied(
        'invalid-ticket',
        `quantity must be a multiple of ${volumeStep}, was ${ticket.quantity}`,
      );
    }
    const size = floorTo(asked, decimal(volumeStep));
    if (!isPositive(size) || compare(size, decimal(minVolume)) < 0) {
      return denied('dust', `quantity must be at least ${minVolume}, was ${formatDecimal(asked)}`);
    }
    if (compare(size, decimal(maxVolume)) > 0) {
      return denied(
        'too-large',
        `quantity must be at most ${maxVolume}, was ${formatDecimal(asked)}`,
      );
    }
    const head = exit?.value.closing ?? { ...entryRequest(side, terms), symbol };
    return { kind: 'planned', request: { ...head, volume: formatDecimal(size) } };
  }

  /**
   * The terminal has no reduce-only flag. A market exit closes one position by its id and can never turn it round; one
   * that rests is capped by what is open, and needs an account that nets: elsewhere it would open another position.
   */
  private async exitOf(
    { instrumentId, side, quantity }: OrderTicket,
    symbol: string,
    terms: OrderTerms,
  ): Promise<Read<Exit | Denied>> {
    const [positions, orders, hedging] = await Promise.all([
      this.reader.positions(),
      this.reader.openOrders(),
      this.reader.isHedging(),
    ]);
    if (positions.kind === 'unknown') return positions;
    if (orders.kind === 'unknown') return orders;
    if (hedging.kind === 'unknown') return hedging;
    const mine = positions.value.filter(
      (row) => row.symbol === symbol && row.side === (side === 'sell' ? 'long' : 'short'),
    );
    const nothing = `an exit may take nothing of ${instrumentId}`;
    if (terms.type === 'market') {
      const largest = largestOf(mine);
      if (!largest) return known(denied('nothing-to-reduce', nothing));
      const isWhole = compare(decimal(quantity), decimal(largest.volume)) >= 0;
      const actionType = isWhole ? 'POSITION_CLOSE_ID' : 'POSITION_PARTIAL';
      const closing = { actionType, positionId: largest.id };
      return known({ kind: 'exit', most: decimal(largest.volume), closing });
    }
    if (hedging.value) {
      return known(denied('invalid-ticket', 'an exit cannot rest in an account that hedges'));
    }
    const held = mine.map(({ volume }) => decimal(volume)).reduce(add, ZERO);
    const most = reducibleQuantity({
      side,
      position: side === 'sell' ? held : negate(held),
      onTheirWay: orders.value
        .filter((row) => isOn(row, symbol, side))
        .map((row) => row.currentVolume),
    });
    if (isZero(most)) return known(denied('nothing-to-reduce', nothing));
    return known({ kind: 'exit', most, closing: undefined });
  }

  private note(orderId: string, volume: DecimalText): void {
    if (this.sent.size >= SENT_MAX) this.sent.delete([...this.sent.keys()][0]!);
    const sinceMs = this.options.clock() - BEHIND_MS;
    this.sent.set(orderId, sinceMs);
    this.watched.set(orderId, { sinceMs, volume, told: new Set() });
    this.byClientId.set(clientIdOf(orderId), orderId);
  }

  private ownIdOf(clientId: string | undefined): string | undefined {
    if (clientId === undefined || !isClientId(clientId)) return undefined;
    if (!this.byClientId.has(clientId)) {
      for (const orderId of this.options.orderIds()) {
        this.byClientId.set(clientIdOf(orderId), orderId);
      }
    }
    return this.byClientId.get(clientId);
  }

  private sinceOf(orderId: string): number | undefined {
    const made = madeAfterMs(orderId);
    return this.sent.get(orderId) ?? (made === undefined ? undefined : made - BEHIND_MS);
  }

  private foundIn(
    sight: Sight,
    orderId: string,
  ): Extract<VenueLookUp, { kind: 'found' }> | undefined {
    const clientId = clientIdOf(orderId);
    const isIt = (row: { readonly clientId: string | undefined }) => row.clientId === clientId;
    const row = sight.ended.find(isIt) ?? sight.open.find(isIt);
    if (!row) return undefined;
    this.byClientId.set(clientId, orderId);
    const own = sight.deals.filter((deal) => deal.orderId === row.id);
    const deals = [...new Map(own.map((deal) => [deal.id, deal])).values()];
    return {
      kind: 'found',
      status: row.status,
      quantity: row.volume,
      venueOrderId: row.id,
      venueTimeMs: row.timeMs,
      fills: deals.map((deal) => fillOf(deal, this.options.currency)),
    };
  }

  private async keepWatching(): Promise<void> {
    while (!this.hasEnded()) {
      const unread = this.watched.size > 0 ? await this.look() : undefined;
      // What throttles counts this reading, too, and exits need what it allows.
      await this.options.pause(Math.max(this.options.pollMs, unread?.retryAfterMs ?? 0));
    }
  }

  /** Why the books could not be read; undefined when they were. */
  private async look(): Promise<Unknown | undefined> {
    const since = Math.min(...[...this.watched.values()].map(({ sinceMs }) => sinceMs));
    const sight = await this.reader.sight(since);
    if (sight.kind === 'unknown') return sight;
    if (this.hasEnded()) return undefined;
    for (const orderId of [...this.watched.keys()]) {
      const found = this.foundIn(sight.value, orderId);
      if (found) this.tell(orderId, found);
    }
    return undefined;
  }

  /** Fills first, then the end; each once by this process. */
  private tell(orderId: string, found: Extract<VenueLookUp, { kind: 'found' }>): void {
    const tracked = this.watched.get(orderId);
    const told = tracked?.told ?? new Set<string>();
    for (const fill of found.fills) {
      if (told.has(fill.venueTradeId)) continue;
      told.add(fill.venueTradeId);
      for (const tell of this.fillHandlers) tell({ orderId, fill });
    }
    const { status } = found;
    if (status === 'open') return;
    // The deals of a filled order may come after it: it is watched until they are all there.
    const sum = quantityOf(found.fills);
    if (status === 'filled' && tracked && compare(sum, decimal(tracked.volume)) < 0) return;
    const isNews = this.watched.delete(orderId);
    if (status === 'filled' || !isNews) return;
    for (const tell of this.endHandlers) tell({ orderId, status, venueText: status });
  }

  private hasEnded(): boolean {
    return this.isClosed;
  }
}

interface Exit {
  readonly kind: 'exit';
  readonly most: Decimal;
  readonly closing: TradeRequest | undefined;
}

/** A stop that insures is to sell at any price: the terminal lets one without a limit become a market order. */
function stopTerms(ticket: OrderTicket): OrderTerms | undefined {
  return termsOf(ticket.insures ? { ...ticket, limitPrice: undefined } : ticket);
}

function known<T>(value: T): Read<T> {
  return { kind: 'known', value };
}

function denied(reason: DenialReason, rule: string): Denied {
  return { kind: 'denied', reason, rule };
}

function largestOf(rows: readonly PositionRow[]): PositionRow | undefined {
  return [...rows].sort((a, b) => compare(decimal(b.volume), decimal(a.volume)))[0];
}

function isOn(row: OrderRow, symbol: string, side: OrderTicket['side']): boolean {
  return (
    row.symbol === symbol && row.type.startsWith(`ORDER_TYPE_${side === 'buy' ? 'BUY' : 'SELL'}`)
  );
}
