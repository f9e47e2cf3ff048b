import {
  firstVisible,
  isSoftDeleted,
  METASTREAM_METADATA,
  NO_METADATA,
  type StreamMetadata,
} from './stream-metadata.parse.js';
import { isSystemStream } from './system-stream.js';

/**
 * One stream as the index holds it, twice over: as written (decisions) and as acknowledged (readers).
 * A write moves the first at once and the second when it is durable. A system stream is filled with
 * the events that it points at when those become visible.
 */
export class StreamEntry {
  /** Ordinals by revision, pending ones included. */
  readonly ordinals: number[] = [];
  /** How many of `ordinals` readers may see. */
  visibleCount = 0;
  tombstone: number | undefined;
  isVisiblyTombstoned = false;
  metadata: StreamMetadata;
  visibleMetadata: StreamMetadata;
  /** The metadata document of a soft-deleted stream: needed again when the stream is revived. */
  deletedDocument: string | undefined;
  /** Called when something of this stream became visible. */
  readonly watchers = new Set<() => void>();

  readonly isSystemStream: boolean;

  constructor(
    readonly no: number,
    readonly name: string,
  ) {
    this.isSystemStream = isSystemStream(name);
    this.metadata = isMetastream(name) ? METASTREAM_METADATA : NO_METADATA;
    this.visibleMetadata = this.metadata;
  }

  /** The event at a revision that readers see. */
  ordinalAt(revision: number): number | undefined {
    return revision < this.visibleCount ? this.ordinals[revision] : undefined;
  }

  get last(): number {
    return this.ordinals.length - 1;
  }

  get visibleLast(): number {
    return this.visibleCount - 1;
  }

  get isSoftDeleted(): boolean {
    return isSoftDeleted(this.metadata);
  }

  /** The first revision a reader sees; beyond the end if none is visible. */
  get firstVisible(): number {
    return firstVisible(this.visibleMetadata, this.visibleLast);
  }
}

export function isMetastream(name: string): boolean {
  return name.startsWith('$$');
}

export function metastreamOf(name: string): string {
  return `$$${name}`;
}
