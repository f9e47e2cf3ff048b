import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PaperBroker } from '../../src/adapters/broker-paper/paper.broker.js';
import type { FillReport, OrderEndReport } from '../../src/application/ports/broker.port.js';
import { decimal, exactUnitsAt } from '../../src/domain/kernel/decimal.js';
import type { Decimal } from '../../src/domain/kernel/decimal.js';
import type { DecimalText } from '../../src/domain/kernel/units.js';
import type { PaperChange } from '../../src/simulation/paper-order.js';
import { bookLines } from '../support/book-lines.js';
import type { SubmitFault, VenueUnderTest } from './venue-under-test.js';

const LTC = 'BINANCE:LTCUSDT';
const T0 = 1_750_541_460_000;

/** The paper venue has no wire that could break: an order gets lost when the connection ends on its way there or back. */
export class PaperUnderTest implements VenueUnderTest {
  readonly instrumentId = LTC;
  readonly fills: FillReport[] = [];
  readonly ends: OrderEndReport[] = [];
  broker: PaperBroker;
  private readonly dir = mkdtempSync(join(tmpdir(), 'paper-'));
  private readonly outside = new Map<string, Decimal>();
  private isHeard = true;
  private fault: SubmitFault | undefined;
  private pauses = 0;
  private tradeId = 0;

  constructor() {
    this.broker = this.connect();
  }

  hold(quantity: string): Promise<void> {
    this.outside.set(LTC, decimal(quantity));
    return Promise.resolve();
  }

  fill(orderId: string, pieces: readonly string[]): Promise<void> {
    const { limitPrice } = this.lineOf(orderId).order;
    const priceUnits = Number(exactUnitsAt(decimal(limitPrice ?? '80'), 2));
    for (const piece of pieces) this.print(priceUnits, piece);
    return Promise.resolve();
  }

  /** The process dies between the venue's book and its own log. */
  async fillUnheard(orderId: string, pieces: readonly string[]): Promise<void> {
    this.isHeard = false;
    await this.fill(orderId, pieces);
    await this.reconnect();
    this.isHeard = true;
  }

  cancelByHand(): Promise<void> {
    return Promise.reject(new Error('nobody else has a hand on the paper book'));
  }

  setClockAhead(): void {
    throw new Error('the paper venue has our clock');
  }

  repeatReports(): Promise<void> {
    return Promise.reject(new Error('the paper venue tells a fill once'));
  }

  failNext(fault: SubmitFault): void {
    this.fault = fault;
    this.pauses = 0;
  }

  fail(): void {
    throw new Error('the paper venue always answers');
  }

  answer(): void {
    return undefined;
  }

  ordersAtVenue(): number {
    return this.lines().filter(({ kind }) => kind === 'accepted').length;
  }

  newestTerms() {
    const order = this.lines()
      .filter((change) => change.kind === 'accepted')
      .at(-1)?.order;
    return { limitPrice: order?.limitPrice, stopPrice: order?.stopPrice };
  }

  async reconnect(): Promise<void> {
    await this.broker.close();
    this.broker = this.connect();
  }

  async close(): Promise<void> {
    await this.broker.close();
    rmSync(this.dir, { recursive: true });
  }

  private connect(): PaperBroker {
    const broker = new PaperBroker({
      bookPath: join(this.dir, 'demo.jsonl'),
      feeBps: '10' as DecimalText,
      instrumentOf: () => ({ quoteCurrency: 'USDT' }),
      limitFills: 'print',
      submitLatencyMs: 1,
      ackLatencyMs: 1,
      outside: this.outside,
      clock: () => T0,
      pause: () => this.pause(),
    });
    broker.onFill((report) => this.isHeard && this.fills.push(report));
    broker.onOrderEnd((report) => this.ends.push(report));
    return broker;
  }

  /** The first pause of an order is its way there, the second its way back. */
  private async pause(): Promise<void> {
    this.pauses += 1;
    const { fault } = this;
    if (fault === 'filled-before-answer' && this.pauses === 2) this.print(8_000, '10');
    const closesAt = fault === 'lost-before' ? 1 : fault === 'lost-after' ? 2 : 0;
    if (this.pauses === closesAt) await this.broker.close();
  }

  private print(priceUnits: number, size: string): void {
    this.tradeId += 1;
    this.broker.onTick(
      {
        kind: 'trade',
        instrumentId: LTC,
        feed: 'main',
        priceUnits,
        size,
        tradeId: String(this.tradeId),
        venueTimeMs: T0,
        receivedAtMs: T0 + this.tradeId,
        verdict: 'good',
      },
      2,
    );
  }

  private lines(): PaperChange[] {
    return bookLines(join(this.dir, 'demo.jsonl')) as PaperChange[];
  }

  private lineOf(orderId: string) {
    const found = this.lines().find(
      (change) => change.kind === 'accepted' && change.order.orderId === orderId,
    );
    if (found?.kind !== 'accepted') throw new Error(`${orderId} is not in the paper book`);
    return found;
  }
}
