import { compare, decimal, formatDecimal, isPositive } from '../../domain/kernel/decimal.js';
import type { ReportedFill } from '../../domain/order/order-state.js';
import { termsOf } from '../../domain/order/order-terms.js';
import type {
  AccountNameOutcome,
  CancelOutcome,
  FillReport,
  FillsOutcome,
  OpenOrdersOutcome,
  OrderEndReport,
  OrderTicket,
  PositionsOutcome,
  RateLimitTerms,
  Refused,
  SubmitOutcome,
  VenueBroker,
  VenueLookUp,
} from '../../application/ports/broker.port.js';
import type { FeedTime, StreamTransport } from '../../application/ports/stream-transport.port.js';
import { AccountStream } from './account-stream.js';
import type { StreamDoor } from './account-stream.js';
import { USDM_EXTRA, callsOf } from './binance-calls.js';
import type { BinanceOrder } from './binance-calls.js';
import type { AccountEvent } from './binance-events.js';
import { fieldsOf, fillOf, rowsOf, text } from './binance.parse.js';
import { BinanceReader, symbolOf } from './binance.reader.js';
import type { FoundOrder } from './binance.reader.js';
import { BinanceSign } from './binance.sign.js';
import type { BinanceAddresses, BinanceKeys } from './binance.sign.js';
import { BinanceTransport } from './binance.transport.js';
import type { Answer } from './binance.transport.js';
import { isTargetLeg, listStatus, ownIdOf, targetLegOf } from './order-list.js';
import { shownAlgo, shownOrders } from './shown-order.js';
import { binanceRefusal } from './binance-refusal.parse.js';
import { denied, fit } from './symbol-fit.js';

export interface BinanceBrokerOptions {
  readonly keys: BinanceKeys;
  readonly addresses: BinanceAddresses;
  readonly timeoutMs: number;
  /** How long after its time stamp the venue still takes a call. */
  readonly recvWindowMs: number;
  readonly stream: StreamTransport;
  readonly time: FeedTime;
  /** Instrument of an order of ours that an earlier run sent: the venue asks for its symbol with every question. */
  readonly instrumentOf: (orderId: string) => string | undefined;
  /** Instruments of this venue whose positions are asked for. Spot knows balances, and nothing of what they are for. */
  readonly instruments: () => readonly string[];
}

const CLOSED = { kind: 'unknown', cause: 'the connection was closed' } as const;
// Ids that are kept back when they come again: the venue would take one whose order has ended.
const SENT_MAX = 100_000;
const KEEP_ALIVE_MS = 25 * 60_000;
// "Unknown order sent", and on futures "no such algo order".
const NOTHING_TO_CANCEL = new Set([-2011, -2013]);
// Not enough of it: "insufficient balance" of spot, "ReduceOnly Order is rejected" of futures.
const TOO_MUCH = new Set([-2010, -2022]);
const ALREADY_THERE = /duplicate/i;
const DUPLICATE = new Set([-4116, -4015]);

/** Binance as one account sees it: spot, or USDⓈ-M futures in one-way mode. */
export class BinanceBroker implements VenueBroker {
  readonly receiveWindowMs: number;
  readonly rateLimits: readonly RateLimitTerms[];
  readonly locksHoldings: boolean;
  readonly transport: BinanceTransport;
  private readonly reader: BinanceReader;
  private readonly stream: AccountStream;
  private readonly signing: Promise<BinanceSign>;
  /** Orders that this process has sent, until the venue says that it never had them. */
  private readonly sent = new Map<string, string>();
  /** Of these the end is not known yet. */
  private readonly open = new Set<string>();
  private readonly byActualId = new Map<string, string>();
  private fillHandlers: ((report: FillReport) => void)[] = [];
  private endHandlers: ((report: OrderEndReport) => void)[] = [];
  private isClosed = false;

