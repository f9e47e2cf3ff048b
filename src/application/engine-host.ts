import type { Fact } from '../domain/facts.js';
import { isSettled } from '../domain/order/order-state.js';
import type { OrderPlaced } from '../domain/order/order.events.js';
import type { Decision, StepResult } from '../engine/decisions.js';
import type { EngineCommand } from '../engine/engine-commands.js';
import type { BrokerReport, EngineInput } from '../engine/inputs.js';
import type { Partition } from '../engine/partition.js';
import type { Tick } from '../engine/tick.js';
import type { OrderTicket } from './ports/broker.port.js';
import type { CommandOutcome } from './ports/engine-gateway.port.js';
import type { TapeWriterPort } from './ports/tape.port.js';
import { QUEUED_DECISIONS_MAX } from './journal-line.js';
import type { JournalLine } from './journal-line.js';
import { ticketFor } from './order-ticket.js';
import { REMEMBERED_COMMANDS_MAX } from './recovery.js';
import type { DurableOutcome } from './recovery.js';

export interface EngineHostOptions {
  readonly partitionName: string;
  readonly epoch: number;
  readonly partition: Partition;
  readonly tape: TapeWriterPort;
  readonly line: JournalLine;
  readonly send: (ticket: OrderTicket) => void;
  readonly cancel: (order: Pick<OrderTicket, 'orderId' | 'accountId'>) => void;
  readonly clock: () => number;
  /** Calls back after so many ms; used for moves that are due while no tick comes. */
  readonly timer: (ms: number, then: () => void) => void;
  readonly defer: (then: () => void) => void;
  /** Of the log as it was read. */
  readonly knownPosition?: bigint;
  /** Sees every decision as it is handed over. */
  readonly onDecided?: (decision: Decision) => void;
  /** Sees every decision once it is durable. */
  readonly onDurable?: (decision: Decision) => void;
}

// Decisions that the log does not have yet, beyond which it lags; and below which it has caught up.
const LAGGING_FROM = 10_000;
const CAUGHT_UP_BELOW = 1_000;
const LAG_LOOK_MS = 100;

// The market that an entry was meant for is gone after this.
const ENTRY_AGE_MS_MAX = 10_000;

// Prices that wait while the moves of one before them are worked out; more are not let wait.
const WAITING_TICKS_MAX = 10_000;

// What a timer of the platform can wait at most; a later time is waited for in turns.
const TIMER_MS_MAX = 2 ** 31 - 1;

/** Whether the log took a command is always found out in the end: only its answer may have to come earlier. */
type Settled = Exclude<CommandOutcome, { kind: 'unavailable' }>;

interface RememberedCommand {
  readonly outcome: Settled | Promise<Settled>;
  readonly requestHash: string | undefined;
}

/** Commands from before their requests were told apart have no hash: they are taken for the same. */
function isSameRequest(known: RememberedCommand, { requestHash }: EngineCommand): boolean {
  if (known.requestHash === undefined || requestHash === undefined) return true;
  return known.requestHash === requestHash;
}

const REUSED: Settled = {
  kind: 'rejected',
  rejection: 'invalid',
  problems: [
    {
      code: 'IDEMPOTENCY_KEY_REUSED',
      field: 'Idempotency-Key',
      rule: 'must be new for a request that differs from the one it was first used for',
      value: '',
    },
  ],
};

/** What the input in hand has decided so far, by its place in the input: when each is safe. */
type InputProgress = Promise<void>[];

/**
 * The one queue of a partition: numbers every input, puts it on the tape, lets the engine decide, and takes the
 * decisions to the log.
 *
 *     idle ──input──► begun: what leaves is on its way ──turns of the loop──► idle
 *                       │ a price comes: it waits, in order      │ anything else comes: the rest is done at once
 *
 * An order leaves when the decision behind it is durable (in the log, or in the spool while the
 * log is away), never before. A command is answered when the log has it.
 */
