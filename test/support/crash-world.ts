import { EngineHost } from '../../src/application/engine-host.js';
import { Execution } from '../../src/application/execution.js';
import { JournalLine } from '../../src/application/journal-line.js';
import type {
  Broker,
  CancelOutcome,
  FillReport,
  LookUpOutcome,
  OrderTicket,
  SubmitOutcome,
} from '../../src/application/ports/broker.port.js';
import type { AppendOutcome, Journal } from '../../src/application/ports/journal.port.js';
import type { TapeRecord } from '../../src/application/ports/tape.port.js';
import { replayTape } from '../../src/application/recovery.js';
import { eventIdOf } from '../../src/adapters/eventstoredb/recorded-fact.js';
import type { DecimalText } from '../../src/domain/kernel/units.js';
import type { Decision } from '../../src/engine/decisions.js';
import type { EngineCommand } from '../../src/engine/engine-commands.js';
import { Partition } from '../../src/engine/partition.js';
import { PaperVenue } from '../../src/simulation/paper-venue.js';
import type { PaperChange, PaperFill } from '../../src/simulation/paper-order.js';
import { T0, trade } from './partition-fixture.js';

const NEVER = new Promise<never>(() => undefined);

/** What outlives a process: the log, the tape, the venue's book. A place where it can die is a numbered point. */
export class CrashWorld {
  readonly log: { readonly id: string; readonly decision: Decision }[] = [];
  readonly tape: TapeRecord[] = [];
  readonly book: PaperChange[] = [];
  readonly venue = new PaperVenue({
    feeBps: '0' as DecimalText,
    instrumentOf: () => ({ quoteCurrency: 'USDT' }),
  });
  private epoch = 0;
  private tradeId = 0;

  /** Starts a process that dies at the given point (0-based), or never. */
  start(dieAt = Infinity): CrashProcess {
    this.epoch += 1;
    return new CrashProcess(this, this.epoch, dieAt);
  }

  nextTradeId(): string {
    this.tradeId += 1;
    return String(this.tradeId);
  }

  commit(change: PaperChange): void {
    this.book.push(change);
    this.venue.apply(change);
  }

  typesOf(streamPrefix: string): string[] {
    return this.log
      .filter(({ decision }) => decision.streamId.startsWith(streamPrefix))
      .map(({ decision }) => decision.fact.type);
  }
}

/** One life of the engine process over a world. Once dead, nothing that it still does reaches the world. */
export class CrashProcess implements Journal, Broker {
  readonly receiveWindowMs = 0;
  readonly partition = new Partition({
    partition: 'p0',
    recording: { recordIntervalMs: 0, trailEventsPerSecondMax: 1_000_000 },
  });
  isDead = false;
  points = 0;
  private readonly host: EngineHost;
  private readonly execution: Execution;
  private readonly buffered: TapeRecord[] = [];
  private tell: (report: FillReport) => void = () => undefined;

  constructor(
    private readonly world: CrashWorld,
    epoch: number,
    private readonly dieAt: number,
  ) {
    const pause = async (): Promise<void> => {
      await new Promise((resolve) => setImmediate(resolve));
      if (this.isDead) await NEVER;
    };
    const line = new JournalLine({
      journal: this,
      pause,
      onConflict: ({ streamId, found }) => {
        throw new Error(`conflict in ${streamId}: ${found}`);
      },
      onReach: () => undefined,
    });
    this.execution = new Execution({
      brokerOf: () => this,
      report: (report) => !this.isDead && this.host.onReport(report),
      pause,
      clock: () => T0,
      permission: () => Promise.resolve(),
      othersSentUntil: () => undefined,
      laterAttempt: () => Promise.resolve({ kind: 'none' }),
      priceOf: () => undefined,
      closedUntil: () => undefined,
      insuranceFor: () => undefined,
      holdsMore: () => false,
      onAwaiting: () => undefined,
      onCircuit: () => undefined,
    });
    this.host = new EngineHost({
      partitionName: 'p0',
      epoch,
      partition: this.partition,
      tape: {
        append: (record) => void this.buffered.push(record),
        flush: () => {
          if (!this.isDead) this.world.tape.push(...this.buffered.splice(0));
        },
        close: () => Promise.resolve(),
      },
      line,
      send: (ticket) => !this.isDead && void this.execution.send(ticket),
      cancel: (order) => !this.isDead && void this.execution.cancel(order),
      clock: () => T0,
      timer: () => undefined,
      defer: (then) => void setImmediate(then),
    });
    this.onFill((report) => !this.isDead && this.host.onReport({ kind: 'fill', ...report }));
  }