  constructor(private readonly options: BinanceBrokerOptions) {
    const { keys, addresses, recvWindowMs, timeoutMs, time } = options;
    const { market } = addresses;
    this.receiveWindowMs = recvWindowMs;
    this.locksHoldings = market === 'spot';
    this.rateLimits = [
      {
        name: 'orders',
        permits: market === 'spot' ? 50 : 300,
        perMs: 10_000,
        reservedForExits: 20,
      },
    ];
    this.signing = BinanceSign.load(keys, addresses, recvWindowMs);
    const sign = () => this.signing;
    this.transport = new BinanceTransport({ market, sign, timeoutMs, clock: time.clock });
    this.reader = new BinanceReader(this.transport, market, time.clock);
    this.stream = new AccountStream({
      transport: options.stream,
      time,
      door: () => (market === 'spot' ? this.spotDoor() : this.futuresDoor()),
      ...(market === 'usdm' && {
        keepAlive: { everyMs: KEEP_ALIVE_MS, call: () => this.keepListenKey() },
      }),
      onEvent: (event) => this.take(event),
      onOpened: () => void this.catchUp(),
    });
  }

  /** True while fills are told as they happen; otherwise look-ups find them. */
  get isStreaming(): boolean {
    return this.stream.isLive;
  }

  async submit(ticket: OrderTicket): Promise<SubmitOutcome> {
    if (this.isClosed) return CLOSED;
    const { orderId, instrumentId, side, reduceOnly } = ticket;
    if (this.sent.has(orderId)) {
      return { kind: 'unknown', cause: 'an order of this id was sent before' };
    }
    const given = termsOf(ticket);
    // Futures let a stop become a market order, which fills in a gap as well; spot has stop-limits alone.
    const isBare = given?.type === 'stop' && ticket.insures && this.market === 'usdm';
    const terms = isBare ? { ...given, limitPrice: undefined } : given;
    if (!terms) return denied('invalid-ticket', 'a price is missing');
    const venue = this.market === 'spot' ? 'BINANCE:' : 'BINANCE_USDM:';
    if (!instrumentId.startsWith(venue)) {
      return denied('invalid-ticket', `instrument must be of ${venue}, was ${instrumentId}`);
    }
    if (this.market === 'spot' && reduceOnly && side === 'buy') {
      return denied('nothing-to-reduce', 'spot is never short: a purchase takes from nothing');
    }
    const { targetPrice } = ticket;
    if (this.market === 'usdm' && targetPrice !== undefined) {
      const rule = `targetPrice must be missing: USDⓈ-M has no order lists, was ${targetPrice}`;
      return denied('invalid-ticket', rule);
    }
    const symbol = symbolOf(instrumentId);
    const filters = await this.reader.filtersOf(symbol, reduceOnly ? 'exit' : 'look-up');
    // An exit leaves without them, too: the venue looks at it itself.
    if (filters.kind === 'unknown' && !reduceOnly) return filters;
    const asked = { quantity: ticket.quantity, terms, reduceOnly, targetPrice };
    const fitted =
      filters.kind === 'known' ? fit(asked, filters.value) : { ...asked, kind: 'fits' as const };
    if (fitted.kind === 'denied') return fitted;
    if (this.hasEnded()) return CLOSED;
    const { quantity } = fitted;
    const order = { orderId, symbol, side, terms, reduceOnly, targetPrice, quantity };
    const outcome = await this.send(ticket, order);
    const isCut = outcome.kind === 'acknowledged' && quantity !== ticket.quantity;
    return isCut ? { quantity, ...outcome } : outcome;
  }

  async lookUpByClientOrderId(orderId: string): Promise<VenueLookUp> {
    if (this.isClosed) return CLOSED;
    const instrumentId = this.sent.get(orderId) ?? this.options.instrumentOf(orderId);
    // Nobody knows of it: it was never sent.
    if (instrumentId === undefined) return { kind: 'absent' };
    const found = await this.reader.order(symbolOf(instrumentId), orderId);
    if (found.kind === 'unknown') return found;
    if (!found.value) {
      this.sent.delete(orderId);
      this.open.delete(orderId);
      return { kind: 'absent' };
    }
    return this.foundWithFills(orderId, instrumentId, found.value);
  }

