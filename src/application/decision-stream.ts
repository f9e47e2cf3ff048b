import type { Fact } from '../domain/facts.js';
import type { Recorded } from '../domain/kernel/event.js';
import type { EventFeed, FactSubscription, UnreadableRecord } from './ports/event-feed.port.js';

/** One decision as the log took it. Whoever writes it out keeps the text here: it is the same for every reader. */
export interface LoggedDecision {
  readonly kind: 'decision';
  readonly position: bigint;
  readonly recorded: Recorded<Fact>;
  text?: string;
}

/** A record that no codec understands: whoever sees everything is told that there is one. */
export interface Unreadable {
  readonly kind: 'unreadable';
  readonly position: bigint;
  readonly record: UnreadableRecord;
}

/** Decisions up to this position may not have been told: what is true then must be read, and what follows is told. */
export interface Gap {
  readonly kind: 'gap';
  readonly position: bigint;
}

export type Told = LoggedDecision | Unreadable | Gap;

export interface ReadingTerms {
  /** The newest position that the reader knows; without it the first thing it is told is a gap. */
  readonly after?: bigint | undefined;
  /** May it see this? Asked each time, since a grant may change. */
  readonly sees: (item: LoggedDecision | Unreadable) => boolean;
}

/** So many are kept for readers that are slow or come back: of usual size, some 15 MB. */
const KEPT_MAX = 10_000;
/** Kept so long after the last reader has left, so that one that comes back finds what it missed. */
const LINGER_MS = 60_000;

interface Open {
  readonly subscription: FactSubscription;
  readonly ring: (LoggedDecision | Unreadable)[];
  /** Everything behind this position is in the ring, or was read by nobody's filter. */
  floor: bigint;
  head: bigint;
  /** Counted from the beginning: the ring holds those from `next - ring.length` on. */
  next: number;
}

/**
 * The decisions of the log as they are taken, for any number of readers: one subscription, one ring, no database.
 *
 *     idle ──first reader──► open ──no reader for a while──► idle
 *
 * Readers pull. One that does not keep up costs nothing but its place: when the ring has passed it by, it is told so and
 * goes on at the head. Log positions are the numbers: they rise, and the first that follows a known one can be asked for.
 */
export class DecisionStream {
  private readonly readers = new Set<DecisionReader>();
  private opening: Promise<Open> | undefined;
  private lingering: NodeJS.Timeout | undefined;
  private tellsGaps = 0;
  /** On their way in: nothing is closed under them. */
  private joining = 0;

  constructor(
    private readonly feed: Pick<EventFeed, 'newestPosition' | 'subscribe'>,
    private readonly limits: { readonly keptMax?: number; readonly lingerMs?: number } = {},
  ) {}

  get readerCount(): number {
    return this.readers.size;
  }

  /** How often a reader had to be told what is true in place of what has happened. */
  get gapCount(): number {
    return this.tellsGaps;
  }

  /** Rejects while the log is away. */
  async read(terms: ReadingTerms): Promise<DecisionReader> {
    clearTimeout(this.lingering);
    this.joining += 1;
    try {
      const open = await this.opened();
      const after = await this.knownPlace(open, terms.after);
      const reader: DecisionReader = new DecisionReader(open, {
        sees: terms.sees,
        after,
        onGap: () => (this.tellsGaps += 1),
        onEnd: () => this.left(reader),
      });
      this.readers.add(reader);
      return reader;
    } finally {
      this.joining -= 1;
    }
  }

  async close(): Promise<void> {
    clearTimeout(this.lingering);
    for (const reader of this.readers) void reader.return();
    await this.shut();
  }

  /** A position beyond the head is known, too, if the log has come so far: it is only on its way here. */
  private async knownPlace(open: Open, after: bigint | undefined): Promise<bigint | undefined> {
    if (after === undefined || after < open.floor) return undefined;
    return after <= open.head || after <= (await this.feed.newestPosition()) ? after : undefined;
  }