  cancel(): Promise<CancelOutcome> {
    return Promise.resolve({ kind: 'ended' });
  }

  async recover(): Promise<void> {
    for (const { decision } of this.world.log) {
      this.partition.restore(decision.streamId, decision.fact, decision.expectedRevision + 1);
    }
    const taped = [...this.world.tape];
    const { decisions } = replayTape(this.partition, 'p0', (after) =>
      taped.filter(
        ({ epoch, seq }) => epoch > after.epoch || (epoch === after.epoch && seq > after.seq),
      ),
    );
    await Promise.race([this.host.recovered(decisions), this.quiet()]);
    await Promise.race([this.host.onEvent({ kind: 'started', build: 'test' }), this.quiet()]);
    for (const order of this.partition.unsettledOrders()) void this.execution.resume(order);
    await this.quiet();
  }

  async command(command: EngineCommand): Promise<void> {
    if (this.isDead) return;
    await Promise.race([this.host.execute(command), this.quiet()]);
  }

  /** One print: the venue sees it first, then the engine. */
  async price(price: string): Promise<void> {
    const tradeId = this.world.nextTradeId();
    if (this.isDead) return;
    const tick = trade(price, { tradeId, receivedAtMs: T0 + Number(tradeId) });
    const print = { instrumentId: tick.instrumentId, price: price as DecimalText, at: T0 };
    for (const change of this.world.venue.match(print)) {
      if (change.kind !== 'filled' || this.dies()) continue;
      this.world.commit(change);
      if (this.dies()) continue;
      this.tell({ orderId: change.orderId, fill: reported(change.fill) });
    }
    if (!this.hasDied()) this.host.onTick(tick);
    await this.quiet();
  }

  async append(decisions: readonly Decision[]): Promise<AppendOutcome> {
    await Promise.resolve();
    if (this.dies()) return NEVER;
    for (const decision of decisions) this.store(decision);
    if (this.dies()) return NEVER;
    return { kind: 'appended', position: BigInt(this.world.log.length) };
  }

  async submit(ticket: OrderTicket): Promise<SubmitOutcome> {
    await Promise.resolve();
    if (this.dies()) return NEVER;
    const change = this.world.venue.judge({ ...ticket, at: T0 });
    this.world.commit(change);
    if (this.dies()) return NEVER;
    if (change.kind !== 'accepted') return { kind: 'unknown', cause: 'known id' };
    return { kind: 'acknowledged', venueOrderId: change.order.venueOrderId, venueTimeMs: T0 };
  }

  async lookUpByClientOrderId(orderId: string): Promise<LookUpOutcome> {
    await Promise.resolve();
    if (this.dies()) return NEVER;
    const order = this.world.venue.order(orderId);
    if (!order) return { kind: 'absent' };
    const fills = order.fills.map(reported);
    return { kind: 'found', venueOrderId: order.venueOrderId, venueTimeMs: T0, fills };
  }

  onFill(handler: (report: FillReport) => void): void {
    this.tell = handler;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** Everything here settles within a few turns of the loop: nothing waits for a clock. */
  async quiet(): Promise<void> {
    for (let turn = 0; turn < 12; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  }

  private hasDied(): boolean {
    return this.isDead;
  }

  private dies(): boolean {
    if (this.points === this.dieAt) this.isDead = true;
    this.points += 1;
    return this.isDead;
  }

  private store(decision: Decision): void {
    const { log } = this.world;
    const revision = log.filter((one) => one.decision.streamId === decision.streamId).length - 1;
    if (revision !== decision.expectedRevision) {
      throw new Error(
        `wrong revision of ${decision.streamId}: ${revision}, expected ${decision.expectedRevision}`,
      );
    }
    log.push({ id: eventIdOf(decision), decision });
  }
}

function reported(fill: PaperFill) {
  const { venueTradeId, quantity, price, feeAmount, feeCurrency, liquidity, filledAtMs } = fill;
  return { venueTradeId, quantity, price, feeAmount, feeCurrency, liquidity, filledAtMs };
}
