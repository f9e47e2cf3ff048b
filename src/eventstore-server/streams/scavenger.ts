import { closeSync, openSync } from 'node:fs';
import { readFile, rename, rm, stat } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { crc32 } from '../log/crc32.js';
import type { EventLog } from '../log/event-log.js';
import { killPoint } from '../log/kill-point.js';
import { LogSegment } from '../log/log-segment.js';
import type { SegmentName } from '../log/manifest.codec.js';
import { eventsOf, type StoredEvent } from '../log/record.codec.js';
import type { SegmentDirectory } from '../log/segment-directory.js';
import { SegmentRewriter } from '../log/segment-rewriter.js';
import { type SegmentSource, wholeRecords } from '../log/segment-scan.js';
import { LINK_TYPE } from '../protocol/recorded-event.codec.js';
import { TOMBSTONE_MARK } from './event-columns.js';
import { IndexPart } from './index-part.js';
import {
  HEADER,
  INDEX_HEADER_BYTES,
  REMOVED_FLAG,
  ROW,
  ROW_BYTES,
  SUMMED_FROM,
} from './index-part.codec.js';
import type { IndexSealer } from './index-sealer.js';
import { writePart } from './index-writer.js';
import { strippedOf } from './removed-event.js';
import type { StreamEntry } from './stream-entry.js';
import type { StreamIndex } from './stream-index.js';
import { categoryStreamOf } from './system-stream.js';

/** Others get their turn after so long: appends go on while a segment is rewritten. */
const TURN_MS = 4;
const UNFINISHED = '.new';

export interface ScavengedParts {
  readonly index: StreamIndex;
  readonly log: EventLog;
  readonly segments: SegmentDirectory;
  readonly sealer: IndexSealer;
}

export interface Scavenged {
  readonly isStopped: boolean;
  readonly bytesSaved: number;
  readonly eventsRemoved: number;
}

/**
 * Takes the events out of the log that no reader can see any more: of deleted streams, and those that
 * `$maxCount`, `$maxAge` and `$tb` hide.
 *
 * Segment by segment: written anew beside the old one → made durable → put in its place by the
 * manifest. A crash leaves the one or the other. Events keep their positions and revisions, and what
 * was removed keeps its number in every stream and index, so that no link ever moves.
 */
export class Scavenger {
  constructor(private readonly parts: ScavengedParts) {}

  async run(isStopped: () => boolean, firstPart = 0): Promise<Scavenged> {
    const { log, sealer, index } = this.parts;
    await sealer.idle();
    if (await this.hasRemovable()) {
      await log.startSegment();
      await sealer.idle();
    }
    let bytesSaved = 0;
    let eventsRemoved = 0;
    for (let no = firstPart; no < index.columns.parts.length; no++) {
      if (isStopped()) return { isStopped: true, bytesSaved, eventsRemoved };
      const done = await this.rewrite(no);
      bytesSaved += done.bytesSaved;
      eventsRemoved += done.eventsRemoved;
    }
    return { isStopped: false, bytesSaved, eventsRemoved };
  }

  /** Whether the segment that is being written has anything to give back: each one that is ended stays for ever. */
  private async hasRemovable(): Promise<boolean> {
    const { index } = this.parts;
    const nowMs = Date.now();
    const turn = new Turn();
    for (let ordinal = index.columns.tail.first; ordinal < index.visible; ordinal++) {
      if (turn.isOver) await turn.next();
      if (!index.columns.isRemoved(ordinal) && isRemovable(index, ordinal, nowMs)) return true;
    }
    return false;
  }

  private async rewrite(no: number): Promise<Omit<Scavenged, 'isStopped'>> {
    const { segments } = this.parts;
    const part = this.parts.index.columns.parts[no]?.part;
    if (part === undefined) throw new Error(`Invariant: the index has a part ${no}`);
    const { removable, count } = await this.choose(no, part);
    if (count === 0) return { bytesSaved: 0, eventsRemoved: 0 };
    const before = (await stat(segments.logPath(part.name))).size;
    const draft = { base: part.name.base, generation: part.name.generation + 1 };
    const offsets = new Float64Array(part.events);
    try {
      const bytes = await this.writeLog(part, draft, { removable, offsets });
      await this.writeIndex(part, draft, { removable, offsets });
      const path = segments.logPath(draft);
      killPoint('scavenge-written');
      await rename(path + UNFINISHED, path);
      killPoint('scavenge-renamed');
      await this.exchange(no, { ...draft, bytes });
      return { bytesSaved: before - bytes, eventsRemoved: count };
    } catch (error) {
      await rm(segments.logPath(draft) + UNFINISHED, { force: true });
      throw error;
    }
  }

