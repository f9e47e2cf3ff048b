import { EngineHost } from '../../src/application/engine-host.js';
import { Execution } from '../../src/application/execution.js';
import { JournalLine } from '../../src/application/journal-line.js';
import { LaterAttempts } from '../../src/application/later-attempts.js';
import { LeftToVenue } from '../../src/application/left-to-venue.js';
import { SentDoubt } from '../../src/application/sent-doubt.js';
import type {
  FillReport,
  FillsOutcome,
  OpenOrdersOutcome,
  OrderEndReport,
  OrderTicket,
  PositionsOutcome,
  VenueBroker,
} from '../../src/application/ports/broker.port.js';
import type { AppendOutcome, Journal } from '../../src/application/ports/journal.port.js';
import type { TapeRecord } from '../../src/application/ports/tape.port.js';
import { OpenCappedBroker } from '../../src/application/open-capped-broker.js';
import { Reconciliation } from '../../src/application/reconciliation.js';
import { SettlingBroker } from '../../src/application/settling-broker.js';
import { replayTape } from '../../src/application/recovery.js';
import { appendSpooled } from '../../src/application/spool-recovery.js';
import { formatDecimal, isZero } from '../../src/domain/kernel/decimal.js';
import type { Decision } from '../../src/engine/decisions.js';
import type { EngineCommand } from '../../src/engine/engine-commands.js';
import { Partition } from '../../src/engine/partition.js';
import type { ChaosWorld } from './chaos-world.js';
import { RECEIVE_WINDOW_MS } from './chaos-venue.js';
import { LTC, trade } from './partition-fixture.js';

const RECONCILE_MS = 5_000;
const SPOOL_AFTER_MS = 500;
const LOG_LOOK_MS = 500;

/** One life of the engine in a world. Once it is dead nothing of it reaches the world, and nothing of the world it. */
export class ChaosEngine implements Journal, VenueBroker {
  readonly receiveWindowMs = RECEIVE_WINDOW_MS;
  get locksHoldings(): boolean {
    return this.world.venue.locksHoldings;
  }
  readonly partition = new Partition({
    partition: 'p0',
    recording: { recordIntervalMs: 100, trailEventsPerSecondMax: 4_000 },
  });
  private readonly doubtedUntilMs: number | undefined;
  isDead = false;
  isLive = false;
  private readonly doubt = new SentDoubt({
    othersSentUntilMs: () => this.doubtedUntilMs,
    registry: this.partition.registry,
    monotonicMs: () => this.world.clock.now,
    wallMs: () => this.world.clock.now,
  });
  private readonly laterAttempts = new LaterAttempts({
    brokerOf: () => this,
    sinceMs: (orderId) => this.doubt.sinceMs(orderId),
    orderOf: (orderId) => this.partition.registry.orders.get(orderId),
    permission: () => Promise.resolve(),
    report: (report) => this.host.onReport(report),
  });
  private readonly left: LeftToVenue;
  private readonly line: JournalLine;
  private readonly host: EngineHost;
  private readonly execution: Execution;
  private readonly account = {
    accountId: 'demo',
    broker: this,
    adopts: false,
    adoptPlan: undefined,
  };
  private readonly reconciliation = new Reconciliation({
    heldBy: () => [LTC],
    isDefined: () => true,
    report: (holding) => !this.isDead && void this.host.onEvent({ kind: 'holding', holding }),
    onUnknown: () => undefined,
    onUndefined: () => undefined,
  });
  private readonly buffered: TapeRecord[] = [];
  private tellFill: (report: FillReport) => void = () => undefined;
  private tellEnd: (report: OrderEndReport) => void = () => undefined;
  private readonly broker = new SettlingBroker(
    new OpenCappedBroker(this, {
      positionOf: (orderId) => this.partition.registry.positionOf(orderId),
      orderOf: (orderId) => this.partition.registry.orders.get(orderId),
    }),
    (orderId) => this.partition.registry.orders.get(orderId),
  );

