import { eventLogContract } from '../contract/event-log.contract.js';
import type { EventLogUnderTest } from '../contract/event-log.contract.js';
import { ServerBench } from './eventstore-server.builder.js';

async function embedded(...extra: readonly string[]): Promise<EventLogUnderTest> {
  const bench = new ServerBench();
  const store = await bench.startWith(
    extra.length > 0 ? extra : ['--data-dir', bench.directory('log')],
  );
  return {
    connectionString: `esdb://127.0.0.1:${store.port}?tls=false`,
    close: () => bench.tearDown(),
  };
}

eventLogContract('embedded, on disk', () => embedded());
eventLogContract('embedded, in memory', () => embedded('--mem'));

/** A server of your own, the real one for instance: its streams stay there. */
const own = process.env['ESDB_TEST_CONNECTION_STRING'];
if (own !== undefined) {
  eventLogContract('the one that ESDB_TEST_CONNECTION_STRING names', () =>
    Promise.resolve({ connectionString: own, close: () => Promise.resolve() }),
  );
}
