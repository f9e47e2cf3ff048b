import type { Consumer } from './consumer.js';
import type { GroupItem } from './group-item.js';

/** An event that a consumer has and did not answer yet. */
export interface Sent {
  readonly item: GroupItem;
  readonly consumer: Consumer;
  readonly atMs: number;
  /** Text of a link to the event, if it was reached by one. */
  readonly target: string | undefined;
}

/** The unanswered events of a group by id, oldest first, and the clock that runs for them. */
export class InFlight {
  private readonly byId = new Map<string, Sent>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    /** Not above zero: for ever. */
    private readonly timeoutMs: number,
    private readonly onTimeout: (sent: Sent) => void,
  ) {}

  get count(): number {
    return this.byId.size;
  }

  has(id: string): boolean {
    return this.byId.has(id);
  }

  add(id: string, sent: Sent): void {
    this.byId.set(id, sent);
    sent.consumer.inFlight++;
    this.wind();
  }

  take(id: string): Sent | undefined {
    const sent = this.byId.get(id);
    if (sent === undefined) return undefined;
    this.byId.delete(id);
    sent.consumer.inFlight--;
    return sent;
  }

  takeOf(consumer: Consumer): Sent[] {
    const ids = [...this.byId].filter(([, sent]) => sent.consumer === consumer).map(([id]) => id);
    return ids.flatMap((id) => this.take(id) ?? []);
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.byId.clear();
  }

  /** All have the same time, so the first one is always the next one due. */
  private wind(): void {
    if (this.timer !== undefined || this.timeoutMs <= 0) return;
    const [first] = this.byId.values();
    if (first === undefined) return;
    const dueInMs = Math.max(1, first.atMs + this.timeoutMs - performance.now());
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.ring();
      this.wind();
    }, dueInMs);
  }

  private ring(): void {
    const nowMs = performance.now();
    for (const [id, { atMs }] of this.byId) {
      if (atMs + this.timeoutMs > nowMs) return;
      const sent = this.take(id);
      if (sent !== undefined) this.onTimeout(sent);
    }
  }
}
