import { PageBuilder } from '../streams/event-page.js';
import type { EventStore } from '../streams/event-store.js';
import type { AllWatch, Sleeper } from './all-watch.js';
import type { SubscriptionPage } from './subscription-page.js';

/** Events that one step looks at before others get their turn. */
const SEARCHED_EVENTS_MAX = 65_536;

/**
 * One subscription to $all: what it considered so far, and what its client is to hear next.
 *
 * awake → asleep: it has seen everything. Its watch then considers events in its place.
 * asleep → awake: an event is wanted, or a checkpoint may be sent.
 *
 * A checkpoint is due after each so many events, matching or not, so that a client whose filter matches seldom can
 * still resume near the end. One that may not be sent at once is replaced by the next that is due, or by an event.
 */
export class AllFollower implements Sleeper {
  private considered = 0;
  /** Positions of the checkpoints that may be sent. */
  private readonly ready: number[] = [];
  /** The position of one that is due, and may not be sent yet. */
  private late: number | undefined;
  private isAsking = false;
  /** The count of its watch at which a checkpoint is due, while it sleeps. */
  dueAt = Infinity;

  constructor(
    private readonly store: Pick<EventStore, 'index'>,
    private readonly watch: AllWatch,
    /** The ordinal of the next event to consider. */
    private next: number,
    private readonly checkpointEvents = Infinity,
  ) {}

  /** Called when something may be there. */
  wake: () => void = () => undefined;

  /** What is there for one page, or undefined if everything was seen. */
  nextPage(): SubscriptionPage | undefined {
    this.watch.rouse(this);
    const reached = this.ready.shift();
    if (reached !== undefined) return { ordinals: [], checkpoint: reached };
    const { index } = this.store;
    const { filter } = this.watch;
    const page = new PageBuilder(this.store);
    const begin = this.next;
    const end = Math.min(index.visible, begin + SEARCHED_EVENTS_MAX);
    while (this.next < end && !page.isFull && this.ready.length === 0) {
      const ordinal = this.next++;
      if (!filter.isVisible(ordinal)) continue;
      if (filter.isWanted(ordinal)) {
        page.push(ordinal);
        this.late = undefined; // The event itself says as much.
      }
      this.considered++;
      if (this.considered === this.checkpointEvents) this.reach(ordinal);
    }
    if (this.next === begin) return undefined;
    const checkpoint = this.ready.shift();
    return { ordinals: page.ordinals, ...(checkpoint === undefined ? {} : { checkpoint }) };
  }

  /** Leaves it to the watch to consider what comes. */
  rest(): void {
    this.watch.admit(this);
  }

  /** Falls asleep at a count of its watch. */
  sleepAt(count: number): void {
    this.dueAt = count + this.checkpointEvents - this.considered;
  }

  /** Goes on from an ordinal, at a count of its watch. */
  wakeAt(ordinal: number, count: number): void {
    this.next = ordinal;
    if (this.checkpointEvents !== Infinity) {
      this.considered = this.checkpointEvents - (this.dueAt - count);
    }
    this.dueAt = Infinity;
  }

  /** The last event that a checkpoint waited for was considered. */
  reach(ordinal: number): void {
    this.considered = 0;
    this.dueAt += this.checkpointEvents;
    this.late = this.store.index.columns.position(ordinal);
    if (this.isAsking) return;
    this.isAsking = true;
    this.watch.pace.ask(this.grant);
  }

  release(): void {
    this.watch.pace.forget(this.grant);
    this.watch.leave(this);
  }

  private readonly grant = (): void => {
    this.isAsking = false;
    if (this.late === undefined) return;
    this.ready.push(this.late);
    this.late = undefined;
    this.wake();
  };
}