  constructor(
    private readonly world: ChaosWorld,
    private readonly epoch: number,
  ) {
    const pause = (ms: number) => this.pause(ms);
    const clock = () => world.clock.now;
    // As a lease has it: a run of the new owner that was killed as well leaves the doubt as it was.
    this.doubtedUntilMs = world.takeOvers > 0 ? world.clock.now : undefined;
    this.left = new LeftToVenue({
      afterMs: new Map([['demo', world.venueStopAfterMs]]),
      monotonicMs: clock,
      registry: this.partition.registry,
      isTakenBack: (orderId) => this.execution.isTakenBack(orderId),
      onLeft: (stopId) => world.noteLeft(stopId),
      onOver: () => this.line.release(),
    });
    this.line = new JournalLine({
      journal: this,
      pause,
      onConflict: () => this.die(),
      onReach: (reach) => this.left.onReach(reach),
      spooling: {
        spool: world.spoolFor(this),
        afterMs: SPOOL_AFTER_MS,
        monotonicMs: clock,
        holds: (decision) => this.left.holds(decision),
        onUnkept: () => undefined,
      },
    });
    this.execution = new Execution({
      brokerOf: () => this.broker,
      report: (report) => this.host.onReport(report),
      pause,
      clock,
      permission: () => Promise.resolve(),
      othersSentUntil: (id) => this.doubtUntil(id),
      laterAttempt: (ticket) => this.laterAttempts.after(ticket),
      priceOf: () => undefined,
      closedUntil: () => undefined,
      insuranceFor: (orderId) => this.partition.registry.restingInsuranceFor(orderId),
      holdsMore: () => this.world.venue.holdsMore,
      onAwaiting: () => undefined,
      onCircuit: () => undefined,
    });
    this.broker.onFill((report) => {
      if (this.isLive && !this.isDead) this.host.onReport({ kind: 'fill', ...report });
    });
    this.broker.onOrderEnd(({ orderId, status, venueText }) => {
      if (!this.isLive || this.isDead) return;
      const kind = status === 'expired' ? 'expired' : 'cancelled';
      this.host.onReport({ kind, orderId, reason: venueText });
    });
    this.host = new EngineHost({
      partitionName: 'p0',
      epoch,
      partition: this.partition,
      tape: {
        append: (record) => void this.buffered.push(record),
        flush: () => {
          const records = this.buffered.splice(0);
          if (!this.isDead) world.tape.push(...records);
        },
        close: () => Promise.resolve(),
      },
      line: this.line,
      onDecided: (decision) => this.left.onDecided(decision),
      send: (ticket) => !this.isDead && void this.execution.send(ticket),
      cancel: (order) => !this.isDead && void this.execution.cancel(order),
      clock,
      timer: (ms, then) => this.later(ms, then),
      defer: (then) => this.later(0, then),
    });
  }

  /** Start-up is recovery, as the engine process does it. */
  async start(): Promise<void> {
    const { world } = this;
    await appendSpooled([...world.spool], this, (ms) => this.pause(ms));
    if (this.isDead) return;
    world.emptySpool();
    while (!world.log.isWell) await this.pause(100);
    for (const { decision } of world.log.events) {
      this.partition.restore(decision.streamId, decision.fact, decision.expectedRevision + 1);
    }
    const taped = [...world.tape];
    const { decisions } = replayTape(this.partition, 'p0', (after) =>
      taped.filter(
        ({ epoch, seq }) => epoch > after.epoch || (epoch === after.epoch && seq > after.seq),
      ),
    );
    await this.host.recovered(decisions);
    this.rememberCommands();
    const started = this.host.onEvent({ kind: 'started', build: 'test' });
    const left = new Set(this.partition.unsettledOrders().map(({ orderId }) => orderId));
    await started;
    for (const order of this.partition.unsettledOrders()) {
      if (left.has(order.orderId)) void this.execution.resume(order);
    }
    this.isLive = true;
    void this.reconcile();
    void this.watchLog();
  }

  die(): void {
    this.isDead = true;
    this.line.close();
    this.execution.close();
    this.host.close();
  }

