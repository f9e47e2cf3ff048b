import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { GrpcCall } from '../grpc-call.transport.js';
import { GrpcError, streamDeleted } from '../protocol/grpc-status.js';
import type { ReadFrom } from '../protocol/read-request.parse.js';
import {
  caughtUp,
  checkpoint,
  confirmation,
  frameEvents,
} from '../protocol/read-response.codec.js';
import {
  type EventPage,
  isExpired,
  isTombstoned,
  PageBuilder,
  readEvents,
  type ReadForm,
} from '../streams/event-reader.js';
import type { EventStore } from '../streams/event-store.js';
import type { StreamEntry } from '../streams/stream-entry.js';
import type { EventFilter } from './event-filter.js';
import { Latch } from './latch.js';

export interface SubscriptionContext {
  readonly call: GrpcCall;
  readonly store: EventStore;
  readonly form: ReadForm;
}

/** Where a subscription stands in its source, and what comes next. */
interface Source {
  /** Woken whenever something may be there. */
  readonly watchers: Set<() => void>;
  /** Takes what is there for one page, or undefined if the subscription has seen everything. */
  nextPage(isLive: boolean): Page | undefined;
  /** Passes over what is of no interest to one that has sent everything; returns whether anything else is there. */
  skip?(): boolean;
  /** Why nothing will ever come again, with the last event if there is one. */
  finish?(): { readonly error: GrpcError; readonly ordinal: number | undefined } | undefined;
}

/** Events that one step looks at before others get their turn. */
const SEARCHED_EVENTS_MAX = 65_536;

/** Without ordinals: nothing matched so far, the search goes on. */
interface Page extends EventPage {
  /** Position of a checkpoint behind the events of the page. */
  readonly checkpoint?: number;
}

/**
 * Sends a source to a client until the call ends.
 *
 * confirmed → catching up → caught up (said once) → live. Live events are read back from the log's
 * memory of recent bytes, so nothing is queued per subscriber: one that is slow falls behind, reads
 * from the file and goes on from the last event it was sent, without gap or double.
 */
async function run(context: SubscriptionContext, source: Source, latch: Latch): Promise<void> {
  const { call } = context;
  let isLive = false;
  call.send(confirmation(randomUUID()));
  while (call.isOpen) {
    const page = source.nextPage(isLive);
    if (page !== undefined) {
      await sendPage(context, page);
      continue;
    }
    const finish = source.finish?.();
    if (finish !== undefined) {
      const { ordinal, error } = finish;
      if (isLive && ordinal !== undefined) await sendPage(context, { ordinals: [ordinal] });
      call.fail(error);
      return;
    }
    if (!isLive) call.send(caughtUp());
    isLive = true;
    await latch.wait();
  }
}

/** What a filter has to say against an event is said to its client, not to the writer of the event. */
function hasMore(source: Source): boolean {
  try {
    return source.skip?.() ?? true;
  } catch {
    return true;
  }
}

async function sendPage(context: SubscriptionContext, page: Page): Promise<void> {
  const { call, store, form } = context;
  if (page.ordinals.length === 0) await nextTurn();
  else call.sendFrames(frameEvents(await readEvents(store, page, form)));
  if (page.checkpoint !== undefined) call.send(checkpoint(page.checkpoint));
  await call.drained();
}

/** Starts a subscription; returns what releases it when the call is over. */
function start(context: SubscriptionContext, source: Source): () => void {
  const latch = new Latch();
  // Most events are of no interest to most filters: a turn of the loop each is what thousands would feel.
  const wake = (): void => {
    if (!latch.isAwaited || hasMore(source)) latch.set();
  };
  source.watchers.add(wake);
  run(context, source, latch).catch((error: unknown) => {
    context.call.guard(() => {
      throw error;
    });
  });
  return () => {
    source.watchers.delete(wake);
    latch.set();
  };
}

/** Follows one stream. The event at the given revision is not delivered. */
export function subscribeToStream(
  context: SubscriptionContext,
  name: string,
  from: ReadFrom,
): () => void {
  const { store } = context;
  const entry = store.index.entry(name);
  if (isTombstoned(store, entry)) throw streamDeleted(name);
  let next = from === 'start' ? 0 : from === 'end' ? entry.visibleCount : from.at + 1;
  return start(context, {
    watchers: entry.watchers,
    nextPage(isLive) {
      // Retention hides old events from those who catch up, never new ones from those who follow.
      if (!isLive) next = Math.max(next, Math.min(entry.firstVisible, entry.visibleCount));
      const page = new PageBuilder(store, entry);
      for (; next < entry.visibleCount && !page.isFull; next++) {
        const ordinal = entry.ordinalAt(next);
        if (ordinal === undefined) break;
        if (isLive || !isExpired(store, entry, ordinal)) page.push(ordinal, next);
      }
      return page.ordinals.length === 0 ? undefined : page;
    },
    finish: () => finishOf(entry),
  });
}

function finishOf(
  entry: StreamEntry,
): { error: GrpcError; ordinal: number | undefined } | undefined {
  if (!entry.isVisiblyTombstoned) return undefined;
  return { error: streamDeleted(entry.name), ordinal: entry.tombstone };
}

/**
 * Follows $all. The event at the given position is not delivered.
 *
 * With `checkpointEvents` a checkpoint is sent after each so many events, matching or not, so that a
 * client whose filter matches seldom can still resume near the end.
 */
export function subscribeToAll(
  context: SubscriptionContext,
  from: ReadFrom,
  filtering: { readonly filter: EventFilter; readonly checkpointEvents: number | undefined },
): () => void {
  const { store } = context;
  const { index } = store;
  const { filter, checkpointEvents } = filtering;
  let next = firstAfter(store, from);
  let considered = 0;
  return start(context, {
    watchers: index.watchers,
    nextPage() {
      const page = new PageBuilder(store);
      const begin = next;
      const end = Math.min(index.visible, begin + SEARCHED_EVENTS_MAX);
      let due: number | undefined;
      while (next < end && !page.isFull && due === undefined) {
        const ordinal = next++;
        if (!filter.isVisible(ordinal)) continue;
        if (filter.isWanted(ordinal)) page.push(ordinal);
        if (++considered === checkpointEvents) due = index.columns.position(ordinal);
      }
      if (due !== undefined) considered = 0;
      if (next === begin) return undefined;
      return { ordinals: page.ordinals, ...(due === undefined ? {} : { checkpoint: due }) };
    },
    skip() {
      for (; next < index.visible; next++) {
        if (!filter.isVisible(next)) continue;
        if (filter.isWanted(next) || considered + 1 === checkpointEvents) return true;
        considered++;
      }
      return false;
    },
  });
}

function firstAfter(store: EventStore, from: ReadFrom): number {
  const { columns, visible } = store.index;
  if (from === 'start') return 0;
  if (from === 'end') return visible;
  return columns.lowerBound(from.at + 1, visible);
}
