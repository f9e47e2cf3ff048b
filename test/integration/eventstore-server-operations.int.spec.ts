import { connect } from 'node:http2';
import type { EventStoreDBClient } from '@eventstore/db-client';
import { frame, FrameSplitter } from '../../src/eventstore-server/protocol/grpc-frames.codec.js';
import { WireReader } from '../../src/eventstore-server/protocol/wire.codec.js';
import { anEvent, linesOf, type RunningProcess, ServerBench } from './eventstore-server.builder.js';
import { rawCall } from './raw-call.builder.js';

const NOTHING = Buffer.alloc(0);
const OPERATIONS = '/event_store.client.operations.Operations';

let bench: ServerBench;
let server: RunningProcess;
let client: EventStoreDBClient;

beforeAll(async () => {
  bench = new ServerBench();
  server = await bench.start('operations');
  client = bench.client(server);
});

afterAll(async () => bench.tearDown());

/** The first messages of Monitoring.Stats, as objects. */
function stats(count: number): Promise<Record<string, string>[]> {
  const session = connect(`http://127.0.0.1:${server.port}`);
  const found: Record<string, string>[] = [];
  const splitter = new FrameSplitter();
  return new Promise((resolve, reject) => {
    const stream = session.request({
      ':method': 'POST',
      ':path': '/event_store.client.monitoring.Monitoring/Stats',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    stream.on('error', reject);
    stream.on('data', (chunk: Buffer) => {
      splitter.push(chunk, (message) => found.push(statsOf(message)));
      if (found.length < count) return;
      resolve(found);
      session.destroy();
    });
    stream.end(frame(NOTHING));
  });
}

function statsOf(message: Buffer): Record<string, string> {
  const reader = new WireReader(message);
  const entries: [string, string][] = [];
  while (reader.next() !== 0) {
    const entry = reader.message();
    entry.next();
    const key = entry.string();
    entry.next();
    entries.push([key, entry.string()]);
  }
  return Object.fromEntries(entries);
}

it('tells what it counts, again and again', async () => {
  const [before] = await stats(1);
  await client.appendToStream('a', [anEvent(1), anEvent(2)]);
  const [first, second] = await stats(2);
  const total = Number(before?.['es-events_total']);
  expect(Number(first?.['es-events_total'])).toBe(total + 2);
  expect(Number(second?.['es-process_uptime_seconds'])).toBeGreaterThan(
    Number(first?.['es-process_uptime_seconds']),
  );
});

it('says what it cannot do', async () => {
  const path = `${OPERATIONS}/MergeIndexes`;
  expect((await rawCall({ port: server.port, path }, NOTHING)).status).toBe(12);
});

it('ends in order when an administrator asks for it, and keeps what was written', async () => {
  await client.appendToStream('kept', anEvent(3));
  const path = `${OPERATIONS}/Shutdown`;
  expect((await rawCall({ port: server.port, path }, NOTHING)).status).toBe(0);
  expect(await server.exited).toBe(0);
  const again = await bench.start('operations');
  expect(await linesOf(bench.client(again).readStream('kept'))).toStrictEqual(['0@kept Thing 3']);
  expect(again.stderr).toBe('');
});
