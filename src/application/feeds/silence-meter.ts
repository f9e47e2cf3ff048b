/** So many signs make a window; what is usual is judged by the last full one and the one that is filling. */
export const SILENCE_WINDOW = 256;

export interface SilenceLimits {
  /** However busy a stream usually is, a silence below this is none. */
  readonly msMin: number;
  /** However quiet it usually is, a silence above this is one. */
  readonly msMax: number;
  /** While nothing is known about it, a silence above this is one; `msMax` where it is not given. */
  readonly msUnknown?: number;
  /** A silence so many times the longest usual one is unusual. */
  readonly factor: number;
}

/**
 * How long a stream is usually silent, learnt from the stream itself: a limit that suits one pair calls another mute
 * all night, or notices a dead one after minutes.
 *
 * Cost: three numbers; no allocation.
 */
export class SilenceMeter {
  private lastAtMs: number | undefined;
  private longestBefore: number | undefined;
  private longestNow = 0;
  private signs = 0;

  constructor(private readonly limits: SilenceLimits) {}

  heard(atMs: number): void {
    const { lastAtMs } = this;
    this.lastAtMs = lastAtMs === undefined ? atMs : Math.max(lastAtMs, atMs);
    if (lastAtMs === undefined) return;
    const silenceMs = atMs - lastAtMs;
    if (silenceMs > this.longestNow) this.learn(silenceMs);
    this.signs += 1;
    if (this.signs < SILENCE_WINDOW) return;
    this.longestBefore = this.longestNow;
    this.longestNow = 0;
    this.signs = 0;
  }

  /** One that was called unusual teaches no more than what was allowed: an outage of hours must not become usual. */
  private learn(silenceMs: number): void {
    const { msMax, msUnknown = msMax } = this.limits;
    this.longestNow = Math.min(silenceMs, Math.max(this.limitMs, msUnknown));
  }

  /** A pause that tells nothing about the stream itself, such as a lost connection, is not learnt from. */
  interrupted(): void {
    this.lastAtMs = undefined;
  }

  /** Ms since the last sign, or since that time when there was none after it. */
  silentMs(nowMs: number, sinceMs: number): number {
    return Math.max(0, nowMs - Math.max(this.lastAtMs ?? sinceMs, sinceMs));
  }

  /** The longest silence that is usual; undefined while too little has been heard. */
  get usualMs(): number | undefined {
    return this.longestBefore === undefined
      ? undefined
      : Math.max(this.longestBefore, this.longestNow);
  }

  /** A silence beyond this is longer than this stream usually is. */
  get limitMs(): number {
    const { msMin, msMax, msUnknown = msMax, factor } = this.limits;
    const { usualMs } = this;
    const least = usualMs === undefined ? msUnknown : msMin;
    return Math.min(msMax, Math.max(least, (usualMs ?? this.longestNow) * factor));
  }
}