export class EngineHost {
  private seq = -1;
  private lastAtMs = 0;
  private timerAtMs = Infinity;
  private isFlushPlanned = false;
  private isLagging = false;
  private isClosed = false;
  private newestPosition: bigint;
  private readonly outcomes = new Map<string, RememberedCommand>();
  /** Of the input that is begun; undefined while idle. */
  private begun: InputProgress | undefined;
  private waiting: Tick[] = [];

  constructor(private readonly options: EngineHostOptions) {
    this.newestPosition = options.knownPosition ?? 0n;
  }

  get inputs(): number {
    return this.seq + 1;
  }

  onTick(tick: Tick): void {
    if (this.begun || this.waiting.length > 0) this.waiting.push(tick);
    else this.work({ kind: 'tick', tick }, tick.receivedAtMs);
    if (this.waiting.length > WAITING_TICKS_MAX) this.finish();
  }

  onReport(report: BrokerReport): void {
    this.work({ kind: 'report', report }, this.options.clock());
  }

  /** Works on an input that is neither price, report nor command. Resolves when what it decided is durable. */
  async onEvent(input: EngineInput): Promise<void> {
    await Promise.all(this.work(input, this.options.clock()).durable);
  }

  execute(command: EngineCommand): Promise<CommandOutcome> {
    const known = this.outcomes.get(command.commandId);
    if (known) return isSameRequest(known, command) ? this.answer(known) : Promise.resolve(REUSED);
    const refusal = this.refusal();
    if (refusal) return Promise.resolve(refusal);
    const { commandId, requestHash } = command;
    const outcome = this.decide(command);
    this.remember(commandId, { outcome, requestHash });
    void outcome.then((settled) => {
      // What was refused changed nothing: the same key may be used again for the mended request.
      if (settled.kind === 'accepted') this.remember(commandId, { outcome: settled, requestHash });
      else this.outcomes.delete(commandId);
    });
    return this.answer({ outcome, requestHash });
  }

  /** A position of the log up to which it has nothing that the partition does not know. */
  get knownPosition(): bigint {
    return this.newestPosition;
  }

  /** What was answered to the newest commands, as far as it is durable. */
  durableOutcomes(): (readonly [commandId: string, durable: DurableOutcome])[] {
    const found: (readonly [string, DurableOutcome])[] = [];
    for (const [commandId, { outcome, requestHash }] of this.outcomes) {
      if (outcome instanceof Promise || outcome.kind !== 'accepted') continue;
      found.push([commandId, { outcome, requestHash }]);
    }
    return found;
  }

  /** Takes in what an earlier run answered, so that a repeated request is recognised after a restart. */
  rememberDurable(commandId: string, durable: RememberedCommand): void {
    this.remember(commandId, durable);
  }

  /** Appends decisions that recovery derived again from the tape. Their orders are taken up by look-up. */
  async recovered(decisions: readonly Decision[]): Promise<void> {
    const safe: InputProgress = [];
    await Promise.all(
      decisions.map((decision, at) =>
        this.dispatch(decision, { after: safe[placeBefore(decisions, at)], safe, sends: false }),
      ),
    );
  }

  close(): void {
    this.isClosed = true;
  }

  private refusal(): CommandOutcome | undefined {
    const { line } = this.options;
    if (this.isClosed) return unavailable('the engine is stopping');
    if (!line.available) return AWAY;
    if (line.queued > QUEUED_DECISIONS_MAX) return unavailable('the event log is behind');
    return undefined;
  }

  private remember(commandId: string, command: RememberedCommand): void {
    this.outcomes.set(commandId, command);
    if (this.outcomes.size <= REMEMBERED_COMMANDS_MAX) return;
    const oldest = this.outcomes.keys().next();
    if (!oldest.done) this.outcomes.delete(oldest.value);
  }

  /** Who waits for a log that is away is told so; the same command, sent again, finds what became of it. */
  private answer({ outcome }: RememberedCommand): Promise<CommandOutcome> {
    if (!(outcome instanceof Promise)) return Promise.resolve(outcome);
    return new Promise((resolve) => {
      const forget = this.options.line.onAway(() => resolve(AWAY));
      void outcome.then((settled) => {
        forget();
        resolve(settled);
      });
    });
  }

