import { add, compare, decimal, formatDecimal, subtract } from '../../src/domain/kernel/decimal.js';
import { baseAssetOf } from './binance-symbols.js';

export interface ServedOrder {
  readonly orderId: string;
  readonly clientOrderId: string;
  readonly symbol: string;
  readonly side: string;
  readonly type: string;
  readonly quantity: string;
  readonly price: string;
  readonly stopPrice: string;
  readonly timeInForce: string;
  readonly reduceOnly: boolean;
  /** With the algo service: NEW until it is triggered or cancelled. */
  readonly isAlgo: boolean;
  /** The order list that it is a leg of; below 0: none. */
  readonly listId: number;
  actualOrderId: string;
  executed: string;
  status: string;
  readonly time: number;
}

interface ServedTrade {
  readonly id: number;
  readonly order: ServedOrder;
  readonly price: string;
  readonly quantity: string;
  readonly fee: string;
  readonly executedAfter: string;
  readonly time: number;
}

export type Params = Readonly<Record<string, string>>;
export type Reply = readonly [status: number, body: unknown];

// A venue order id beyond 2^53, as futures have them: only its text tells it from its neighbour.
const FIRST_ORDER_ID = 8_389_765_519_993_908_929n;

export function refusal(code: number, msg: string, status = 400): Reply {
  return [status, { code, msg }];
}

/** The orders, trades and holdings of the venue, and how it shows them. */
export class BinanceBook {
  readonly orders: ServedOrder[] = [];
  readonly trades: ServedTrade[] = [];
  /** The last trade that the venue has seen. */
  lastPrice = '80';
  private lists = 0;
  /** Spot: held of an asset, whoever bought it. Futures: net position of a symbol. */
  readonly held = new Map<string, string>();

  constructor(
    private readonly market: 'spot' | 'usdm',
    private readonly now: () => number,
    private readonly tell: (event: object) => void,
  ) {}

  orderOf(clientOrderId: string): ServedOrder {
    const found = this.orders.findLast((order) => order.clientOrderId === clientOrderId);
    if (!found) throw new Error(`no order ${clientOrderId}`);
    return found;
  }

  /** Trades so much of an order at its own price, or at 80. */
  trade(order: ServedOrder, quantity: string): void {
    const rest = subtract(decimal(order.quantity), decimal(order.executed));
    const size = compare(decimal(quantity), rest) < 0 ? decimal(quantity) : rest;
    if (formatDecimal(size) === '0') return;
    order.executed = formatDecimal(add(decimal(order.executed), size));
    order.status = order.executed === order.quantity ? 'FILLED' : 'PARTIALLY_FILLED';
    const trade: ServedTrade = {
      id: 28_457 + this.trades.length,
      order,
      price: order.price === '0' ? '80.00000000' : order.price,
      quantity: formatDecimal(size),
      fee: '0.00000008',
      executedAfter: order.executed,
      time: this.now(),
    };
    this.trades.push(trade);
    const key = this.holdingOf(order.symbol);
    const before = decimal(this.held.get(key) ?? '0');
    const after = order.side === 'BUY' ? add(before, size) : subtract(before, size);
    this.held.set(key, formatDecimal(after));
    this.tell(this.report(order, trade));
    this.endSibling(order, 'EXPIRED');
  }

  /** The price has reached a conditional order of futures: it becomes an order of the matching engine. */
  trigger(algo: ServedOrder): ServedOrder {
    const orderId = this.nextOrderId();
    const type = algo.type === 'STOP_MARKET' ? 'MARKET' : 'LIMIT';
    const clientOrderId = `autoalgo-${orderId}`;
    const order = { ...algo, orderId, clientOrderId, type, isAlgo: false, stopPrice: '0' };
    this.orders.push(order);
    algo.actualOrderId = orderId;
    algo.status = 'TRIGGERED';
    this.tell(this.algoReport(algo));
    return order;
  }

  /** Ends an order without anybody having asked. */
  end(order: ServedOrder, status: 'EXPIRED' | 'REJECTED' | 'CANCELED'): void {
    order.status = status;
    this.tell(order.isAlgo ? this.algoReport(order) : this.report(order, undefined, status));
    this.endSibling(order, status === 'CANCELED' ? 'CANCELED' : 'EXPIRED');
  }

