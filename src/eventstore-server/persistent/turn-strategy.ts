import type { Consumer } from './consumer.js';
import type { ConsumerStrategy } from './consumer-strategy.js';

/** Asks consumers in turn; `passesOn` tells whether the next one is first after this one was asked. */
export class TurnStrategy implements ConsumerStrategy {
  readonly key = 'none';
  readonly consumers: Consumer[] = [];

  constructor(private readonly passesOn: (isSent: boolean) => boolean) {}

  add(consumer: Consumer): void {
    this.consumers.push(consumer);
  }

  remove(consumer: Consumer): void {
    const at = this.consumers.indexOf(consumer);
    if (at >= 0) this.consumers.splice(at, 1);
  }

  choose(): Consumer | undefined {
    for (let asked = 0; asked < this.consumers.length; asked++) {
      const [first] = this.consumers;
      if (first === undefined) return undefined;
      const isFree = first.room > 0;
      if (this.passesOn(isFree)) this.consumers.push(...this.consumers.splice(0, 1));
      if (isFree) return first;
    }
    return undefined;
  }

  hasRoom(): boolean {
    return this.consumers.some(({ room }) => room > 0);
  }

  sent(): void {
    // Turns do not depend on what is in flight.
  }

  finished(): void {
    // Nor on what was answered.
  }
}
