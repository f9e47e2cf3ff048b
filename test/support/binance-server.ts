import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { BinanceBook, algoRow, positionRow, refusal } from './binance-book.js';
import type { Params, Reply } from './binance-book.js';
import { exchangeInfo } from './binance-symbols.js';

export const BINANCE_KEY = 'vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A';
export const BINANCE_SECRET = 'NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j';

export type BinanceFault =
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
  | 'banned'
  | 'filled-before-answer'
  | 'maintenance'
  | 'timeout-after';

const ORDER_PATHS = new Set(['order', 'algoOrder', 'orderList/oco']);

/** Numbers that no double holds are written as `#123#` and sent without quotes. */
function wire(body: unknown): string {
  return JSON.stringify(body).replace(/"#(-?\d+)#"/g, '$1');
}

/** Binance's REST and account streams over a book of its own: signatures and clocks checked, faults on command. */
export class BinanceServer {
  readonly book: BinanceBook;
  /** `METHOD path` as it was asked, in order. */
  readonly asked: string[] = [];
  /** How far the venue's clock is ahead of ours. */
  clockAheadMs = 0;
  /** By what number the venue knows the account. */
  owner = '354937868';
  /** Faults of one call alone, such as `GET account`. */
  readonly failing = new Map<string, BinanceFault>();
  /** Events are made and not told. */
  isMute = false;
  usedWeight = 1;
  listenKeys = 0;
  private nextFault: BinanceFault | undefined;
  private fault: BinanceFault | undefined;
  private readonly server: Server;
  private readonly upgrades = new WebSocketServer({ noServer: true });
  private readonly sockets = new Set<Socket>();
  private readonly streams = new Set<WebSocket>();
  private readonly validListenKeys = new Set<string>();