  private endSibling(order: ServedOrder, status: 'EXPIRED' | 'CANCELED'): void {
    const sibling = this.siblingOf(order);
    if (!sibling) return;
    if (isOpen(sibling)) {
      sibling.status = status;
      this.tell(this.report(sibling, undefined, status));
    }
    if (!isOpen(order)) this.tell(this.listReport(order, 'ALL_DONE'));
  }

  private siblingOf({ listId, orderId }: ServedOrder): ServedOrder | undefined {
    if (listId < 0) return undefined;
    return this.orders.find((one) => one.listId === listId && one.orderId !== orderId);
  }

  repeatReports(): void {
    for (const trade of this.trades) this.tell(this.report(trade.order, trade));
  }

  private nextOrderId(): string {
    return String(FIRST_ORDER_ID + BigInt(this.orders.length));
  }

  private holdingOf(symbol: string): string {
    return this.market === 'spot' ? (baseAssetOf(symbol) ?? symbol) : symbol;
  }

  place(params: Params, isAlgo: boolean): Reply {
    const { symbol = '', side = '', type = '', quantity = '', price = '0' } = params;
    const clientOrderId = (isAlgo ? params['clientAlgoId'] : params['newClientOrderId']) ?? '';
    if (this.market === 'usdm' && !isAlgo && type.startsWith('STOP')) {
      const msg = 'Order type not supported for this endpoint. Please use the Algo Order API';
      return refusal(-4120, msg);
    }
    if (this.hasOpen(clientOrderId)) {
      return this.market === 'spot'
        ? refusal(-2010, 'Duplicate order sent.')
        : refusal(-4116, 'ClientOrderId is duplicated.');
    }
    const reduceOnly = params['reduceOnly'] === 'true';
    const wrong = this.judge({ symbol, side, quantity, reduceOnly });
    if (wrong) return wrong;
    const order: ServedOrder = {
      orderId: this.nextOrderId(),
      clientOrderId,
      symbol,
      side,
      type,
      quantity,
      price,
      reduceOnly,
      isAlgo,
      listId: -1,
      stopPrice: params['stopPrice'] ?? params['triggerPrice'] ?? '0',
      timeInForce: params['timeInForce'] ?? 'GTC',
      actualOrderId: '',
      executed: '0',
      status: 'NEW',
      time: this.now(),
    };
    this.orders.push(order);
    this.tell(isAlgo ? this.algoReport(order) : this.report(order, undefined, 'NEW'));
    if (isAlgo) return [200, algoRow(order)];
    const orderId = `#${order.orderId}#`;
    return [200, { symbol, orderId, clientOrderId, transactTime: `#${order.time}#` }];
  }

  /** A pair of orders of which one ends the other. Either both rest or, for whatever reason, none. */
  placeList(params: Params): Reply {
    const { symbol = '', side = '', quantity = '', abovePrice = '', belowStopPrice = '' } = params;
    const ids = [params['aboveClientOrderId'] ?? '', params['belowClientOrderId'] ?? ''];
    if (ids.some((id) => this.hasOpen(id))) return refusal(-2010, 'Duplicate order sent.');
    const wrong = this.judge({ symbol, side, quantity, reduceOnly: false });
    if (wrong) return wrong;
    const last = decimal(this.lastPrice);
    const isApart =
      compare(decimal(abovePrice), last) > 0 && compare(last, decimal(belowStopPrice)) > 0;
    if (!isApart) {
      return refusal(-2010, 'The relationship of the prices for the orders is not correct.');
    }
    const common = { symbol, side, quantity, reduceOnly: false, isAlgo: false };
    const fresh = { actualOrderId: '', executed: '0', status: 'NEW', time: this.now() };
    const list = { ...common, ...fresh, listId: this.lists, timeInForce: 'GTC' };
    this.lists += 1;
    const legs = [
      {
        ...list,
        ...{ clientOrderId: ids[1]!, type: params['belowType']!, price: params['belowPrice']! },
        stopPrice: belowStopPrice,
      },
      {
        ...list,
        ...{ clientOrderId: ids[0]!, type: params['aboveType']!, price: abovePrice },
        stopPrice: '0',
      },
    ];
    for (const leg of legs) this.orders.push({ ...leg, orderId: this.nextOrderId() });
    const placed = this.orders.slice(-2);
    this.tell(this.listReport(placed[0]!, 'EXEC_STARTED'));
    for (const order of placed) this.tell(this.report(order, undefined, 'NEW'));
    const orders = placed.map(({ orderId, clientOrderId }) => {
      return { symbol, orderId: `#${orderId}#`, clientOrderId };
    });
    return [200, { ...listHead(placed[0]!), transactionTime: `#${this.now()}#`, symbol, orders }];
  }

