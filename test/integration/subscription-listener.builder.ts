import type { EventStoreDBClient, ResolvedEvent } from '@eventstore/db-client';
import { lineOf } from './eventstore-server.builder.js';

type Subscription = ReturnType<EventStoreDBClient['subscribeToStream' | 'subscribeToAll']>;

/** Notes what a subscription says, in order, and lets a test wait for it. */
export class Listener {
  readonly heard: string[] = [];
  error: unknown;
  private waiting: (() => void) | undefined;

  constructor(readonly subscription: Subscription) {
    const note = (line: string): void => {
      this.heard.push(line);
      this.waiting?.();
    };
    const source = subscription as ReturnType<EventStoreDBClient['subscribeToStream']>;
    source
      .on('confirmation', () => note('confirmed'))
      .on('caughtUp', () => note('caught up'))
      .on('data', (event: ResolvedEvent) => note(lineOf(event)))
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
}
