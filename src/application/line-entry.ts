import type { Decision } from '../engine/decisions.js';

/** What the line promises for a decision. Neither ever rejects; neither resolves after a conflict. */
export interface Kept {
  /** Durable in the log, or in the spool while the log is away: what the decision orders may leave. */
  readonly safe: Promise<void>;
  /** The log has it, at this position. */
  readonly logged: Promise<bigint>;
}

/** A decision on its way into the log. */
export class LineEntry implements Kept {
  readonly safe: Promise<void>;
  readonly logged: Promise<bigint>;
  /** Handed to the spool: the outage brings it into the log, in the order of the spool. */
  isSpooled = false;
  isLogged = false;
  private settleSafe!: () => void;
  private settleLogged!: (position: bigint) => void;

  constructor(
    readonly decision: Decision,
    /** False while a decision that must be safe first is not. */
    public isReady: boolean,
  ) {
    this.safe = new Promise((resolve) => (this.settleSafe = resolve));
    this.logged = new Promise((resolve) => (this.settleLogged = resolve));
  }

  /** Moves may wait and are derived again from the tape; all else acts, or tells what happened outside. */
  get isMove(): boolean {
    return this.decision.fact.type === 'StopTrailed';
  }

  becomeSafe(): void {
    this.settleSafe();
  }

  becomeLogged(position: bigint): void {
    this.isLogged = true;
    this.settleSafe();
    this.settleLogged(position);
  }
}

export interface StreamQueue {
  readonly streamId: string;
  readonly waiting: LineEntry[];
  inFlight: readonly LineEntry[];
  /** In a lane, or in flight. */
  isBusy: boolean;
  /** Monotonic ms at which the append in flight left. */
  sentAtMs: number;
}
