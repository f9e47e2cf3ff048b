import { WebSocketTransport } from '../../src/adapters/web-socket/web-socket.transport.js';
import { BinanceBroker } from '../../src/adapters/broker-binance/binance.broker.js';
import type { BinanceBrokerOptions } from '../../src/adapters/broker-binance/binance.broker.js';
import { targetLegOf } from '../../src/adapters/broker-binance/order-list.js';
import type { FillReport, OrderEndReport } from '../../src/application/ports/broker.port.js';
import type { AskFault, VenueUnderTest } from '../contract/venue-under-test.js';
import { BINANCE_KEY, BINANCE_SECRET, BinanceServer } from './binance-server.js';
import type { BinanceFault } from './binance-server.js';
import { until } from './until.js';

const LOADING_MS_MAX = 60_000;

export class BinanceUnderTest implements VenueUnderTest {
  readonly instrumentId: string;
  readonly fills: FillReport[] = [];
  readonly ends: OrderEndReport[] = [];
  broker: BinanceBroker;

  private constructor(
    readonly server: BinanceServer,
    private readonly over: Partial<BinanceBrokerOptions>,
  ) {
    this.instrumentId = server.market === 'spot' ? 'BINANCE:LTCUSDT' : 'BINANCE_USDM:LTCUSDT';
    this.broker = this.connect();
  }

  static async open(
    market: 'spot' | 'usdm',
    over: Partial<BinanceBrokerOptions> = {},
  ): Promise<BinanceUnderTest> {
    const venue = new BinanceUnderTest(await BinanceServer.start(market), over);
    await venue.streaming();
    return venue;
  }

  /** Until the events of the account arrive. */
  async streaming(): Promise<void> {
    // The first of a process loads the whole library of venues.
    await until('the account is streamed', () => this.broker.isStreaming, LOADING_MS_MAX);
  }

  hold(quantity: string): Promise<void> {
    this.server.book.held.set(this.server.market === 'spot' ? 'LTC' : 'LTCUSDT', quantity);
    return Promise.resolve();
  }

  fill(orderId: string, pieces: readonly string[]): Promise<void> {
    const { book } = this.server;
    const asked = book.orderOf(orderId);
    const order = asked.isAlgo ? book.trigger(asked) : asked;
    for (const piece of pieces) book.trade(order, piece);
    return Promise.resolve();
  }

  async fillUnheard(orderId: string, pieces: readonly string[]): Promise<void> {
    this.server.isMute = true;
    await this.fill(orderId, pieces);
    this.server.isMute = false;
  }

  cancelByHand(orderId: string): Promise<void> {
    this.server.book.end(this.server.book.orderOf(orderId), 'CANCELED');
    return Promise.resolve();
  }

  targetOf(orderId: string): string {
    return targetLegOf(orderId);
  }

  setClockAhead(ms: number): void {
    this.server.clockAheadMs = ms;
  }

  async repeatReports(): Promise<void> {
    const before = this.fills.length;
    this.server.book.repeatReports();
    await until('all is told again', () => this.fills.length === 2 * before);
  }

  failNext(fault: BinanceFault): void {
    this.server.failNext(fault);
  }

  fail(fault: AskFault): void {
    this.server.fail(fault);
  }

  answer(): void {
    this.server.fail(undefined);
  }

  ordersAtVenue(): number {
    return this.server.book.orders.filter(({ type }) => type !== 'LIMIT_MAKER').length;
  }

  newestTerms() {
    const order = this.server.book.orders.at(-1);
    const text = (price = '0') => (price === '0' ? undefined : price);
    return { limitPrice: text(order?.price), stopPrice: text(order?.stopPrice) };
  }

  async reconnect(): Promise<void> {
    await this.broker.close();
    this.broker = this.connect();
    await this.streaming();
  }

  async close(): Promise<void> {
    await this.broker.close();
    await this.server.close();
  }

  private connect(): BinanceBroker {
    const { market, url: restUrl, streamUrl } = this.server;
    const broker = new BinanceBroker({
      keys: { key: BINANCE_KEY, secret: BINANCE_SECRET },
      addresses: { market, testnet: false, restUrl, streamUrl },
      timeoutMs: 600,
      recvWindowMs: 5_000,
      stream: new WebSocketTransport(),
      time: {
        clock: () => Date.now(),
        schedule: (ms, then) => {
          const timer = setTimeout(then, ms);
          return () => clearTimeout(timer);
        },
        random: () => 0.1,
      },
      instrumentOf: () => this.instrumentId,
      instruments: () => [this.instrumentId],
      ...this.over,
    });
    broker.onFill((report) => this.fills.push(report));
    broker.onOrderEnd((report) => this.ends.push(report));
    return broker;
  }
}