  private hasOpen(clientOrderId: string): boolean {
    return this.orders.some((one) => one.clientOrderId === clientOrderId && isOpen(one));
  }

  private judge(asked: {
    symbol: string;
    side: string;
    quantity: string;
    reduceOnly: boolean;
  }): Reply | undefined {
    const { symbol, side, quantity, reduceOnly } = asked;
    const held = decimal(this.held.get(this.holdingOf(symbol)) ?? '0');
    const promised = this.orders
      .filter((one) => one.symbol === symbol && one.side === side && isOpen(one) && !one.isAlgo)
      .filter((one) => this.market === 'spot' || one.reduceOnly)
      .filter((one) => this.locks(one))
      .map((one) => subtract(decimal(one.quantity), decimal(one.executed)))
      .reduce(add, decimal('0'));
    if (this.market === 'spot') {
      const isShort = side === 'SELL' && compare(decimal(quantity), subtract(held, promised)) > 0;
      return isShort
        ? refusal(-2010, 'Account has insufficient balance for requested action.')
        : undefined;
    }
    const open = side === 'SELL' ? held : subtract(decimal('0'), held);
    return reduceOnly && compare(decimal(quantity), subtract(open, promised)) > 0
      ? refusal(-2022, 'ReduceOnly Order is rejected.')
      : undefined;
  }

  /** Both legs of a list lock what they sell once. */
  private locks(order: ServedOrder): boolean {
    const sibling = this.siblingOf(order);
    return !sibling || !isOpen(sibling) || order.type !== 'LIMIT_MAKER';
  }

  found(params: Params, show: (order: ServedOrder) => unknown, isAlgo = false): Reply {
    const order = this.orders.findLast(
      (one) => one.isAlgo === isAlgo && (one.orderId === params['orderId'] || isNamed(one, params)),
    );
    return order ? [200, show(order)] : refusal(-2013, 'Order does not exist.');
  }

  cancel(params: Params, isAlgo: boolean): Reply {
    const order = this.orders.findLast((one) => one.isAlgo === isAlgo && isNamed(one, params));
    if (!order || !isOpen(order)) return refusal(-2011, 'Unknown order sent.');
    this.end(order, 'CANCELED');
    return [200, isAlgo ? algoRow(order) : this.orderRow(order)];
  }

  open(isAlgo: boolean): ServedOrder[] {
    return this.orders.filter((order) => order.isAlgo === isAlgo && isOpen(order));
  }

  orderRow(order: ServedOrder) {
    const { symbol, clientOrderId, side, type, price, stopPrice, status, timeInForce } = order;
    return {
      symbol,
      orderId: `#${order.orderId}#`,
      ...(this.market === 'spot' && { orderListId: `#${order.listId}#` }),
      clientOrderId,
      price,
      origQty: order.quantity,
      executedQty: order.executed,
      status,
      timeInForce,
      type,
      side,
      stopPrice,
      time: `#${order.time}#`,
      updateTime: `#${order.time}#`,
      ...(this.market === 'usdm' && { reduceOnly: order.reduceOnly, positionSide: 'BOTH' }),
    };
  }

  tradeRows({ orderId, startTime = '0', fromId = '0' }: Params) {
    return this.trades
      .filter(({ order }) => orderId === undefined || order.orderId === orderId)
      .filter(({ id, time }) => id >= Number(fromId) && time >= Number(startTime))
      .map(({ id, order, price, quantity, fee, time }) => ({
        symbol: order.symbol,
        id: `#${id}#`,
        orderId: `#${order.orderId}#`,
        price,
        qty: quantity,
        commission: fee,
        commissionAsset: 'BNB',
        time: `#${time}#`,
        ...(this.market === 'spot'
          ? { isBuyer: order.side === 'BUY', isMaker: isMaker(order) }
          : { side: order.side, buyer: order.side === 'BUY', maker: false, positionSide: 'BOTH' }),
      }));
  }

  balances() {
    return [...this.held].map(([asset, total]) => {
      const locked = this.orders
        .filter(({ symbol, side }) => this.holdingOf(symbol) === asset && side === 'SELL')
        .filter((order) => isOpen(order) && this.locks(order))
        .map((order) => subtract(decimal(order.quantity), decimal(order.executed)))
        .reduce(add, decimal('0'));
      const free = formatDecimal(subtract(decimal(total), locked));
      return { asset, free, locked: formatDecimal(locked) };
    });
  }

