import type { FeedGap } from '../ports/engine-gateway.port.js';

/** The newest interruptions that are kept; older ones are in the log as FeedLost and FeedConnected. */
const GAPS_MAX = 100;
const SHARE_DIGITS = 6;

/** When one feed was connected and when it was not, since the start of this process. */
export class FeedLog {
  private readonly found: FeedGap[] = [];
  private downMs = 0;
  private downSinceMs: number;
  private isUp = false;
  private reason = 'not connected yet';

  constructor(private readonly startedAtMs: number) {
    this.downSinceMs = startedAtMs;
  }

  connected(nowMs: number): void {
    if (this.isUp) return;
    this.isUp = true;
    this.downMs += nowMs - this.downSinceMs;
    this.found.push({ fromMs: this.downSinceMs, toMs: nowMs, reason: this.reason });
    if (this.found.length > GAPS_MAX) this.found.shift();
  }

  lost(nowMs: number, reason: string): void {
    this.reason = reason;
    if (!this.isUp) return;
    this.isUp = false;
    this.downSinceMs = nowMs;
  }

  /** Ended interruptions and the one that lasts, oldest first. */
  gaps(): readonly FeedGap[] {
    if (this.isUp) return [...this.found];
    return [...this.found, { fromMs: this.downSinceMs, toMs: null, reason: this.reason }];
  }

  /** Share of the time since the start in which it was connected, as text from 0 to 1. */
  uptimeShare(nowMs: number): string {
    const wholeMs = nowMs - this.startedAtMs;
    if (wholeMs <= 0) return this.isUp ? '1' : '0';
    const downMs = this.downMs + (this.isUp ? 0 : nowMs - this.downSinceMs);
    return ((wholeMs - downMs) / wholeMs).toFixed(SHARE_DIGITS);
  }
}
