import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { add, compare, decimal, formatDecimal, subtract } from '../../src/domain/kernel/decimal.js';
import { parseExactJson } from '../../src/codecs/exact-json.js';

export const MT5_TOKEN = 'eyJhbGciOiJSUzUxMiJ9.eyJfaWQiOiJiMzQ1Njc4OTAifQ.c2lnbmF0dXJlLW9mLW10NQ';
export const MT5_ACCOUNT = '865d3a4d-3803-486d-bdf3-a85679d9fad2';

export type Mt5Fault =
  | 'silent'
  | 'error'
  | 'garbled'
  | 'refused'
  | 'echoed'
  | 'lost-before'
  | 'lost-after'
  | 'reset-after'
  | 'error-after'
  | 'garbled-after'
  | 'throttled'
  | 'filled-before-answer'
  | 'disconnected-after'
  | 'server-timeout-after'
  | 'maintenance';

type Body = Readonly<Record<string, string>>;
type Reply = readonly [status: number, body: unknown];

export interface ServedOrder {
  readonly id: string;
  readonly clientId: string;
  readonly symbol: string;
  readonly actionType: string;
  readonly side: 'buy' | 'sell';
  readonly positionId: string | undefined;
  readonly volume: string;
  readonly openPrice: string | undefined;
  readonly stopLimitPrice: string | undefined;
  readonly time: string;
  rest: string;
  state: string;
}

interface ServedPosition {
  readonly id: string;
  readonly symbol: string;
  side: 'long' | 'short';
  volume: string;
}

const CLIENT_ID = /^[A-Za-z0-9]+_[A-Za-z0-9]+_[A-Za-z0-9]+$/;
const CLIENT_ID_MAX = 26;
const ACTIONS = /^ORDER_TYPE_(BUY|SELL)(_LIMIT|_STOP|_STOP_LIMIT)?$/;

/** MetaApi's REST API over a terminal of its own: real shapes, checked fields, and faults on command. */
export class Mt5Server {
  readonly orders: ServedOrder[] = [];
  readonly deals: { order: ServedOrder; id: string; volume: string; price: string }[] = [];
  readonly positions: ServedPosition[] = [];
  readonly asked: string[] = [];
  isHedging = false;
  /** How far the terminal's clock is ahead of ours. */
  clockAheadMs = 0;
  /** Prices by symbol, as they are answered; a number between # marks is one on the wire. */
  readonly prices = new Map<string, Record<string, unknown>>();
  /** Deals are made and not shown. */
  hidesDeals = false;
  repeatsDeals = false;
  url = '';
  private nextFault: Mt5Fault | undefined;
  private fault: Mt5Fault | undefined;
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();

