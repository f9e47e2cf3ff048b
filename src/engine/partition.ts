import type { Fact } from '../domain/facts.js';
import type { InputRef } from '../domain/kernel/units.js';
import { isExit } from '../domain/order/order-state.js';
import type { KnownOrder } from '../domain/order/order-state.js';
import type { KnownStop } from '../domain/stop/stop-state.js';
import type { StopTrack } from '../domain/stop/stop.events.js';
import { CommandDesk } from './command-desk.js';
import type { ArmTrial, Decision, StepResult } from './decisions.js';
import { Desk } from './desk.js';
import type { CommandOrigin } from './desk.js';
import type { ArmStop, CommandRejected, EngineCommand } from './engine-commands.js';
import { EntryDesk } from './entry-desk.js';
import { ExitPricing } from './exit-terms.js';
import { feedFact } from './feed-desk.js';
import type { EngineInput, NumberedInput } from './inputs.js';
import { InsuranceDesk } from './insurance-desk.js';
import { LeaveDesk } from './leave-desk.js';
import { armedTrack } from './live-track.js';
import { MoveRecorder, RECORDING_DEFAULT } from './move-recorder.js';
import type { RecordingRule } from './move-recorder.js';
import { OrderDesk } from './order-desk.js';
import { imageOf, resumeImage } from './partition-image.js';
import type { PartitionImage } from './partition-image.js';
import { sealed, stateOf, takeOver } from './partition-snapshot.js';
import type { PartitionSnapshot, SnapshotRoom } from './partition-snapshot.js';
import { PlanMarket } from './plan-market.js';
import { pricesRead } from './prices-read.js';
import type { PricesRead } from './prices-read.js';
import type { Registry } from './registry.js';
import { ReconcileDesk } from './reconcile-desk.js';
import { ReportDesk } from './report-desk.js';
import { SplitDesk } from './split-desk.js';
import { StopBook } from './stop-book.js';
import { StopClock } from './stop-clock.js';
import { StopClosing } from './stop-closing.js';
import { StopCommands } from './stop-commands.js';
import { StopRecovery } from './stop-recovery.js';
import { mayDecide } from './tick.js';
import { TickDesk } from './tick-desk.js';
import type { Tick } from './tick.js';
import { StopSizes } from './stop-sizes.js';
import { TriggerDesk } from './trigger-desk.js';

/** Version of the rules below. It is stamped into every event; old versions stay executable. */
export const RULES_VERSION = '1';

// What is written down of moves before whoever drives the engine has its turn: a trigger's answer waits no longer.
const MOVES_A_PART = 64;

export interface PartitionOptions {
  readonly partition: string;
  readonly recording?: RecordingRule;
}

/**
 * The engine of one partition: inputs in, decisions out. Synchronous, deterministic, single writer of its stops.
 *
 *     restore(fact)* ─► recover(taped input)* ─► live ─► step(input)*
 *
 * `restore` folds what the log holds. `recover` does the taped inputs again that the log has not seen the outcome of:
 * stops join in when the tape reaches the input behind their newest fact. `live` admits the rest.
 */
export class Partition {
  private readonly desk = new Desk(RULES_VERSION);
  private readonly book = new StopBook();
  private readonly recorder: MoveRecorder;
  private readonly triggers: TriggerDesk;
  private readonly reports: ReportDesk;
  private readonly commands: CommandDesk;
  private readonly stops: StopCommands;
  private readonly orders: OrderDesk;
  private readonly entries: EntryDesk;
  private readonly leaving: LeaveDesk;
  private readonly insurance: InsuranceDesk;
  private readonly reconciling: ReconcileDesk;
  private readonly splits: SplitDesk;
  private readonly clock: StopClock;
  private readonly prices: TickDesk;
  private readonly recovery: StopRecovery;
  /** The price whose moves are still to be worked out. */
  private moving: Tick | undefined;
  private isWorking = false;

