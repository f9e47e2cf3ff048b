import type { Consumer } from './consumer.js';

/** Which consumer gets the next event. */
export interface ConsumerStrategy {
  readonly consumers: readonly Consumer[];
  /** Whether it goes by a key of the event, which then has to be read first. */
  readonly key: 'none' | 'stream' | 'correlation';
  add(consumer: Consumer): void;
  remove(consumer: Consumer): void;
  /** Undefined if whoever should get the event has no room. */
  choose(key: string | undefined): Consumer | undefined;
  /** Whether `choose` would find somebody; changes nothing. */
  hasRoom(key: string | undefined): boolean;
  /** An event of this key was sent, or is in flight no longer. */
  sent(key: string | undefined): void;
  finished(key: string | undefined): void;
}
