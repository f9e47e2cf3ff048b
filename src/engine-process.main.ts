import { steadyTime } from './adapters/clock/steady-time.js';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { EventStoreDBClient } from '@eventstore/db-client';
import { addressPathIn } from './adapters/engine-channel/channel-address.js';
import { ChannelServer } from './adapters/engine-channel/channel.server.js';
import { EventStoreJournal } from './adapters/eventstoredb/eventstoredb.journal.js';
import { listSegments } from './adapters/tape/tape-segment.js';
import type { TapeWriter } from './adapters/tape/tape.writer.js';
import { EngineHost } from './application/engine-host.js';
import { closedUntil } from './application/market-hours.js';
import { Execution } from './application/execution.js';
import type { JournalLine } from './application/journal-line.js';
import type { LeftToVenue } from './application/left-to-venue.js';
import { LaterAttempts } from './application/later-attempts.js';
import type { LogFollower } from './application/log-follower.js';
import { commandStep } from './application/order-traces.js';
import type { OrderTraces } from './application/order-traces.js';
import type { Say } from './application/ports/say.port.js';
import type { Ownership } from './application/ownership.js';
import { SentDoubt } from './application/sent-doubt.js';
import type { CommandOutcome, EngineView } from './application/ports/engine-gateway.port.js';
import { FAIL_OVER_RULES, FailOverDesk } from './application/feeds/fail-over-desk.js';
import { MarketDesk } from './application/feeds/market-desk.js';
import { PriceSupply } from './application/feeds/price-supply.js';
import { LastPrices } from './application/feeds/last-prices.js';
import { PriceCache } from './application/feeds/price-cache.js';
import { marketAnswers } from './application/feeds/market-answers.js';
import type { Traces } from './application/ports/trace.port.js';
import type { StepTimes } from './application/step-times.js';
import type { EngineRecovered } from './domain/engine-run/engine-run.events.js';
import { replayTape } from './application/recovery.js';
import { BUILD } from './config/build.js';
import type { Config } from './config/config-shape.js';
import { keyPlaces } from './config/secret-key.js';
import { EngineReconciliation } from './engine-reconciliation.main.js';
import { EngineBrokers } from './engine-brokers.main.js';
import { EngineAlarms } from './engine-alarms.main.js';
import { tellLateExits } from './application/alarms/late-exits.js';
import { applyConfig, checkDemo } from './engine-setup.main.js';
import { openLog } from './engine-log.main.js';
import { openLine } from './engine-line.main.js';
import { makeOwnership } from './engine-ownership.main.js';
import { EngineSnapshots } from './engine-snapshots.main.js';
import { EngineSpool } from './engine-spool.main.js';
import { stopEngine } from './engine-stop.main.js';
import type { StoppableEngine } from './engine-stop.main.js';
import { openTape, soundTape } from './engine-tape.main.js';
import { openOrderTraces, openSteps, openTelling } from './engine-telling.main.js';
import type { Decision } from './engine/decisions.js';
import type { CommandRejected, EngineCommand } from './engine/engine-commands.js';
import { Partition } from './engine/partition.js';
import { marketInstrument, openFeed } from './market-feeds.main.js';
import { QualityGate } from './engine/quality-gate.js';
import type { Tick } from './engine/tick.js';

export interface RunningEngine {
  readonly guards: number;
  /** Ends in order: no new command, log flushed, end recorded. */
  stop(): Promise<void>;
}

export interface EngineOptions {
  readonly config: Config;
  readonly say: Say;
  readonly narrates: boolean;
  readonly traces?: Traces | undefined;
  /** The engine must not go on with what it believes. */
  readonly onFatal: (reason: string) => void;
}

const PARTITION = 'p0';
const APPEND_DEADLINE_MS = 2_000;
const COMMAND_DEADLINE_MS = 10_000;
const RECONCILE_MS = 5_000;

