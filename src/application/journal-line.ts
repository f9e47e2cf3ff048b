import type { Decision } from '../engine/decisions.js';
import { LineEntry } from './line-entry.js';
import type { Kept, StreamQueue } from './line-entry.js';
import { LogOutage } from './log-outage.js';
import type { LogReach } from './log-outage.js';
import type { AppendConflict, Journal } from './ports/journal.port.js';
import type { Spool } from './ports/spool.port.js';

export interface JournalLineOptions {
  readonly journal: Journal;
  /** Waits between two tries while the log is away. */
  readonly pause: (ms: number) => Promise<void>;
  /** Another writer owns the stream: this engine must not go on with what it believes. */
  readonly onConflict: (conflict: AppendConflict) => void;
  readonly onReach: (reach: LogReach, reason: string) => void;
  /** Without it nothing is safe before the log has it. */
  readonly spooling?:
    | {
        readonly spool: Spool;
        /** An append of more than moves that takes longer counts as an outage. */
        readonly afterMs: number;
        readonly monotonicMs: () => number;
        readonly holds: (decision: Decision) => boolean;
        readonly onUnkept: (decision: Decision, outcome: 'full' | 'broken') => void;
      }
    | undefined;
}

// Trail moves may wait, triggers may not: few appends in flight keep the log free for them.
const TRAIL_APPENDS_MAX = 16;
const APPENDS_MAX = 512;
// One append takes at most this many events of its stream; the rest follows in the next.
const BATCH_EVENTS_MAX = 200;
/** Decisions that may wait before commands are refused. Exits are never refused for it. */
export const QUEUED_DECISIONS_MAX = 200_000;

type Lane = 'urgent' | 'moves';

/**
 * The decisions on their way into the log: one append in flight per stream, many streams side by side.
 *
 * Streams whose next append holds more than trail moves go first. While the log is away decisions become safe in the
 * spool; an append that the log did not take is tried again, unchanged: a decision that was made is never dropped.
 */
export class JournalLine {
  private readonly streams = new Map<string, StreamQueue>();
  private readonly lanes: Readonly<Record<Lane, StreamQueue[]>> = { urgent: [], moves: [] };
  private readonly inFlightOf: Record<Lane, number> = { urgent: 0, moves: 0 };
  /** Streams in which something that acts waits for the append in flight. */
  private readonly watched = new Set<StreamQueue>();
  private isWatching = false;
  private readonly unlogged = new Set<LineEntry>();
  private isClosed = false;
  private readonly idle: (() => void)[] = [];
  private readonly awaitingLoss = new Set<() => void>();
  private readonly outage: LogOutage;

  constructor(private readonly options: JournalLineOptions) {
    const { journal, pause, onConflict, spooling } = options;
    this.outage = new LogOutage({
      journal,
      pause,
      onConflict,
      onReach: (reach, reason) => this.reached(reach, reason),
      spool: spooling?.spool,
      holds: (decision) => spooling?.holds(decision) ?? true,
      onUnkept: (decision, outcome) => spooling?.onUnkept(decision, outcome),
      logged: (entry, position) => this.logged(entry, position),
      probe: () => this.probe(),
      probed: (streamId, left) => this.restore(this.queueOf(streamId), left),
      over: () => this.resume(),
    });
  }

  /** Decisions that the log does not have yet. */
  get queued(): number {
    return this.unlogged.size;
  }

  get inFlight(): number {
    return this.inFlightOf.urgent + this.inFlightOf.moves;
  }

  /** False only once the log has said so: while it is slow it may still take what it was given. */
  get available(): boolean {
    return this.outage.reach !== 'away';
  }

  /** Calls back when the log is away, at once or later, until the returned function is called. */
  onAway(then: () => void): () => void {
    if (!this.available) then();
    else this.awaitingLoss.add(then);
    return () => this.awaitingLoss.delete(then);
  }

  /** Decisions that only the spool has. */
  get spooled(): number {
    return this.outage.spooled;
  }

  /** The decision takes its place in its stream now, but leaves only when `after` has resolved. */
  append(decision: Decision, after?: Promise<unknown>): Kept {
    const entry = new LineEntry(decision, after === undefined);
    this.unlogged.add(entry);
    const queue = this.queueOf(decision.streamId);
    queue.waiting.push(entry);
    this.offer(queue);
    if (!entry.isMove && queue.inFlight.length > 0) this.watch(queue);
    void after?.then(() => {
      entry.isReady = true;
      this.offer(queue);
    });
    return entry;
  }

  /** Lets go what the spool has and what is held back no longer. */
  release(): void {
    this.outage.release();
  }

  /** Resolves when the log has everything. */
  drained(): Promise<void> {
    if (this.unlogged.size === 0 && this.inFlight === 0) return Promise.resolve();
    return new Promise((resolve) => this.idle.push(resolve));
  }

  /** Resolves when the log has everything that was handed in until now. */
  settled(): Promise<void> {
    return Promise.all([...this.unlogged].map(({ logged }) => logged)).then(() => undefined);
  }

  /** Starts no further append. */
  close(): void {
    this.isClosed = true;
    this.outage.close();
  }