  /** Which events of a part go, or are gone already, and how many of them are still there. */
  private async choose(
    no: number,
    part: IndexPart,
  ): Promise<{ readonly removable: Uint8Array; readonly count: number }> {
    const { index } = this.parts;
    const first = index.columns.parts[no]?.first ?? 0;
    const nowMs = Date.now();
    const turn = new Turn();
    const removable = new Uint8Array(part.events);
    let count = 0;
    for (let i = 0; i < part.events; i++) {
      if (turn.isOver) await turn.next();
      const isGone = part.isRemoved(i);
      if (!isGone && !isRemovable(index, first + i, nowMs)) continue;
      removable[i] = 1;
      if (!isGone) count++;
    }
    return { removable, count };
  }

  private async writeLog(
    part: IndexPart,
    draft: SegmentName,
    { removable, offsets }: Choice,
  ): Promise<number> {
    const { segments } = this.parts;
    const path = segments.logPath(part.name);
    const note = (position: number, offset: number): void => {
      offsets[part.eventAt(position)] = offset;
    };
    const rewriter = await SegmentRewriter.create(
      segments.logPath(draft) + UNFINISHED,
      draft.base,
      note,
    );
    const fd = openSync(path, 'r');
    const turn = new Turn();
    try {
      for (const event of storedEvents({ fd, path, base: draft.base })) {
        if (turn.isOver) await turn.next();
        const { position, message, isRemoved } = event;
        const goes = isRemoved || removable[part.eventAt(position)] === 1;
        const left = goes && !isRemoved ? strippedOf(message, position) : message;
        await rewriter.add({ position, message: left }, goes);
      }
      return await rewriter.finish();
    } catch (error) {
      await rewriter.abandon();
      throw error;
    } finally {
      closeSync(fd);
    }
  }

  /** The index stays as it is, but for where the events stand and which of them are gone. */
  private async writeIndex(
    part: IndexPart,
    draft: SegmentName,
    { removable, offsets }: Choice,
  ): Promise<void> {
    const { segments } = this.parts;
    const bytes = await readFile(segments.indexPath(part.name));
    const turn = new Turn();
    for (let i = 0; i < part.events; i++) {
      if (turn.isOver) await turn.next();
      const at = INDEX_HEADER_BYTES + i * ROW_BYTES;
      bytes.writeDoubleLE(offsets[i] ?? 0, at + ROW.offset);
      if (removable[i] !== 1) continue;
      bytes.writeUInt32LE(REMOVED_FLAG, at + ROW.flags);
      bytes.writeUInt32LE(0, at + ROW.length);
      bytes.writeUInt32LE(0, at + ROW.crc);
    }
    bytes.writeUInt32LE(draft.generation, HEADER.generation);
    bytes.writeUInt32LE(crc32(bytes, SUMMED_FROM, bytes.length), HEADER.crc);
    await writePart(segments.indexPath(draft), bytes);
  }

  /** From the manifest on the new segment counts: readers change over in the same step. */
  private async exchange(no: number, name: SegmentName): Promise<void> {
    const { segments, sealer, log, index } = this.parts;
    const segment = await LogSegment.open(name.base, segments.logPath(name));
    const part = IndexPart.open(segments.indexPath(name), name, sealer.cache);
    if (part === undefined) throw new Error(`${segments.indexPath(name)} cannot be read back`);
    segments.replace(name);
    log.replaceSegment(segment);
    index.exchangePart(no, part);
  }
}

interface Choice {
  /** 1 for each event that goes or is gone. */
  readonly removable: Uint8Array;
  /** Where the message of each kept event stands in the new file. */
  readonly offsets: Float64Array;
}

function* storedEvents(source: SegmentSource): Iterable<StoredEvent> {
  for (const { bytes, format } of wholeRecords(source)) yield* eventsOf(bytes, format);
}

/** Lets others do their work every now and then. */
class Turn {
  private startMs = performance.now();
  private steps = 0;

  get isOver(): boolean {
    return (++this.steps & 63) === 0 && performance.now() - this.startMs > TURN_MS;
  }

  async next(): Promise<void> {
    await nextTurn();
    this.startMs = performance.now();
  }
}

function isRemovable(index: StreamIndex, ordinal: number, nowMs: number): boolean {
  const { columns } = index;
  const entry = index.streamOf(ordinal);
  const revision = columns.revision(ordinal);
  if (revision === TOMBSTONE_MARK || isLinkedThrough(index, entry, ordinal)) return false;
  if (isGone(index, entry)) return true;
  const { maxAgeMs } = entry.visibleMetadata;
  const isExpired = maxAgeMs !== undefined && columns.createdMs(ordinal) < nowMs - maxAgeMs;
  return isExpired || revision < entry.firstVisible;
}

/** A tombstone takes the metadata of its stream along. */
function isGone(index: StreamIndex, entry: StreamEntry): boolean {
  if (entry.isVisiblyTombstoned) return true;
  if (!entry.name.startsWith('$$')) return false;
  return index.find(entry.name.slice(2))?.isVisiblyTombstoned ?? false;
}

/** What a link in a category points at is told to readers of the category: it has to stay. */
function isLinkedThrough(index: StreamIndex, entry: StreamEntry, ordinal: number): boolean {
  return index.typeOf(ordinal) === LINK_TYPE && categoryStreamOf(entry.name) !== undefined;
}