/** Wires the engine of the one partition and starts it: start-up is recovery. */
export class EngineProcess {
  private readonly client: EventStoreDBClient;
  private readonly partition = new Partition({ partition: PARTITION });
  private readonly time = steadyTime();
  private readonly traces: OrderTraces | undefined;
  private readonly steps: StepTimes;
  private readonly tell: (decision: Decision) => void;
  private readonly brokers: EngineBrokers;
  private readonly reconciliation: EngineReconciliation;
  private readonly market: MarketDesk;
  private readonly supply: PriceSupply;
  private readonly ownership: Ownership;
  private readonly standsBy: Promise<void>;
  private readonly journal: EventStoreJournal;
  private readonly spool: EngineSpool;
  private readonly alarms: EngineAlarms;
  private readonly prices = new PriceCache();
  private readonly lastPrices = new LastPrices({
    partition: this.partition,
    recordedBy: (feed) => this.market.recordedBy(feed),
  });
  private readonly left: LeftToVenue;
  private readonly log: LogFollower;
  private readonly line: JournalLine;
  private readonly execution: Execution;
  private readonly tape: TapeWriter;
  private host: EngineHost | undefined;
  private channel: ChannelServer | undefined;
  private epoch = 0;
  private readonly doubt = new SentDoubt({
    othersSentUntilMs: () => this.ownership.othersSentUntilMs,
    registry: this.partition.registry,
    monotonicMs: () => performance.now(),
    wallMs: () => Date.now(),
  });
  private readonly laterAttempts = new LaterAttempts({
    brokerOf: (accountId) => this.brokers.of(accountId),
    sinceMs: (orderId) => this.doubt.sinceMs(orderId),
    orderOf: (orderId) => this.partition.registry.orders.get(orderId),
    permission: () => this.ownership.permission(),
    report: (report) => this.host?.onReport(report),
  });
  private readonly snapshots: EngineSnapshots;
  private reconcileTimer: NodeJS.Timeout | undefined;
  /** Orders are taken up and prices are read. */
  private isGuarding = false;
  private isStopping = false;

  constructor(private readonly options: EngineOptions) {
    const { config, say, onFatal } = options;
    this.traces = options.traces && openOrderTraces(options.traces);
    this.steps = openSteps(this.time, this.traces);
    this.tell = openTelling(options);
    const { registry } = this.partition;
    this.alarms = new EngineAlarms({ config, say, registry, state: () => this.state() });
    this.client = EventStoreDBClient.connectionString(config.eventStoreUri ?? '');
    let tellStandingBy = (): void => undefined;
    this.standsBy = new Promise((resolve) => (tellStandingBy = resolve));
    this.ownership = makeOwnership({
      ...{ client: this.client, partition: PARTITION, dataDir: config.dataDir },
      deadlineMs: APPEND_DEADLINE_MS,
      onStandingBy: (holder) => {
        say(`engine ${holder} owns the partition; standing by`);
        tellStandingBy();
      },
      onSight: (seen) => [this.alarms, this.left].forEach((part) => part.onSight(seen)),
      onUnheard: (holder) => this.alarms.onUnheard(holder),
      onLost: (holder) => onFatal(`engine ${holder} owns the partition now`),
    });
    this.journal = new EventStoreJournal({
      client: this.client,
      build: BUILD,
      clock: () => Date.now(),
      appendDeadlineMs: APPEND_DEADLINE_MS,
    });
    this.spool = new EngineSpool(config, PARTITION, this.alarms.desk, say);
    ({ left: this.left, line: this.line } = openLine({
      ...{ config, onFatal, journal: this.journal, spool: this.spool, alarms: this.alarms },
      registry: this.partition.registry,
      isTakenBack: (orderId) => this.execution.isTakenBack(orderId),
    }));
    this.snapshots = new EngineSnapshots(config, this.partition, say);
    this.log = this.openLog();
    this.tape = openTape(this.tapeDir, config.tape, this.alarms);
    this.market = this.openMarket();
    this.supply = new PriceSupply({ registry, market: this.market, alarms: this.alarms.desk });
    this.brokers = new EngineBrokers({
      config,
      keyPlaces: keyPlaces(),
      time: this.time,
      alarms: this.alarms.desk,
      times: this.steps,
      report: (report) => this.host?.onReport(report),
      ...{ registry, say, epoch: () => this.epoch },
      priceOf: (instrumentId) => this.lastPrices.of(instrumentId),
    });
    this.reconciliation = new EngineReconciliation({
      ...{ config, registry, alarms: this.alarms.desk, brokers: this.brokers },
      report: (holding) => void this.host?.onEvent({ kind: 'holding', holding }),
    });
    this.execution = new Execution({
      brokerOf: (accountId) => this.brokers.of(accountId),
      report: (report) => this.host?.onReport(report),
      ...{ pause: (ms: number) => pause(ms), clock: () => performance.now() },
      permission: () => this.ownership.permission(),
      othersSentUntil: (id) => this.doubt.untilMs(id, this.epoch),
      laterAttempt: (ticket) => this.laterAttempts.after(ticket),
      priceOf: (id) => this.lastPrices.of(id),
      ...{ closedUntil: (id: string) => this.closedUntil(id), onCircuit: this.alarms.onCircuit },
      insuranceFor: (id) => registry.restingInsuranceFor(id),
      holdsMore: (id) => this.reconciliation.surplus.mayBe(id),
      onAwaiting: this.alarms.onAwaiting,
    });
  }

