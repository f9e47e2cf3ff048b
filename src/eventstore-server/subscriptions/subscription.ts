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
import { PageBuilder } from '../streams/event-page.js';
import { isExpired, isTombstoned, readEvents, type ReadForm } from '../streams/event-reader.js';
import type { EventStore } from '../streams/event-store.js';
import type { StreamEntry } from '../streams/stream-entry.js';
import type { AllFollower } from './all-follower.js';
import { Latch } from './latch.js';
import type { SubscriptionPage } from './subscription-page.js';

export interface SubscriptionContext {
  readonly call: GrpcCall;
  readonly store: EventStore;
  readonly form: ReadForm;
}

/** Where a subscription stands in its source, and what comes next. */
interface Source {
  /** Takes what is there for one page, or undefined if the subscription has seen everything. */
  nextPage(isLive: boolean): SubscriptionPage | undefined;
  /** Everything was seen: the subscription waits until it is woken. */
  rest?(): void;
  /** Why nothing will ever come again, with the last event if there is one. */
  finish?(): { readonly error: GrpcError; readonly ordinal: number | undefined } | undefined;
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
    source.rest?.();
    await latch.wait();
  }
}

async function sendPage(context: SubscriptionContext, page: SubscriptionPage): Promise<void> {
  const { call, store, form } = context;
  if (page.ordinals.length === 0) await nextTurn();
  else call.sendFrames(frameEvents(await readEvents(store, page, form)));
  if (page.checkpoint !== undefined) call.send(checkpoint(page.checkpoint));
  await call.drained();
}

function start(context: SubscriptionContext, source: Source, latch: Latch): void {
  run(context, source, latch).catch((error: unknown) => {
    context.call.guard(() => {
      throw error;
    });
  });
}

/** Follows one stream; returns what ends that. The event at the given revision is not delivered. */
export function subscribeToStream(
  context: SubscriptionContext,
  name: string,
  from: ReadFrom,
): () => void {
  const { store } = context;
  const entry = store.index.entry(name);
  if (isTombstoned(store, entry)) throw streamDeleted(name);
  let next = from === 'start' ? 0 : from === 'end' ? entry.visibleCount : from.at + 1;
  const latch = new Latch();
  const wake = (): void => latch.set();
  entry.watchers.add(wake);
  const source: Source = {
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
  };
  start(context, source, latch);
  return () => {
    entry.watchers.delete(wake);
    latch.set();
  };
}

function finishOf(
  entry: StreamEntry,
): { error: GrpcError; ordinal: number | undefined } | undefined {
  if (!entry.isVisiblyTombstoned) return undefined;
  return { error: streamDeleted(entry.name), ordinal: entry.tombstone };
}

/** Follows $all; returns what ends that. */
export function subscribeToAll(context: SubscriptionContext, follower: AllFollower): () => void {
  const latch = new Latch();
  follower.wake = () => latch.set();
  start(context, follower, latch);
  return () => {
    follower.release();
    latch.set();
  };
}
