import {
  closeSync,
  fdatasyncSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type EventData,
  EventStoreDBClient,
  eventTypeFilter,
  FORWARDS,
  jsonEvent,
  START,
} from '@eventstore/db-client';
import { percentile } from './support/percentile.js';
import { startChild, stopChild } from './support/running-child.js';

/**
 * Question: what does the embedded event store cost, beside a server that only answers and beside the disk?
 *
 * Rounds are interleaved: the machine's speed changes from minute to minute, and only ratios of one run count.
 */
export interface SpeedSizes {
  readonly rounds: number;
  /** Appends one at a time, appends with 64 in flight, batches of 100, events read, idle subscriptions. */
  readonly singles: number;
  readonly flights: number;
  readonly batches: number;
  readonly reads: number;
  readonly idle: number;
}

const EVENT_CHARACTERS = 280;
const CLOCK_TICKS_PER_SECOND = 100;

interface Measured {
  readonly singleMs: number[];
  readonly flightsPerSecond: number[];
  readonly batchEventsPerSecond: number[];
  readonly readsPerSecond: number[];
  readonly deliveredMs: number[];
}

interface Subject {
  readonly client: EventStoreDBClient;
  readonly pid: number;
  readonly measured: Measured;
  stop(): Promise<void>;
}

export async function eventStoreSpeed(sizes: SpeedSizes): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'event-store-speed-'));
  const data = (name: string): string[] => ['--port', '0', '--data-dir', join(directory, name)];
  const nothing = await subject('support/null-store.main.js', []);
  const syncing = await subject('support/null-store.main.js', [join(directory, 'null')]);
  const ours = await subject('../src/eventstore-server/server.main.js', data('ours'));
  const crowded = await subject('../src/eventstore-server/server.main.js', data('crowded'));
  const filtered = await subject('../src/eventstore-server/server.main.js', data('filtered'));
  const quiet = await subject('../src/eventstore-server/server.main.js', data('quiet'));
  const all = { nothing, syncing, ours, crowded, filtered, quiet };
  const rssAtStart = rssMb(ours.pid);
  const syncMs: number[] = [];
  try {
    await idle(sizes.idle, (i) => crowded.client.subscribeToStream(`idle-${i}`));
    const filter = eventTypeFilter({ prefixes: ['Nothing'] });
    await idle(sizes.idle, () => filtered.client.subscribeToAll({ filter }));
    await ours.client.appendToStream('read', Array.from({ length: 1000 }, anEvent));
    for (let round = 0; round < sizes.rounds; round++) {
      syncMs.push(...syncsOf(join(directory, 'sync'), sizes.singles));
      // Whoever comes second has the warmer client.
      for (const one of round % 2 === 0 ? [nothing, ours] : [ours, nothing]) {
        await measure(one, sizes);
      }
      for (const one of [nothing, syncing]) await oneAtATime(one, sizes.singles);
      // They have done the same and nothing else: a server that has done more is a faster one. None is always first.
      const crowd = [crowded, quiet, filtered];
      const first = round % crowd.length;
      const turn = [...crowd.slice(first), ...crowd.slice(0, first)];
      for (const one of turn) await inFlight(one, sizes.flights);
    }
    const rows = report(all, syncMs);
    const memory = `RSS after start ${rssAtStart.toFixed(0)} MB, after the run ${rssMb(ours.pid).toFixed(0)} MB`;
    const cpu = `CPU of the server: null ${cpuSeconds(nothing.pid).toFixed(1)} s, ours ${cpuSeconds(ours.pid).toFixed(1)} s`;
    return [...rows, cpu, memory, `load average ${loadavg()[0]?.toFixed(1)}`].join('\n');
  } finally {
    for (const one of Object.values(all)) await one.stop();
    rmSync(directory, { recursive: true });
  }
}

async function subject(script: string, args: readonly string[]): Promise<Subject> {
  const { child, port } = await startChild(join(__dirname, script), args);
  const client = EventStoreDBClient.connectionString(`esdb://127.0.0.1:${port}?tls=false`);
  const measured: Measured = {
    singleMs: [],
    flightsPerSecond: [],
    batchEventsPerSecond: [],
    readsPerSecond: [],
    deliveredMs: [],
  };
  await client.appendToStream('warm', anEvent());
  const stop = async (): Promise<void> => {
    await client.dispose();
    await stopChild(child);
  };
  return { client, pid: child.pid ?? 0, measured, stop };
}

function anEvent(): EventData {
  return jsonEvent({ type: 'Measured', data: { n: 1, text: 'x'.repeat(EVENT_CHARACTERS) } });
}

async function measure(on: Subject, sizes: SpeedSizes): Promise<void> {
  const { client, measured } = on;
  await oneAtATime(on, sizes.singles);
  await inFlight(on, sizes.flights);
  measured.batchEventsPerSecond.push(
    100 *
      (await rate(sizes.batches, 16, (i) =>
        client.appendToStream(`batch-${i % 16}`, Array.from({ length: 100 }, anEvent)),
      )),
  );
  measured.readsPerSecond.push(await readRate(client, sizes.reads));
  measured.deliveredMs.push(...(await deliveries(client, sizes.singles)));
}

async function oneAtATime({ client, measured }: Subject, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const startMs = performance.now();
    await client.appendToStream('single', anEvent());
    measured.singleMs.push(performance.now() - startMs);
  }
}

