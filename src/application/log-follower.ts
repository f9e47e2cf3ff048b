import type { EngineRecovered } from '../domain/engine-run/engine-run.events.js';
import type { LogReading, LogStart } from './recovery.js';

const EVERY_MS = 250;

type SnapshotFound = NonNullable<EngineRecovered['data']['snapshot']>;

export interface LogFollowerOptions {
  /** Brings the partition to where its newest snapshot stood. */
  readonly resume: () => Promise<{
    readonly start: LogStart | undefined;
    readonly found: SnapshotFound;
  }>;
  /** Folds what is behind a place in the log. */
  readonly read: (start: LogStart | undefined) => Promise<LogReading>;
  readonly pause: (ms: number) => Promise<void>;
  /** The end of the log was reached for the first time. */
  readonly onFollowing: () => void;
  /** Makes ready what can be before this engine owns the log. False: nothing more can be. */
  readonly rehearse: () => boolean;
}

/** The log as it was read from beginning to end, in one piece or in many. */
export interface FollowedLog extends LogReading {
  readonly snapshot: SnapshotFound;
}

/**
 * Folds the log while another engine owns it, so that a take-over has only its last moments to read: who stands by need
 * not be told what a day of another's work came to when that one has just died.
 *
 *     standing by: snapshot → log → rehearsal → what is new, again and again ──owner──► the rest, once ──► guards
 */
export class LogFollower {
  private following: Promise<FollowedLog> | undefined;
  private isOwner = false;
  private tellOwner = (): void => undefined;
  private readonly owned = new Promise<void>((resolve) => (this.tellOwner = resolve));

  constructor(private readonly options: LogFollowerOptions) {}

  /** From here on until this engine owns the log. */
  follow(): void {
    if (this.following) return;
    this.following = this.readOn();
    // Whoever takes over hears of it.
    this.following.catch(() => undefined);
  }

  /** Resolves when everything that the log has by now is folded. Call it once. */
  async finish(): Promise<FollowedLog> {
    this.isOwner = true;
    this.tellOwner();
    const known = this.following ? await this.following : undefined;
    return known ? this.more(known) : this.begin();
  }

  private async readOn(): Promise<FollowedLog> {
    const { pause, onFollowing, rehearse } = this.options;
    let known = await this.begin();
    let isRehearsed = !this.hasTakenOver() && rehearse();
    onFollowing();
    while (!this.hasTakenOver()) {
      await Promise.race([pause(EVERY_MS), this.owned]);
      if (this.hasTakenOver()) return known;
      known = await this.more(known);
      isRehearsed &&= this.hasTakenOver() || rehearse();
    }
    return known;
  }

  private async begin(): Promise<FollowedLog> {
    const { start, found } = await this.options.resume();
    return { ...(await this.options.read(start)), snapshot: found };
  }

  private async more(known: FollowedLog): Promise<FollowedLog> {
    const { position, epoch, outcomes, unreadable, eventsRead } = known;
    const read = await this.options.read({ position, epoch, outcomes, unreadable });
    return { ...known, ...read, eventsRead: eventsRead + read.eventsRead };
  }

  private hasTakenOver(): boolean {
    return this.isOwner;
  }
}
