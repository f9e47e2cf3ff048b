import { BackOff } from '../feeds/back-off.js';
import type { AlarmMessage, AlarmPost } from '../ports/alarm.port.js';
import type { FeedTime } from '../ports/stream-transport.port.js';
import { isAtLeast } from './alarm-codes.js';

export interface AlarmCourierOptions {
  readonly post: AlarmPost;
  readonly time: Pick<FeedTime, 'schedule' | 'random'>;
  /** What an earlier run did not get rid of, oldest first. */
  readonly left: readonly AlarmMessage[];
  /** Messages lost before. */
  readonly lost: number;
  /** Told when tries begin to fail, with the reason, and with undefined once a message got through again. */
  readonly onTrouble: (reason: string | undefined) => void;
  /** Told whenever what waits has changed. */
  readonly onTouched: () => void;
}

export const UNDELIVERED_MAX = 1_000;
const RETRY_MS_FIRST = 500;
const RETRY_MS_MAX = 60_000;
// Even a venue's own "come again later" must not keep an alarm back for longer.
const RETRY_AFTER_MS_MAX = 300_000;
const FAILURES_BEFORE_TROUBLE = 3;
// An address that goes on refusing one message must not keep the others from arriving.
const REFUSALS_MAX = 5;

/**
 * Takes messages to one address, in order, each until it has arrived:
 *
 *     idle ──take──► posting ──delivered──► next or idle ; posting ──failed──► waiting (back-off, jitter) ──► posting
 *
 * When the queue is full the least severe gives way, and how many never arrived is told with every message.
 */
export class AlarmCourier {
  private readonly queue: AlarmMessage[];
  private readonly backOff: BackOff;
  private lostCount: number;
  private failures = 0;
  private refusals = 0;
  private isBusy = false;
  private isClosed = false;
  private hasTrouble = false;
  private cancelRetry: (() => void) | undefined;
  private tellEmpty: (() => void) | undefined;

  constructor(private readonly options: AlarmCourierOptions) {
    this.queue = options.left.slice(-UNDELIVERED_MAX);
    this.lostCount = options.lost + options.left.length - this.queue.length;
    this.backOff = new BackOff(
      { msFirst: RETRY_MS_FIRST, msMax: RETRY_MS_MAX },
      // At least half of the time: a try at once would meet what the last one met.
      () => 0.5 + options.time.random() / 2,
    );
    this.work();
  }

  get waiting(): readonly AlarmMessage[] {
    return [...this.queue];
  }

  get lost(): number {
    return this.lostCount;
  }

  take(message: AlarmMessage): void {
    if (this.isClosed) return;
    if (this.queue.length < UNDELIVERED_MAX) this.queue.push(message);
    else this.replaceLeast(message);
    this.options.onTouched();
    this.work();
  }

  /** Gives what waits so long to arrive; the rest stays in `waiting`. */
  async close(withinMs: number): Promise<void> {
    if (this.queue.length > 0) {
      await new Promise<void>((resolve) => {
        const cancel = this.options.time.schedule(withinMs, resolve);
        this.tellEmpty = () => {
          cancel();
          resolve();
        };
      });
    }
    this.isClosed = true;
    this.cancelRetry?.();
  }

  private work(): void {
    if (this.isBusy || this.isClosed || this.cancelRetry) return;
    const [next] = this.queue;
    if (!next) {
      this.tellEmpty?.();
      return;
    }
    this.isBusy = true;
    void this.deliver(next).then(() => {
      this.isBusy = false;
      this.work();
    });
  }

  private async deliver({ id, body }: AlarmMessage): Promise<void> {
    const outcome = await this.options.post.post({
      id,
      body: { ...body, lostBefore: this.lostCount },
    });
    if (outcome.kind === 'delivered') {
      this.failures = 0;
      this.backOff.succeeded();
      this.arrived(id);
      this.tellTrouble(undefined);
      return;
    }
    this.failures += 1;
    this.refusals = outcome.kind === 'refused' ? this.refusals + 1 : 0;
    if (this.failures >= FAILURES_BEFORE_TROUBLE) this.tellTrouble(outcome.reason);
    if (this.refusals >= REFUSALS_MAX) {
      this.lostCount += 1;
      this.arrived(id);
    }
    this.waitAWhile(outcome.kind === 'failed' ? outcome.retryAfterMs : undefined);
  }

  /** Also what is given up leaves the queue in this way. While it was under way it may have given way to another. */
  private arrived(id: string): void {
    this.refusals = 0;
    const place = this.queue.findIndex((message) => message.id === id);
    if (place >= 0) this.queue.splice(place, 1);
    this.options.onTouched();
  }

  private waitAWhile(askedMs = 0): void {
    if (this.isClosed) return;
    const ms = Math.max(this.backOff.next(), Math.min(askedMs, RETRY_AFTER_MS_MAX));
    this.cancelRetry = this.options.time.schedule(ms, () => {
      this.cancelRetry = undefined;
      this.work();
    });
  }

  private replaceLeast(message: AlarmMessage): void {
    this.lostCount += 1;
    const place = this.queue.findIndex(({ severity }) => !isAtLeast(severity, message.severity));
    if (place < 0) return;
    this.queue.splice(place, 1);
    this.queue.push(message);
  }

  private tellTrouble(reason: string | undefined): void {
    const has = reason !== undefined;
    if (has === this.hasTrouble) return;
    this.hasTrouble = has;
    this.options.onTrouble(reason);
  }
}
