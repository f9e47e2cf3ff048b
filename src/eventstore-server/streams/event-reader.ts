import {
  LINK_TYPE,
  readRecordedEvent,
  withStructuredId,
} from '../protocol/recorded-event.codec.js';
import type { ResolvedEvent } from '../protocol/read-response.codec.js';
import type { EventPage } from './event-page.js';
import type { EventStore } from './event-store.js';
import { isSoftDeleted } from './stream-metadata.parse.js';
import { isMetastream, type StreamEntry } from './stream-entry.js';
import { linkRecord } from './system-stream.js';

export interface ReadForm {
  readonly resolveLinks: boolean;
  readonly structuredIds: boolean;
  /** Whether the reader may see the targets of links that lie in a stream. */
  readonly canRead: (stream: string) => boolean;
}

/** Fetches events and, if asked to, what their links point at. */
export async function readEvents(
  store: EventStore,
  page: EventPage,
  form: ReadForm,
): Promise<ResolvedEvent[]> {
  const { ordinals } = page;
  if (ordinals.length === 0) return [];
  const found = store.read(ordinals);
  const stored = Array.isArray(found) ? found : await found;
  const messages = page.links === undefined ? stored : asLinks(store, page, stored);
  const isGone = (ordinal: number): boolean =>
    page.links === undefined && store.index.columns.isRemoved(ordinal);
  const plain = (message: Buffer): Buffer =>
    form.structuredIds ? withStructuredId(message) : message;
  const targets = form.resolveLinks
    ? await readTargets(store, page, { messages, canRead: form.canRead })
    : NO_TARGETS;
  return ordinals.map((ordinal, i) => {
    const message = messages[i];
    if (message === undefined) throw new Error('Invariant: one message per ordinal');
    const position = store.index.columns.position(ordinal);
    const target = targets.get(i);
    // It was removed after it was chosen: all there is to say is where it was.
    if (isGone(ordinal))
      return { event: undefined, link: plain(linkTo(store, ordinal, message)), position };
    if (target === undefined) return { event: plain(message), link: undefined, position };
    const event = target.message === undefined ? undefined : plain(target.message);
    return { event, link: plain(message), position };
  });
}

function linkTo(store: EventStore, ordinal: number, message: Buffer): Buffer {
  const { columns } = store.index;
  const stream = store.index.streamOf(ordinal).name;
  const place = {
    stream,
    revision: columns.revision(ordinal),
    position: columns.position(ordinal),
    createdMs: columns.createdMs(ordinal),
  };
  return linkRecord(place, message);
}

function asLinks(store: EventStore, page: EventPage, stored: readonly Buffer[]): Buffer[] {
  const { columns } = store.index;
  return stored.map((message, i) => {
    const ordinal = page.ordinals[i] ?? 0;
    const place = {
      stream: page.links?.stream ?? '',
      revision: page.links?.revisions[i] ?? 0,
      position: columns.position(ordinal),
      createdMs: columns.createdMs(ordinal),
    };
    return linkRecord(place, message);
  });
}

interface Target {
  message: Buffer | undefined;
}

const NO_TARGETS: ReadonlyMap<number, Target> = new Map();

/** The targets of those messages that are links, by their place in the page. */
async function readTargets(
  store: EventStore,
  page: EventPage,
  { messages, canRead }: Pick<ReadForm, 'canRead'> & { readonly messages: readonly Buffer[] },
): Promise<ReadonlyMap<number, Target>> {
  const targets = new Map<number, Target>();
  const wanted: { readonly target: Target; readonly ordinal: number }[] = [];
  for (const [i, ordinal] of page.ordinals.entries()) {
    const message = messages[i];
    const isLink = page.links !== undefined || store.index.typeOf(ordinal) === LINK_TYPE;
    if (message === undefined || !isLink) continue;
    const link = parseLink(readRecordedEvent(message).data);
    if (link === undefined) continue;
    const target: Target = { message: undefined };
    targets.set(i, target);
    const targetOrdinal = canRead(link.stream) ? visibleOrdinal(store, link) : undefined;
    if (targetOrdinal !== undefined) wanted.push({ target, ordinal: targetOrdinal });
  }
  const found = await store.read(wanted.map((item) => item.ordinal));
  for (const [i, { target }] of wanted.entries()) target.message = found[i];
  return targets;
}

interface Link {
  readonly stream: string;
  readonly revision: number;
}

/** `{revision}@{stream}`, split at the first `@`; undefined for data that is no link. */
function parseLink(data: Buffer): Link | undefined {
  const text = data.toString('utf8');
  const at = text.indexOf('@');
  if (at < 0) return undefined;
  const digits = text.slice(0, at);
  if (!/^\s*[+-]?\d+\s*$/.test(digits)) return undefined;
  return { stream: text.slice(at + 1), revision: Number(digits) };
}

function visibleOrdinal(store: EventStore, link: Link): number | undefined {
  const entry = store.index.find(link.stream);
  if (entry === undefined || entry.isSystemStream || isHidden(store, entry)) return undefined;
  if (link.revision < entry.firstVisible || link.revision > entry.visibleLast) return undefined;
  const ordinal = entry.ordinalAt(link.revision);
  return ordinal !== undefined && !isExpired(store, entry, ordinal) ? ordinal : undefined;
}

/** Whether readers are told that the stream is deleted: a tombstone hides its metastream too. */
export function isTombstoned(store: EventStore, entry: StreamEntry): boolean {
  if (entry.isVisiblyTombstoned) return true;
  if (!isMetastream(entry.name)) return false;
  return store.index.find(entry.name.slice(2))?.isVisiblyTombstoned ?? false;
}

function isHidden(store: EventStore, entry: StreamEntry): boolean {
  return isTombstoned(store, entry) || isSoftDeleted(entry.visibleMetadata);
}

/** Whether `$maxAge` hides the event now, or a scavenge removed it: its links are there all the same. */
export function isExpired(store: EventStore, entry: StreamEntry, ordinal: number): boolean {
  if (!entry.isSystemStream && store.index.columns.isRemoved(ordinal)) return true;
  const { maxAgeMs } = entry.visibleMetadata;
  return maxAgeMs !== undefined && store.index.columns.createdMs(ordinal) < Date.now() - maxAgeMs;
}