  private openLog(): LogFollower {
    const { client, partition, snapshots, tapeDir } = this;
    const { say, config } = this.options;
    const connectionString = config.eventStoreUri ?? '';
    return openLog({ client, connectionString, partition, snapshots, tapeDir, say });
  }

  /** Resolves when the engine runs, or when another one owns the partition: then it stands by and begins later. */
  async start(): Promise<RunningEngine> {
    this.alarms.beat();
    const begun = this.ownership.acquire().then(() => this.begin());
    void this.standsBy.then(() => this.log.follow());
    await Promise.race([begun, this.standsBy]);
    begun.catch((error: unknown) => this.options.onFatal(String(error)));
    return { guards: this.partition.openCount, stop: () => this.stop() };
  }

  private async begin(): Promise<void> {
    const { config } = this.options;
    void this.ownership.keep();
    this.doubt.note(await this.spool.emptyInto(this.journal));
    const reading = await this.log.finish();
    checkDemo(config, this.partition.registry.accounts.keys());
    for (const { streamId, reason } of reading.unreadable) {
      this.alarms.unreadable(streamId, reason);
      this.partition.isolate(streamId);
    }
    // Also above every epoch on the tape: inputs of a log that was taken away must never be done again for a new one.
    this.epoch = Math.max(reading.epoch, listSegments(this.tapeDir).at(-1)?.epoch ?? 0) + 1;
    this.host = this.makeHost(reading.position);
    const host = this.host;
    const replay = replayTape(this.partition, PARTITION, (after) =>
      soundTape(this.tapeDir, after, this.alarms.desk),
    );
    this.alarms.recovered(this.partition);
    await host.recovered(replay.decisions);
    for (const [commandId, durable] of reading.outcomes) host.rememberDurable(commandId, durable);
    await this.brokers.load();
    const started = host.onEvent({ kind: 'started', build: BUILD });
    // Not those that are decided from here on: they leave once they are durable, and no sooner.
    const left = new Set(this.partition.unsettledOrders().map(({ orderId }) => orderId));
    await started;
    await applyConfig(host, config, this.partition, this.alarms.desk);
    await this.noteRecovery(host, {
      eventsRead: reading.eventsRead,
      tapeInputsReplayed: replay.inputsReplayed,
      snapshot: reading.snapshot,
    });
    this.brokers.openAll();
    this.resumeOrders(left);
    this.market.follow([...this.partition.registry.instruments.values()].map(marketInstrument));
    for (const [instrumentId, plan] of this.partition.registry.stops.plansOpen())
      this.supply.want(instrumentId, plan);
    this.market.watch();
    this.isGuarding = true;
    this.channel = new ChannelServer({
      addressPath: addressPathIn(config.dataDir),
      host: config.engineHost,
      execute: (command) => this.execute(command),
      tryArm: (command) => this.refusalOf(command) ?? this.partition.tryArm(command),
      view: () => this.view(),
      ...marketAnswers(this.market, this.prices, (instrumentId) =>
        this.lastPrices.scaleOf(instrumentId),
      ),
      deadlineMs: COMMAND_DEADLINE_MS,
      onTrouble: this.alarms.onChannel,
    });
    await this.channel.listen();
    this.reconcileTimer = setInterval(() => this.reconcile(), RECONCILE_MS);
    this.snapshots.begin({ ...reading, host, line: this.line, epoch: this.epoch });
  }

