import { SilenceMeter } from './silence-meter.js';
import type { SilenceLimits } from './silence-meter.js';

/** What one feed shows of one instrument: prices of one kind, or of any. Each has an interval of its own. */
export class FeedVoice {
  isStale = false;
  lastAtMs = -Infinity;
  /** Since when it has been heard on a connection without a break; Infinity while it is not. */
  soundSinceMs = Infinity;
  private readonly silence: SilenceMeter;

  constructor(limits: SilenceLimits) {
    this.silence = new SilenceMeter(limits);
  }

  get isSound(): boolean {
    return !this.isStale && this.soundSinceMs !== Infinity;
  }

  get wasHeard(): boolean {
    return this.lastAtMs !== -Infinity;
  }

  get usualMs(): number | null {
    return this.silence.usualMs ?? null;
  }

  /** For how long it had been stale; undefined when it was not. */
  heard(nowMs: number): number | undefined {
    const { lastAtMs, isStale } = this;
    this.silence.heard(nowMs);
    this.lastAtMs = nowMs;
    if (this.soundSinceMs === Infinity) this.soundSinceMs = nowMs;
    if (!isStale) return undefined;
    this.isStale = false;
    return nowMs - lastAtMs;
  }

  /** Ms for which it has been silent on this connection, when that is longer than usual and was not said yet. */
  fallsSilent(nowMs: number, connectedAtMs: number): number | undefined {
    if (this.isStale || !this.wasHeard) return undefined;
    const silentMs = this.silence.silentMs(nowMs, Math.max(this.lastAtMs, connectedAtMs));
    if (silentMs <= this.silence.limitMs) return undefined;
    this.isStale = true;
    this.soundSinceMs = Infinity;
    return silentMs;
  }

  /** A pause in which nothing could be heard is not learnt from. */
  connected(): void {
    this.silence.interrupted();
  }

  /** Nothing comes any more, though the connection stands. */
  ended(): void {
    this.soundSinceMs = Infinity;
  }

  lost(): void {
    this.isStale = false;
    this.soundSinceMs = Infinity;
  }
}
