import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { AccountLog } from '../../src/adapters/broker-openalgo/logged-orders.js';
import { OpenAlgoBroker } from '../../src/adapters/broker-openalgo/openalgo.broker.js';
import type { OpenAlgoBrokerOptions } from '../../src/adapters/broker-openalgo/openalgo.broker.js';
import type { FillReport, OrderEndReport } from '../../src/application/ports/broker.port.js';
import type { AskFault, VenueUnderTest } from '../contract/venue-under-test.js';
import { until } from './until.js';
import { OPENALGO_KEY, OpenAlgoServer } from './openalgo-server.js';
import type { ServerFault } from './openalgo-server.js';

export const NO_LOG: AccountLog = {
  epoch: () => 1,
  order: () => undefined,
  unsettled: () => [],
  positions: () => [],
};

export class OpenAlgoUnderTest implements VenueUnderTest {
  readonly instrumentId = 'NSE:RELIANCE';
  readonly fills: FillReport[] = [];
  readonly ends: OrderEndReport[] = [];
  /** How long the adapter waits before it reads again by itself. */
  readonly pauses: number[] = [];
  readonly alarms: string[] = [];
  readonly dir = mkdtempSync(join(tmpdir(), 'openalgo-'));
  broker: OpenAlgoBroker;

  private constructor(
    readonly server: OpenAlgoServer,
    private readonly over: Partial<OpenAlgoBrokerOptions>,
  ) {
    this.broker = this.connect();
  }

  static async open(over: Partial<OpenAlgoBrokerOptions> = {}): Promise<OpenAlgoUnderTest> {
    return new OpenAlgoUnderTest(await OpenAlgoServer.start(), over);
  }

  hold(quantity: string): Promise<void> {
    this.server.hold(this.instrumentId, Number(quantity));
    return Promise.resolve();
  }

  async fill(orderId: string, pieces: readonly string[]): Promise<void> {
    const venueOrderId = await this.venueIdOf(orderId);
    for (const piece of pieces) this.server.trade(venueOrderId, Number(piece));
  }

  async fillUnheard(orderId: string, pieces: readonly string[]): Promise<void> {
    const venueOrderId = await this.venueIdOf(orderId);
    await this.broker.close();
    for (const piece of pieces) this.server.trade(venueOrderId, Number(piece));
    await this.reconnect();
  }

  async cancelByHand(orderId: string): Promise<void> {
    this.server.orderOf(await this.venueIdOf(orderId)).order_status = 'cancelled';
  }

  setClockAhead(): void {
    throw new Error('OpenAlgo is asked nothing by time');
  }

  /** A new connection knows nothing of what the old one told. */
  async repeatReports(): Promise<void> {
    const before = this.fills.length;
    await this.reconnect();
    await until('all is told again', () => this.fills.length === 2 * before);
  }

  failNext(fault: ServerFault): void {
    this.server.failNext(fault);
  }

  fail(fault: AskFault): void {
    this.server.fail(fault);
  }

  answer(): void {
    this.server.fail(undefined);
  }

  ordersAtVenue(): number {
    return this.server.orders.length;
  }

  newestTerms() {
    const order = this.server.orders.at(-1);
    const text = (price = 0) => (price === 0 ? undefined : String(price));
    return { limitPrice: text(order?.price), stopPrice: text(order?.trigger_price) };
  }

  async reconnect(over: Partial<OpenAlgoBrokerOptions> = {}): Promise<void> {
    await this.broker.close();
    this.broker = this.connect(over);
  }

  async close(): Promise<void> {
    await this.broker.close();
    await this.server.close();
    rmSync(this.dir, { recursive: true });
  }

  private async venueIdOf(orderId: string): Promise<string> {
    const found = await this.broker.lookUpByClientOrderId(orderId);
    if (found.kind !== 'found') throw new Error(`${orderId} is ${found.kind}`);
    return found.venueOrderId;
  }

  private connect(over: Partial<OpenAlgoBrokerOptions> = {}): OpenAlgoBroker {
    const broker = new OpenAlgoBroker({
      url: this.server.url,
      apiKey: OPENALGO_KEY,
      timeoutMs: 600,
      bookPath: join(this.dir, 'demo.jsonl'),
      product: 'MIS',
      strategy: 'stopledger',
      algoTag: 'ALGO-1',
      analyze: false,
      currency: 'INR',
      pollMs: 10,
      agreePauseMs: 1,
      receiveWindowMs: 600,
      log: NO_LOG,
      clock: () => Date.now(),
      pause: (ms) => {
        this.pauses.push(ms);
        return pause(ms, undefined, { ref: false });
      },
      onAlarm: (text) => this.alarms.push(text),
      ...this.over,
      ...over,
    });
    broker.onFill((report) => this.fills.push(report));
    broker.onOrderEnd((report) => this.ends.push(report));
    return broker;
  }
}
