import type { Decision } from '../engine/decisions.js';
import type { LineEntry, StreamQueue } from './line-entry.js';
import type { AppendConflict, Journal } from './ports/journal.port.js';
import type { Spool } from './ports/spool.port.js';

/** `slow`: the log owes an answer, and may still give it. `away`: it said that it cannot be reached. */
export type LogReach = 'reachable' | 'slow' | 'away';

export interface LogOutageOptions {
  readonly journal: Journal;
  readonly spool: Spool | undefined;
  /** True for decisions whose orders wait for the log; asked again at a release. */
  readonly holds: (decision: Decision) => boolean;
  readonly pause: (ms: number) => Promise<void>;
  readonly onConflict: (conflict: AppendConflict) => void;
  readonly onReach: (reach: LogReach, reason: string) => void;
  /** A decision can be kept nowhere: what it orders waits for the log. */
  readonly onUnkept: (decision: Decision, outcome: 'full' | 'broken') => void;
  readonly logged: (entry: LineEntry, position: bigint) => void;
  /** Something of a queue to try the log with while the spool is empty. */
  readonly probe: () => readonly LineEntry[];
  /** The try with a probe is over: what the log did not take goes back to the front of its queue. */
  readonly probed: (streamId: string, left: readonly LineEntry[]) => void;
  /** The log has all that was spooled. */
  readonly over: () => void;
}

const RETRY_MS_MIN = 50;
const RETRY_MS_MAX = 2_000;
const BATCH_EVENTS_MAX = 200;

/**
 * The time in which the log cannot be reached: decisions become safe in the spool, and once the log answers again it
 * gets them in the very order of the spool, before anything newer.
 */
export class LogOutage {
  private current: LogReach = 'reachable';
  private isClosed = false;
  private retryMs = RETRY_MS_MIN;
  /** Handed to the spool and not yet in the log, oldest first. */
  private order: LineEntry[] = [];
  private head = 0;
  /** By stream: handed to the spool, which has not said that it keeps them. */
  private readonly unkept = new Map<string, LineEntry[]>();
  private hasSpooled = false;
  /** Kept, and held back all the same. */
  private held: LineEntry[] = [];

  constructor(private readonly options: LogOutageOptions) {}

  get spooled(): number {
    return this.order.length - this.head;
  }

  get isOn(): boolean {
    return this.current !== 'reachable';
  }

  get reach(): LogReach {
    return this.current;
  }

  begin(reach: 'slow' | 'away', reason: string): void {
    const wasOn = this.isOn;
    this.become(reach, reason);
    if (!wasOn) void this.reconnect();
  }

  close(): void {
    this.isClosed = true;
  }

  /** Hands over what of a stream may not wait for the log, with the moves that stand before it. */
  take(queue: StreamQueue): void {
    if (!this.options.spool) return;
    const unready = queue.waiting.findIndex((entry) => !entry.isReady);
    const ready = unready < 0 ? queue.waiting : queue.waiting.slice(0, unready);
    const open = [...queue.inFlight.filter((entry) => !entry.isSpooled), ...ready];
    const taken = open.slice(0, open.findLastIndex((entry) => !entry.isMove) + 1);
    if (taken.length === 0) return;
    queue.waiting.splice(0, taken.filter((entry) => ready.includes(entry)).length);
    for (const entry of taken) entry.isSpooled = true;
    this.order.push(...taken);
    this.unkept.set(queue.streamId, [...(this.unkept.get(queue.streamId) ?? []), ...taken]);
    void this.keep(queue.streamId, this.options.spool);
  }

  /** A stream's spooled events must have no gap: what the spool had no room for goes with what it has room for. */
  private async keep(streamId: string, spool: Spool): Promise<void> {
    const entries = this.unkept.get(streamId) ?? [];
    const decisions = entries.map(({ decision }) => decision);
    this.hasSpooled = true;
    const outcome = await spool.keep(decisions, decisions.some(isExit));
    const newest = decisions.at(-1);
    if (outcome !== 'kept') {
      if (newest) this.options.onUnkept(newest, outcome);
      return;
    }
    const left = (this.unkept.get(streamId) ?? []).filter((entry) => !entries.includes(entry));
    if (left.length > 0) this.unkept.set(streamId, left);
    else this.unkept.delete(streamId);
    this.held.push(...entries);
    this.release();
  }

  /** Lets go what is held back no longer. */
  release(): void {
    const held = this.held.splice(0);
    for (const entry of held) {
      if (this.options.holds(entry.decision)) this.held.push(entry);
      else entry.becomeSafe();
    }
  }

  private async reconnect(): Promise<void> {
    await this.options.pause(this.retryMs);
    while (!this.hasEnded()) {
      const entries = this.next();
      if (entries.length === 0) {
        this.end();
        return;
      }
      const isProbe = entries[0]?.isSpooled === false;
      const outcome = await this.options.journal.append(entries.map(({ decision }) => decision));
      if (outcome.kind === 'conflict') {
        this.options.onConflict(outcome);
        return;
      }
      if (outcome.kind === 'appended') {
        this.retryMs = RETRY_MS_MIN;
        for (const entry of entries) this.options.logged(entry, outcome.position);
      }
      if (isProbe) this.settleProbe(entries);
      if (outcome.kind === 'unavailable') await this.backOff(outcome.reason);
    }
  }

  private settleProbe(entries: readonly LineEntry[]): void {
    const [first] = entries;
    if (!first) return;
    const left = entries.filter((entry) => !entry.isSpooled && !entry.isLogged);
    this.options.probed(first.decision.streamId, left);
  }

  private async backOff(reason: string): Promise<void> {
    this.become('away', reason);
    await this.options.pause(this.retryMs);
    this.retryMs = Math.min(this.retryMs * 2, RETRY_MS_MAX);
  }

  /** Spooled entries of one stream that follow one another; else whatever the line has. */
  private next(): readonly LineEntry[] {
    while (this.order[this.head]?.isLogged) this.head += 1;
    const first = this.order[this.head];
    // The log was reached by what was spooled: nothing else need be tried alone.
    if (!first) return this.hasSpooled ? [] : this.options.probe();
    const { streamId } = first.decision;
    let end = this.head + 1;
    while (end < this.head + BATCH_EVENTS_MAX && isOpen(this.order[end], streamId)) end += 1;
    return this.order.slice(this.head, end);
  }

  private end(): void {
    this.order = [];
    this.head = 0;
    this.unkept.clear();
    this.held = [];
    if (this.hasSpooled) void this.options.spool?.clear();
    this.hasSpooled = false;
    this.become('reachable', '');
    this.options.over();
  }

  /** What is away is not merely slow. */
  private become(reach: LogReach, reason: string): void {
    if (this.current === reach || (this.current === 'away' && reach === 'slow')) return;
    this.current = reach;
    this.options.onReach(reach, reason);
  }

  private hasEnded(): boolean {
    return this.isClosed;
  }
}

function isOpen(entry: LineEntry | undefined, streamId: string): boolean {
  return entry !== undefined && !entry.isLogged && entry.decision.streamId === streamId;
}

/** What belongs to the way out of a position, and so may use all of the room. */
function isExit({ streamId }: Decision): boolean {
  return /^(stop|order|position)-/.test(streamId);
}
