import type { Consumer } from './consumer.js';
import type { ConsumerStrategy } from './consumer-strategy.js';

const BUCKETS = 1024;

/**
 * Events of one key go to one consumer, as long as it is there.
 *
 * Keys fall into buckets. free → assigned to the consumer with the fewest buckets, at its first event
 * → free again when the consumer leaves, or when another joins and the bucket is above the fair share
 * and has nothing in flight: two consumers never work on one key at the same time.
 */
export class PinnedStrategy implements ConsumerStrategy {
  readonly consumers: Consumer[] = [];
  private readonly owners: (Consumer | undefined)[] = new Array<undefined>(BUCKETS).fill(undefined);
  private readonly inFlight = new Uint32Array(BUCKETS);
  private readonly counts = new Map<Consumer, number>();

  constructor(readonly key: 'stream' | 'correlation') {}

  add(consumer: Consumer): void {
    this.consumers.push(consumer);
    this.counts.set(consumer, 0);
    const assigned = this.owners.filter((owner) => owner !== undefined).length;
    const fairShare = Math.ceil(assigned / this.consumers.length);
    for (const [bucket, owner] of this.owners.entries()) {
      if (owner === undefined || this.inFlight[bucket] !== 0) continue;
      const count = this.counts.get(owner) ?? 0;
      if (count <= fairShare) continue;
      this.owners[bucket] = undefined;
      this.counts.set(owner, count - 1);
    }
  }

  remove(consumer: Consumer): void {
    const at = this.consumers.indexOf(consumer);
    if (at < 0) return;
    this.consumers.splice(at, 1);
    this.counts.delete(consumer);
    for (const [bucket, owner] of this.owners.entries()) {
      if (owner === consumer) this.owners[bucket] = undefined;
    }
  }

  choose(key: string | undefined): Consumer | undefined {
    const bucket = bucketOf(key);
    const owner = this.owners[bucket] ?? this.assign(bucket);
    return owner !== undefined && owner.room > 0 ? owner : undefined;
  }

  hasRoom(key: string | undefined): boolean {
    const owner = key === undefined ? undefined : this.owners[bucketOf(key)];
    return owner === undefined ? this.consumers.some(({ room }) => room > 0) : owner.room > 0;
  }

  sent(key: string | undefined): void {
    const bucket = bucketOf(key);
    this.inFlight[bucket] = (this.inFlight[bucket] ?? 0) + 1;
  }

  finished(key: string | undefined): void {
    const bucket = bucketOf(key);
    this.inFlight[bucket] = Math.max(0, (this.inFlight[bucket] ?? 0) - 1);
  }

  private assign(bucket: number): Consumer | undefined {
    let fewest: Consumer | undefined;
    for (const consumer of this.consumers) {
      const count = this.counts.get(consumer) ?? 0;
      if (fewest === undefined || count < (this.counts.get(fewest) ?? 0)) fewest = consumer;
    }
    if (fewest === undefined) return undefined;
    this.owners[bucket] = fewest;
    this.counts.set(fewest, (this.counts.get(fewest) ?? 0) + 1);
    return fewest;
  }
}

/** FNV-1a over the characters. */
function bucketOf(key = ''): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  return (hash >>> 0) % BUCKETS;
}