  constructor(private readonly options: PartitionOptions) {
    this.recorder = new MoveRecorder(options.recording ?? RECORDING_DEFAULT);
    const { book, recorder, desk } = this;
    const pricing = new ExitPricing(desk, book);
    const closing = new StopClosing(desk);
    this.orders = new OrderDesk(desk, pricing, closing);
    this.insurance = new InsuranceDesk(desk, this.orders);
    this.triggers = new TriggerDesk(desk, { book, recorder, pricing, orders: this.orders });
    this.prices = new TickDesk(desk, { book, recorder, triggers: this.triggers });
    this.clock = new StopClock(desk, book, this.triggers);
    this.recovery = new StopRecovery(desk, { book, recorder, clock: this.clock });
    const markets = new PlanMarket(desk, book);
    const room = {
      ...{ book, clock: this.clock },
      closeRange: (stop: KnownStop) => this.closeRange(stop),
      react: (stopId: string, tick: Tick) => this.prices.reactAt(stopId, tick),
    };
    this.stops = new StopCommands(desk, room, markets);
    const sizes = new StopSizes(desk, room);
    const { orders, stops, triggers } = this;
    this.entries = new EntryDesk(desk, { markets, stops, sizes, orders });
    this.reports = new ReportDesk(desk, orders, this.entries, { closing, sizes });
    this.leaving = new LeaveDesk(desk, {
      ...{ book, markets, stops, triggers, orders, entries: this.entries },
    });
    this.reconciling = new ReconcileDesk(desk, markets, stops, sizes);
    this.splits = new SplitDesk(desk, { book, recorder, clock: this.clock });
    const { entries, leaving, splits } = this;
    this.commands = new CommandDesk(desk, { stops, entries, leaving, splits });
  }

  get name(): string {
    return this.options.partition;
  }

  get registry(): Registry {
    return this.desk.registry;
  }

  get stopsArmed(): number {
    return this.book.count;
  }

  /** Stops, orders and exits between two orders that are not settled: what a restart must not leave alone. */
  get openCount(): number {
    return this.stopsArmed + this.unsettledOrders().length + this.orders.waiting;
  }

  /** Stops whose history could not be folded: reported as unprotected, never guessed at. */
  get isolated(): readonly string[] {
    return this.recovery.isolated;
  }

  /** Input time at which a timer input is wanted, or Infinity. */
  get wakeAtMs(): number {
    const { recorder, clock, orders, insurance } = this;
    return Math.min(recorder.dueAtMs, clock.dueAtMs, orders.dueAtMs, insurance.dueAtMs);
  }

  /** All that the partition knows, with a checksum. Only of one that is live. */
  snapshot(): PartitionSnapshot {
    this.mustBeLive();
    return sealed(stateOf(this.snapshotRoom()));
  }

  /**
   * Goes on where a snapshot was taken: every input behind `state.input`, commands and reports too, can be done again
   * and leads to the very same decisions. Throws for a snapshot that is damaged or that other rules have written.
   */
  takeOver(snapshot: PartitionSnapshot): void {
    takeOver(snapshot, this.snapshotRoom());
    this.orders.watchAll();
    this.insurance.watchAll();
  }

  /** All that the partition knows, as a file keeps it. Only of one that is live. */
  image(): PartitionImage {
    this.mustBeLive();
    return imageOf(this.snapshotRoom());
  }

  /**
   * Begins recovery where an image was made: facts of the log behind it are restored, inputs of the tape behind it are
   * done again. Throws for one that other rules have made; the partition is of no use then.
   */
  resumeFrom(image: PartitionImage): void {
    resumeImage(image, this.snapshotRoom());
    this.recovery.resumedAt(image.head.input);
  }

  private mustBeLive(): void {
    if (this.recovery.isUnderWay) throw new Error('Invariant: only one that is live is copied');
    if (this.isWorking) throw new Error('Invariant: none is copied in the middle of an input');
  }

  private snapshotRoom(): SnapshotRoom {
    const { desk, book, recorder, clock } = this;
    const { isolated, untrusted } = this.recovery;
    return { desk, book, recorder, clock, isolated, untrusted };
  }

