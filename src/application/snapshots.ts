import type { EngineRecovered } from '../domain/engine-run/engine-run.events.js';
import type { Partition } from '../engine/partition.js';
import { RULES_VERSION } from '../engine/partition.js';
import { IMAGE_FORM } from '../engine/partition-image.js';
import type { EngineHost } from './engine-host.js';
import type { JournalLine } from './journal-line.js';
import type { EventFeed, UnreadableRecord } from './ports/event-feed.port.js';
import type { EngineSnapshot, SnapshotStore } from './ports/snapshot.port.js';
import type { LogStart } from './recovery.js';

type Found = NonNullable<EngineRecovered['data']['snapshot']>;

export interface SnapshotsOptions {
  readonly store: SnapshotStore;
  readonly partition: Partition;
  readonly partitionName: string;
  readonly build: string;
  readonly say: (line: string) => void;
}

/** What a run that makes snapshots knows besides its partition. */
export interface SnapshotRun {
  readonly host: Pick<EngineHost, 'finish' | 'knownPosition' | 'durableOutcomes'>;
  readonly line: Pick<JournalLine, 'settled'>;
  readonly epoch: number;
  readonly unreadable: readonly UnreadableRecord[];
}

// Making an image of 100 000 stops holds the engine up for some tens of ms: only when it spares a start some work.
const DECISIONS_MIN = 20_000;

/**
 * Lets a start go on from the newest snapshot, and makes new ones. A snapshot spares work and decides nothing: whatever
 * does not fit (another build, other rules, another log, damage) is left aside with a line that says so, and the whole
 * log is read.
 */
export class Snapshots {
  private decisions = 0;
  private epochAtMs = 0;
  private isWriting = false;

  constructor(private readonly options: SnapshotsOptions) {}

  /** Brings the partition to where the snapshot stood. Undefined: there is none that fits. */
  async resume(feed: EventFeed): Promise<{ start: LogStart | undefined; found: Found }> {
    const read = this.options.store.read();
    if (read.kind === 'none') return { start: undefined, found: { outcome: 'none', detail: '' } };
    const reason = read.kind === 'unusable' ? read.reason : await this.misfit(read.snapshot, feed);
    if (read.kind === 'unusable' || reason !== undefined) {
      const detail = reason ?? '';
      this.options.say(`snapshot left aside, the whole log is read: ${detail}`);
      return { start: undefined, found: { outcome: 'ignored', detail } };
    }
    const { snapshot } = read;
    this.options.partition.resumeFrom(snapshot.image);
    const { epoch, seq } = snapshot.image.head.input;
    return {
      start: snapshot,
      found: { outcome: 'used', detail: `position ${snapshot.position}, input ${epoch}/${seq}` },
    };
  }

  /** Counts a durable decision, and learns when this run began. */
  note(fact: { readonly type: string; readonly data: object }): void {
    this.decisions += 1;
    if (fact.type === 'EngineStarted' && 'at' in fact.data) this.epochAtMs = Number(fact.data.at);
  }

  /** Makes one when enough has been decided since the last. */
  async writeWhenDue(run: SnapshotRun): Promise<void> {
    if (this.decisions >= DECISIONS_MIN) await this.write(run);
  }

  /** Resolves when the snapshot is on the disk, or when it could not be made: it is only a cache. */
  async write({ host, line, epoch, unreadable }: SnapshotRun): Promise<void> {
    if (this.isWriting || this.epochAtMs === 0) return;
    this.isWriting = true;
    const { store, partition, build, say } = this.options;
    try {
      host.finish();
      const snapshot: EngineSnapshot = {
        ...{ build, epoch, epochAtMs: this.epochAtMs, unreadable },
        position: host.knownPosition,
        outcomes: host.durableOutcomes(),
        image: partition.image(),
      };
      this.decisions = 0;
      // The image holds what was decided; a file may hold only what the log has.
      await line.settled();
      await store.write(snapshot);
    } catch (error) {
      say(`no snapshot was made: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      this.isWriting = false;
    }
  }

  /** Why a sound snapshot is not one of this program and this log; undefined when it is. */
  private async misfit(snapshot: EngineSnapshot, feed: EventFeed): Promise<string | undefined> {
    const { build, partitionName } = this.options;
    const { head } = snapshot.image;
    if (snapshot.build !== build) return `build must be ${build}, was ${snapshot.build}`;
    if (head.rules !== RULES_VERSION) return `rules must be ${RULES_VERSION}, was ${head.rules}`;
    if (head.form !== IMAGE_FORM) return `form must be ${IMAGE_FORM}, was ${head.form}`;
    const newest = await feed.newestPosition();
    if (newest < snapshot.position) {
      return `the log must reach position ${snapshot.position}, was ${newest}`;
    }
    const runs = await feed.readStream(`engine-${partitionName}`);
    const isOfLog = runs.some(
      ({ event: { type, data } }) =>
        type === 'EngineStarted' &&
        data.at === snapshot.epochAtMs &&
        data.input.epoch === snapshot.epoch,
    );
    return isOfLog ? undefined : `epoch ${snapshot.epoch} of this log began at another time`;
  }
}
