import { randomUUID } from 'node:crypto';
import { crc32 } from '../log/crc32.js';
import {
  type Acknowledge,
  DEFAULT_SEGMENT_SIZE,
  EventLog,
  type EventLogOptions,
} from '../log/event-log.js';
import { type LogTail, recoverTail, visitSealed } from '../log/log-recovery.js';
import {
  EVENT_PREFIX_BYTES,
  eventsOf,
  FIRST_EVENT_AT,
  RECORD_TAIL_BYTES,
} from '../log/record.codec.js';
import type { SegmentDirectory } from '../log/segment-directory.js';
import type { OutOfSpaceError } from '../log/out-of-space-error.js';
import type { StoredMessage } from '../log/log-reader.js';
import type { ScannedRecord } from '../log/segment-scan.js';
import {
  EventScribe,
  METADATA_TYPE,
  type ProposedEvent,
  readRecordedEvent,
  TOMBSTONE_REVISION,
  TOMBSTONE_TYPE,
} from '../protocol/recorded-event.codec.js';
import { parseUuid, type Uuid } from '../protocol/uuid.codec.js';
import { WireWriter } from '../protocol/wire.codec.js';
import { type Decision, decideAppend } from './expected-version.js';
import { isMetastream, metastreamOf } from './stream-entry.js';
import { remainsOf } from './removed-event.js';
import { type Scavenged, Scavenger } from './scavenger.js';
import { IndexSealer } from './index-sealer.js';
import { StreamIndex } from './stream-index.js';
import {
  firstVisible,
  SOFT_DELETED_DOCUMENT,
  withTruncateBefore,
} from './stream-metadata.parse.js';

export interface AppendRequest {
  readonly stream: string;
  readonly expected: bigint;
  readonly events: readonly ProposedEvent[];
}

export type EventStoreOptions = Pick<EventLogOptions, 'onFailure'> & Partial<EventLogOptions>;

/** `revision` and `current` are -1 for a stream without events. */
export type AppendOutcome =
  | { readonly kind: 'success'; readonly revision: number; readonly position: number | undefined }
  | { readonly kind: 'wrong-expected-version'; readonly current: number }
  | { readonly kind: 'stream-deleted' }
  | { readonly kind: 'out-of-space'; readonly message: string };

interface Part {
  readonly stream: string;
  readonly events: readonly ProposedEvent[];
  readonly isTombstone?: boolean;
}

const NO_BYTES = Buffer.alloc(0);
const EVENT_OVERHEAD_BYTES = 256;
const DELETED: AppendOutcome = { kind: 'stream-deleted' };

/**
 * Decides, writes and acknowledges: the one place where the log and the index meet.
 *
 * Decisions are made in the order of the calls, against everything written so far whether durable or
 * not; answers are given when all that a decision rests on is durable, so no client ever hears of
 * something that a crash could take back.
 */
export class EventStore {
  readonly index = new StreamIndex();
  private readonly sealer: IndexSealer;
  private log!: EventLog;
  /** Bytes of a write that was cut short before this start, now removed. */
  tornBytes = 0;

  static async open(segments: SegmentDirectory, options: EventStoreOptions): Promise<EventStore> {
    const store = new EventStore(segments);
    const tail = await store.recover();
    store.log = await EventLog.open(segments, tail, {
      size: DEFAULT_SEGMENT_SIZE,
      ...options,
      onFull: (name) => void store.sealer.seal(name),
      onRefused: () => store.index.rollBack(),
    });
    store.tornBytes = tail.tornBytes;
    return store;
  }

  private constructor(private readonly segments: SegmentDirectory) {
    this.sealer = new IndexSealer(this.index, segments);
  }

  /** Staged but not yet durable. */
  get pendingBytes(): number {
    return this.log.pendingBytes;
  }

  /** Where the next transaction goes. */
  get endPosition(): number {
    return this.log.end;
  }

  /** Whether nothing was ever written. */
  get isEmpty(): boolean {
    return this.index.columns.count === 0;
  }

  /** Resolves when everything written so far is durable and acknowledged. */
  durable(): Promise<void> {
    return new Promise((resolve) => this.log.afterStaged(() => resolve()));
  }

  /** Resolves when what is known of full segments is on disk. */
  indexed(): Promise<void> {
    return this.sealer.idle();
  }

  append(request: AppendRequest, done: (outcome: AppendOutcome) => void): void {
    const view = this.index.view(request.stream);
    const ids = request.events.map((event) => event.id);
    const decision = decideAppend(view, request.expected, ids);
    if (decision.kind !== 'write') {
      const outcome = this.outcomeOf(decision, request.stream, view.last);
      this.log.afterStaged((refusal) => done(refusedOr(outcome, refusal)));
      return;
    }
    const parts = [
      { stream: request.stream, events: request.events },
      ...this.revivalAfter(request),
    ];
    const position = this.write(parts, (refusal) => {
      const revision = view.last + request.events.length;
      done(refusedOr({ kind: 'success', revision, position }, refusal));
    });
  }

