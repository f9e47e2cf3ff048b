import {
  type EventPlace,
  type ProposedEvent,
  TOMBSTONE_REVISION,
  TOMBSTONE_TYPE,
} from '../protocol/recorded-event.codec.js';
import type { StoredMessage } from '../log/log-reader.js';
import { TOMBSTONE_MARK } from './event-columns.js';
import { hashOfId } from './event-id-hash.js';
import { EventTable } from './event-table.js';
import type { IndexPart } from './index-part.js';
import type { PartSource } from './index-writer.js';
import { StreamRuns } from './stream-runs.js';
import type { StreamView } from './expected-version.js';
import { isMetastream, metastreamOf, type StreamEntry } from './stream-entry.js';
import { StreamTable } from './stream-table.js';
import type { NameTable } from './name-table.js';
import { type DefaultAcls, parseDefaultAcls, SETTINGS_STREAM } from './default-acls.parse.js';
import { SystemStreamIndex } from './system-stream-index.js';
import {
  isSoftDeleted,
  parseStreamMetadata,
  type StreamMetadata,
} from './stream-metadata.parse.js';

/** Where an event stands in its stream, and since when. */
type IndexedPlace = Pick<EventPlace, 'stream' | 'revision' | 'createdMs'>;

interface PendingMetadata {
  readonly ordinal: number;
  readonly target: StreamEntry;
  readonly metadata: StreamMetadata;
  /** What was written before. */
  readonly former: Pick<StreamEntry, 'metadata' | 'deletedDocument'>;
}

/** A document that says something about a stream, or about all of them. */
interface Document {
  readonly ordinal: number;
  /** Undefined for the settings of the node. */
  readonly stream: string | undefined;
  readonly text: string;
}

/**
 * All streams and events, without their bytes: the newest events in memory, those of full segments in
 * parts on disk. A part takes the place of what is in memory once it is written; whatever has no part
 * at start is read from the log again.
 *
 * `add` takes an event as written; `publish` lets readers see it once it is durable. Events become
 * visible in the order of the log and never disappear again.
 */
export class StreamIndex {
  readonly columns = new EventTable();
  /** Called when anything became visible. */
  readonly watchers = new Set<() => void>();
  /** Ordinals below this one are visible to readers. */
  visible = 0;
  private readonly streams = new StreamTable(new StreamRuns(this.columns));
  private readonly typeNos = new Map<string, number>();
  /** Names by the numbers that the columns hold. */
  readonly typeNames: string[] = [];
  private pendingMetadata: PendingMetadata[] = [];
  /** Rights where a stream says nothing itself; from the settings of the node. */
  defaultAcls: DefaultAcls = {};
  private readonly pendingAcls = new Map<number, DefaultAcls>();
  private readonly systemStreams = new SystemStreamIndex(this);
  /** Of the events in memory: the streams that have them, and what they say about streams. */
  private recentEntries = new Set<StreamEntry>();
  private recentDocuments: Document[] = [];

  get streamNames(): NameTable {
    return this.streams.names;
  }

  find(name: string): StreamEntry | undefined {
    return this.streams.find(name);
  }

  /** The entry of a stream, made if need be: for writers and for subscribers that wait for it. */
  entry(name: string): StreamEntry {
    return this.streams.entry(name);
  }

  streamOf(ordinal: number): StreamEntry {
    return this.streams.at(this.columns.streamNo(ordinal));
  }

  /** The revision of an event in its own stream, as links spell it. */
  revisionText(ordinal: number): string {
    const revision = this.columns.revision(ordinal);
    return revision === TOMBSTONE_MARK ? TOMBSTONE_REVISION.toString() : String(revision);
  }

  typeOf(ordinal: number): string {
    return this.typeNames[this.columns.typeNo(ordinal)] ?? '';
  }