  private constructor() {
    this.server = createServer((request, response) => void this.serve(request, response));
    this.server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
    });
  }

  static async start(): Promise<Mt5Server> {
    const served = new Mt5Server();
    await new Promise<void>((resolve) => {
      served.server.listen(0, '127.0.0.1', resolve);
    });
    served.url = `http://127.0.0.1:${(served.server.address() as AddressInfo).port}`;
    return served;
  }

  failNext(fault: Mt5Fault): void {
    this.nextFault = fault;
  }

  fail(fault: Mt5Fault | undefined): void {
    this.fault = fault;
  }

  hold(symbol: string, volume: string, side: 'long' | 'short' = 'long'): void {
    this.positions.push({ id: `${46_648_037 + this.positions.length}`, symbol, side, volume });
  }

  /** Trades so much of an order, at its own price or at 80. */
  trade(order: ServedOrder, volume: string): void {
    const size = compare(decimal(volume), decimal(order.rest)) < 0 ? volume : order.rest;
    if (size === '0') return;
    order.rest = formatDecimal(subtract(decimal(order.rest), decimal(size)));
    order.state = order.rest === '0' ? 'ORDER_STATE_FILLED' : 'ORDER_STATE_PARTIAL';
    const price = order.stopLimitPrice ?? order.openPrice ?? '80.0';
    this.deals.push({ order, id: `${33_230_099 + this.deals.length}`, volume: size, price });
    this.move(order, size);
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private move(order: ServedOrder, size: string): void {
    const against = order.side === 'sell' ? 'long' : 'short';
    const at = this.positions.findIndex(
      ({ id, symbol, side }) =>
        id === order.positionId || (!this.isHedging && symbol === order.symbol && side === against),
    );
    const position = this.positions[at];
    if (!position) {
      const own = this.positions.find(({ symbol }) => !this.isHedging && symbol === order.symbol);
      if (own) own.volume = formatDecimal(add(decimal(own.volume), decimal(size)));
      else this.hold(order.symbol, size, order.side === 'buy' ? 'long' : 'short');
      return;
    }
    position.volume = formatDecimal(subtract(decimal(position.volume), decimal(size)));
    if (position.volume === '0') this.positions.splice(at, 1);
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '', 'http://venue');
    const [, account = '', path = ''] =
      /^\/users\/current\/accounts\/([^/]+)\/(.+)$/.exec(url.pathname) ?? [];
    this.asked.push(path.split('/')[0] ?? path);
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const fault = path === 'trade' ? (this.nextFault ?? this.fault) : this.fault;
    if (path === 'trade') this.nextFault = undefined;
    const answer = (): Reply => {
      if (request.headers['auth-token'] !== MT5_TOKEN || account !== MT5_ACCOUNT) {
        return [401, { id: 1, error: 'UnauthorizedError', message: 'Invalid auth-token' }];
      }
      return path === 'trade'
        ? this.place(parseExactJson(text) as Body, text)
        : this.answer(path, url.searchParams);
    };
    if (fault !== undefined && misbehave(fault, answer, response)) return;
    const [status, body] = answer();
    if (fault === 'filled-before-answer') this.trade(this.orders.at(-1)!, '10');
    send(response, status, wire(body));
  }

  private answer(path: string, query: URLSearchParams): Reply {
    const [, , start = '', end = ''] = path.split('/');
    const page = (all: readonly { readonly time: string }[]) => {
      const rows = all.filter(({ time }) => time >= start && time <= end);
      const offset = Number(query.get('offset') ?? 0);
      return [200, rows.slice(offset, offset + Number(query.get('limit') ?? 1_000))] as const;
    };
    switch (path.split('/')[0]) {
      case 'account-information': {
        const kind = this.isHedging ? 'RETAIL_HEDGING' : 'RETAIL_NETTING';
        return [
          200,
          { platform: 'mt5', currency: 'USD', marginMode: `ACCOUNT_MARGIN_MODE_${kind}` },
        ];
      }
      case 'symbols':
        if (path.endsWith('/current-price')) return this.priceOf(path.split('/')[1] ?? '');
        return [
          200,
          {
            symbol: 'XAUUSD',
            tickSize: '#0.01#',
            minVolume: '#0.01#',
            maxVolume: '#100#',
            volumeStep: '#0.01#',
          },
        ];
      case 'positions':
        return [200, this.positions.map(positionRow)];
      case 'orders':
        return [200, this.orders.filter(isOpen).map(orderRow)];
      case 'history-orders':
        return page(this.orders.filter((order) => !isOpen(order)).map(orderRow));
      case 'history-deals': {
        const deals = this.hidesDeals ? [] : this.deals.map(dealRow);
        const balance = { id: '1', type: 'DEAL_TYPE_BALANCE', time: '2025-06-20T00:00:00.000Z' };
        return page([balance, ...deals, ...(this.repeatsDeals ? deals : [])]);
      }
      default:
        return [404, { id: 2, error: 'NotFoundError', message: `no ${path} here` }];
    }
  }

  private priceOf(symbol: string): Reply {
    const price = this.prices.get(symbol);
    if (price) return [200, { symbol, ...price }];
    return [404, { id: 2, error: 'NotFoundError', message: `no symbol ${symbol}` }];
  }

  private place(body: Body, text: string): Reply {
    const { actionType = '', symbol = '', clientId = '', orderId, positionId, volume = '' } = body;
    if (actionType === 'ORDER_CANCEL') return this.cancel(orderId);
    if (!CLIENT_ID.test(clientId) || clientId.length > CLIENT_ID_MAX) {
      return [400, { error: 'ValidationError', message: `clientId ${clientId} is not valid` }];
    }
    if (!text.includes(`"volume":${volume}`)) {
      return [400, { error: 'ValidationError', message: 'volume must be a number' }];
    }
    const position = this.positions.find(({ id }) => id === positionId);
    if (actionType.startsWith('POSITION_') && !position) {
      return [200, reply(10_036, 'TRADE_RETCODE_POSITION_CLOSED', 'Position already closed')];
    }
    const kind = ACTIONS.exec(actionType)?.[1];
    if (!position && kind === undefined) {
      return [400, { error: 'ValidationError', message: `actionType ${actionType}` }];
    }
    if (actionType.endsWith('_STOP_LIMIT') && !isBehindStop(kind, body)) {
      return [200, reply(10_015, 'TRADE_RETCODE_INVALID_PRICE', 'Invalid price in the request')];
    }
    const order: ServedOrder = {
      id: `${46_870_472 + this.orders.length}`,
      clientId,
      symbol: position?.symbol ?? symbol,
      actionType,
      side: kind === 'BUY' || position?.side === 'short' ? 'buy' : 'sell',
      positionId,
      volume,
      openPrice: body['openPrice'],
      stopLimitPrice: body['stopLimitPrice'],
      time: new Date(Date.now() + this.clockAheadMs).toISOString(),
      rest: volume,
      state: 'ORDER_STATE_PLACED',
    };
    this.orders.push(order);
    return [
      200,
      { ...reply(10_009, 'TRADE_RETCODE_DONE', 'Request completed'), orderId: order.id },
    ];
  }

  private cancel(orderId: string | undefined): Reply {
    const order = this.orders.find(({ id }) => id === orderId);
    if (!order || !isOpen(order)) {
      return [200, reply(10_035, 'TRADE_RETCODE_INVALID_ORDER', 'Incorrect or prohibited order')];
    }
    order.state = 'ORDER_STATE_CANCELED';
    return [200, { ...reply(10_009, 'TRADE_RETCODE_DONE', 'Request completed'), orderId }];
  }
}