  async cancel(orderId: string): Promise<CancelOutcome> {
    if (this.isClosed) return CLOSED;
    const instrumentId = this.sent.get(orderId) ?? this.options.instrumentOf(orderId);
    if (instrumentId === undefined) return { kind: 'ended' };
    const asked = await this.askToCancel(symbolOf(instrumentId), orderId);
    if (asked.kind === 'unknown') return asked;
    if (asked.kind === 'said' && !NOTHING_TO_CANCEL.has(asked.code)) {
      return { kind: 'unknown', cause: `${asked.code} ${asked.message}` };
    }
    // What it had filled is told before its end, and what the venue shows is the end.
    const after = await this.lookUpByClientOrderId(orderId);
    if (after.kind === 'unknown') return after;
    if (after.kind === 'absent' || after.status === 'filled') return { kind: 'ended' };
    for (const fill of after.fills) this.tellFill({ orderId, fill });
    if (after.status === 'open') return { kind: 'unknown', cause: 'asked, but it is still open' };
    this.tellEnd({ orderId, status: after.status, venueText: after.status });
    return { kind: 'cancelled', reason: after.status };
  }

  async accountName(): Promise<AccountNameOutcome> {
    if (this.isClosed) return CLOSED;
    const owner = await this.reader.owner();
    return owner.kind === 'unknown' ? owner : { kind: 'known', ...owner.value };
  }

  async openOrders(): Promise<OpenOrdersOutcome> {
    if (this.isClosed) return CLOSED;
    const open = await this.reader.openOrders();
    if (open.kind === 'unknown') return open;
    const venue = this.market === 'spot' ? 'BINANCE' : 'BINANCE_USDM';
    const { orders, algos } = open.value;
    return {
      kind: 'known',
      orders: [...shownOrders(orders, venue), ...algos.map((row) => shownAlgo(row, venue))],
    };
  }

  async positions(): Promise<PositionsOutcome> {
    if (this.isClosed) return CLOSED;
    const positions = await this.reader.positions(this.options.instruments(), 'list');
    if (positions.kind === 'unknown') return positions;
    return { kind: 'known', positions: positions.value };
  }