  /** Soft delete: hides the events, keeps the numbering. */
  deleteStream(stream: string, expected: bigint, done: (outcome: AppendOutcome) => void): void {
    const view = this.index.view(stream);
    const decision = decideAppend(view, expected, [newUuid()]);
    const isUnknown = view.last < 0 && !view.hasMetadata;
    if (decision.kind !== 'write' || isUnknown) {
      const refusal = decision.kind === 'deleted' ? decision : WRONG;
      const outcome = this.outcomeOf(refusal, stream, view.last);
      this.log.afterStaged((refusal) => done(refusedOr(outcome, refusal)));
      return;
    }
    const part = { stream: metastreamOf(stream), events: [metadataEvent(SOFT_DELETED_DOCUMENT)] };
    const position = this.write([part], (refusal) => {
      done(refusedOr({ kind: 'success', revision: view.last, position }, refusal));
    });
  }

  /** Hard delete: the stream can never be written or read again. */
  tombstone(stream: string, expected: bigint, done: (outcome: AppendOutcome) => void): void {
    const view = this.index.view(stream);
    const decision = decideAppend(view, expected, [newUuid()]);
    if (decision.kind !== 'write') {
      const outcome = this.outcomeOf(decision, stream, view.last);
      this.log.afterStaged((refusal) => done(refusedOr(outcome, refusal)));
      return;
    }
    const event = { ...metadataEvent(''), type: TOMBSTONE_TYPE, isJson: false };
    const position = this.write([{ stream, events: [event], isTombstone: true }], (refusal) => {
      done(refusedOr({ kind: 'success', revision: view.last, position }, refusal));
    });
  }

  /** The stored messages of events, in the order of the ordinals; of removed ones what is left. */
  read(ordinals: readonly number[]): Promise<Buffer[]> | Buffer[] {
    const { columns } = this.index;
    const isWhole = ordinals.every((ordinal) => !columns.isRemoved(ordinal));
    if (!isWhole) return this.readAround(ordinals);
    const messages = ordinals.map((ordinal) => columns.message(ordinal));
    return this.log.readRecent(messages) ?? this.log.read(messages);
  }

  private async readAround(ordinals: readonly number[]): Promise<Buffer[]> {
    const { columns } = this.index;
    const kept = ordinals.filter((ordinal) => !columns.isRemoved(ordinal));
    const found = await this.log.read(kept.map((ordinal) => columns.message(ordinal)));
    const byOrdinal = new Map(kept.map((ordinal, i) => [ordinal, found[i]]));
    return ordinals.map((ordinal) => byOrdinal.get(ordinal) ?? remainsOf(this.index, ordinal));
  }

  async close(): Promise<void> {
    await this.log.close();
    await this.sealer.close();
  }

  /** Takes out of the log what no reader can see any more, while everything else goes on. */
  scavenge(isStopped: () => boolean, firstPart = 0): Promise<Scavenged> {
    const { index, log, segments, sealer } = this;
    return new Scavenger({ index, log, segments, sealer }).run(isStopped, firstPart);
  }

  /** Takes what the index on disk knows, and reads of the log what it does not. */
  private async recover(): Promise<LogTail> {
    const { segments } = this;
    for (const name of segments.segments.slice(0, -1)) {
      if (this.sealer.load(name)) continue;
      const events: RestoredEvent[] = [];
      visitSealed(segments, name, (record) => events.push(...restoredEventsOf(record)));
      // In a rewritten segment they stand in another order.
      events.sort((a, b) => a.stored.position - b.stored.position);
      for (const event of events) this.restore(event);
      this.index.publish(this.index.columns.count);
      await this.sealer.seal(name);
    }
    const newest = segments.newest;
    const tail = recoverTail(segments, (record) => {
      for (const event of restoredEventsOf(record)) this.restore(event);
    });
    this.index.publish(this.index.columns.count);
    if (tail.isFormer) await this.sealer.seal(newest);
    return tail;
  }

  private outcomeOf(
    decision: Exclude<Decision, { kind: 'write' }>,
    stream: string,
    current: number,
  ): AppendOutcome {
    if (decision.kind === 'deleted') return DELETED;
    if (decision.kind === 'wrong') return { kind: 'wrong-expected-version', current };
    const { revision } = decision;
    const entry = this.index.find(stream);
    const ordinal = entry?.writtenAt(revision);
    const isVisible = entry !== undefined && revision >= firstVisible(entry.metadata, entry.last);
    const position =
      ordinal !== undefined && isVisible ? this.index.columns.position(ordinal) : undefined;
    return { kind: 'success', revision, position };
  }