/** The limit of a terminal's stop-limit lies on the better side of its stop: it waits there for the price to come back. */
function isBehindStop(kind: string | undefined, { openPrice, stopLimitPrice }: Body): boolean {
  const sign = compare(decimal(stopLimitPrice ?? '0'), decimal(openPrice ?? '0'));
  return kind === 'BUY' ? sign < 0 : sign > 0;
}

function reply(code: number, stringCode: string, message: string) {
  return { numericCode: `#${code}#`, stringCode, message };
}

function isOpen({ state }: ServedOrder): boolean {
  return state === 'ORDER_STATE_PLACED' || state === 'ORDER_STATE_PARTIAL';
}

function orderRow(order: ServedOrder) {
  const { id, clientId, symbol, state, time, volume, rest, openPrice, stopLimitPrice } = order;
  const type = order.actionType.startsWith('POSITION_')
    ? `ORDER_TYPE_${order.side === 'buy' ? 'BUY' : 'SELL'}`
    : order.actionType;
  return {
    id,
    clientId,
    symbol,
    type,
    state,
    time,
    platform: 'mt5',
    volume: `#${volume}#`,
    currentVolume: `#${rest}#`,
    ...(openPrice !== undefined && { openPrice: `#${openPrice}#` }),
    ...(stopLimitPrice !== undefined && { stopLimitPrice: `#${stopLimitPrice}#` }),
  };
}

function dealRow({ order, id, volume, price }: Mt5Server['deals'][number]) {
  return {
    id,
    orderId: order.id,
    clientId: order.clientId,
    symbol: order.symbol,
    type: order.side === 'buy' ? 'DEAL_TYPE_BUY' : 'DEAL_TYPE_SELL',
    entryType: order.positionId === undefined ? 'DEAL_ENTRY_IN' : 'DEAL_ENTRY_OUT',
    time: order.time,
    volume: `#${volume}#`,
    price: `#${price}#`,
    commission: '#-0.25#',
    swap: '#0#',
    profit: '#-0.03#',
  };
}

function positionRow({ id, symbol, side, volume }: ServedPosition) {
  const type = side === 'long' ? 'POSITION_TYPE_BUY' : 'POSITION_TYPE_SELL';
  return { id, symbol, type, volume: `#${volume}#`, openPrice: '#80.0#', currentPrice: '#80.1#' };
}

/** True when nothing more is to be answered. */
function misbehave(fault: Mt5Fault, answer: () => Reply, response: ServerResponse): boolean {
  switch (fault) {
    case 'silent':
    case 'lost-before':
      return true;
    case 'lost-after':
      answer();
      return true;
    case 'reset-after':
      answer();
      response.socket?.destroy();
      return true;
    case 'error-after':
      answer();
      send(response, 504, wire({ error: 'TimeoutError', message: 'Request timed out' }));
      return true;
    case 'garbled-after':
      answer();
      send(response, 200, '<html><title>502 Bad Gateway</title></html>');
      return true;
    case 'disconnected-after':
      answer();
      send(response, 200, wire(reply(-11, 'TRADE_RETCODE_DISCONNECTED_DURING_TRADE', 'lost')));
      return true;
    case 'server-timeout-after':
      answer();
      send(
        response,
        200,
        wire(reply(10_012, 'TRADE_RETCODE_TIMEOUT', 'Request canceled by timeout')),
      );
      return true;
    case 'error':
      send(response, 500, wire({ error: 'InternalError', message: 'Unexpected error' }));
      return true;
    case 'garbled':
      send(response, 200, '[{"id":"46870472","type":"ORDER_TYPE_SELL"');
      return true;
    case 'refused':
      send(
        response,
        200,
        wire(reply(10_019, 'TRADE_RETCODE_NO_MONEY', 'There is not enough money')),
      );
      return true;
    case 'echoed':
      send(response, 400, wire({ message: `no: ${JSON.stringify(response.req.headers)}` }));
      return true;
    case 'maintenance':
      send(response, 503, '<html><body>maintenance</body></html>');
      return true;
    case 'throttled': {
      response.setHeader('Retry-After', '7');
      const recommendedRetryTime = new Date(Date.now() + 7_000).toISOString();
      const metadata = { periodInMinutes: 60, recommendedRetryTime };
      send(response, 429, wire({ error: 'TooManyRequestsError', message: 'slow down', metadata }));
      return true;
    }
    case 'filled-before-answer':
      return false;
  }
}

/** Numbers are kept as `#1.0#` and sent with their digits. */
function wire(body: unknown): string {
  return JSON.stringify(body).replace(/"#(-?[\d.]+)#"/g, '$1');
}

function send(response: ServerResponse, status: number, body: string): void {
  response.statusCode = status;
  response.setHeader('Content-Type', 'application/json');
  response.end(body);
}
