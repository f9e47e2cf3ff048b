import { CircuitBreaker } from './circuit-breaker.js';
import type { CircuitState } from './circuit-breaker.js';
import type { RateLimitTerms } from './ports/broker.port.js';
import { RateLimit } from './rate-limit.js';
import { TurnQueue } from './turn-queue.js';
import type { Urgency } from './turn-queue.js';

export interface OrderLaneOptions {
  readonly limits: readonly RateLimitTerms[];
  /** Monotonic ms. */
  readonly clock: () => number;
  readonly pause: (ms: number) => Promise<void>;
  readonly onCircuit: (state: CircuitState, forMs: number) => void;
}

/** The right to ask the venue once. It is given back with what came of it. */
export interface Turn {
  /** The venue said what happened, or that it refuses. */
  clear(): void;
  /** It did not; it may have told when to come again. */
  unclear(retryAfterMs?: number): void;
}

export interface LaneHealth {
  readonly queued: number;
  readonly inFlight: number;
  readonly circuit: CircuitState;
}

const IN_FLIGHT_MAX = 16;
/** Entries that may wait. Exits are never refused: there are no more of them than stops. */
export const QUEUED_ENTRIES_MAX = 1_000;

/**
 * The way to the venue for one account: nothing of another account waits in it or breaks it.
 * Who asks gets a turn by urgency, within the venue's limits, while the circuit allows.
 */
export class OrderLane {
  private readonly queue = new TurnQueue<(turn: Turn) => void>();
  private readonly limits: readonly RateLimit[];
  private readonly breaker: CircuitBreaker;
  private inFlight = 0;
  private entries = 0;
  private wakeAtMs = Infinity;
  private isClosed = false;

  constructor(private readonly options: OrderLaneOptions) {
    const { limits, clock, onCircuit } = options;
    this.limits = limits.map((terms) => new RateLimit(terms, clock));
    this.breaker = new CircuitBreaker(clock, onCircuit);
  }

  get health(): LaneHealth {
    return { queued: this.queue.length, inFlight: this.inFlight, circuit: this.breaker.state };
  }

  /** Resolves when it is this one's turn; undefined when too many entries wait already. Never resolves once closed. */
  turn(urgency: Urgency): Promise<Turn | undefined> {
    if (!urgency.isExit && this.entries >= QUEUED_ENTRIES_MAX) return Promise.resolve(undefined);
    if (!urgency.isExit) this.entries += 1;
    return new Promise((resolve) => {
      this.queue.push((turn) => {
        if (!urgency.isExit) this.entries -= 1;
        resolve(turn);
      }, urgency);
      this.pump();
    });
  }

  close(): void {
    this.isClosed = true;
  }

  private pump(): void {
    while (!this.isClosed) {
      const next = this.queue.peek();
      if (!next || this.inFlight >= this.inFlightMax(next)) return;
      const waitMs = this.waitMs(next);
      if (waitMs > 0) {
        this.wakeIn(waitMs);
        return;
      }
      this.queue.pop();
      for (const limit of this.limits) limit.take(next.permits);
      this.inFlight += 1;
      next.item(this.makeTurn());
    }
  }

  /** A venue that has just been silent is asked one thing at a time; an exit waits for no answer to another question. */
  private inFlightMax({ leaves }: Required<Urgency>): number {
    return leaves || this.breaker.state === 'closed' ? IN_FLIGHT_MAX : 1;
  }

  private waitMs({ isExit, leaves, permits }: Required<Urgency>): number {
    return this.limits.reduce(
      (most, limit) => Math.max(most, limit.waitMs(isExit, permits)),
      leaves ? this.breaker.exitWaitMs() : this.breaker.waitMs(),
    );
  }

  /** An exit that comes while an entry waits may be due earlier: each earlier time is a wake-up of its own. */
  private wakeIn(waitMs: number): void {
    const at = this.options.clock() + waitMs;
    if (at >= this.wakeAtMs) return;
    this.wakeAtMs = at;
    void this.options.pause(waitMs).then(() => {
      if (this.wakeAtMs === at) this.wakeAtMs = Infinity;
      this.pump();
    });
  }

  private makeTurn(): Turn {
    let isOver = false;
    const end = (tell: () => void): void => {
      if (isOver) return;
      isOver = true;
      this.inFlight -= 1;
      tell();
      this.pump();
    };
    return {
      clear: () => end(() => this.breaker.clear()),
      unclear: (retryAfterMs) => end(() => this.breaker.fail(retryAfterMs)),
    };
  }
}
