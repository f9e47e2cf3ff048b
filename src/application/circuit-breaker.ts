export type CircuitState = 'closed' | 'open' | 'half-open';

const UNCLEAR_MAX = 5;
const COOL_MS_MIN = 500;
const COOL_MS_MAX = 15_000;

/**
 * Keeps from hammering a venue that gives no clear answers, and never keeps an exit from being tried. After some unclear outcomes in a row nothing is asked for a
 * while, then one single question is: a clear answer closes the circuit, another unclear one opens it for longer.
 */
export class CircuitBreaker {
  private unclear = 0;
  private coolMs = COOL_MS_MIN;
  private openUntil = -Infinity;
  /** Until when the venue itself wants to be asked nothing. */
  private bannedUntil = -Infinity;
  private isTripped = false;

  constructor(
    private readonly clock: () => number,
    private readonly onChange: (state: CircuitState, forMs: number) => void,
  ) {}

  get state(): CircuitState {
    if (!this.isTripped) return 'closed';
    return this.waitMs() > 0 ? 'open' : 'half-open';
  }

  /** Ms until anything may be asked; 0 for now. */
  waitMs(): number {
    return Math.max(0, this.openUntil - this.clock());
  }

  /** Ms until an exit may be sent: only the venue's own word holds one back, no outcome of other calls. */
  exitWaitMs(): number {
    return Math.max(0, this.bannedUntil - this.clock());
  }

  /** The venue answered: also with a refusal. */
  clear(): void {
    this.unclear = 0;
    this.coolMs = COOL_MS_MIN;
    if (!this.isTripped) return;
    this.isTripped = false;
    this.onChange('closed', 0);
  }

  /** No answer that says what happened. The venue may have told when to come again. */
  fail(retryAfterMs = 0): void {
    this.unclear += 1;
    if (!this.isTripped && this.unclear < UNCLEAR_MAX && retryAfterMs === 0) return;
    // Exits that passed an open circuit tell nothing that is not known: it is not opened for longer by them.
    if (this.state === 'open' && retryAfterMs === 0) return;
    if (retryAfterMs > 0) this.bannedUntil = this.clock() + retryAfterMs;
    const forMs = Math.max(this.coolMs, retryAfterMs);
    this.isTripped = true;
    this.openUntil = Math.max(this.openUntil, this.clock() + forMs);
    this.coolMs = Math.min(this.coolMs * 2, COOL_MS_MAX);
    this.onChange('open', forMs);
  }
}
