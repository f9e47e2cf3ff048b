import { connect } from 'node:http2';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { frame, FrameSplitter } from '../../src/eventstore-server/protocol/grpc-frames.codec.js';
import { WireReader, WireWriter } from '../../src/eventstore-server/protocol/wire.codec.js';
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

function scavengeOf({ messages }: Awaited<ReturnType<typeof rawCall>>): {
  readonly id: string;
  readonly result: number;
} {
  const reader = new WireReader(messages[0] ?? NOTHING);
  let id = '';
  let result = 0;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) id = reader.string();
    else result = reader.uint64();
  }
  return { id, result };
}

const bytesOnDisk = (): number =>
  readdirSync(join(bench.directory('operations'), 'segments'))
    .map((file) => statSync(join(bench.directory('operations'), 'segments', file)).size)
    .reduce((sum, size) => sum + size, 0);

it('gives back the space of what was deleted, tells how it went, and leaves system streams as they were', async () => {
  const many = Array.from({ length: 400 }, (_, n) =>
    jsonEvent({ type: 'Large', data: { n, text: 'x'.repeat(2000) } }),
  );
  await client.appendToStream('heavy-1', many);
  await client.appendToStream('heavy-2', many.slice(0, 3));
  await client.deleteStream('heavy-1');
  const before = bytesOnDisk();
  const category = (): Promise<string[]> => linesOf(client.readStream('$ce-heavy'));
  const links = await category();
  expect(links).toHaveLength(403);

  const watched = client.subscribeToStream('$scavenges', { resolveLinkTos: true });
  const done = new Promise<Record<string, unknown>>((resolve) => {
    watched.on('data', ({ event }) => {
      if (event?.type === '$scavengeCompleted') resolve(event.data as Record<string, unknown>);
    });
  });
  const path = `${OPERATIONS}/StartScavenge`;
  const started = scavengeOf(await rawCall({ port: server.port, path }, NOTHING));
  expect(started.result).toBe(0);
  const outcome = await done;
  await watched.unsubscribe();
  expect(outcome).toMatchObject({ scavengeId: started.id, result: 'Success' });
  expect(Number(outcome['spaceSaved'])).toBeGreaterThan(700_000);
  expect(before - bytesOnDisk()).toBeGreaterThan(700_000);
  expect(await category()).toStrictEqual(links);
  const resolved = await linesOf(client.readStream('$ce-heavy', { resolveLinkTos: true }));
  expect(resolved[0]).toMatch(/→ nothing$/);
  expect(resolved[402]).toBe('402@$ce-heavy $> → 2@heavy-2 Large 2');
  const all = await linesOf(client.readAll());
  expect(all.filter((line) => line.includes('@heavy-1'))).toStrictEqual([]);
  expect((await client.appendToStream('heavy-1', anEvent(9))).nextExpectedRevision).toBe(400n);
});

it('knows no scavenge but the one that runs', async () => {
  const path = `${OPERATIONS}/StopScavenge`;
  const options = new WireWriter().message(1, (writer) => writer.string(1, 'no-such-id')).finish();
  const answer = await rawCall({ port: server.port, path }, options);
  expect([answer.status, answer.message]).toStrictEqual([5, 'Scavenge id was invalid.']);
  expect(answer.trailers['scavenge-id']).toBe('no-such-id');
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