  onPrice(price: string, tradeId: string): void {
    if (!this.isLive || this.isDead) return;
    this.host.onTick(trade(price, { tradeId, receivedAtMs: this.world.clock.now }));
    for (const { orderId } of this.partition.unsettledOrders()) this.world.noteDecided(orderId);
  }

  onFillReport(report: FillReport): void {
    this.tellFill(report);
  }

  onEndReport(report: OrderEndReport): void {
    this.tellEnd(report);
  }

  /** Whether an exit of the stop waits for the log while something rests for it at the venue. */
  leaves(order: Pick<OrderTicket, 'orderId'>): boolean {
    const stopId = this.partition.registry.orders.get(order.orderId)?.stopId;
    return stopId !== null && stopId !== undefined && this.left.isLeft(stopId);
  }

  /** Whether another machine may have sent this order. */
  doubts(orderId: string): boolean {
    return this.doubtUntil(orderId) !== undefined;
  }

  async command(command: EngineCommand): Promise<boolean> {
    if (!this.isLive || this.isDead) return false;
    const outcome = await this.host.execute(command);
    return outcome.kind === 'accepted';
  }

  append(decisions: readonly Decision[]): Promise<AppendOutcome> {
    return this.answered((answer) => this.world.log.append(decisions, answer));
  }

  submit(ticket: OrderTicket): ReturnType<VenueBroker['submit']> {
    return this.answered((answer) => this.world.submit(this.epoch, ticket, answer));
  }

  cancel(orderId: string): ReturnType<VenueBroker['cancel']> {
    return this.answered((answer) => this.world.cancel(orderId, answer));
  }

  lookUpByClientOrderId(orderId: string): ReturnType<VenueBroker['lookUpByClientOrderId']> {
    return this.answered((answer) => this.world.lookUp(orderId, answer));
  }

  onFill(handler: (report: FillReport) => void): void {
    this.tellFill = handler;
  }

  onOrderEnd(handler: (report: OrderEndReport) => void): void {
    this.tellEnd = handler;
  }

  openOrders(): Promise<OpenOrdersOutcome> {
    return this.answered((answer) => this.world.venue.listOpen(answer));
  }

  positions(): Promise<PositionsOutcome> {
    const quantity = this.world.venue.ours;
    const held = { instrumentId: LTC, book: 'net', entryPrice: undefined } as const;
    const positions = isZero(quantity) ? [] : [{ ...held, quantity: formatDecimal(quantity) }];
    return Promise.resolve({ kind: 'known', positions });
  }

  fills(): Promise<FillsOutcome> {
    return this.answered((answer) => this.world.venue.listFills(answer));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private doubtUntil(orderId: string): number | undefined {
    return this.doubt.untilMs(orderId, this.epoch);
  }

  private rememberCommands(): void {
    for (const { decision } of this.world.log.events) {
      const { commandId, requestHash, streamId, expectedRevision } = decision;
      if (commandId === undefined) continue;
      const id = streamId.slice(streamId.indexOf('-') + 1);
      const revision = expectedRevision + 1;
      const outcome = { kind: 'accepted', id, streamId, revision, position: '0' } as const;
      this.host.rememberDurable(commandId, { outcome, requestHash });
    }
  }

  private async reconcile(): Promise<void> {
    for (;;) {
      await this.pause(RECONCILE_MS);
      for (const order of this.partition.unsettledOrders()) void this.execution.check(order);
      if (this.world.takeOvers > 0) void this.reconciliation.check(this.account);
    }
  }

  private async watchLog(): Promise<void> {
    for (;;) {
      await this.pause(LOG_LOOK_MS);
      this.left.onSight(this.world.log.isWell);
    }
  }

  /** Asks the world; the answer comes only to the living. */
  private answered<Answer>(ask: (answer: (it: Answer) => void) => void): Promise<Answer> {
    return new Promise((resolve) => {
      if (!this.isDead) ask((it) => !this.isDead && resolve(it));
    });
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.later(ms, resolve));
  }

  private later(ms: number, then: () => void): void {
    this.world.clock.in(ms, () => !this.isDead && then());
  }
}