  private queueOf(streamId: string): StreamQueue {
    let queue = this.streams.get(streamId);
    if (!queue) {
      queue = { streamId, waiting: [], inFlight: [], isBusy: false, sentAtMs: 0 };
      this.streams.set(streamId, queue);
    }
    return queue;
  }

  private offer(queue: StreamQueue): void {
    if (this.outage.isOn) {
      this.outage.take(queue);
      return;
    }
    if (!queue.isBusy && queue.waiting[0]?.isReady) {
      queue.isBusy = true;
      const isMove = queue.waiting.every((entry) => entry.isMove);
      this.lanes[isMove ? 'moves' : 'urgent'].push(queue);
    }
    this.pump();
  }

  private pump(): void {
    this.pumpLane('urgent', APPENDS_MAX);
    this.pumpLane('moves', TRAIL_APPENDS_MAX);
  }

  private pumpLane(lane: Lane, max: number): void {
    while (!this.isClosed && !this.outage.isOn && this.inFlightOf[lane] < max) {
      const queue = this.lanes[lane].shift();
      if (!queue) return;
      this.inFlightOf[lane] += 1;
      void this.send(queue, lane);
    }
  }

  private async send(queue: StreamQueue, lane: Lane): Promise<void> {
    const entries = takeReady(queue);
    queue.inFlight = entries;
    queue.sentAtMs = this.options.spooling?.monotonicMs() ?? 0;
    if (lane === 'urgent') this.watch(queue);
    // An outage may have taken everything that the stream had when it was offered.
    if (entries.length > 0) await this.attempt(queue, entries);
    queue.inFlight = [];
    queue.isBusy = false;
    this.watched.delete(queue);
    this.inFlightOf[lane] -= 1;
    if (queue.waiting.length > 0) this.offer(queue);
    else if (this.streams.get(queue.streamId) === queue) this.streams.delete(queue.streamId);
    this.pump();
    this.noteIdle();
  }

  private async attempt(queue: StreamQueue, entries: readonly LineEntry[]): Promise<void> {
    const outcome = await this.options.journal.append(entries.map(({ decision }) => decision));
    switch (outcome.kind) {
      case 'appended':
        for (const entry of entries) this.logged(entry, outcome.position);
        return;
      case 'conflict':
        this.options.onConflict(outcome);
        return;
      case 'unavailable':
        // An answer from before: the log has got it by another way meanwhile.
        if (entries.every((entry) => entry.isLogged)) return;
        this.restore(
          queue,
          entries.filter((entry) => !entry.isSpooled && !entry.isLogged),
        );
        this.begin('away', outcome.reason);
    }
  }

  private logged(entry: LineEntry, position: bigint): void {
    if (entry.isLogged) return;
    this.unlogged.delete(entry);
    entry.becomeLogged(position);
    this.noteIdle();
  }

  private noteIdle(): void {
    if (this.unlogged.size > 0 || this.inFlight > 0) return;
    for (const resolve of this.idle.splice(0)) resolve();
  }

  private reached(reach: LogReach, reason: string): void {
    if (reach === 'away') for (const tell of [...this.awaitingLoss]) tell();
    this.options.onReach(reach, reason);
  }

  private begin(reach: 'slow' | 'away', reason: string): void {
    if (this.isClosed) return;
    const wasOn = this.outage.isOn;
    this.outage.begin(reach, reason);
    if (wasOn) return;
    for (const queue of this.streams.values()) this.outage.take(queue);
  }

  private resume(): void {
    for (const queue of [...this.streams.values()]) {
      if (queue.waiting.length > 0) this.offer(queue);
      else if (!queue.isBusy) this.streams.delete(queue.streamId);
    }
    this.pump();
  }

  private restore(queue: StreamQueue, entries: readonly LineEntry[]): void {
    queue.inFlight = [];
    queue.waiting.unshift(...entries);
  }

  private probe(): readonly LineEntry[] {
    for (const queue of this.streams.values()) {
      if (queue.inFlight.length > 0 || !queue.waiting[0]?.isReady) continue;
      // Counts as in flight: a trigger that comes now must take it along into the spool.
      queue.inFlight = takeReady(queue);
      return queue.inFlight;
    }
    return [];
  }

  /** Notices an append that neither fails nor ends: nobody tells when a log hangs. */
  private watch(queue: StreamQueue): void {
    const { spooling } = this.options;
    if (!spooling) return;
    this.watched.add(queue);
    if (this.isWatching) return;
    this.isWatching = true;
    void this.watchOut(spooling.afterMs, spooling.monotonicMs);
  }

  private async watchOut(afterMs: number, monotonicMs: () => number): Promise<void> {
    while (this.watched.size > 0 && !this.isClosed && !this.outage.isOn) {
      await this.options.pause(afterMs / 4);
      const now = monotonicMs();
      const isLate = [...this.watched].some((queue) => now - queue.sentAtMs >= afterMs);
      if (isLate) this.begin('slow', `no answer within ${afterMs} ms`);
    }
    this.isWatching = false;
  }
}

/** Takes the oldest entries that may leave off the queue, as many as one append carries. */
function takeReady({ waiting }: StreamQueue): readonly LineEntry[] {
  const blocked = waiting.findIndex((entry) => !entry.isReady);
  const ready = blocked < 0 ? waiting.length : blocked;
  return waiting.splice(0, Math.min(ready, BATCH_EVENTS_MAX));
}