  add(event: ProposedEvent, place: IndexedPlace, stored: StoredMessage, isRemoved = false): void {
    const entry = this.streams.holdEntry(place.stream);
    const isTombstone = place.revision === TOMBSTONE_REVISION && event.type === TOMBSTONE_TYPE;
    const ordinal = this.columns.push({
      stored,
      streamNo: entry.no,
      typeNo: this.typeNo(event.type),
      revision: isTombstone ? TOMBSTONE_MARK : Number(place.revision),
      createdMs: place.createdMs,
      id: event.id,
      idHash: hashOfId(entry.hash, event.id),
      isRemoved,
    });
    this.touch(entry);
    if (isTombstone) entry.tombstone = ordinal;
    else entry.append(ordinal);
    // What was removed says nothing any more: something newer does.
    if (!isTombstone && !isRemoved) this.addDocument(event, place.stream, ordinal);
    this.systemStreams.add(ordinal, event.metadata);
  }

  /** Notes that a stream has an event in memory. */
  touch(entry: StreamEntry): void {
    this.streams.hold(entry);
    this.recentEntries.add(entry);
  }

  /**
   * Takes the index of the next segment from its file. Returns false, and does nothing, if it does
   * not continue what is known so far.
   */
  addPart(part: IndexPart): boolean {
    const { streams } = this;
    const nos = this.numbersOf(part);
    const continues = nos.every((no, i) => part.run(i).firstRevision === streams.sealedCount(no));
    if (!continues) return false;
    const first = this.columns.count;
    this.columns.addPart(part);
    this.translate(part, nos);
    nos.forEach((no, i) => streams.addSealed(no, part.run(i).count));
    for (const [name, event] of part.state.tombstones) {
      const entry = this.entry(name);
      entry.tombstone = first + event;
      entry.isVisiblyTombstoned = true;
      streams.hold(entry);
    }
    for (const [stream, text] of part.state.metadata) {
      const target = this.entry(stream);
      streams.hold(target);
      target.visibleMetadata = setMetadata(target, text);
    }
    const { settings } = part.state;
    if (settings !== undefined) this.defaultAcls = parseDefaultAcls(Buffer.from(settings));
    this.visible = this.columns.count;
    return true;
  }

  /** What the index of the oldest segment in memory consists of; it ends before an ordinal. */
  partSource(end: number): Omit<PartSource, 'name' | 'offsetOf'> {
    const { tail } = this.columns;
    const metadata = new Map<string, string>();
    let settings: string | undefined;
    for (const { ordinal, stream, text } of this.recentDocuments) {
      if (ordinal >= end) break;
      if (stream === undefined) settings = text;
      else metadata.set(stream, text);
    }
    const entries = [...this.recentEntries].filter((entry) => entry.hasRecentBefore(end));
    const tombstones = entries.flatMap((entry): [string, number][] =>
      entry.tombstone !== undefined && entry.tombstone >= tail.first && entry.tombstone < end
        ? [[entry.name, entry.tombstone - tail.first]]
        : [],
    );
    return {
      columns: tail,
      events: end - tail.first,
      entries,
      streamNosMax: this.streams.count,
      typeNames: this.typeNames,
      state: { metadata: [...metadata], tombstones, settings },
    };
  }

  /** From now on the oldest events in memory are known from their part only. */
  replaceByPart(part: IndexPart): void {
    const end = this.columns.tail.first + part.events;
    this.columns.replaceFirst(part);
    this.translate(part);
    for (let i = 0; i < part.streamCount; i++) {
      this.entry(part.streamName(i)).seal(part.run(i).count);
    }
    const recent = new Set([...this.recentEntries].filter((entry) => entry.isRecent(end)));
    for (const entry of this.recentEntries) {
      if (!recent.has(entry) && entry.isPlain) this.streams.release(entry);
    }
    this.recentEntries = recent;
    this.recentDocuments = this.recentDocuments.filter(({ ordinal }) => ordinal >= end);
  }

  /** The segment of a part was rewritten: the same events, some of them gone. */
  exchangePart(no: number, part: IndexPart): void {
    this.translate(part);
    this.columns.exchangePart(no, part);
  }

  private numbersOf(part: IndexPart): Uint32Array {
    const nos = new Uint32Array(part.streamCount);
    for (let i = 0; i < nos.length; i++) nos[i] = this.streams.noOf(part.streamName(i));
    return nos;
  }

  private translate(part: IndexPart, nos = this.numbersOf(part)): void {
    part.streamNos.set(nos);
    for (const [i, type] of part.state.types.entries()) part.typeNos[i] = this.typeNo(type);
  }

