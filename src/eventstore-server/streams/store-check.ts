import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { DamagedLogError } from '../log/damaged-log-error.js';
import { visitSealed } from '../log/log-recovery.js';
import type { SegmentName } from '../log/manifest.codec.js';
import type { SegmentDirectory } from '../log/segment-directory.js';
import { scanSegment } from '../log/segment-scan.js';
import { readRecordedEvent } from '../protocol/recorded-event.codec.js';
import { type RestoredEvent, restoredEventsOf } from './event-store.js';
import { INDEX_HEADER_BYTES, layoutOf, sizesIn } from './index-part.codec.js';
import { IndexSealer } from './index-sealer.js';
import { StreamIndex } from './stream-index.js';

export interface StoreCheck {
  readonly events: number;
  readonly segments: number;
  /** One line each; none if every record, index entry and position is as it was written. */
  readonly problems: readonly string[];
  /** What is not as it was written, and no loss: one line each. */
  readonly notes: readonly string[];
}

/**
 * Looks at every byte of a store that no server runs on, and changes nothing: the checksums of all
 * records, the order of all positions, and each index against the one that the log itself gives.
 */
export async function checkStore(segments: SegmentDirectory): Promise<StoreCheck> {
  const check = new Check(segments);
  await check.run();
  return check;
}

class Check implements StoreCheck {
  events = 0;
  segments = 0;
  readonly problems: string[] = [];
  readonly notes: string[] = [];
  private readonly index = new StreamIndex();
  private readonly sealer: IndexSealer;
  private lastPosition = 0;
  /** Behind an index that is wrong or missing the others cannot be told right from wrong. */
  private areIndexesKnown = true;

  constructor(private readonly directory: SegmentDirectory) {
    this.sealer = new IndexSealer(this.index, directory);
  }

  async run(): Promise<void> {
    for (const name of this.directory.segments) {
      this.segments++;
      try {
        if (name === this.directory.newest) this.checkNewest(name);
        else await this.checkFull(name);
      } catch (error) {
        if (!(error instanceof DamagedLogError)) throw error;
        this.problems.push(error.message);
        this.areIndexesKnown = false;
      }
    }
    await this.sealer.close();
  }

  private checkNewest(name: SegmentName): void {
    const path = this.directory.logPath(name);
    const fd = openSync(path, 'r');
    try {
      const { tornBytes } = scanSegment({ fd, path, base: name.base }, (record) =>
        this.note([...restoredEventsOf(record)], name),
      );
      if (tornBytes > 0) {
        this.problems.push(`${path} ends with ${tornBytes} bytes of an unfinished write`);
      }
    } finally {
      closeSync(fd);
    }
  }

  private async checkFull(name: SegmentName): Promise<void> {
    const events: RestoredEvent[] = [];
    visitSealed(this.directory, name, (record) => events.push(...restoredEventsOf(record)));
    events.sort((a, b) => a.stored.position - b.stored.position);
    this.note(events, name);
    if (!this.areIndexesKnown) return;
    for (const { message, stored, isRemoved } of events) {
      const event = readRecordedEvent(message);
      this.index.add(event, event, stored, isRemoved);
    }
    this.index.publish(this.index.columns.count);
    await this.checkIndex(name);
  }

  private async checkIndex(name: SegmentName): Promise<void> {
    const path = this.directory.indexPath(name);
    const expected = await this.sealer.layOut(name);
    if (!existsSync(path)) {
      this.notes.push(
        `${path} is missing: a start makes it anew, and those behind it were not looked at`,
      );
      this.areIndexesKnown = false;
      return;
    }
    const problem = differenceOf(expected, readFileSync(path), name);
    if (problem === undefined && this.sealer.replace(name)) return;
    this.problems.push(`${path} is ${problem ?? 'damaged'}: a start makes it anew`);
    this.areIndexesKnown = false;
  }

  private note(events: readonly RestoredEvent[], name: SegmentName): void {
    const end = this.directory.endOf(name);
    for (const { stored } of events) {
      this.events++;
      const { position } = stored;
      const isInOrder = position > this.lastPosition && position >= name.base && position < end;
      if (!isInOrder) {
        const path = this.directory.logPath(name);
        this.problems.push(`${path} has an event at position ${position}, where it cannot be`);
      }
      this.lastPosition = position;
    }
  }
}

/** What is wrong with an index, if anything. */
function differenceOf(expected: Buffer, found: Buffer, name: SegmentName): string | undefined {
  // What a rewritten segment once said about its streams is in its index, and no longer in its log.
  const isWhole = name.generation === 0;
  const end = isWhole ? expected.length : layoutOf(sizesIn(expected)).state;
  for (let at = INDEX_HEADER_BYTES; at < end; at++) {
    if (expected[at] !== found[at]) return `wrong at offset ${at}`;
  }
  if (isWhole && found.length !== expected.length) return `wrong at offset ${end}`;
  return undefined;
}