  async fills(instrumentId: string, sinceMs: number): Promise<FillsOutcome> {
    if (this.isClosed) return CLOSED;
    const symbol = symbolOf(instrumentId);
    const trades = await this.reader.tradesSince(symbol, sinceMs);
    if (trades.kind === 'unknown') return trades;
    const ids = await this.reader.clientIdsSince(symbol, sinceMs);
    if (ids.kind === 'unknown') return ids;
    const ownId = (clientOrderId: string | undefined) =>
      clientOrderId === undefined ? undefined : ownIdOf(clientOrderId);
    const fills = trades.value
      .map((trade) => ({
        orderId: this.byActualId.get(trade.orderId) ?? ownId(ids.value.get(trade.orderId)),
        venueOrderId: trade.orderId,
        instrumentId,
        side: trade.side === 'BUY' ? ('buy' as const) : ('sell' as const),
        fill: fillOf(trade),
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
    this.stream.close();
    this.transport.close();
    this.fillHandlers = [];
    this.endHandlers = [];
    return Promise.resolve();
  }

  private get market() {
    return this.options.addresses.market;
  }

  /**
   * Futures keep conditional orders apart: what the one book does not have may be in the other. Of an order list of spot
   * the stop may have ended while the target rests on: any leg takes back all of it.
   */
  private async askToCancel(symbol: string, orderId: string): Promise<Answer> {
    const asked = await this.transport.call(callsOf(this.market).cancel(symbol, orderId), 'exit');
    const isElsewhere = asked.kind === 'said' && NOTHING_TO_CANCEL.has(asked.code);
    if (!isElsewhere) return asked;
    const other =
      this.market === 'spot'
        ? callsOf('spot').cancel(symbol, targetLegOf(orderId))
        : USDM_EXTRA.cancelAlgo(orderId);
    return this.transport.call(other, 'exit');
  }

  private async send(ticket: OrderTicket, order: BinanceOrder): Promise<SubmitOutcome> {
    const { orderId, reduceOnly } = ticket;
    this.note(ticket);
    const urgency = reduceOnly ? 'exit' : 'look-up';
    const answer = await this.transport.call(callsOf(this.market).place(order), urgency);
    const outcome = outcomeOf(answer, this.options.time.clock());
    if (outcome.kind !== 'refused') return outcome;
    this.sent.delete(orderId);
    this.open.delete(orderId);
    const isTooMuch = answer.kind === 'said' && TOO_MUCH.has(answer.code) && reduceOnly;
    return isTooMuch ? this.sendLess(ticket, order, outcome) : outcome;
  }

  private note({ orderId, instrumentId }: OrderTicket): void {
    if (this.sent.size >= SENT_MAX) this.sent.delete([...this.sent.keys()][0]!);
    this.sent.set(orderId, instrumentId);
    this.open.add(orderId);
  }

  /**
   * The venue has refused an exit of more than there is: it is sent once more over what is left. Its word came first,
   * so that the usual exit costs one round trip.
   */
  private async sendLess(
    ticket: OrderTicket,
    order: BinanceOrder,
    refusal: Refused,
  ): Promise<SubmitOutcome> {
    const reducible = await this.reader.reducible(ticket);
    // The venue's refusal stands, but what the position is, is not known: this is no end.
    if (reducible.kind === 'unknown') return reducible;
    const { rest, promised } = reducible.value;
    if (!isPositive(rest)) {
      const isPromised = isPositive(promised);
      const why = isPromised
        ? `${formatDecimal(promised)} is promised to other orders: cancel them`
        : `${formatDecimal(rest)} is open and free`;
      const reason = isPromised ? 'locked-by-others' : 'nothing-to-reduce';
      return denied(reason, `an exit may take nothing: ${why}; ${refusal.venueText}`);
    }
    if (compare(rest, decimal(order.quantity)) >= 0) return refusal;
    const { terms, reduceOnly, symbol } = order;
    const filters = await this.reader.filtersOf(symbol, 'exit');
    if (filters.kind === 'unknown') return filters;
    const fitted = fit({ quantity: formatDecimal(rest), terms, reduceOnly }, filters.value);
    if (fitted.kind === 'denied') return fitted;
    if (this.hasEnded()) return CLOSED;
    const { quantity } = fitted;
    this.note(ticket);
    const answer = await this.transport.call(
      callsOf(this.market).place({ ...order, quantity }),
      'exit',
    );
    const outcome = outcomeOf(answer, this.options.time.clock());
    if (outcome.kind === 'refused') this.sent.delete(ticket.orderId);
    return outcome.kind === 'acknowledged' ? { ...outcome, quantity } : outcome;
  }

  private async foundWithFills(
    orderId: string,
    instrumentId: string,
    { row, isAlgo, target }: FoundOrder,
  ): Promise<VenueLookUp> {
    const status = target ? listStatus(row, target) : row.status;
    const head = {
      kind: 'found',
      status,
      quantity: row.origQty,
      venueOrderId: row.orderId,
      venueTimeMs: row.timeMs,
    } as const;
    if (status !== 'open') this.open.delete(orderId);
    if (!isAlgo && row.clientOrderId !== orderId) this.byActualId.set(row.orderId, orderId);
    const fills: ReportedFill[] = [];
    for (const leg of target ? [row, target] : [row]) {
      if (!isPositive(decimal(leg.executedQty))) continue;
      const trades = await this.reader.trades(symbolOf(instrumentId), leg.orderId);
      if (trades.kind === 'unknown') return trades;
      fills.push(...trades.value.map(fillOf));
    }
    return { ...head, fills };
  }

  private take(event: AccountEvent): void {
    if (event.kind === 'ends') return;
    if (event.kind === 'algo') {
      const { clientOrderId: orderId, actualOrderId, status, said } = event;
      if (actualOrderId !== undefined) this.byActualId.set(actualOrderId, orderId);
      const isTriggered = actualOrderId !== undefined;
      if (isTriggered || status === 'open' || status === 'filled') return;
      this.tellEnd({ orderId, status, venueText: said });
      return;
    }
    const orderId = this.byActualId.get(event.venueOrderId) ?? ownIdOf(event.clientOrderId);
    const { fill, status, said, hasFilled, isListed } = event;
    if (fill) this.tellFill({ orderId, fill });
    if (status === 'open') return;
    if (status === 'filled') this.open.delete(orderId);
    else if (hasFilled || isListed) void this.catchUpWith(orderId);
    else this.tellEnd({ orderId, status, venueText: said });
  }

  /** What happened while nobody listened. */
  private async catchUp(): Promise<void> {
    for (const orderId of [...this.open]) await this.catchUpWith(orderId);
  }

  private async catchUpWith(orderId: string): Promise<void> {
    const found = await this.lookUpByClientOrderId(orderId);
    if (found.kind !== 'found' || this.hasEnded()) return;
    for (const fill of found.fills) this.tellFill({ orderId, fill });
    const { status } = found;
    if (status === 'open' || status === 'filled') return;
    this.tellEnd({ orderId, status, venueText: status });
  }

  private tellFill(report: FillReport): void {
    for (const tell of this.fillHandlers) tell(report);
  }

  private tellEnd(report: OrderEndReport): void {
    this.open.delete(report.orderId);
    for (const tell of this.endHandlers) tell(report);
  }

  private async spotDoor(): Promise<StreamDoor> {
    const sign = await this.signing;
    if (!this.hasEnded()) await this.transport.sync();
    const now = this.options.time.clock();
    const id = `account-${now}`;
    return { address: sign.streamUrl, greeting: { id, text: sign.subscription(id, now) } };
  }

  private async futuresDoor(): Promise<StreamDoor | undefined> {
    const sign = await this.signing;
    const answer = await this.transport.call(USDM_EXTRA.listenKey('POST'), 'look-up');
    const key = answer.kind === 'good' ? text(fieldsOf(answer.body)?.['listenKey']) : undefined;
    if (key === undefined) return undefined;
    return { address: `${sign.streamUrl}?listenKey=${encodeURIComponent(key)}` };
  }

  /** Unclear is no end: the key lives an hour, and is asked for again before that. */
  private async keepListenKey(): Promise<boolean> {
    const answer = await this.transport.call(USDM_EXTRA.listenKey('PUT'), 'look-up');
    return answer.kind !== 'said';
  }

  private hasEnded(): boolean {
    return this.isClosed;
  }
}

function outcomeOf(answer: Answer, nowMs: number): SubmitOutcome {
  if (answer.kind === 'unknown') return answer;
  if (answer.kind === 'said') {
    const { code, message } = answer;
    const isKnown = DUPLICATE.has(code) || ALREADY_THERE.test(message);
    if (isKnown) return { kind: 'unknown', cause: `the venue knows this id: ${code} ${message}` };
    const refusal = binanceRefusal(code, message);
    return { kind: 'refused', refusal, venueText: `${code} ${message}` };
  }
  const fields = fieldsOf(answer.body);
  const venueOrderId =
    text(fields?.['orderId']) ?? text(fields?.['algoId']) ?? stopLegIn(fields?.['orders']);
  if (venueOrderId === undefined) return { kind: 'unknown', cause: 'order: unreadable answer' };
  const stamp =
    fields?.['transactTime'] ??
    fields?.['transactionTime'] ??
    fields?.['updateTime'] ??
    fields?.['createTime'];
  const venueTimeMs = Number(text(stamp) ?? nowMs);
  return { kind: 'acknowledged', venueOrderId, venueTimeMs };
}

/** The venue's own id of the stop, in the answer to an order list. */
function stopLegIn(legs: unknown): string | undefined {
  const rows = rowsOf(legs, (row) => row) ?? [];
  const stop = rows.find((row) => !isTargetLeg(text(row['clientOrderId']) ?? ''));
  return text(stop?.['orderId']);
}
