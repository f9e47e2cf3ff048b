import { type EventStore, metadataEvent } from './event-store.js';
import { ANY } from './expected-version.js';
import { metastreamOf } from './stream-entry.js';

const MONTH_S = 30 * 24 * 60 * 60;

/** Streams that the node itself writes, with what keeps them short. */
const OWN_STREAMS: Readonly<Record<string, string>> = {
  // Each event holds the whole configuration: the one before the last is there to be looked at.
  $persistentSubscriptionConfig: '{"$maxCount":2}',
  $scavenges: `{"$maxAge":${MONTH_S}}`,
};

/** Writes what a new log begins with: clients rely on $all never being empty. */
export async function writeFirstEvents(store: EventStore): Promise<void> {
  if (!store.isEmpty) return;
  for (const [stream, document] of Object.entries(OWN_STREAMS)) {
    const events = [metadataEvent(document)];
    store.append({ stream: metastreamOf(stream), expected: ANY, events }, () => undefined);
  }
  await store.durable();
}
