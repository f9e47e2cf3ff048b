import type { FeedTime } from '../ports/stream-transport.port.js';
import type { SnapshotAnswer, SnapshotTransport } from '../ports/snapshot-transport.port.js';
import { BackOff } from './back-off.js';

export interface SnapshotRules {
  /** Two requests are at least so far apart: the venue's budget is shared with whoever trades there. */
  readonly apartMs: number;
  readonly backOffMsFirst: number;
  readonly backOffMsMax: number;
}

export interface SnapshotQueueOptions {
  readonly transport: SnapshotTransport;
  readonly time: FeedTime;
  readonly rules: SnapshotRules;
  readonly onAnswer: (key: string, text: string) => void;
  readonly onTrouble: (key: string, reason: string) => void;
}

interface Wanted {
  readonly key: string;
  readonly address: string;
}

const OK = 200;
const REASON_CHARS_MAX = 200;

/**
 * Whole states that are wanted from a venue, one at a time.
 *
 *     idle ──ask──► asking ──answer──► apart ──► the next ; no answer, or refused ──► backing off ──► the same again
 *
 * Each key waits at most once.
 */
export class SnapshotQueue {
  private readonly wanted: Wanted[] = [];
  private readonly backOff: BackOff;
  private cancel: () => void = () => undefined;
  private isBusy = false;
  private isClosed = false;

  constructor(private readonly options: SnapshotQueueOptions) {
    const { rules, time } = options;
    const limits = { msFirst: rules.backOffMsFirst, msMax: rules.backOffMsMax };
    this.backOff = new BackOff(limits, time.random);
  }

  ask(key: string, address: string): void {
    if (this.wanted.some((one) => one.key === key)) return;
    this.wanted.push({ key, address });
    this.goOn();
  }

  /** It is not wanted any more. */
  forget(key: string): void {
    const place = this.wanted.findIndex((one) => one.key === key);
    if (place >= 0) this.wanted.splice(place, 1);
  }

  close(): void {
    this.isClosed = true;
    this.cancel();
    this.wanted.length = 0;
  }

  private goOn(): void {
    const [next] = this.wanted;
    if (this.isBusy || this.isClosed || !next) return;
    this.isBusy = true;
    this.options.transport.get(next.address).then(
      (answer) => this.answered(next, answer),
      (error: unknown) => this.failed(next, String(error), null),
    );
  }

  private answered(asked: Wanted, answer: SnapshotAnswer): void {
    if (this.isClosed) return;
    if (answer.status !== OK) {
      const reason = `status ${answer.status}: ${answer.text.slice(0, REASON_CHARS_MAX)}`;
      this.failed(asked, reason, answer.retryAfterMs);
      return;
    }
    this.backOff.succeeded();
    const isWanted = this.wanted[0] === asked;
    if (isWanted) this.wanted.shift();
    this.pause(this.options.rules.apartMs);
    if (isWanted) this.options.onAnswer(asked.key, answer.text);
  }

  private failed({ key }: Wanted, reason: string, retryAfterMs: number | null): void {
    if (this.isClosed) return;
    this.options.onTrouble(key, reason);
    this.pause(Math.max(retryAfterMs ?? 0, this.options.rules.apartMs, this.backOff.next()));
  }

  private pause(ms: number): void {
    this.cancel = this.options.time.schedule(ms, () => {
      this.isBusy = false;
      this.goOn();
    });
  }
}
