import { randomUUID } from 'node:crypto';
import { filler } from './filler.js';
import type { RemoteStore } from './remote-call.transport.js';
import { type BatchAnswer, batchRequest, readBatchAnswer } from './transfer-messages.codec.js';

export const BATCH_PATH = '/event_store.client.streams.Streams/BatchAppend';
/** No stream ever gets so far: an append behind it is refused, with the revision that the stream has. */
const BEYOND_ALL = 2n ** 62n;
const UNANSWERED_MAX = 64;

/**
 * The revision that the next event of each stream gets, whatever of it is deleted or hidden: a read does not
 * tell that. Streams that are gone for good are left out. Rejects if the store does not say it.
 */
export async function nextRevisionsOf(
  store: RemoteStore,
  streams: readonly string[],
): Promise<ReadonlyMap<string, bigint>> {
  const found = new Map<string, bigint>();
  if (streams.length === 0) return found;
  const call = store.open(BATCH_PATH);
  const answers = call[Symbol.asyncIterator]();
  for (let at = 0; at < streams.length; at += UNANSWERED_MAX) {
    const asked = new Map<string, string>();
    for (const stream of streams.slice(at, at + UNANSWERED_MAX)) {
      const correlationId = randomUUID();
      asked.set(correlationId, stream);
      const events = [filler(stream, BEYOND_ALL)];
      await call.send(batchRequest({ correlationId, stream, expected: BEYOND_ALL, events }));
    }
    while (asked.size > 0) {
      const message = await answers.next();
      if (message.done === true) throw new Error('the store has ended the call');
      const answer = readBatchAnswer(message.value);
      const stream = asked.get(answer.correlationId);
      if (stream === undefined) continue;
      asked.delete(answer.correlationId);
      const next = nextIn(stream, answer);
      if (next !== undefined) found.set(stream, next);
    }
  }
  call.halfClose();
  await call.ended();
  return found;
}

function nextIn(stream: string, { error, current }: BatchAnswer): bigint | undefined {
  if (error === 'StreamDeleted') return undefined;
  if (error === 'WrongExpectedVersion') return current + 1n;
  throw new Error(
    `the store does not say how far ${stream} goes: ${error ?? 'it takes any revision'}`,
  );
}