  lastTick(instrumentId: string): Tick | undefined {
    const { last, quote } = this.book.lastOf(instrumentId);
    return last ?? quote;
  }

  /** Whether a print at that time would be noted as the newest, and change nothing else. Cost: O(1), no allocation. */
  isQuietAt(instrumentId: string, units: number, atMs: number): boolean {
    if (this.wakeAtMs <= atMs || this.orders.awaitsPrint) return false;
    return this.book.isQuietAt(instrumentId, units);
  }

  pricesRead(): PricesRead {
    return pricesRead(this.book, this.registry);
  }

  /** Where an armed stop stands, moves that no event holds yet included. */
  trackOf(stopId: string): StopTrack | undefined {
    const armed = this.book.get(stopId);
    return armed && armedTrack(armed);
  }

  /**
   * Folds one fact of the log. A history that cannot be folded isolates the stops that rest on it and leaves the others
   * alone.
   */
  restore(streamId: string, fact: Fact, revision: number): void {
    this.recovery.restore(streamId, fact, revision);
  }

  /** Leaves out of what is guarded all that rests on a stream which cannot be trusted. */
  isolate(streamId: string): void {
    this.recovery.isolate(streamId);
  }

  /** Makes ready what is armed by now, while another engine owns the partition: see `StopRecovery`. */
  rehearse(isTaped: (after: InputRef) => boolean): boolean {
    return this.recovery.rehearse(isTaped);
  }

  /** The input behind which recovery must do the tape again, or undefined when there is nothing to do. */
  beginRecovery(): InputRef | undefined {
    return this.recovery.begin();
  }

  /** Does a taped input again. Commands and reports are not done again: their outcome is in the log or never was. */
  recover(taped: NumberedInput): readonly Decision[] {
    this.recovery.admitBefore(taped.ref);
    // Whether the log lagged then is in the log; that moves were merged counts here.
    if (taped.input.kind === 'lag') this.recorder.lag(taped.input.isLagging);
    if (taped.input.kind === 'started') this.recorder.lag(false);
    if (taped.input.kind !== 'tick' && taped.input.kind !== 'timer') return [];
    if (this.recovery.isOfBefore(taped))
      return this.step({ ...taped, input: { kind: 'timer' } }).decisions;
    return this.step(taped).decisions;
  }

  /** Ends recovery: every armed stop is guarded from here on. */
  live(): void {
    this.recovery.admitBefore(undefined);
    this.orders.watchAll();
    this.insurance.watchAll();
  }

  /** Orders whose end is not known yet: looked up at the broker before anything else is done about them. */
  unsettledOrders(): readonly KnownOrder[] {
    return [...this.registry.orders.unsettled()];
  }

  /** What arming the stop would come to now. Changes nothing, and is no input: a replay knows nothing of it. */
  tryArm(command: ArmStop): ArmTrial | CommandRejected {
    return this.stops.try(command);
  }

  /** Does an input as a whole. */
  step(numbered: NumberedInput): StepResult {
    const { decisions, result } = this.begin(numbered);
    const all = [...decisions];
    while (!this.isDone) all.push(...this.goOn());
    return { decisions: all, ...(result && { result }) };
  }

  /**
   * Does of an input what must not wait: commands and reports, and of a price what leaves at it, however many others it
   * moves. `goOn` does the rest, part by part, until `isDone`; all parts together are one step.
   */
  begin({ ref, at, input }: NumberedInput): StepResult {
    if (this.isWorking) throw new Error('Invariant: an input is done before the next begins');
    this.isWorking = true;
    this.desk.begin(ref, at, { actor: 'engine' });
    // What time has decided was decided before the input came in.
    this.clock.onTime(at, 'exact');
    // A start says first that it is one; then it does what a crash left undone.
    if (input.kind !== 'started') this.orders.onTime(at);
    if (input.kind === 'command') this.desk.beginCommand(originOf(input.command));
    const result = input.kind === 'command' ? this.commands.handle(input.command) : undefined;
    if (input.kind !== 'command') this.work(input);
    this.desk.endCommand();
    this.insurance.follow(this.desk.decided);
    return { decisions: this.desk.take(), ...(result && { result }) };
  }

