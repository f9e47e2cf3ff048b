import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SegmentDirectory } from '../../src/eventstore-server/log/segment-directory.js';
import type { ProposedEvent } from '../../src/eventstore-server/protocol/recorded-event.codec.js';
import { parseUuid } from '../../src/eventstore-server/protocol/uuid.codec.js';
import { EventStore } from '../../src/eventstore-server/streams/event-store.js';

/** Stores without a server, in a folder of their own for each test. */
export class StoresOnDisk {
  root = '';
  private readonly opened: EventStore[] = [];

  begin(): void {
    this.root = mkdtempSync(join(tmpdir(), 'stores-'));
  }

  async end(): Promise<void> {
    await this.closeAll();
    rmSync(this.root, { recursive: true });
  }

  /** Segments are full with so many events. */
  async open(name: string, eventsMax: number): Promise<EventStore> {
    const store = await EventStore.open(SegmentDirectory.open(join(this.root, name)), {
      size: { bytesMax: 1e9, eventsMax },
      onFailure: (error) => {
        throw error;
      },
    });
    this.opened.push(store);
    return store;
  }

  async closeAll(): Promise<void> {
    for (const store of this.opened.splice(0)) await store.close();
  }
}

/** An event whose id is a number. */
export function numberedEvent(
  n: number,
  {
    type,
    data,
    metadata,
  }: { readonly type: string; readonly data: string; readonly metadata?: string },
): ProposedEvent {
  const id = parseUuid(`00000000-0000-4000-8000-${String(n).padStart(12, '0')}`);
  if (id === undefined) throw new Error('Invariant: that is a uuid');
  return { id, type, isJson: true, data: Buffer.from(data), metadata: Buffer.from(metadata ?? '') };
}