  private async decide(command: EngineCommand): Promise<Settled> {
    const { result, durable } = this.work({ kind: 'command', command }, this.options.clock());
    if (!result) throw new Error('Invariant: a command has a result');
    if (result.kind === 'rejected') return result;
    const revision = this.options.partition.registry.revisionOf(result.streamId);
    const positions = await Promise.all(durable);
    const position = positions.reduce((most, one) => (one > most ? one : most), 0n);
    return {
      kind: 'accepted',
      id: result.id,
      streamId: result.streamId,
      revision,
      position: (position > 0n ? position : this.newestPosition).toString(),
    };
  }

  /** Does at once all that has come in, as before a copy of the partition is made. */
  finish(): void {
    while (this.begun) {
      this.doPart(this.begun);
      this.takeWaiting();
    }
  }

  private work(
    input: EngineInput,
    now: number,
  ): { result: StepResult['result']; durable: readonly Promise<bigint>[] } {
    const { partition, tape, epoch, partitionName } = this.options;
    if (input.kind !== 'tick') this.finish();
    if (this.isClosed && input.kind !== 'stopped') return { result: undefined, durable: [] };
    // Input time never runs backwards, whatever the clock of the machine does.
    const at = Math.max(now, this.lastAtMs);
    this.lastAtMs = at;
    this.seq += 1;
    tape.append({ epoch, seq: this.seq, at, input });
    const ref = { partition: partitionName, epoch, seq: this.seq };
    const { decisions, result } = partition.begin({ ref, at, input });
    const safe: InputProgress = [];
    const durable = this.handOver(decisions, safe);
    this.begun = safe;
    // What a price lets leave is on its way before the moves of others are worked out.
    const isUrgent = input.kind === 'tick' && decisions.length > 0;
    if (isUrgent || !this.doPart(safe)) this.options.defer(() => this.goOn());
    if (safe.length === 0) this.planFlush();
    return { result, durable };
  }

  /** A turn of the loop lies between two parts: what came back from the log, or from a venue, is not kept waiting. */
  private goOn(): void {
    if (!this.begun || this.isClosed) return;
    if (this.doPart(this.begun)) this.takeWaiting();
    else this.options.defer(() => this.goOn());
  }

  /** Returns whether it was the last part. */
  private doPart(safe: InputProgress): boolean {
    const { partition } = this.options;
    void this.handOver(partition.goOn(), safe);
    if (!partition.isDone) return false;
    this.begun = undefined;
    this.planTimer(this.lastAtMs);
    return true;
  }

  private takeWaiting(): void {
    let done = 0;
    for (const tick of this.waiting) {
      if (this.begun) break;
      this.work({ kind: 'tick', tick }, tick.receivedAtMs);
      done += 1;
    }
    this.waiting.splice(0, done);
  }

  private handOver(
    decisions: readonly Decision[],
    safe: InputProgress,
  ): readonly Promise<bigint>[] {
    if (decisions.length === 0) return [];
    // What caused a decision is on the tape before the decision is anywhere else.
    this.options.tape.flush();
    const durable = decisions.map((decision) =>
      this.dispatch(decision, { after: safe[decision.after ?? -1], safe, sends: true }),
    );
    if (!this.isLagging) this.watchLag();
    return durable;
  }

  /** That the log lags, or has caught up, is an input of its own: a run that is done again merges the same moves. */
  private watchLag(): void {
    const { line, defer, timer, clock } = this.options;
    const { queued } = line;
    const isOver = this.isLagging ? queued < CAUGHT_UP_BELOW : queued > LAGGING_FROM;
    if (isOver && !this.isClosed) {
      this.isLagging = !this.isLagging;
      const input = { kind: 'lag', isLagging: this.isLagging, queued } as const;
      defer(() => void this.work(input, clock()));
    }
    if (this.isLagging && !this.isClosed) timer(LAG_LOOK_MS, () => this.watchLag());
  }

