import type { LogReach } from '../log-outage.js';
import type { AlarmDesk } from './alarm-desk.js';

export interface LogSightOptions {
  readonly desk: Pick<AlarmDesk, 'raise' | 'clear'>;
  /** Monotonic ms. */
  readonly clock: () => number;
}

// An engine that does not guard yet has no spool to lean on: it says early that it cannot begin.
const AWAY_MS = 2_000;
const LOG = 'log';
const READING = 'reading';

/**
 * Whether the log can be reached, by what became of questions and of appends, and the alarms about it.
 *
 *     before it guards: unanswered ──2 s──► LOG_AWAY ; guarding: unanswered ──► LOG_SLOW, an append refused ──► LOG_AWAY
 *
 * What an earlier run raised ends with an answer of the log, not with that run.
 */
export class LogSight {
  private isAnswered = false;
  private isGuarding = false;
  private reach: LogReach = 'reachable';
  private answeredAtMs: number;

  constructor(private readonly options: LogSightOptions) {
    this.answeredAtMs = options.clock();
  }

  /** False until the log has answered for the first time. */
  get isReachable(): boolean {
    return this.isAnswered && this.reach !== 'away';
  }

  /** From here on the engine protects without the log, too. */
  guards(): void {
    this.isGuarding = true;
  }

  /** What became of a question. */
  onAnswer(isAnswered: boolean): void {
    this.isAnswered = isAnswered;
    if (isAnswered) this.answered();
    else if (this.isGuarding) {
      this.options.desk.raise('LOG_SLOW', READING, 'event log does not answer a question');
    } else this.unanswered();
  }

  /** What became of appends. */
  onReach(reach: LogReach, reason: string): void {
    const { desk } = this.options;
    this.reach = reach;
    switch (reach) {
      case 'reachable':
        desk.clear('LOG_SLOW', LOG, 'event log reachable again');
        desk.clear('LOG_AWAY', LOG, 'event log reachable again');
        return;
      case 'slow':
        desk.raise('LOG_SLOW', LOG, `event log slow: ${reason}`);
        return;
      case 'away':
        // The worse one first: whoever reads the end of the other must know already that it is no good news.
        desk.raise('LOG_AWAY', LOG, `event log away: ${reason}`);
        desk.clear('LOG_SLOW', LOG, 'event log is no longer slow but away: see LOG_AWAY');
    }
  }

  private answered(): void {
    const { desk, clock } = this.options;
    this.answeredAtMs = clock();
    desk.clear('LOG_SLOW', READING, 'event log answers again');
    if (this.reach !== 'slow') desk.clear('LOG_SLOW', LOG, 'event log answers again');
    if (this.reach !== 'away') desk.clear('LOG_AWAY', LOG, 'event log answers again');
  }

  private unanswered(): void {
    const { desk, clock } = this.options;
    const silentMs = Math.round(clock() - this.answeredAtMs);
    if (silentMs < AWAY_MS) return;
    const text = `event log away: no answer for ${silentMs} ms, and this engine guards nothing before it answers`;
    desk.raise('LOG_AWAY', LOG, text);
  }
}