  private constructor(readonly market: 'spot' | 'usdm') {
    this.book = new BinanceBook(
      market,
      () => this.now(),
      (event) => this.tell(event),
    );
    this.server = createServer((request, response) => void this.serve(request, response));
    this.server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
    });
    this.server.on('upgrade', (request, socket, head) => {
      this.upgrades.handleUpgrade(request, socket, head, (stream) => this.stream(stream, request));
    });
  }

  static async start(market: 'spot' | 'usdm'): Promise<BinanceServer> {
    const served = new BinanceServer(market);
    await new Promise<void>((resolve) => {
      served.server.listen(0, '127.0.0.1', resolve);
    });
    return served;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get streamUrl(): string {
    const path = this.market === 'spot' ? '/ws-api/v3' : '/private/ws';
    return `${this.url.replace('http', 'ws')}${path}`;
  }

  get listeners(): number {
    return this.streams.size;
  }

  failNext(fault: BinanceFault): void {
    this.nextFault = fault;
  }

  fail(fault: BinanceFault | undefined): void {
    this.fault = fault;
  }

  /** The venue gives up a listen key of futures before its time. */
  expireListenKeys(): void {
    this.validListenKeys.clear();
    this.tell({ e: 'listenKeyExpired', E: `#${this.now()}#` });
  }

  dropStreams(): void {
    for (const stream of this.streams) stream.terminate();
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private now(): number {
    return Date.now() + this.clockAheadMs;
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '', 'http://venue');
    const path = url.pathname.replace(/^\/f?api\/v\d\//, '');
    const method = request.method ?? '';
    this.asked.push(`${method} ${path}`);
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const payload = url.search === '' ? body : url.search.slice(1);
    const isOrder = method === 'POST' && ORDER_PATHS.has(path);
    const lasting = this.failing.get(`${method} ${path}`) ?? this.fault;
    const fault = isOrder ? (this.nextFault ?? lasting) : lasting;
    if (isOrder) this.nextFault = undefined;
    const answer = (): Reply => this.answer(request, `${method} ${path}`, payload);
    response.setHeader('x-mbx-used-weight-1m', String(this.usedWeight));
    response.setHeader('x-mbx-order-count-10s', String(this.book.orders.length));
    if (fault !== undefined && misbehave(fault, answer, response)) return;
    const [status, value] = answer();
    if (fault === 'filled-before-answer') this.book.trade(this.book.orders.at(-1)!, '10');
    send(response, status, wire(value));
  }

  private answer(request: IncomingMessage, call: string, payload: string): Reply {
    const params = Object.fromEntries(new URLSearchParams(payload));
    switch (call) {
      case 'GET time':
        return [200, { serverTime: `#${this.now()}#` }];
      case 'GET exchangeInfo':
        return [200, exchangeInfo(this.market)];
    }
    if (request.headers['x-mbx-apikey'] !== BINANCE_KEY) {
      return refusal(-2015, 'Invalid API-key, IP, or permissions for action.', 401);
    }
    if (call.endsWith(' listenKey')) return this.listenKey(call);
    const wrong = this.wrongSignature(payload, params);
    return wrong ?? this.booked(call, params);
  }

  private wrongSignature(payload: string, params: Params): Reply | undefined {
    const [, signed = '', signature] = /^(.*)&signature=([0-9a-f]+)$/.exec(payload) ?? [];
    const due = createHmac('sha256', BINANCE_SECRET).update(signed).digest('hex');
    if (signature !== due) return refusal(-1022, 'Signature for this request is not valid.');
    const sent = Number(params['timestamp']);
    const age = this.now() - sent;
    return age <= Number(params['recvWindow'] ?? 5_000) && age >= -1_000
      ? undefined
      : refusal(-1021, 'Timestamp for this request is outside of the recvWindow.');
  }

  private listenKey(call: string): Reply {
    if (call === 'PUT listenKey') {
      if (this.validListenKeys.size > 0) return [200, {}];
      return refusal(-1125, 'This listenKey does not exist.');
    }
    this.listenKeys += 1;
    const listenKey = `pqia91ma19a5s61cv6a81va65sdf19v8a65a1a5s61cv6a81va65sdf19v8a6${this.listenKeys}`;
    this.validListenKeys.add(listenKey);
    return [200, { listenKey }];
  }

  private booked(call: string, params: Params): Reply {
    switch (call) {
      case 'POST order':
        return this.book.place(params, false);
      case 'POST orderList/oco':
        return this.book.placeList(params);
      case 'POST algoOrder':
        return this.book.place(params, true);
      case 'GET order':
        return this.book.found(params, (order) => this.book.orderRow(order));
      case 'DELETE order':
        return this.book.cancel(params, false);
      case 'GET algoOrder':
        return this.book.found(params, algoRow, true);
      case 'DELETE algoOrder':
        return this.book.cancel(params, true);
      case 'GET openOrders':
        return [200, this.book.open(false).map((order) => this.book.orderRow(order))];
      case 'GET openAlgoOrders':
        return [200, this.book.open(true).map(algoRow)];
      case 'GET allOrders':
        return [
          200,
          this.book.orders.filter(({ isAlgo }) => !isAlgo).map((one) => this.book.orderRow(one)),
        ];
      case 'GET myTrades':
      case 'GET userTrades':
        return [200, this.book.tradeRows(params)];
      case 'GET account':
        return [200, { uid: `#${this.owner}#`, balances: this.book.balances() }];
      case 'GET balance':
        return [200, [{ accountAlias: `SgsR${this.owner}`, asset: 'USDT', balance: '1000.00' }]];
      case 'GET positionRisk':
        return [200, [...this.book.held].map(positionRow)];
      default:
        return refusal(-1000, `no ${call} here`, 404);
    }
  }

  private stream(stream: WebSocket, request: IncomingMessage): void {
    const listen = (): void => {
      this.streams.add(stream);
      stream.on('close', () => this.streams.delete(stream));
    };
    if (this.market === 'usdm') {
      const key = new URL(request.url ?? '', 'http://venue').searchParams.get('listenKey') ?? '';
      if (this.validListenKeys.has(key)) listen();
      else stream.terminate();
      return;
    }
    stream.on('message', (data: Buffer) => {
      const { id, method, params } = JSON.parse(data.toString('utf8')) as {
        id: string;
        method: string;
        params: Record<string, string | number>;
      };
      const { signature, ...rest } = params;
      const sorted = Object.entries(rest).sort(([a], [b]) => (a < b ? -1 : 1));
      const payload = sorted.map(([name, value]) => `${name}=${value}`).join('&');
      const isGood =
        method === 'userDataStream.subscribe.signature' &&
        rest['apiKey'] === BINANCE_KEY &&
        this.wrongSignature(
          `${payload}&signature=${signature}`,
          Object.fromEntries(sorted.map(([name, value]) => [name, String(value)])),
        ) === undefined;
      if (isGood) listen();
      stream.send(
        JSON.stringify(
          isGood
            ? { id, status: 200, result: { subscriptionId: 0 } }
            : { id, status: 400, error: { code: -1022, msg: 'Signature is not valid.' } },
        ),
      );
    });
  }

  private tell(event: object): void {
    if (this.isMute) return;
    const isWrapped = this.market === 'spot';
    const text = wire(isWrapped ? { subscriptionId: '#0#', event } : event);
    for (const stream of this.streams) stream.send(text);
  }
}

/** True when nothing more is to be answered. */
function misbehave(fault: BinanceFault, answer: () => Reply, response: ServerResponse): boolean {
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
      send(response, 503, 'Unknown error, please check your request or try again later.');
      return true;
    case 'timeout-after': {
      answer();
      const msg = 'Timeout waiting for response from backend server. Send status unknown;';
      send(response, 400, wire({ code: -1007, msg }));
      return true;
    }
    case 'garbled-after':
      answer();
      send(response, 200, '<html><title>Just a moment</title></html>');
      return true;
    case 'error':
      send(response, 500, wire({ code: -1000, msg: 'An unknown error occurred' }));
      return true;
    case 'garbled':
      send(response, 200, '[{"symbol":"LTCUSDT"');
      return true;
    case 'refused':
      send(response, 400, wire({ code: -2010, msg: 'This symbol is not permitted.' }));
      return true;
    case 'echoed': {
      const { url, headers } = response.req;
      send(response, 400, wire({ code: -2010, msg: `no: ${url} ${JSON.stringify(headers)}` }));
      return true;
    }
    case 'maintenance':
      send(response, 503, '<html><body>System maintenance</body></html>');
      return true;
    case 'throttled':
    case 'banned': {
      response.setHeader('Retry-After', fault === 'throttled' ? '7' : '120');
      const msg =
        'Too much request weight used; current limit is 6000 request weight per 1 MINUTE.';
      send(response, fault === 'throttled' ? 429 : 418, wire({ code: -1003, msg }));
      return true;
    }
    case 'filled-before-answer':
      return false;
  }
}

function send(response: ServerResponse, status: number, body: string): void {
  response.statusCode = status;
  response.setHeader('Content-Type', 'application/json');
  response.end(body);
}
