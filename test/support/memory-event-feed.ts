import type {
  EventFeed,
  FactBatch,
  FactSubscription,
  UnreadableRecord,
} from '../../src/application/ports/event-feed.port.js';
import type { Fact } from '../../src/domain/facts.js';
import type { Recorded } from '../../src/domain/kernel/event.js';

type Handler = (batch: FactBatch, unreadable: readonly UnreadableRecord[]) => Promise<void>;

/** A log in memory that keeps the feed port's promises: in order, one batch at a time, a refused batch again. */
export class MemoryEventFeed implements EventFeed {
  readonly facts: Recorded<Fact>[] = [];
  readonly unreadable: UnreadableRecord[] = [];
  /** Batches handed over and settled, over all subscriptions. */
  delivered = 0;
  private readonly wakers = new Set<() => void>();

  constructor(
    facts: readonly Recorded<Fact>[] = [],
    private readonly batchSize = 3,
  ) {
    this.facts.push(...facts);
  }

  append(...facts: readonly Recorded<Fact>[]): void {
    this.facts.push(...facts);
    for (const wake of this.wakers) wake();
  }

  newestPosition(): Promise<bigint> {
    return Promise.resolve(this.end);
  }

  get end(): bigint {
    const last = [this.facts.at(-1)?.position ?? -1n, this.unreadable.at(-1)?.position ?? -1n];
    return last[0]! > last[1]! ? last[0]! : last[1]!;
  }

  subscribe(after: bigint | 'start', handler: Handler): FactSubscription {
    let isOpen = true;
    const close = () => {
      isOpen = false;
      for (const wake of this.wakers) wake();
    };
    const stillOpen = () => isOpen;
    const run = async () => {
      let position = after === 'start' ? -1n : after;
      // A subscriber is told once that there is nothing more, even when there never was.
      let isTold = false;
      while (isOpen) {
        const next = this.batchAfter(position);
        const isNews = next.batch.position !== position || (next.batch.caughtUp && !isTold);
        if (!isNews) await this.more(() => isOpen);
        else if (await settled(handler, next)) {
          position = next.batch.position;
          isTold = next.batch.caughtUp;
        }
        if (stillOpen()) this.delivered += 1;
      }
    };
    const running = run();
    return {
      close: async () => {
        close();
        await running;
      },
    };
  }

  readStream(streamId: string): Promise<readonly Recorded<Fact>[]> {
    return Promise.resolve(this.facts.filter((fact) => fact.streamId === streamId));
  }

  private batchAfter(position: bigint): { batch: FactBatch; unreadable: UnreadableRecord[] } {
    const facts = this.facts.filter((fact) => fact.position > position).slice(0, this.batchSize);
    const end = facts.length < this.batchSize ? this.end : facts.at(-1)!.position;
    const reached = end > position ? end : position;
    const unreadable = this.unreadable.filter(
      (each) => each.position > position && each.position <= reached,
    );
    return { batch: { facts, position: reached, caughtUp: reached >= this.end }, unreadable };
  }

  private more(isOpen: () => boolean): Promise<void> {
    if (!isOpen()) return Promise.resolve();
    return new Promise((wake) => {
      const waker = () => {
        this.wakers.delete(waker);
        wake();
      };
      this.wakers.add(waker);
    });
  }
}

async function settled(
  handler: Handler,
  next: { batch: FactBatch; unreadable: UnreadableRecord[] },
): Promise<boolean> {
  try {
    await handler(next.batch, next.unreadable);
    return true;
  } catch {
    // The port's promise: the same batch again.
    await new Promise((later) => setImmediate(later));
    return false;
  }
}
