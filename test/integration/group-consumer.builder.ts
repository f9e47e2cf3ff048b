import type {
  EventStoreDBClient,
  PersistentSubscriptionToAll,
  PersistentSubscriptionToStream,
  ResolvedEvent,
} from '@eventstore/db-client';
import { lineOf } from './eventstore-server.builder.js';

type Subscription = PersistentSubscriptionToStream | PersistentSubscriptionToAll;
type Delivered = ResolvedEvent & { readonly retryCount: number };
type Answer = 'ack' | 'nothing';

/** A consumer of a group that notes what it gets and, if told so, acknowledges it. */
export class GroupConsumer {
  readonly heard: string[] = [];
  readonly events: ResolvedEvent[] = [];
  error: unknown;
  private waiting: (() => void) | undefined;

  constructor(
    readonly subscription: Subscription,
    answer: Answer = 'nothing',
  ) {
    const note = (line: string): void => {
      this.heard.push(line);
      this.waiting?.();
    };
    const source = subscription;
    source
      .on('confirmation', () => note('confirmed'))
      .on('data', (event: Delivered) => {
        const { retryCount } = event;
        this.events.push(event);
        if (answer === 'ack') void subscription.ack(event);
        note(retryCount > 0 ? `${lineOf(event)} retry ${retryCount}` : lineOf(event));
      })
      .on('error', (error: unknown) => {
        this.error = error;
        note('error');
      });
  }

  /** Everything heard so far, once it is `count` lines. */
  async hears(count: number): Promise<string[]> {
    while (this.heard.length < count) {
      await new Promise<void>((resolve) => (this.waiting = resolve));
    }
    return this.heard;
  }

  /** Forgets what was heard. */
  async hearsNext(count: number): Promise<string[]> {
    await this.hears(count);
    return this.heard.splice(0);
  }

  event(n: number): ResolvedEvent {
    const found = this.events.findLast(({ event }) => (event?.data as { n: number }).n === n);
    if (found === undefined) throw new Error(`event ${n} was not heard`);
    return found;
  }

  async ack(...numbers: number[]): Promise<void> {
    await this.subscription.ack(...numbers.map((n) => this.event(n)));
  }

  async nack(action: 'park' | 'retry' | 'skip' | 'stop', ...numbers: number[]): Promise<void> {
    await this.subscription.nack(action, 'because', ...numbers.map((n) => this.event(n)));
  }
}

export function consume(
  client: EventStoreDBClient,
  place: { readonly stream: string; readonly group: string; readonly bufferSize?: number },
  answer?: Answer,
): GroupConsumer {
  const { stream, group, bufferSize = 10 } = place;
  const options = { bufferSize };
  const subscription = client.subscribeToPersistentSubscriptionToStream(stream, group, options);
  return new GroupConsumer(subscription, answer);
}
