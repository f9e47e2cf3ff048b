import { createHash } from 'node:crypto';
import {
  LINK_TYPE,
  readRecordedEvent,
  writeRecordedEvent,
} from '../protocol/recorded-event.codec.js';
import { parseUuid, type Uuid } from '../protocol/uuid.codec.js';
import { WireWriter } from '../protocol/wire.codec.js';

/** The node keeps these as indexes over all events: nobody writes them, and no link is ever stored. */
const NAME = /^\$(ce-|et-|bc-|streams$)/;

export const ALL_STREAMS = '$streams';
export const CORRELATION_KEY = '$correlationId';
const NO_BYTES = Buffer.alloc(0);
const HALF_CHARACTER = /\p{Surrogate}/u;

/** Whether the stream is one of the indexes by category, type, correlation or first event. */
export function isSystemStream(name: string): boolean {
  return name.startsWith('$') && NAME.test(name);
}

/** `$ce-order` for `order-1`: what stands before the first dash. Streams of the node have none. */
export function categoryStreamOf(stream: string): string | undefined {
  const dash = stream.indexOf('-');
  return dash > 0 && !stream.startsWith('$') ? `$ce-${stream.slice(0, dash)}` : undefined;
}

/** Links are left out, for each event would be found twice. */
export function typeStreamOf(type: string, isTombstone: boolean): string | undefined {
  if (type === LINK_TYPE) return undefined;
  return `$et-${isTombstone ? '$deleted' : type}`;
}

export function correlationStreamOf(metadata: Buffer): string | undefined {
  // Most metadata has no such key: what parsing costs is spent on those that do.
  if (metadata.length === 0 || !metadata.includes(CORRELATION_KEY)) return undefined;
  try {
    const document: unknown = JSON.parse(metadata.toString('utf8'));
    const isObject = typeof document === 'object' && document !== null;
    const id = isObject ? (document as Record<string, unknown>)[CORRELATION_KEY] : undefined;
    if (typeof id !== 'string' || id === '') return undefined;
    // JSON may hold halves of characters; names have none, or they would be others after a restart.
    return `$bc-${HALF_CHARACTER.test(id) ? Buffer.from(id, 'utf8').toString('utf8') : id}`;
  } catch {
    return undefined; // Writers may store anything there; what is no JSON names nothing.
  }
}

export interface LinkPlace {
  readonly stream: string;
  /** Place of the link in the system stream. */
  readonly revision: number;
  /** Of the event linked to. */
  readonly position: number;
  readonly createdMs: number;
}

/**
 * The record that a reader of a system stream sees for an event: the same bytes whenever it is asked
 * for. A link that stands in the indexed stream is passed on, because links are resolved only once;
 * `$streams` names the streams, whatever their first event is.
 */
export function linkRecord(place: LinkPlace, target: Buffer): Buffer {
  const { type, data, revision, stream } = readRecordedEvent(target);
  const link = Buffer.from(`${revision.toString()}@${stream}`, 'utf8');
  const event = {
    id: linkId(place.stream, place.revision),
    type: LINK_TYPE,
    isJson: false,
    data: type === LINK_TYPE && place.stream !== ALL_STREAMS ? data : link,
    metadata: NO_BYTES,
  };
  const writer = new WireWriter(256);
  writeRecordedEvent(writer, event, place);
  return writer.finish();
}

/** A uuid out of the place of the link: half from the name, half the revision. */
export function linkId(stream: string, revision: number): Uuid {
  const name = createHash('sha1').update(stream).digest('hex');
  const number = revision.toString(16).padStart(12, '0');
  const text = `${name.slice(0, 8)}-${name.slice(8, 12)}-8${name.slice(12, 15)}-8${name.slice(15, 18)}-${number}`;
  const uuid = parseUuid(text);
  if (uuid === undefined) throw new Error('Invariant: hexadecimal digits make a uuid');
  return uuid;
}