  private opened(): Promise<Open> {
    this.opening ??= this.open().catch((error: unknown) => {
      this.opening = undefined;
      throw error;
    });
    return this.opening;
  }

  private async open(): Promise<Open> {
    const end = await this.feed.newestPosition();
    const keptMax = this.limits.keptMax ?? KEPT_MAX;
    const ring: Open['ring'] = [];
    const subscription = this.feed.subscribe(end < 0n ? 'start' : end, (batch, unreadable) => {
      for (const item of inOrder(batch.facts, unreadable)) {
        const slot = open.next % keptMax;
        open.floor = ring[slot]?.position ?? open.floor;
        ring[slot] = item;
        open.next += 1;
      }
      if (batch.position > open.head) open.head = batch.position;
      for (const reader of this.readers) reader.wake();
      return Promise.resolve();
    });
    const open: Open = { subscription, ring, floor: end, head: end, next: 0 };
    return open;
  }

  private left(reader: DecisionReader): void {
    this.readers.delete(reader);
    if (this.readers.size + this.joining > 0) return;
    clearTimeout(this.lingering);
    this.lingering = setTimeout(() => void this.shut(), this.limits.lingerMs ?? LINGER_MS).unref();
  }

  private async shut(): Promise<void> {
    const { opening } = this;
    this.opening = undefined;
    const open = await opening?.catch(() => undefined);
    await open?.subscription.close();
  }
}

function inOrder(
  facts: readonly Recorded<Fact>[],
  unreadable: readonly UnreadableRecord[],
): readonly (LoggedDecision | Unreadable)[] {
  const decisions = facts.map((recorded): LoggedDecision => {
    return { kind: 'decision', position: recorded.position, recorded };
  });
  if (unreadable.length === 0) return decisions;
  const others = unreadable.map((record): Unreadable => {
    return { kind: 'unreadable', position: record.position, record };
  });
  return [...decisions, ...others].sort((one, other) => (one.position < other.position ? -1 : 1));
}

interface ReaderTerms extends ReadingTerms {
  readonly onGap: () => void;
  readonly onEnd: () => void;
}

type Result = IteratorResult<Told, undefined>;

/** One reader's place in the stream. `return` ends it at any moment, also while it waits. */
export class DecisionReader implements AsyncIterableIterator<Told, undefined> {
  private place: number;
  private after: bigint;
  private mustTellGap: boolean;
  private hasEnded = false;
  private waiting: ((result: Result) => void) | undefined;

  constructor(
    private readonly open: Open,
    private readonly terms: ReaderTerms,
  ) {
    this.place = open.next - open.ring.length;
    this.after = terms.after ?? open.head;
    this.mustTellGap = terms.after === undefined;
  }

  next(): Promise<Result> {
    const item = this.take();
    if (item || this.hasEnded) return Promise.resolve(resultOf(item));
    return new Promise((resolve) => (this.waiting = resolve));
  }

  return(): Promise<Result> {
    this.waiting?.(resultOf(undefined));
    this.waiting = undefined;
    if (!this.hasEnded) this.terms.onEnd();
    this.hasEnded = true;
    return Promise.resolve(resultOf(undefined));
  }

  wake(): void {
    if (!this.waiting) return;
    const item = this.take();
    if (!item) return;
    this.waiting(resultOf(item));
    this.waiting = undefined;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  private take(): Told | undefined {
    if (this.hasEnded) return undefined;
    const { open } = this;
    if (this.mustTellGap || this.place < open.next - open.ring.length) return this.skip();
    while (this.place < open.next) {
      const item = open.ring[this.place % open.ring.length];
      this.place += 1;
      if (item && item.position > this.after && this.terms.sees(item)) return item;
    }
    return undefined;
  }

  private skip(): Gap {
    this.mustTellGap = false;
    this.place = this.open.next;
    this.after = this.open.head;
    this.terms.onGap();
    return { kind: 'gap', position: this.after };
  }
}

function resultOf(value: Told | undefined): Result {
  return value ? { value, done: false } : { value: undefined, done: true };
}