  /** Shows everything below `end` to readers and wakes those who wait for it. */
  publish(end: number): void {
    const touched = new Set<StreamEntry>();
    for (; this.visible < end; this.visible++) {
      const entry = this.streamOf(this.visible);
      if (entry.tombstone === this.visible) entry.isVisiblyTombstoned = true;
      else entry.show();
      if (entry.isWatched) touched.add(entry);
      this.systemStreams.publish(this.visible, entry, touched);
    }
    this.publishMetadata(end);
    for (const entry of touched) for (const wake of entry.watchers) wake();
    for (const wake of this.watchers) wake();
  }

  /** Takes back everything that is not visible: it was never written. */
  rollBack(): void {
    const { columns, visible } = this;
    for (let ordinal = columns.count - 1; ordinal >= visible; ordinal--) {
      const entry = this.streamOf(ordinal);
      if (entry.tombstone === ordinal) entry.tombstone = undefined;
      else entry.unappend();
    }
    for (const { target, former } of this.pendingMetadata.toReversed()) {
      target.metadata = former.metadata;
      target.deletedDocument = former.deletedDocument;
    }
    this.pendingMetadata = [];
    this.pendingAcls.clear();
    this.systemStreams.rollBack();
    this.recentDocuments = this.recentDocuments.filter(({ ordinal }) => ordinal < visible);
    columns.truncate(visible);
  }

  view(name: string): StreamView {
    const entry = this.find(name);
    const metastream = this.find(metastreamOf(name));
    return {
      last: entry?.last ?? -1,
      isTombstoned: entry?.tombstone !== undefined,
      isSoftDeleted: entry?.isSoftDeleted ?? false,
      hasMetadata: metastream !== undefined && metastream.last >= 0,
      revisionOf: (id) => {
        if (entry === undefined) return -1;
        const ordinal = this.columns.findId(entry.no, hashOfId(entry.hash, id), id);
        return ordinal < 0 ? -1 : this.columns.revision(ordinal);
      },
      isAt: (revision, id) => {
        const ordinal = entry?.writtenAt(revision);
        return ordinal !== undefined && this.columns.hasId(ordinal, id);
      },
    };
  }

  private addDocument(event: ProposedEvent, stream: string, ordinal: number): void {
    if (isMetastream(stream)) this.addMetadata(event, stream, ordinal);
    if (stream !== SETTINGS_STREAM) return;
    this.pendingAcls.set(ordinal, parseDefaultAcls(event.data));
    const text = event.data.toString('utf8');
    this.recentDocuments.push({ ordinal, stream: undefined, text });
  }

  private addMetadata(event: ProposedEvent, stream: string, ordinal: number): void {
    const target = this.entry(stream.slice(2));
    if (isMetastream(target.name)) return;
    const text = event.isJson ? event.data.toString('utf8') : '';
    const former = { metadata: target.metadata, deletedDocument: target.deletedDocument };
    this.streams.hold(target);
    const metadata = setMetadata(target, text);
    this.recentDocuments.push({ ordinal, stream: target.name, text });
    this.pendingMetadata.push({ ordinal, target, metadata, former });
  }

  private publishMetadata(end: number): void {
    let count = 0;
    for (const { ordinal, target, metadata } of this.pendingMetadata) {
      if (ordinal >= end) break;
      target.visibleMetadata = metadata;
      count++;
    }
    if (count > 0) this.pendingMetadata = this.pendingMetadata.slice(count);
    for (const [ordinal, acls] of this.pendingAcls) {
      if (ordinal >= end) break;
      this.defaultAcls = acls;
      this.pendingAcls.delete(ordinal);
    }
  }

  private typeNo(type: string): number {
    const known = this.typeNos.get(type);
    if (known !== undefined) return known;
    const no = this.typeNames.push(type) - 1;
    this.typeNos.set(type, no);
    return no;
  }
}

/** Metadata as written; readers see it when it is durable. */
function setMetadata(target: StreamEntry, text: string): StreamMetadata {
  const metadata = parseStreamMetadata(text);
  target.metadata = metadata;
  target.deletedDocument = isSoftDeleted(metadata) ? text : undefined;
  return metadata;
}
