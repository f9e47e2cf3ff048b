import { TOMBSTONE_REVISION, TOMBSTONE_TYPE } from '../protocol/recorded-event.codec.js';
import type { StoredMessage } from '../log/log-reader.js';
import type { Uuid } from '../protocol/uuid.codec.js';
import { EventColumns, TOMBSTONE_MARK } from './event-columns.js';
import { EventIdIndex } from './event-id-index.js';
import type { StreamView } from './expected-version.js';
import { isMetastream, metastreamOf, StreamEntry } from './stream-entry.js';
import { type DefaultAcls, parseDefaultAcls, SETTINGS_STREAM } from './default-acls.parse.js';
import { SystemStreamIndex } from './system-stream-index.js';
import {
  isSoftDeleted,
  NO_METADATA,
  parseStreamMetadata,
  type StreamMetadata,
} from './stream-metadata.parse.js';

export interface IndexedEvent {
  readonly id: Uuid;
  readonly stream: string;
  readonly revision: number | bigint;
  readonly type: string;
  readonly isJson: boolean;
  readonly createdMs: number;
  readonly data: Buffer;
  readonly metadata: Buffer;
}

interface PendingMetadata {
  readonly ordinal: number;
  readonly target: StreamEntry;
  readonly metadata: StreamMetadata;
}

/**
 * All streams and events in memory, without their bytes. Rebuilt from the log at start.
 *
 * `add` takes an event as written; `publish` lets readers see it once it is durable. Events become
 * visible in the order of the log and never disappear again.
 */
export class StreamIndex {
  readonly columns = new EventColumns();
  /** Called when anything became visible. */
  readonly watchers = new Set<() => void>();
  /** Ordinals below this one are visible to readers. */
  visible = 0;
  private readonly ids = new EventIdIndex(this.columns);
  private readonly byName = new Map<string, StreamEntry>();
  private readonly byNo: StreamEntry[] = [];
  private readonly typeNos = new Map<string, number>();
  /** Names by the numbers that the columns hold. */
  readonly streamNames: string[] = [];
  readonly typeNames: string[] = [];
  private pendingMetadata: PendingMetadata[] = [];
  /** Rights where a stream says nothing itself; from the settings of the node. */
  defaultAcls: DefaultAcls = {};
  private readonly pendingAcls = new Map<number, DefaultAcls>();
  private readonly systemStreams = new SystemStreamIndex(this);

  find(name: string): StreamEntry | undefined {
    return this.byName.get(name);
  }

  /** The entry of a stream, made if need be: for writers and for subscribers that wait for it. */
  entry(name: string): StreamEntry {
    const known = this.byName.get(name);
    if (known !== undefined) return known;
    const entry = new StreamEntry(this.byNo.length, name);
    this.byNo.push(entry);
    this.streamNames.push(name);
    this.byName.set(name, entry);
    return entry;
  }

  streamOf(ordinal: number): StreamEntry {
    const entry = this.byNo[this.columns.streamNo(ordinal)];
    if (entry === undefined) throw new Error(`Invariant: event ${ordinal} belongs to a stream`);
    return entry;
  }

  /** The revision of an event in its own stream, as links spell it. */
  revisionText(ordinal: number): string {
    const revision = this.columns.revision(ordinal);
    return revision === TOMBSTONE_MARK ? TOMBSTONE_REVISION.toString() : String(revision);
  }

  typeOf(ordinal: number): string {
    return this.typeNames[this.columns.typeNo(ordinal)] ?? '';
  }

  add(event: IndexedEvent, stored: StoredMessage): void {
    const entry = this.entry(event.stream);
    const isTombstone = event.revision === TOMBSTONE_REVISION && event.type === TOMBSTONE_TYPE;
    const ordinal = this.columns.push({
      stored,
      streamNo: entry.no,
      typeNo: this.typeNo(event.type),
      revision: isTombstone ? TOMBSTONE_MARK : Number(event.revision),
      createdMs: event.createdMs,
      id: event.id,
    });
    this.ids.insert(ordinal);
    if (isTombstone) entry.tombstone = ordinal;
    else entry.ordinals.push(ordinal);
    if (isMetastream(event.stream) && !isTombstone) this.addMetadata(event, ordinal);
    if (event.stream === SETTINGS_STREAM)
      this.pendingAcls.set(ordinal, parseDefaultAcls(event.data));
    this.systemStreams.add(ordinal, event.metadata);
  }

  /** Shows everything below `end` to readers and wakes those who wait for it. */
  publish(end: number): void {
    const touched = new Set<StreamEntry>();
    for (; this.visible < end; this.visible++) {
      const entry = this.streamOf(this.visible);
      if (entry.tombstone === this.visible) entry.isVisiblyTombstoned = true;
      else entry.visibleCount++;
      if (entry.watchers.size > 0) touched.add(entry);
      for (const watched of this.systemStreams.publish(this.visible, entry)) touched.add(watched);
    }
    this.publishMetadata(end);
    for (const entry of touched) for (const wake of entry.watchers) wake();
    for (const wake of this.watchers) wake();
  }

  view(name: string): StreamView {
    const entry = this.byName.get(name);
    const metastream = this.byName.get(metastreamOf(name));
    return {
      last: entry?.last ?? -1,
      isTombstoned: entry?.tombstone !== undefined,
      isSoftDeleted: entry?.isSoftDeleted ?? false,
      hasMetadata: metastream !== undefined && metastream.last >= 0,
      revisionOf: (id) => {
        const ordinal = entry === undefined ? -1 : this.ids.find(entry.no, id);
        return ordinal < 0 ? -1 : this.columns.revision(ordinal);
      },
      isAt: (revision, id) => {
        const ordinal = entry?.ordinals[revision];
        return ordinal !== undefined && this.columns.hasId(ordinal, id);
      },
    };
  }

  private addMetadata(event: IndexedEvent, ordinal: number): void {
    const target = this.entry(event.stream.slice(2));
    if (isMetastream(target.name)) return;
    const text = event.isJson ? event.data.toString('utf8') : '';
    const metadata = event.isJson ? parseStreamMetadata(text) : NO_METADATA;
    target.metadata = metadata;
    target.deletedDocument = isSoftDeleted(metadata) ? text : undefined;
    this.pendingMetadata.push({ ordinal, target, metadata });
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
