import type { Access } from './access/access-policy.js';
import type { CallHandler, GrpcCall } from './grpc-call.transport.js';
import type { Peer } from './grpc-server.transport.js';
import type { Node } from './node.js';
import { GRPC_UNKNOWN, GrpcError, invalidArgument, streamDeleted } from './protocol/grpc-status.js';
import { parseReadRequest, type ReadRequest } from './protocol/read-request.parse.js';
import { frameEvents, lastStreamPosition, streamNotFound } from './protocol/read-response.codec.js';
import { type EventPage, PageBuilder, PagesOfRead } from './streams/event-page.js';
import { isExpired, isTombstoned, readEvents } from './streams/event-reader.js';
import type { EventStore } from './streams/event-store.js';
import { isSoftDeleted } from './streams/stream-metadata.parse.js';
import type { StreamEntry } from './streams/stream-entry.js';
import type { AllWatches } from './subscriptions/all-watches.js';
import { EventFilter } from './subscriptions/event-filter.js';
import {
  subscribeToAll,
  subscribeToStream,
  type SubscriptionContext,
} from './subscriptions/subscription.js';

/** Streams.Read in all its forms: one request, then messages until the end or for ever. */
export function readHandler(call: GrpcCall, peer: Peer, node: Node): CallHandler {
  let request: Buffer | undefined;
  let release: (() => void) | undefined;
  return {
    onMessage(message) {
      // The answer begins with the request: a subscriber need not half-close.
      if (request !== undefined) return;
      request = message;
      release = answer(call, parseReadRequest(message), { access: peer.access, node });
    },
    onHalfClose() {
      if (request === undefined) throw invalidArgument('the call has no request');
    },
    onClosed: () => release?.(),
  };
}

interface ReadContext {
  readonly access: Access;
  readonly node: Node;
}

function answer(
  call: GrpcCall,
  request: ReadRequest,
  { access, node }: ReadContext,
): (() => void) | undefined {
  const { stream, count, resolveLinks, structuredIds } = request;
  const { store } = node;
  access.check('read', stream ?? '$all');
  const canRead = (name: string): boolean => access.allows('read', name);
  const form = { resolveLinks, structuredIds, canRead };
  if (count === undefined) {
    const giveBack = node.subscriptions.take();
    try {
      const release = subscribe({ call, store, form }, node.watches, request);
      return () => {
        giveBack();
        release();
      };
    } catch (error) {
      giveBack();
      throw error;
    }
  }
  const pages = stream === undefined ? allPages(store, request) : streamPages(call, store, request);
  if (pages === undefined) return undefined;
  const read = async (page: EventPage): Promise<Buffer> =>
    frameEvents(await readEvents(store, page, form));
  // Of the moment of the read, like its pages.
  const last = stream === undefined ? undefined : store.index.find(stream)?.visibleLast;
  sendPages(call, pages, read)
    .then(() => {
      if (request.wantsLast && last !== undefined) call.send(lastStreamPosition(last));
      call.end();
    })
    .catch((error: unknown) => {
      call.guard(() => {
        throw error;
      });
    });
  return undefined;
}

function subscribe(
  context: SubscriptionContext,
  watches: AllWatches,
  { stream, from, filter }: ReadRequest,
): () => void {
  if (stream !== undefined) return subscribeToStream(context, stream, from);
  return subscribeToAll(context, watches.follow(from, filter));
}

/** While the client takes one page the next is made ready: neither waits for the other. */
async function sendPages(
  call: GrpcCall,
  pages: Iterable<EventPage>,
  read: (page: EventPage) => Promise<Buffer>,
): Promise<void> {
  const left = pages[Symbol.iterator]();
  const begin = (): Promise<Buffer> | undefined => {
    const page = left.next();
    if (page.done === true) return undefined;
    const frames = read(page.value);
    frames.catch(() => undefined); // It is awaited later: until then a failure is nobody's.
    return frames;
  };
  for (let frames = begin(); frames !== undefined;) {
    call.sendFrames(await frames);
    const isDrained = call.drained();
    frames = begin();
    await isDrained;
    if (!call.isOpen) return;
  }
}