  private dispatch(
    decision: Decision,
    {
      after,
      safe,
      sends,
    }: { after: Promise<void> | undefined; safe: InputProgress; sends: boolean },
  ): Promise<bigint> {
    if (sends) this.options.onDecided?.(decision);
    const kept = this.options.line.append(decision, after);
    safe.push(kept.safe.then(() => this.becameDurable(decision, sends)));
    if (sends) void kept.logged.then(() => this.enter(decision.fact));
    return kept.logged.then((position) => {
      if (position > this.newestPosition) this.newestPosition = position;
      return position;
    });
  }

  private becameDurable(decision: Decision, sends: boolean): void {
    const { fact } = decision;
    if (sends) this.act(fact);
    this.options.onDurable?.(decision);
  }

  /** Does what a durable fact calls for. A further attempt of an exit is decided by its own order's event. */
  private act(fact: Fact): void {
    if (fact.type === 'StopTriggered' || fact.type === 'StopTargetHit') {
      const { accountId, instrumentId, order } = fact.data;
      this.options.send(ticketFor({ accountId, instrumentId }, order));
    } else if (fact.type === 'OrderPlaced' && isDecidedBy(fact)) {
      this.options.send(ticketFor(fact.data, fact.data));
    } else if (fact.type === 'OrderCancelRequested') {
      // It may have filled while the decision waited for the log.
      const order = this.options.partition.registry.orders.get(fact.data.orderId);
      if (!order || !isSettled(order)) this.options.cancel(fact.data);
    }
  }

  /** An entry leaves only from the log, never from the spool, and never long after it was asked for. */
  private enter(fact: Fact): void {
    if (fact.type !== 'OrderPlaced' || fact.data.reduceOnly) return;
    const { orderId, at } = fact.data;
    if (this.options.clock() - at <= ENTRY_AGE_MS_MAX) {
      this.options.send(ticketFor(fact.data, fact.data));
      return;
    }
    const rule = `an entry must leave within ${ENTRY_AGE_MS_MAX} ms`;
    this.onReport({ kind: 'denied', orderId, reason: 'too-late', rule });
  }

  private planFlush(): void {
    if (this.isFlushPlanned) return;
    this.isFlushPlanned = true;
    this.options.defer(() => {
      this.isFlushPlanned = false;
      this.options.tape.flush();
    });
  }

  private planTimer(at: number): void {
    const { wakeAtMs } = this.options.partition;
    if (wakeAtMs >= this.timerAtMs || wakeAtMs === Infinity) return;
    this.timerAtMs = wakeAtMs;
    const waitMs = Math.max(1, wakeAtMs - at);
    this.options.timer(Math.min(waitMs, TIMER_MS_MAX), () => {
      this.timerAtMs = Infinity;
      if (waitMs > TIMER_MS_MAX) this.planTimer(Math.max(this.options.clock(), this.lastAtMs));
      else this.work({ kind: 'timer' }, Math.max(this.options.clock(), wakeAtMs));
    });
  }
}

/** A further attempt, and a stop that rests at the venue, are decided by their own order's event. */
function isDecidedBy({ data }: OrderPlaced): boolean {
  return data.reduceOnly && (data.attempt > 1 || data.insures === true);
}

/** Where the decision stands that must be safe before this one: one of the same input. Recovery hands over many inputs. */
function placeBefore(decisions: readonly Decision[], at: number): number {
  const { after, input } = decisions[at] ?? {};
  if (after === undefined) return -1;
  return decisions.findLastIndex((one, place) => {
    const { epoch, seq } = one.input;
    return place < at && one.index === after && epoch === input?.epoch && seq === input.seq;
  });
}

function unavailable(reason: string): CommandOutcome {
  return { kind: 'unavailable', reason, retryAfterMs: 1000 };
}

const AWAY = unavailable('the event log cannot be reached');