  /** Whether nothing of the newest input is left to do. */
  get isDone(): boolean {
    return !this.isWorking;
  }

  /** Does a part of what is left of the input that was begun. */
  goOn(): readonly Decision[] {
    if (!this.moving || this.prices.moves(this.moving)) {
      this.moving = undefined;
      this.isWorking = !this.close();
    }
    this.insurance.follow(this.desk.decided);
    return this.desk.take();
  }

  /** What comes last of an input. Returns false when moves that are due are left. */
  private close(): boolean {
    const { at } = this.desk;
    this.clock.onTime(at, 'polled');
    const isFlushed = this.recorder.flush(at, MOVES_A_PART, (stop) => this.triggers.trailed(stop));
    if (isFlushed) this.insurance.onTime(at);
    return isFlushed;
  }

  private work(input: Exclude<EngineInput, { kind: 'command' }>): void {
    const { input: ref, at } = this.desk;
    switch (input.kind) {
      case 'tick':
        if (!mayDecide(input.tick)) return;
        this.prices.exits(input.tick);
        this.moving = input.tick;
        if (input.tick.kind === 'trade') this.orders.onPrint(input.tick.instrumentId, at);
        return;
      case 'report':
        this.reports.report(input.report);
        return;
      case 'holding':
        this.reconciling.compare(input.holding);
        return;
      case 'feed':
        this.desk.decide(
          `feed-${input.feed}`,
          feedFact(input.feed, input.change, { input: ref, at }),
        );
        return;
      case 'timer':
        return;
      case 'lag':
        this.recorder.lag(input.isLagging);
        this.decideRun({
          type: 'EngineLagged',
          version: 1,
          data: {
            ...{ input: ref, at, isLagging: input.isLagging, queued: input.queued },
            recordIntervalMs: this.recorder.intervalMs,
          },
        });
        return;
      case 'started':
        this.recorder.lag(false);
        this.decideRun({
          type: 'EngineStarted',
          version: 1,
          data: { input: ref, at, build: input.build, rules: RULES_VERSION },
        });
        this.resume();
        return;
      case 'recovered':
        this.decideRun({
          type: 'EngineRecovered',
          version: input.found.snapshot ? 2 : 1,
          data: { input: ref, at, ...input.found },
        });
        return;
      case 'stopped':
        this.decideRun({
          type: 'EngineStopped',
          version: 1,
          data: { input: ref, at, stopsOpen: this.book.count, inputs: ref.seq },
        });
        return;
    }
  }

  private decideRun(fact: Fact): void {
    this.desk.decide(`engine-${this.options.partition}`, fact);
  }

  private closeRange(stop: KnownStop): void {
    const armed = this.book.get(stop.stopId);
    if (armed) this.triggers.closeRange(armed);
  }

  /** Writes what a crash kept from following: exits that were decided but not noted, and what fills lead to. */
  private resume(): void {
    this.splits.resume();
    for (const stop of [...this.registry.stops.odds()]) {
      if (!this.registry.positions.has(stop.stamp.positionId)) continue;
      for (const exit of stop.exits) {
        if (!this.registry.orders.has(exit.orderId)) this.orders.place(stop, exit);
        const attempts = this.registry.attemptsOf({ ...exit, stopId: stop.stopId });
        for (const order of attempts) this.reports.followUp(order);
      }
    }
    for (const order of this.registry.orders.values()) {
      if (!isExit(order)) this.entries.followUp(order);
      else if (order.insures) this.reports.followUp(order);
    }
    this.leaving.resume();
  }
}

function originOf({ actor, commandId, requestHash }: EngineCommand): CommandOrigin {
  return { actor, commandId, ...(requestHash !== undefined && { requestHash }) };
}
