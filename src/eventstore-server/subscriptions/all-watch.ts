import type { StreamIndex } from '../streams/stream-index.js';
import type { CheckpointPace } from './checkpoint-pace.js';
import type { EventFilter } from './event-filter.js';

/** A follower of $all in the eyes of its watch. */
export interface Sleeper {
  /** The count at which a checkpoint of its own is due. */
  readonly dueAt: number;
  sleepAt(count: number): void;
  /** Goes on from an ordinal, at a count. */
  wakeAt(ordinal: number, count: number): void;
  /** The event that a checkpoint was waiting for was considered. */
  reach(ordinal: number): void;
  wake(): void;
}

/**
 * Considers new events for all followers of $all with the same filter that have seen everything before: once, however many
 * they are. Who is asleep has the ordinal and the count of the watch as its own.
 */
export class AllWatch {
  /** The ordinal of the next event to consider. */
  private next = 0;
  /** Events that were considered, and that nobody wanted. */
  private count = 0;
  private readonly asleep = new Set<Sleeper>();
  /** Who has a checkpoint due at a count, unless it was roused since. */
  private readonly due = new Map<number, Sleeper[]>();
  private followerCount = 0;

  constructor(
    private readonly index: StreamIndex,
    readonly filter: EventFilter,
    readonly pace: CheckpointPace,
    /** Told when nobody follows any more. */
    private readonly onEmpty: () => void,
  ) {}

  join(): void {
    this.followerCount++;
  }

  leave(follower: Sleeper): void {
    this.asleep.delete(follower);
    this.followerCount--;
    if (this.followerCount === 0) this.onEmpty();
  }

  /** Considers what became visible. */
  readonly advance = (): void => {
    if (this.asleep.size === 0) return;
    try {
      while (this.next < this.index.visible && this.asleep.size > 0) this.consider(this.next++);
    } catch {
      // What a filter has to say against an event is said to its clients, not to the writer of the event.
      this.next--;
      this.rouseAll();
    }
  };

  /** Takes one in that has seen everything. */
  admit(follower: Sleeper): void {
    if (this.asleep.size === 0) this.next = this.index.visible;
    this.asleep.add(follower);
    follower.sleepAt(this.count);
    this.noteDue(follower);
  }

  /** Lets one go on by itself, if it sleeps. */
  rouse(follower: Sleeper): void {
    if (this.asleep.delete(follower)) follower.wakeAt(this.next, this.count);
  }

  private consider(ordinal: number): void {
    const { filter, due } = this;
    if (!filter.isVisible(ordinal)) return;
    if (filter.isWanted(ordinal)) {
      this.next = ordinal;
      this.rouseAll();
      return;
    }
    this.count++;
    const reached = due.get(this.count);
    if (reached === undefined) return;
    due.delete(this.count);
    for (const follower of reached) {
      if (follower.dueAt !== this.count) continue;
      follower.reach(ordinal);
      this.noteDue(follower);
    }
  }

  private noteDue(follower: Sleeper): void {
    if (follower.dueAt === Infinity) return;
    const others = this.due.get(follower.dueAt);
    if (others === undefined) this.due.set(follower.dueAt, [follower]);
    else others.push(follower);
  }

  private rouseAll(): void {
    for (const follower of this.asleep) {
      follower.wakeAt(this.next, this.count);
      follower.wake();
    }
    this.asleep.clear();
    this.due.clear();
  }
}