/** The pages of a finite stream read; undefined if the call was answered without any. */
function streamPages(
  call: GrpcCall,
  store: EventStore,
  request: ReadRequest,
): Iterable<EventPage> | undefined {
  const name = request.stream ?? '';
  const count = request.count ?? 0;
  // The real server refuses both as well: nothing could ever come of them.
  if (count === 0 || (request.from === 'end' && !request.isBackwards)) {
    throw new GrpcError(GRPC_UNKNOWN, 'Unexpected ReadStreamResult: Error');
  }
  const entry = store.index.find(name);
  if (isTombstonedName(store, name, entry)) throw streamDeleted(name);
  const isThere =
    entry !== undefined && entry.visibleCount > 0 && !isSoftDeleted(entry.visibleMetadata);
  if (!isThere) {
    call.send(streamNotFound(name));
    call.end();
    return undefined;
  }
  if (!request.isBackwards) return forwardPages(store, entry, request);
  return request.from === 'start'
    ? firstEventPage(store, entry)
    : backwardPages(store, entry, request);
}

function isTombstonedName(
  store: EventStore,
  name: string,
  entry: StreamEntry | undefined,
): boolean {
  if (entry !== undefined) return isTombstoned(store, entry);
  // A metastream that was never written is gone too once its stream is.
  return name.startsWith('$$') && (store.index.find(name.slice(2))?.isVisiblyTombstoned ?? false);
}

function* forwardPages(
  store: EventStore,
  entry: StreamEntry,
  request: ReadRequest,
): Iterable<EventPage> {
  let left = request.count ?? 0;
  const { from } = request;
  let next = Math.max(typeof from === 'object' ? from.at : 0, entry.firstVisible);
  // Events written while the read is under way are left to the next read.
  const end = entry.visibleCount;
  const pages = new PagesOfRead(store, entry);
  while (next < end && left > 0) {
    const page = pages.begin();
    for (; next < end && left > 0 && !page.isFull; next++) {
      const ordinal = entry.ordinalAt(next);
      if (ordinal === undefined || isExpired(store, entry, ordinal)) continue;
      page.push(ordinal, next);
      left--;
    }
    if (page.ordinals.length > 0) yield page;
  }
}

function* backwardPages(
  store: EventStore,
  entry: StreamEntry,
  request: ReadRequest,
): Iterable<EventPage> {
  let left = request.count ?? 0;
  const { from } = request;
  let next = Math.min(typeof from === 'object' ? from.at : Infinity, entry.visibleLast);
  const first = entry.firstVisible;
  const pages = new PagesOfRead(store, entry);
  while (next >= first && left > 0) {
    const page = pages.begin();
    for (; next >= first && left > 0 && !page.isFull; next--) {
      const ordinal = entry.ordinalAt(next);
      if (ordinal === undefined || isExpired(store, entry, ordinal)) continue;
      page.push(ordinal, next);
      left--;
    }
    if (page.ordinals.length > 0) yield page;
  }
}

/** Backwards from the start: the first event, if readers may still see it. */
function firstEventPage(store: EventStore, entry: StreamEntry): Iterable<EventPage> {
  const ordinal = entry.firstVisible === 0 ? entry.ordinalAt(0) : undefined;
  if (ordinal === undefined || isExpired(store, entry, ordinal)) return [];
  const page = new PageBuilder(store, entry);
  page.push(ordinal, 0);
  return [page];
}

function* allPages(store: EventStore, request: ReadRequest): Iterable<EventPage> {
  const { columns, visible } = store.index;
  const filter = new EventFilter(store.index, request.filter);
  const { from, isBackwards } = request;
  let left = request.count ?? 0;
  const step = isBackwards ? -1 : 1;
  let next =
    typeof from === 'object' ? columns.lowerBound(from.at, visible) : boundary(from, visible);
  if (isBackwards) next--;
  const pages = new PagesOfRead(store);
  while (next >= 0 && next < visible && left > 0) {
    const page = pages.begin();
    for (; next >= 0 && next < visible && left > 0 && !page.isFull; next += step) {
      if (!filter.isVisible(next) || !filter.isWanted(next)) continue;
      page.push(next);
      left--;
    }
    if (page.ordinals.length > 0) yield page;
  }
}

function boundary(from: 'start' | 'end', visible: number): number {
  return from === 'start' ? 0 : visible;
}
