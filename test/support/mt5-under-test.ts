import { setTimeout as pause } from 'node:timers/promises';
import { clientIdOf } from '../../src/adapters/broker-mt5/mt5-client-id.js';
import { Mt5Broker } from '../../src/adapters/broker-mt5/mt5.broker.js';
import type { FillReport, OrderEndReport } from '../../src/application/ports/broker.port.js';
import type { AskFault, SubmitFault, VenueUnderTest } from '../contract/venue-under-test.js';
import { MT5_ACCOUNT, MT5_TOKEN, Mt5Server } from './mt5-server.js';
import type { Mt5Fault, ServedOrder } from './mt5-server.js';

export class Mt5UnderTest implements VenueUnderTest {
  readonly instrumentId = 'MT5.DEMO:XAUUSD';
  readonly fills: FillReport[] = [];
  readonly ends: OrderEndReport[] = [];
  /** How long the adapter waits before it reads again by itself. */
  readonly pauses: number[] = [];
  /** What the log knows. */
  readonly orderIds: string[] = [];
  broker: Mt5Broker;

  private constructor(readonly server: Mt5Server) {
    this.broker = this.connect();
  }

  static async open(): Promise<Mt5UnderTest> {
    return new Mt5UnderTest(await Mt5Server.start());
  }

  hold(quantity: string): Promise<void> {
    this.server.positions.length = 0;
    this.server.hold('XAUUSD', quantity);
    return Promise.resolve();
  }

  know(orderId: string): void {
    this.orderIds.push(orderId);
  }

  orderOf(orderId: string): ServedOrder {
    const found = this.server.orders.find(({ clientId }) => clientId === clientIdOf(orderId));
    if (!found) throw new Error(`no order ${orderId}`);
    return found;
  }

  fill(orderId: string, pieces: readonly string[]): Promise<void> {
    for (const piece of pieces) this.server.trade(this.orderOf(orderId), piece);
    return Promise.resolve();
  }

  async fillUnheard(orderId: string, pieces: readonly string[]): Promise<void> {
    await this.broker.close();
    await this.fill(orderId, pieces);
    await this.reconnect();
  }

  cancelByHand(orderId: string): Promise<void> {
    this.orderOf(orderId).state = 'ORDER_STATE_CANCELED';
    return Promise.resolve();
  }

  setClockAhead(ms: number): void {
    this.server.clockAheadMs = ms;
  }

  repeatReports(): Promise<void> {
    this.server.repeatsDeals = true;
    return this.reconnect();
  }

  failNext(fault: SubmitFault | Mt5Fault): void {
    if (fault === 'banned') throw new Error('MetaApi bans nobody');
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
    const isStop = order?.actionType.includes('_STOP') === true;
    return {
      limitPrice: isStop ? order.stopLimitPrice : order?.openPrice,
      stopPrice: isStop ? order.openPrice : undefined,
    };
  }

  async reconnect(): Promise<void> {
    await this.broker.close();
    this.broker = this.connect();
  }

  async close(): Promise<void> {
    await this.broker.close();
    await this.server.close();
  }

  private connect(): Mt5Broker {
    const broker = new Mt5Broker({
      url: this.server.url,
      metaApiAccountId: MT5_ACCOUNT,
      token: MT5_TOKEN,
      timeoutMs: 600,
      venue: 'MT5.DEMO',
      currency: 'USD',
      pollMs: 10,
      agreePauseMs: 1,
      clock: () => Date.now(),
      pause: (ms) => {
        this.pauses.push(ms);
        return pause(ms, undefined, { ref: false });
      },
      orderIds: () => this.orderIds,
    });
    broker.onFill((report) => this.fills.push(report));
    broker.onOrderEnd((report) => this.ends.push(report));
    return broker;
  }
}
