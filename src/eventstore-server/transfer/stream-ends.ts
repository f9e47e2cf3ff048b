import { TOMBSTONE_REVISION } from '../protocol/recorded-event.codec.js';
import { nextRevisionsOf } from './next-revision.js';
import type { RemoteStore } from './remote-call.transport.js';
import type { CarriedEvent, EmptiedStream } from './transfer-line.codec.js';

/**
 * How far each stream of an export goes, to find those whose last events the store has thrown away: nothing
 * in its log shows their numbers. Only streams with metadata can have lost their last event.
 */
export class StreamEnds {
  private readonly ends = new Map<string, bigint>();
  private readonly withMetadata = new Set<string>();

  note({ stream, revision }: CarriedEvent): void {
    if (stream.startsWith('$$')) this.withMetadata.add(stream.slice(2));
    else this.ends.set(stream, revision + 1n);
  }

  /** Those that go further than their carried events do. */
  async emptied(store: RemoteStore): Promise<readonly EmptiedStream[]> {
    const asked = [...this.withMetadata].filter(
      (stream) => this.ends.get(stream) !== TOMBSTONE_REVISION + 1n,
    );
    const emptied: EmptiedStream[] = [];
    for (const [stream, next] of await nextRevisionsOf(store, asked)) {
      const from = this.ends.get(stream) ?? 0n;
      if (next > from) emptied.push({ stream, from, next });
    }
    return emptied;
  }
}