  private get tapeDir(): string {
    return join(this.options.config.dataDir, 'tape');
  }

  private makeHost(knownPosition: bigint): EngineHost {
    return new EngineHost({
      ...{ knownPosition, partitionName: PARTITION, epoch: this.epoch, partition: this.partition },
      tape: this.tape,
      line: this.line,
      onDecided: (decision) => {
        this.traces?.decided(decision);
        this.steps.decided(decision.fact);
        this.left.onDecided(decision);
      },
      send: (ticket) => {
        this.steps.durable(ticket.orderId);
        void this.execution.send(ticket);
      },
      cancel: (order) => void this.execution.cancel(order),
      clock: this.time.clock,
      timer: (ms, then) => void setTimeout(then, ms).unref(),
      defer: (then) => void setImmediate(then),
      onDurable: (decision) => {
        const { fact } = decision;
        if (fact.type === 'StopArmed' || fact.type === 'StopAmended')
          this.supply.want(fact.data.instrumentId, fact.data.plan);
        this.traces?.durable(decision);
        this.alarms.onDurable(fact);
        this.snapshots.note(fact);
        this.tell(decision);
      },
    });
  }

  private noteRecovery(
    host: EngineHost,
    found: Pick<EngineRecovered['data'], 'eventsRead' | 'tapeInputsReplayed' | 'snapshot'>,
  ): Promise<void> {
    const { stopsArmed: stopsOpen, isolated: stopsIsolated } = this.partition;
    const ordersResumed = this.partition.unsettledOrders().length;
    const own = { stopsOpen, ordersResumed, tapeBytesLost: this.tape.bytesLost, stopsIsolated };
    return host.onEvent({ kind: 'recovered', found: { ...own, ...found } });
  }

  /** The venue is right: what it knows of our open orders is asked for again and again. */
  private reconcile(): void {
    const unsettled = this.partition.unsettledOrders();
    for (const order of unsettled) void this.execution.check(order);
    tellLateExits(this.alarms.desk, unsettled, this.time.clock());
    void this.reconciliation.check();
  }

  private resumeOrders(left: ReadonlySet<string>): void {
    for (const order of this.partition.unsettledOrders())
      if (left.has(order.orderId)) void this.execution.resume(order);
  }

  /** By what this machine has: feeds and venues are not in the log. */
  private readonly refusalOf = (command: EngineCommand): CommandRejected | undefined =>
    this.supply.refusalOf(command) ?? this.brokers.reach.refusalOf(command);

  private async execute(command: EngineCommand): Promise<CommandOutcome> {
    if (!this.host) throw new Error('Invariant: the channel opens after recovery');
    const refusal = this.refusalOf(command);
    if (refusal) return refusal;
    const fromMs = Date.now();
    const outcome = await this.host.execute(command);
    const times = { fromMs, untilMs: Date.now() };
    this.options.traces?.took(commandStep(command, outcome, { by: 'engine', ...times }));
    const isGrid = command.kind === 'DefineInstrument' || command.kind === 'SplitInstrument';
    if (isGrid && outcome.kind === 'accepted') this.follow(command.instrumentId);
    return outcome;
  }

