import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export const OPENALGO_KEY = '7371cc58b9d30204e5fee1d143dc8cd926bcad90c24218201ad81735384d2752';

type Body = Record<string, unknown>;
export type ServerFault =
  | 'silent'
  | 'error'
  | 'garbled'
  | 'refused'
  | 'echoed'
  | 'lost-before'
  | 'lost-after'
  | 'error-after'
  | 'garbled-after'
  | 'throttled'
  | 'banned'
  | 'filled-before-answer'
  /** The connection breaks once the order is in. */
  | 'reset-after'
  | 'maintenance';

export interface ServedOrder {
  readonly orderid: string;
  readonly strategy: string;
  readonly symbol: string;
  readonly exchange: string;
  readonly action: string;
  readonly product: string;
  pricetype: string;
  quantity: number;
  price: number;
  trigger_price: number;
  order_status: string;
  readonly timestamp: string;
}

interface ServedTrade {
  readonly orderid: string;
  readonly symbol: string;
  readonly exchange: string;
  readonly action: string;
  readonly product: string;
  readonly quantity: number;
  readonly average_price: number;
  readonly timestamp: string;
}

const ORDER_FIELDS = [
  'apikey',
  'strategy',
  'exchange',
  'symbol',
  'action',
  'quantity',
  'pricetype',
  'product',
  'price',
  'trigger_price',
  'disclosed_quantity',
];

const INDIA_AHEAD_MS = 330 * 60_000;

/** The time of now as the venue writes it: `08-Apr-2025 13:58:03`, in India's time. */
function indiaTime(): string {
  const [, day, month, year, time] = new Date(Date.now() + INDIA_AHEAD_MS).toUTCString().split(' ');
  return `${day}-${month}-${year} ${time}`;
}

/** OpenAlgo's REST API over a small broker of its own: real shapes, checked fields, and faults on command. */
export class OpenAlgoServer {
  readonly orders: ServedOrder[] = [];
  readonly trades: ServedTrade[] = [];
  /** Net by `EXCHANGE:SYMBOL:PRODUCT`. */
  readonly positions = new Map<string, number>();
  /** Paths as they were asked, in order. */
  readonly asked: string[] = [];
  isAnalyzing = false;
  /** Trades are made and not shown: the trade book is behind the order book. */
  hidesTrades = false;
  /** Every row of the trade book comes twice. */
  repeatsTrades = false;
  url = '';
  /** Of the next order only. */
  private nextFault: ServerFault | undefined;
  /** Of every call, until it is taken back. */
  private fault: ServerFault | undefined;
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();
  private count = 0;
  /** The newest order that got lost on its way here. */
  private underWay: Body | undefined;

