import type { Decision } from '../engine/decisions.js';
import type { AppendConflict, Journal } from './ports/journal.port.js';

export interface JournalLineOptions {
  readonly journal: Journal;
  /** Waits between two tries while the log is away. */
  readonly pause: (ms: number) => Promise<void>;
  /** Another writer owns the stream: this engine must not go on with what it believes. */
  readonly onConflict: (conflict: AppendConflict) => void;
  readonly onAvailability: (isAvailable: boolean, reason: string) => void;
}

// Trail moves may wait, triggers may not: few appends in flight keep the log free for them.
const TRAIL_APPENDS_MAX = 16;
const APPENDS_MAX = 512;
// One append takes at most this many events of its stream; the rest follows in the next.
const BATCH_EVENTS_MAX = 200;
const RETRY_MS_MIN = 50;
const RETRY_MS_MAX = 2_000;
/** Decisions that may wait before commands are refused. Exits are never refused for it. */
export const QUEUED_DECISIONS_MAX = 200_000;

interface Entry {
  readonly decision: Decision;
  /** False while a decision that must be durable first is not. */
  isReady: boolean;
  readonly settle: (position: bigint) => void;
}

interface StreamQueue {
  readonly waiting: Entry[];
  isBusy: boolean;
}

/**
 * The decisions on their way into the log: one append in flight per stream, many streams side by side.
 *
 * Streams whose next append holds more than trail moves go first. An append that finds the log away is tried again,
 * unchanged, until the log has it: a decision that was made is never dropped.
 */
export class JournalLine {
  private readonly streams = new Map<string, StreamQueue>();
  private readonly urgent: string[] = [];
  private readonly moves: string[] = [];
  private urgentInFlight = 0;
  private movesInFlight = 0;
  private waitingCount = 0;
  private isAvailable = true;
  private isClosed = false;
  private readonly idle: (() => void)[] = [];

  constructor(private readonly options: JournalLineOptions) {}

  get queued(): number {
    return this.waitingCount;
  }

  get inFlight(): number {
    return this.urgentInFlight + this.movesInFlight;
  }

  get available(): boolean {
    return this.isAvailable;
  }

  /**
   * Resolves with the log position once the decision is durable. Never rejects; never resolves after a conflict.
   * The decision takes its place in its stream now, but leaves only when `after` has resolved.
   */
  append(decision: Decision, after?: Promise<unknown>): Promise<bigint> {
    return new Promise((settle) => {
      this.waitingCount += 1;
      const entry: Entry = { decision, isReady: after === undefined, settle };
      this.queueOf(decision.streamId).waiting.push(entry);
      this.offer(decision.streamId);
      this.pump();
      void after?.then(() => {
        entry.isReady = true;
        this.offer(decision.streamId);
        this.pump();
      });
    });
  }

  /** Resolves when nothing waits and nothing is in flight. */
  drained(): Promise<void> {
    if (this.waitingCount === 0 && this.inFlight === 0) return Promise.resolve();
    return new Promise((resolve) => this.idle.push(resolve));
  }

  /** Starts no further append. */
  close(): void {
    this.isClosed = true;
  }

  private queueOf(streamId: string): StreamQueue {
    let queue = this.streams.get(streamId);
    if (!queue) {
      queue = { waiting: [], isBusy: false };
      this.streams.set(streamId, queue);
    }
    return queue;
  }

  private offer(streamId: string): void {
    const queue = this.queueOf(streamId);
    if (queue.isBusy || !queue.waiting[0]?.isReady) return;
    queue.isBusy = true;
    const isMove = queue.waiting.every((entry) => entry.decision.fact.type === 'StopTrailed');
    (isMove ? this.moves : this.urgent).push(streamId);
  }

  private pump(): void {
    while (!this.isClosed && this.urgentInFlight < APPENDS_MAX) {
      const streamId = this.urgent.shift();
      if (streamId === undefined) break;
      this.urgentInFlight += 1;
      void this.send(streamId).then(() => this.sent(streamId, 'urgentInFlight'));
    }
    while (!this.isClosed && this.movesInFlight < TRAIL_APPENDS_MAX) {
      const streamId = this.moves.shift();
      if (streamId === undefined) break;
      this.movesInFlight += 1;
      void this.send(streamId).then(() => this.sent(streamId, 'movesInFlight'));
    }
  }

  private sent(streamId: string, lane: 'urgentInFlight' | 'movesInFlight'): void {
    this[lane] -= 1;
    const queue = this.queueOf(streamId);
    queue.isBusy = false;
    if (queue.waiting.length > 0) this.offer(streamId);
    else this.streams.delete(streamId);
    this.pump();
    if (this.waitingCount > 0 || this.inFlight > 0) return;
    for (const resolve of this.idle.splice(0)) resolve();
  }

  private async send(streamId: string): Promise<void> {
    const { waiting } = this.queueOf(streamId);
    const blocked = waiting.findIndex((entry) => !entry.isReady);
    const ready = blocked < 0 ? waiting.length : blocked;
    const entries = waiting.splice(0, Math.min(ready, BATCH_EVENTS_MAX));
    const decisions = entries.map((entry) => entry.decision);
    for (
      let pauseMs = RETRY_MS_MIN;
      !this.isClosed;
      pauseMs = Math.min(pauseMs * 2, RETRY_MS_MAX)
    ) {
      const outcome = await this.options.journal.append(decisions);
      if (outcome.kind === 'appended') {
        this.become(true, '');
        this.waitingCount -= entries.length;
        for (const entry of entries) entry.settle(outcome.position);
        return;
      }
      if (outcome.kind === 'conflict') {
        this.options.onConflict(outcome);
        return;
      }
      this.become(false, outcome.reason);
      await this.options.pause(pauseMs);
    }
  }

  private become(isAvailable: boolean, reason: string): void {
    if (this.isAvailable === isAvailable) return;
    this.isAvailable = isAvailable;
    this.options.onAvailability(isAvailable, reason);
  }
}