  private openMarket(): MarketDesk {
    const { config, say } = this.options;
    const market = new MarketDesk({
      gate: new QualityGate(),
      failOver: new FailOverDesk(FAIL_OVER_RULES, () => this.partition.pricesRead()),
      time: this.time,
      alarms: this.alarms.desk,
      closedUntil: (id) => this.closedUntil(id),
      onTick: (tick) => this.onTick(tick),
      onChange: (feed, change) => void this.host?.onEvent({ kind: 'feed', feed, change }),
      say,
    });
    for (const feed of config.feeds) market.add(openFeed(feed, this.time));
    return market;
  }

  /** An instrument defined while running is subscribed to on the connections that stand. */
  private follow(instrumentId: string): void {
    const known = this.partition.registry.instruments.get(instrumentId);
    if (known && !this.isStopping) this.market.follow([marketInstrument(known)]);
  }

  private onTick(tick: Tick): void {
    this.time.witness(tick.venueTimeMs);
    // The venue sees the print first: an order that this very print triggers fills at the next one.
    this.brokers.onTick(tick, this.lastPrices.scaleOf(tick.instrumentId));
    this.steps.begin();
    this.host?.onTick(tick);
    this.steps.end();
    this.prices.take(tick);
  }

  private closedUntil(instrumentId: string): number | undefined {
    const instrument = this.partition.registry.instruments.get(instrumentId);
    return closedUntil(instrument, this.partition.lastTick(instrumentId), this.time.clock());
  }

  private view(): EngineView {
    return {
      epoch: this.epoch,
      inputs: this.host?.inputs ?? 0,
      stopsArmed: this.partition.stopsArmed,
      lastPrices: this.lastPrices.all(),
      feeds: this.market.reports(),
      unprotected: this.alarms.unprotected,
      journal: {
        connected: this.line.available,
        inFlight: this.line.inFlight,
        queued: this.line.queued,
        spooled: this.line.spooled,
      },
      execution: this.execution.health,
      steps: this.steps.view(),
    };
  }

  private async stop(): Promise<void> {
    if (this.isStopping) return;
    this.isStopping = true;
    clearInterval(this.reconcileTimer);
    const parts: StoppableEngine = {
      ...{ partition: this.partition, host: this.host, line: this.line, alarms: this.alarms },
      closeChannel: async () => this.channel?.close(),
      closeFeeds: () => this.market.close(),
      closeExecution: () => this.execution.close(),
      snapshot: () => this.snapshots.end(),
      release: () => this.ownership.release(),
      closeFiles: () => this.closeFiles(),
      closeBrokers: () => this.brokers.close(),
      closeLog: () => this.client.dispose(),
    };
    await stopEngine(parts, this.options.say);
  }

  private async closeFiles(): Promise<void> {
    await Promise.all([this.tape.close(), this.spool.close()]);
  }

  /** What a heartbeat tells of the engine. */
  private state() {
    const { epoch, host, partition, isGuarding } = this;
    const { logReachable } = this.alarms;
    const state = isGuarding ? (this.isStopping ? 'stopping' : 'guarding') : 'not guarding yet';
    return {
      state,
      guardedBy: isGuarding ? 'this engine' : this.guardedByOthers(logReachable),
      epoch,
      inputs: host?.inputs ?? 0,
      stopsArmed: partition.stopsArmed,
      logReachable,
    };
  }

  /** Without the log nobody knows what became of an owner. */
  private guardedByOthers(logReachable: boolean): string {
    if (!logReachable) return 'unknown';
    return this.ownership.seesOwner ? 'another engine' : 'nobody';
  }
}