async function inFlight({ client, measured }: Subject, count: number): Promise<void> {
  const perSecond = await rate(count, 64, (i) =>
    client.appendToStream(`flight-${i % 64}`, anEvent()),
  );
  measured.flightsPerSecond.push(perSecond);
}

/** Does so many things, always so many at a time; returns how many a second. */
async function rate(
  count: number,
  lanes: number,
  work: (i: number) => Promise<unknown>,
): Promise<number> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) await work(next++);
  };
  const startMs = performance.now();
  await Promise.all(Array.from({ length: lanes }, lane));
  return (count * 1000) / (performance.now() - startMs);
}

async function readRate(client: EventStoreDBClient, count: number): Promise<number> {
  let left = count;
  const startMs = performance.now();
  while (left > 0) {
    const read = client.readAll({ direction: FORWARDS, fromPosition: START, maxCount: left });
    let got = 0;
    for await (const event of read) got += event.event === undefined ? 0 : 1;
    if (got === 0) throw new Error('nothing to read');
    left -= got;
  }
  return (count * 1000) / (performance.now() - startMs);
}

/** From the call of an append to the event at a live subscriber of the same process. */
async function deliveries(client: EventStoreDBClient, count: number): Promise<number[]> {
  const subscription = client.subscribeToStream('live', { fromRevision: 'end' });
  await new Promise((resolve) => subscription.once('caughtUp', resolve));
  let arrived: () => void = () => undefined;
  subscription.on('data', () => arrived());
  const samples: number[] = [];
  for (let i = 0; i < count; i++) {
    const delivered = new Promise<void>((resolve) => (arrived = resolve));
    const startMs = performance.now();
    const appended = client.appendToStream('live', anEvent());
    await delivered;
    samples.push(performance.now() - startMs);
    await appended;
  }
  await subscription.unsubscribe();
  return samples;
}

type Subscription = ReturnType<EventStoreDBClient['subscribeToStream' | 'subscribeToAll']>;

async function idle(count: number, subscribe: (i: number) => Subscription): Promise<void> {
  await Promise.all(
    Array.from({ length: count }, async (_, i) => {
      const subscription = subscribe(i);
      subscription.on('error', () => undefined); // The server ends before the client lets go.
      await new Promise<void>((resolve) => subscription.once('caughtUp', () => resolve()));
    }),
  );
}

/** Writes of 512 bytes, each followed by fdatasync: what the disk takes for itself. */
function syncsOf(path: string, count: number): number[] {
  const fd = openSync(path, 'w');
  const bytes = Buffer.alloc(512, 1);
  const samples: number[] = [];
  for (let i = 0; i < count; i++) {
    const startMs = performance.now();
    writeSync(fd, bytes);
    fdatasyncSync(fd);
    samples.push(performance.now() - startMs);
  }
  closeSync(fd);
  return samples;
}

type Subjects = Readonly<
  Record<'nothing' | 'syncing' | 'ours' | 'crowded' | 'filtered' | 'quiet', Subject>
>;

function report(
  { nothing, syncing, ours, crowded, filtered, quiet }: Subjects,
  syncMs: readonly number[],
): string[] {
  const half = (samples: readonly number[]): number => percentile(samples, 0.5);
  const [bare, own] = [nothing.measured, ours.measured];
  const ms = (value: number): string => value.toFixed(3);
  const faster = (
    name: string,
    key: 'flightsPerSecond' | 'batchEventsPerSecond' | 'readsPerSecond',
  ): string => {
    const [a, b] = [half(bare[key]), half(own[key])];
    return `${name}: null ${a.toFixed(0)}/s, ours ${b.toFixed(0)}/s, ratio ${(b / a).toFixed(2)}`;
  };
  const over = half(own.singleMs) - half(bare.singleMs) - half(syncMs);
  const overSyncing = half(own.singleMs) - half(syncing.measured.singleMs);
  const beside = ({ measured }: Subject): string =>
    (half(measured.flightsPerSecond) / half(quiet.measured.flightsPerSecond)).toFixed(2);
  return [
    `one at a time, p50: null ${ms(half(bare.singleMs))} ms, fdatasync ${ms(half(syncMs))} ms, ours ${ms(half(own.singleMs))} ms = both and ${ms(over)} ms`,
    `one at a time, p50, of a server that only writes and syncs: ${ms(half(syncing.measured.singleMs))} ms, ours = that and ${ms(overSyncing)} ms`,
    faster('64 in flight', 'flightsPerSecond'),
    faster('batches of 100, 16 in flight', 'batchEventsPerSecond'),
    faster('read forward', 'readsPerSecond'),
    `append → subscriber: null p50 ${ms(half(bare.deliveredMs))} p99 ${ms(percentile(bare.deliveredMs, 0.99))} ms, ` +
      `ours p50 ${ms(half(own.deliveredMs))} p99 ${ms(percentile(own.deliveredMs, 0.99))} ms`,
    `64 in flight beside idle subscriptions: ${beside(crowded)} of the rate of a server without, ` +
      `beside filtered ones of $all ${beside(filtered)}`,
  ];
}

function rssMb(pid: number): number {
  const line = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(line?.[1] ?? NaN) / 1024;
}

function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS_PER_SECOND;
}