  /**
   * What has to be written with an append so that a soft-deleted stream comes back: its metadata
   * again, hiding the events before. Writing the metadata of such a stream revives it as well.
   */
  private revivalAfter(request: AppendRequest): Part[] {
    if (request.events.length === 0) return [];
    const isMetadata = isMetastream(request.stream);
    const name = isMetadata ? request.stream.slice(2) : request.stream;
    const entry = this.index.find(name);
    if (entry === undefined || !entry.isSoftDeleted || entry.tombstone !== undefined) return [];
    const last = request.events.at(-1);
    const document = isMetadata && last?.isJson === true ? last.data.toString() : undefined;
    const text = withTruncateBefore(document ?? entry.deletedDocument ?? '', entry.last + 1);
    return [{ stream: metastreamOf(name), events: [metadataEvent(text)] }];
  }

  /** Writes one transaction; returns the position of the last event of its first part. */
  private write(parts: readonly Part[], done: Acknowledge): number {
    const base = this.log.end;
    const writer = new WireWriter(sizeOf(parts));
    writer.gap(FIRST_EVENT_AT);
    const createdMs = Date.now();
    let count = 0;
    let answer = base;
    for (const part of parts) {
      const scribe = new EventScribe(part.stream, createdMs);
      for (const event of part.events) {
        const position = this.writeEvent(writer, event, { base, createdMs, part, scribe });
        if (part === parts[0]) answer = position;
        count++;
      }
    }
    writer.gap(RECORD_TAIL_BYTES);
    const end = this.index.columns.count;
    this.log.stage(writer.finish(), count, (refusal) => {
      if (refusal === undefined) this.index.publish(end);
      done(refusal);
    });
    return answer;
  }

  private writeEvent(
    writer: WireWriter,
    event: ProposedEvent,
    from: {
      readonly base: number;
      readonly createdMs: number;
      readonly part: Part;
      readonly scribe: EventScribe;
    },
  ): number {
    const { stream, isTombstone } = from.part;
    const last = this.index.find(stream)?.last ?? -1;
    const revision = isTombstone === true ? TOMBSTONE_REVISION : last + 1;
    const prefixAt = writer.gap(EVENT_PREFIX_BYTES);
    const messageAt = writer.length;
    const position = from.base + prefixAt;
    const place = { stream, revision, position, createdMs: from.createdMs };
    from.scribe.write(writer, event, place);
    const message = writer.view(messageAt);
    const crc = crc32(message);
    writer.patchUint32(prefixAt, message.length);
    writer.patchUint32(prefixAt + 4, crc);
    this.index.add(event, place, { position, length: message.length, crc });
    return position;
  }

  private restore({ message, stored, isRemoved }: RestoredEvent): void {
    const event = readRecordedEvent(message);
    this.index.add(event, event, stored, isRemoved);
  }
}

/** An event as a segment holds it. */
export interface RestoredEvent {
  readonly message: Buffer;
  readonly stored: StoredMessage;
  readonly isRemoved: boolean;
}

export function* restoredEventsOf({
  bytes,
  format,
  offset,
}: ScannedRecord): Iterable<RestoredEvent> {
  for (const { position, messageAt, message, crc, isRemoved } of eventsOf(bytes, format)) {
    const stored = { position, offset: offset + messageAt, length: message.length, crc };
    yield { message, stored, isRemoved };
  }
}

const WRONG = { kind: 'wrong' } as const;

/** An outcome holds if everything is durable that it rests on. */
function refusedOr(outcome: AppendOutcome, refusal: OutOfSpaceError | undefined): AppendOutcome {
  return refusal === undefined ? outcome : { kind: 'out-of-space', message: refusal.message };
}

/** An event that sets the metadata of the stream to whose metastream it is appended. */
export function metadataEvent(document: string): ProposedEvent {
  const data = Buffer.from(document, 'utf8');
  return { id: newUuid(), type: METADATA_TYPE, isJson: true, data, metadata: NO_BYTES };
}

export function newUuid(): Uuid {
  const uuid = parseUuid(randomUUID());
  if (uuid === undefined) throw new Error('Invariant: randomUUID returns a uuid');
  return uuid;
}

function sizeOf(parts: readonly Part[]): number {
  let size = FIRST_EVENT_AT + RECORD_TAIL_BYTES;
  for (const part of parts) {
    for (const event of part.events) {
      const names = event.type.length + part.stream.length;
      size += event.data.length + event.metadata.length + names + EVENT_OVERHEAD_BYTES;
    }
  }
  return size;
}