  private report(order: ServedOrder, trade: ServedTrade | undefined, word = 'TRADE') {
    const isCancelled = word === 'CANCELED';
    const row = {
      s: order.symbol,
      // Spot: a cancellation has an id of its own, and the order's is kept apart.
      c: this.market === 'spot' && isCancelled ? 'web_cancel_1' : order.clientOrderId,
      ...(this.market === 'spot' && { g: `#${order.listId}#` }),
      ...(this.market === 'spot' && { C: isCancelled ? order.clientOrderId : '' }),
      S: order.side,
      o: order.type,
      q: order.quantity,
      p: order.price,
      x: word,
      X: trade && trade.executedAfter !== order.quantity ? 'PARTIALLY_FILLED' : order.status,
      i: `#${order.orderId}#`,
      l: trade?.quantity ?? '0.00000000',
      z: trade?.executedAfter ?? order.executed,
      L: trade?.price ?? '0.00000000',
      n: trade?.fee ?? '0',
      N: trade ? 'BNB' : null,
      T: `#${trade?.time ?? this.now()}#`,
      t: `#${trade?.id ?? -1}#`,
      m: isMaker(order),
    };
    const head = { E: `#${this.now()}#` };
    return this.market === 'spot'
      ? { e: 'executionReport', ...head, ...row }
      : { e: 'ORDER_TRADE_UPDATE', ...head, o: row };
  }

  private listReport(order: ServedOrder, word: 'EXEC_STARTED' | 'ALL_DONE') {
    const legs = this.orders.filter(({ listId }) => listId === order.listId);
    const O = legs.map(({ symbol: s, orderId, clientOrderId: c }) => ({ s, i: `#${orderId}#`, c }));
    const L = word === 'ALL_DONE' ? word : 'EXECUTING';
    const head = { e: 'listStatus', E: `#${this.now()}#`, s: order.symbol };
    const list = { g: `#${order.listId}#`, c: 'OCO', l: word, L, r: 'NONE', C: listName(order) };
    return { ...head, ...list, T: `#${this.now()}#`, O };
  }

  private algoReport(order: ServedOrder) {
    const {
      clientOrderId: caid,
      status: X,
      actualOrderId,
      symbol: s,
      side: S,
      quantity: q,
    } = order;
    const o = { caid, aid: `#${order.orderId}#`, at: 'CONDITIONAL', s, S, q, X, ai: actualOrderId };
    return { e: 'ALGO_UPDATE', T: `#${this.now()}#`, E: `#${this.now()}#`, o };
  }
}

function isOpen({ status }: ServedOrder): boolean {
  return status === 'NEW' || status === 'PARTIALLY_FILLED';
}

function isMaker({ type }: ServedOrder): boolean {
  return type === 'LIMIT_MAKER';
}

/** Whoever names no list is given a name. */
function listName({ listId }: ServedOrder): string {
  return `JYVpp3F0f5CAG15DhtrqLp${listId}`;
}

function listHead(order: ServedOrder) {
  return {
    orderListId: `#${order.listId}#`,
    contingencyType: 'OCO',
    listStatusType: 'EXEC_STARTED',
    listOrderStatus: 'EXECUTING',
    listClientOrderId: listName(order),
  };
}

function isNamed({ clientOrderId }: ServedOrder, params: Params): boolean {
  return clientOrderId === (params['origClientOrderId'] ?? params['clientAlgoId']);
}

export function algoRow(order: ServedOrder) {
  const { clientOrderId: clientAlgoId, symbol, side, quantity, price, reduceOnly } = order;
  return {
    algoId: `#${order.orderId}#`,
    clientAlgoId,
    algoType: 'CONDITIONAL',
    orderType: order.type,
    symbol,
    side,
    quantity,
    algoStatus: order.status,
    triggerPrice: order.stopPrice,
    price,
    actualOrderId: order.actualOrderId,
    reduceOnly,
    createTime: `#${order.time}#`,
    updateTime: `#${order.time}#`,
  };
}

export function positionRow([symbol, positionAmt]: [string, string]) {
  return { symbol, positionSide: 'BOTH', positionAmt, entryPrice: '80.0', markPrice: '80.1' };
}
