import { randomUUID } from 'node:crypto';
import {
  ANY,
  BACKWARDS,
  END,
  NO_STREAM,
  StreamNotFoundError,
  WrongExpectedVersionError,
  jsonEvent,
} from '@eventstore/db-client';
import type { AppendExpectedRevision, EventStoreDBClient } from '@eventstore/db-client';
import type {
  LeaseReading,
  LeaseRecord,
  LeaseStore,
  LeaseWrite,
} from '../../application/ports/lease.port.js';
import { withDeadline } from './deadline.js';

export interface LeaseStoreOptions {
  readonly client: EventStoreDBClient;
  readonly partition: string;
  readonly deadlineMs: number;
}

interface Newest {
  readonly revision: number;
  readonly data: unknown;
}

/** Claims in `lease-<partition>`, announcements in `standby-<partition>`; of both the store keeps the newest alone. */
export class EventStoreLease implements LeaseStore {
  private readonly limited = new Set<string>();

  constructor(private readonly options: LeaseStoreOptions) {}

  async read(): Promise<LeaseReading> {
    try {
      const newest = await this.newestOf(this.claims);
      if (!newest) return { kind: 'absent' };
      return { kind: 'found', revision: newest.revision, record: newest.data as LeaseRecord };
    } catch (error) {
      return { kind: 'unavailable', reason: String(error) };
    }
  }

  async write(record: LeaseRecord, expectedRevision: number): Promise<LeaseWrite> {
    const expected = expectedRevision < 0 ? NO_STREAM : BigInt(expectedRevision);
    try {
      const type = record.state === 'held' ? 'PartitionClaimed' : 'PartitionReleased';
      const revision = await this.append(this.claims, { type, data: record, expected });
      return { kind: 'written', revision };
    } catch (error) {
      if (error instanceof WrongExpectedVersionError) return { kind: 'lost' };
      return { kind: 'unavailable', reason: String(error) };
    }
  }

  async announce(holder: string): Promise<void> {
    try {
      const standby = { type: 'StandbyAnnounced', data: { holder }, expected: ANY } as const;
      await this.append(this.standbys, standby);
    } catch {
      // Said again within the lease.
    }
  }

  async announcements(): Promise<number | undefined> {
    try {
      return ((await this.newestOf(this.standbys))?.revision ?? -1) + 1;
    } catch {
      return undefined;
    }
  }

  private get claims(): string {
    return `lease-${this.options.partition}`;
  }

  private get standbys(): string {
    return `standby-${this.options.partition}`;
  }

  private async append(
    stream: string,
    event: { type: string; data: object; expected: AppendExpectedRevision },
  ): Promise<number> {
    const { client, deadlineMs } = this.options;
    const { type, data, expected } = event;
    await this.limit(stream);
    const recorded = jsonEvent({ id: randomUUID(), type, data: data as never });
    const { nextExpectedRevision } = await withDeadline(
      client.appendToStream(stream, recorded, { expectedRevision: expected }),
      deadlineMs,
    );
    return Number(nextExpectedRevision);
  }

  /** Only the newest counts: the store may throw the others away. */
  private async limit(stream: string): Promise<void> {
    if (this.limited.has(stream)) return;
    const { client, deadlineMs } = this.options;
    await withDeadline(client.setStreamMetadata(stream, { maxCount: 1 }), deadlineMs);
    this.limited.add(stream);
  }

  private async newestOf(stream: string): Promise<Newest | undefined> {
    const { client, deadlineMs } = this.options;
    const read = async (): Promise<Newest | undefined> => {
      const newest = client.readStream(stream, {
        direction: BACKWARDS,
        fromRevision: END,
        maxCount: 1,
      });
      let found: Newest | undefined;
      // To the end: `dispose` of the client waits for ever for a read that was left early.
      for await (const { event } of newest) {
        if (event) found = { revision: Number(event.revision), data: event.data };
      }
      return found;
    };
    try {
      return await withDeadline(read(), deadlineMs);
    } catch (error) {
      if (error instanceof StreamNotFoundError) return undefined;
      throw error;
    }
  }
}