  private constructor() {
    this.server = createServer((request, response) => void this.serve(request, response));
    this.server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
    });
  }

  static async start(): Promise<OpenAlgoServer> {
    const served = new OpenAlgoServer();
    await new Promise<void>((resolve) => {
      served.server.listen(0, '127.0.0.1', resolve);
    });
    served.url = `http://127.0.0.1:${(served.server.address() as AddressInfo).port}`;
    return served;
  }

  failNext(fault: ServerFault): void {
    this.nextFault = fault;
  }

  fail(fault: ServerFault | undefined): void {
    this.fault = fault;
  }

  hold(instrument: string, quantity: number, product = 'MIS'): void {
    this.positions.set(`${instrument}:${product}`, quantity);
  }

  /** Trades so much of an order; what is more than its rest is left. */
  /** What was believed lost arrives after all. */
  arriveLate(): void {
    if (!this.underWay) throw new Error('nothing is under way');
    this.placeOrder(this.underWay);
  }

  trade(orderid: string, quantity: number): void {
    const order = this.orderOf(orderid);
    const rest = order.quantity - this.tradedOf(orderid);
    const size = Math.min(quantity, rest);
    if (size === 0) return;
    const { symbol, exchange, action, product } = order;
    const average_price = order.price > 0 ? order.price : 80;
    const trade = { orderid, symbol, exchange, action, product, quantity: size, average_price };
    // The trade book names no day.
    this.trades.push({ ...trade, timestamp: indiaTime().slice(-'HH:MM:SS'.length) });
    const key = `${exchange}:${symbol}:${product}`;
    const signed = action === 'BUY' ? size : -size;
    this.positions.set(key, (this.positions.get(key) ?? 0) + signed);
    if (size === rest) order.order_status = 'complete';
  }

  orderOf(orderid: string): ServedOrder {
    const found = this.orders.find((order) => order.orderid === orderid);
    if (!found) throw new Error(`no order ${orderid}`);
    return found;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private tradedOf(orderid: string): number {
    return this.trades
      .filter((trade) => trade.orderid === orderid)
      .reduce((sum, { quantity }) => sum + quantity, 0);
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '').replace(/^\/api\/v1\//, '').replace(/\/$/, '');
    this.asked.push(path);
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const body = JSON.parse(text) as Body;
    const fault = path === 'placeorder' ? (this.nextFault ?? this.fault) : this.fault;
    if (path === 'placeorder') this.nextFault = undefined;
    if (fault !== undefined && this.misbehave(fault, body, response)) return;
    const [status, answer] = this.answer(path, body);
    if (fault === 'filled-before-answer') this.trade(String(answer['orderid']), 10);
    send(response, status, answer);
  }

  /** True when nothing more is to be answered. */
  private misbehave(fault: ServerFault, body: Body, response: ServerResponse): boolean {
    switch (fault) {
      case 'silent':
      case 'lost-before':
        this.underWay = body;
        return true;
      case 'lost-after':
        this.placeOrder(body);
        return true;
      case 'error-after':
        this.placeOrder(body);
        send(response, 500, {
          status: 'error',
          message: 'Failed to place order due to internal error',
        });
        return true;
      case 'garbled-after':
        this.placeOrder(body);
        response.end('<html><title>502 Bad Gateway</title></html>');
        return true;
      case 'error':
        send(response, 500, { status: 'error', message: 'An unexpected error occurred' });
        return true;
      case 'garbled':
        response.end('{"status":"success","data":[{"symbol":"RELIANCE"');
        return true;
      case 'echoed':
        send(response, 400, { status: 'error', message: `no: ${JSON.stringify(body)}` });
        return true;
      case 'refused':
        send(response, 400, { status: 'error', message: 'RMS:Margin Exceeds, Required:8000.00' });
        return true;
      case 'throttled':
      case 'banned': {
        response.setHeader('Retry-After', fault === 'throttled' ? '7' : '120');
        const message = 'Rate limit exceeded. Please slow down your requests.';
        send(response, fault === 'throttled' ? 429 : 418, {
          status: 'error',
          message,
          retry_after: 60,
        });
        return true;
      }
      case 'reset-after':
        this.placeOrder(body);
        response.socket?.destroy();
        return true;
      case 'maintenance':
        response.statusCode = 503;
        response.end('<html><body>Down for maintenance</body></html>');
        return true;
      case 'filled-before-answer':
        return false;
    }
  }

  private answer(path: string, body: Body): [number, Body] {
    if (body['apikey'] !== OPENALGO_KEY) {
      return [403, { status: 'error', message: 'Invalid openalgo apikey' }];
    }
    switch (path) {
      case 'placeorder':
        return this.placeOrder(body);
      case 'modifyorder':
        return this.modifyOrder(body);
      case 'cancelorder':
        return this.cancelOrder(String(body['orderid']));
      case 'orderstatus':
        return this.orderStatus(String(body['orderid']));
      case 'orderbook':
        return success({ orders: this.orders.map(bookRow), statistics: {} });
      case 'tradebook':
        return success(this.tradeRows());
      case 'positionbook':
        return success([...this.positions].map(positionRow));
      case 'holdings':
        return success({ holdings: [], statistics: {} });
      case 'funds':
        return success({
          availablecash: '320.66',
          collateral: '0.00',
          m2mrealized: '3.27',
          m2munrealized: '-7.88',
          utiliseddebits: '679.34',
        });
      case 'analyzer':
        return success({
          analyze_mode: this.isAnalyzing,
          mode: this.isAnalyzing ? 'analyze' : 'live',
          total_logs: 0,
        });
      default:
        return [404, { status: 'error', message: 'Not Found' }];
    }
  }

  private tradeRows() {
    const shown = this.hidesTrades ? [] : this.trades;
    const rows = shown.map((trade) => ({
      ...trade,
      trade_value: trade.quantity * trade.average_price,
    }));
    return this.repeatsTrades ? [...rows, ...rows] : rows;
  }

  private placeOrder(body: Body): [number, Body] {
    const foreign = Object.keys(body).filter((field) => !ORDER_FIELDS.includes(field));
    if (foreign.length > 0) {
      return [400, { status: 'error', message: `{'${foreign.join()}': ['Unknown field.']}` }];
    }
    this.count += 1;
    const orderid = `2504080009894${String(this.count).padStart(2, '0')}`;
    this.orders.push({
      orderid,
      strategy: String(body['strategy']),
      symbol: String(body['symbol']),
      exchange: String(body['exchange']),
      action: String(body['action']),
      product: String(body['product']),
      pricetype: String(body['pricetype']),
      quantity: Number(body['quantity']),
      price: Number(body['price']),
      trigger_price: Number(body['trigger_price']),
      order_status: 'open',
      timestamp: indiaTime(),
    });
    return [200, { orderid, status: 'success' }];
  }

  private modifyOrder(body: Body): [number, Body] {
    const order = this.orders.find(({ orderid }) => orderid === body['orderid']);
    if (order?.order_status !== 'open')
      return [400, { status: 'error', message: 'Order not modifiable' }];
    order.quantity = Number(body['quantity']);
    order.price = Number(body['price']);
    order.trigger_price = Number(body['trigger_price']);
    return [200, { orderid: order.orderid, status: 'success' }];
  }

  private cancelOrder(orderid: string): [number, Body] {
    const order = this.orders.find((one) => one.orderid === orderid);
    if (!order) return [400, { status: 'error', message: 'Order not found' }];
    if (order.order_status === 'complete')
      return [400, { status: 'error', message: 'Order not cancellable' }];
    order.order_status = 'cancelled';
    return [200, { orderid, status: 'success' }];
  }

  private orderStatus(orderid: string): [number, Body] {
    const order = this.orders.find((one) => one.orderid === orderid);
    if (!order) return [404, { status: 'error', message: `Order ${orderid} not found` }];
    const trade = this.trades.find((one) => one.orderid === orderid);
    return success({ ...bookRow(order), average_price: trade?.average_price ?? 0 });
  }
}

function success(data: unknown): [number, Body] {
  return [200, { status: 'success', data }];
}

function bookRow({ strategy: _, quantity, ...row }: ServedOrder) {
  return { ...row, quantity: String(quantity) };
}

function positionRow([key, quantity]: [string, number]) {
  const [exchange, symbol, product] = key.split(':');
  return {
    symbol,
    exchange,
    product,
    quantity: String(quantity),
    average_price: '80.0',
    ltp: '80.1',
    pnl: '0.02',
  };
}

function send(response: ServerResponse, status: number, body: Body): void {
  response.statusCode = status;
  response.setHeader('Content-Type', 'application/json');
  response.end(JSON.stringify(body));
}
