import type { VenueCursor } from './venue-cursor.js';
import type { VenuePrints } from './venue-prints.js';

export interface PlayerOptions {
  readonly prints: VenuePrints;
  readonly cursor: VenueCursor;
  readonly speed: number | 'max';
  readonly isLooped: boolean;
  /** One print goes out, the others wait for `release`. */
  readonly isHeld: boolean;
  /** Unix ms. */
  readonly clock: () => number;
  readonly send: (message: string) => void;
  /** False while a client is behind; asked at full speed only. */
  readonly mayGoOn: () => boolean;
}

// Enough to keep a core busy, few enough that pings and new clients are served in between.
const ROWS_PER_TURN = 256;

/**
 * Plays prints at their recorded distances, shortened by the speed.
 *
 *     paused ──resume──► playing ──pause──► paused ; playing ──last row, no loop──► ended
 *
 * A pause keeps the time that was left until the next print.
 */
export class VenuePlayer {
  /** The print of `anchorRow` is due at `anchorMs`; all others follow from it. */
  private anchorRow = 0;
  private anchorMs = 0;
  private msLeft = 0;
  private isPlaying = false;
  private cancel: () => void = () => undefined;
  private isHeld: boolean;
  private hasPlayed = false;

  constructor(private readonly options: PlayerOptions) {
    this.isHeld = options.isHeld;
  }

  release(): void {
    if (!this.isHeld) return;
    this.isHeld = false;
    if (!this.isPlaying) return;
    this.anchor(this.options.clock());
    this.turn();
  }

  resume(): void {
    if (this.isPlaying) return;
    this.isPlaying = true;
    this.anchor(this.options.clock() + this.msLeft);
    this.turn();
  }

  pause(): void {
    if (!this.isPlaying) return;
    this.isPlaying = false;
    // Who comes next has seen none.
    this.hasPlayed = false;
    this.cancel();
    const { cursor, clock } = this.options;
    this.msLeft = cursor.isAtEnd ? 0 : Math.max(0, this.dueMs(cursor.row) - clock());
  }

  private anchor(atMs: number): void {
    this.anchorRow = this.options.cursor.row;
    this.anchorMs = atMs;
  }

  private dueMs(row: number): number {
    const { prints, speed, clock } = this.options;
    if (speed === 'max') return clock();
    const { recording } = prints;
    return this.anchorMs + (recording.timeMs(row) - recording.timeMs(this.anchorRow)) / speed;
  }

  private turn(): void {
    const { cursor, speed, clock, mayGoOn } = this.options;
    // The last client may be dismissed as too slow by any step of this: then we are paused.
    for (let rows = 0; this.isPlaying && rows < ROWS_PER_TURN; rows += 1) {
      if (this.isHeld && this.hasPlayed) return;
      if (cursor.isAtEnd && !this.beginAgain()) return;
      const nowMs = clock();
      const dueMs = this.dueMs(cursor.row);
      if (dueMs > nowMs) {
        this.later(dueMs - nowMs);
        return;
      }
      if (speed === 'max' && !mayGoOn()) {
        this.later(1);
        return;
      }
      this.play(dueMs, nowMs);
    }
    if (!this.isPlaying) return;
    const turn = setImmediate(() => this.turn());
    this.cancel = () => clearImmediate(turn);
  }

  private play(dueMs: number, nowMs: number): void {
    const { cursor, prints, send } = this.options;
    const { row, numbers } = cursor.take(dueMs, nowMs);
    this.hasPlayed = true;
    send(prints.message(row, numbers));
  }

  /** False when the recording has ended for good. */
  private beginAgain(): boolean {
    if (!this.options.isLooped) return false;
    this.options.cursor.beginAgain();
    this.anchor(this.options.clock());
    return true;
  }

  private later(ms: number): void {
    if (!this.isPlaying) return;
    const timer = setTimeout(() => this.turn(), Math.ceil(ms));
    this.cancel = () => clearTimeout(timer);
  }
}
