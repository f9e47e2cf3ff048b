import type { FilterRequest, ReadFrom } from '../protocol/read-request.parse.js';
import type { EventStore } from '../streams/event-store.js';
import { AllFollower } from './all-follower.js';
import { AllWatch } from './all-watch.js';
import type { CheckpointPace } from './checkpoint-pace.js';
import { EventFilter } from './event-filter.js';

/** The followers of $all, those with the same filter under one watch. */
export class AllWatches {
  private readonly byFilter = new Map<string, AllWatch>();

  constructor(
    private readonly store: Pick<EventStore, 'index'>,
    private readonly pace: CheckpointPace,
  ) {}

  /** Follows $all behind a position. Throws a GrpcError if the filter is none. */
  follow(from: ReadFrom, request: FilterRequest | undefined): AllFollower {
    const watch = this.watchOf(request);
    watch.join();
    return new AllFollower(this.store, watch, this.firstAfter(from), request?.checkpointEvents);
  }

  stop(): void {
    this.pace.stop();
  }

  private watchOf(request: FilterRequest | undefined): AllWatch {
    const key = JSON.stringify([request?.on, request?.regex, request?.prefixes]);
    const known = this.byFilter.get(key);
    if (known?.filter.isBroken === false) return known;
    const { index } = this.store;
    const watch: AllWatch = new AllWatch(index, new EventFilter(index, request), this.pace, () => {
      index.watchers.delete(watch.advance);
      if (this.byFilter.get(key) === watch) this.byFilter.delete(key);
    });
    index.watchers.add(watch.advance);
    this.byFilter.set(key, watch);
    return watch;
  }

  private firstAfter(from: ReadFrom): number {
    const { columns, visible } = this.store.index;
    if (from === 'start') return 0;
    if (from === 'end') return visible;
    return columns.lowerBound(from.at + 1, visible);
  }
}
