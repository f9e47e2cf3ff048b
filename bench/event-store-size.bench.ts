import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventStoreDBClient, START } from '@eventstore/db-client';
import { claimDataDirectory } from '../src/eventstore-server/log/data-directory.js';
import { EventStore } from '../src/eventstore-server/streams/event-store.js';
import { ANY } from '../src/eventstore-server/streams/expected-version.js';
import { newUuid } from '../src/eventstore-server/streams/event-store.js';
import { startChild, stopChild } from './support/running-child.js';

/**
 * Question: what does an event store with many events cost, in memory, on disk and at its start after a stop in order
 * and after a kill?
 */
const DATA = Buffer.from(JSON.stringify({ text: 'x'.repeat(289) }));
const NOTHING = Buffer.alloc(0);
const EVENTS_AN_APPEND_MAX = 100;
const STAGED_BYTES_MAX = 32 * 1024 * 1024;
const SERVER = join(__dirname, '../src/eventstore-server/server.main.js');

/** How many events, over how many streams. */
export interface StoreSize {
  readonly events: number;
  readonly streams: number;
}

export async function eventStoreSize(size: StoreSize): Promise<string> {
  const root = mkdtempSync(join(tmpdir(), 'event-store-size-'));
  try {
    const lines = [await fill(root, size)];
    lines.push(`on disk: ${sizesOf(join(root, 'segments'))}`);
    lines.push(await measure(root, size, { signal: 'SIGTERM', name: 'first start' }));
    lines.push(await measure(root, size, { signal: 'SIGKILL', name: 'after a stop in order' }));
    lines.push(await measure(root, size, { signal: 'SIGTERM', name: 'after a kill' }));
    return lines.join('\n');
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** Not through a client: how fast those are is another question. */
async function fill(root: string, { events, streams }: StoreSize): Promise<string> {
  const eventsAnAppend = Math.min(EVENTS_AN_APPEND_MAX, events / streams);
  const directory = claimDataDirectory(root);
  const store = await EventStore.open(directory.segments, {
    onFailure: (error) => {
      throw error;
    },
  });
  const startMs = performance.now();
  for (let n = 0; n < events; n += eventsAnAppend) {
    const proposed = Array.from({ length: eventsAnAppend }, (_, i) => ({
      id: newUuid(),
      type: `type-${String((n + i) % 20)}`,
      isJson: true,
      data: DATA,
      metadata: NOTHING,
    }));
    // Spread over the streams, and not in their order.
    const no = ((n / eventsAnAppend) * 7919) % streams;
    const stream = `category${String(no % 10)}-${String(no)}`;
    store.append({ stream, expected: ANY, events: proposed }, () => undefined);
    if (store.pendingBytes > STAGED_BYTES_MAX) await store.durable();
  }
  await store.durable();
  const seconds = (performance.now() - startMs) / 1000;
  await store.close();
  directory.release();
  const rate = (events / seconds).toFixed(0);
  return `${String(events)} events of 300 bytes in ${String(streams)} streams, filled at ${rate} events/s`;
}

async function measure(
  root: string,
  { events, streams }: StoreSize,
  { signal, name }: { readonly signal: 'SIGTERM' | 'SIGKILL'; readonly name: string },
): Promise<string> {
  const startMs = performance.now();
  const { child, port } = await startChild(SERVER, ['--port', '0', '--data-dir', root]);
  const readyMs = performance.now() - startMs;
  const pid = child.pid ?? 0;
  const atStart = rssMb(pid);
  const client = EventStoreDBClient.connectionString(`esdb://127.0.0.1:${String(port)}?tls=false`);
  const readAt = performance.now();
  let count = 0;
  for await (const { event } of client.readAll({ fromPosition: START, maxCount: events / 10 })) {
    if (event !== undefined) count++;
  }
  const rate = (count / (performance.now() - readAt)) * 1000;
  const sampleMs = await sampled(client, streams);
  const afterwards = rssMb(pid);
  await client.dispose();
  if (signal === 'SIGTERM') await stopChild(child);
  else {
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await gone;
  }
  return `${name}: ready in ${readyMs.toFixed(0)} ms, ${atStart} MB; read ${rate.toFixed(0)} events/s, a stream picked at random in ${sampleMs.toFixed(2)} ms, then ${afterwards} MB`;
}

/** Median time to read ten events of a stream, of streams far apart. */
async function sampled(client: EventStoreDBClient, streams: number): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < 500; i++) {
    const no = (i * 6007) % streams;
    const startMs = performance.now();
    let revision = -1n;
    const name = `category${String(no % 10)}-${String(no)}`;
    for await (const { event } of client.readStream(name, { maxCount: 10 })) {
      revision = event?.revision ?? revision;
    }
    if (revision !== 9n) throw new Error(`${name} has no ten events`);
    times.push(performance.now() - startMs);
  }
  return times.sort((a, b) => a - b)[times.length / 2] ?? NaN;
}

function rssMb(pid: number): string {
  const kb = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${String(pid)}/status`, 'utf8'))?.[1];
  return (Number(kb) / 1024).toFixed(0);
}

function sizesOf(directory: string): string {
  const bytes: Record<string, number> = { log: 0, index: 0 };
  for (const file of readdirSync(directory)) {
    const kind = file.split('.').at(-1) ?? '';
    if (kind in bytes) bytes[kind] = (bytes[kind] ?? 0) + statSync(join(directory, file)).size;
  }
  return Object.entries(bytes)
    .map(([kind, size]) => `${kind} ${(size / 1e6).toFixed(0)} MB`)
    .join(', ');
}
