import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventStoreDBClient, START, streamNameFilter } from '@eventstore/db-client';
import { EventStoreFactFeed } from '../src/adapters/eventstoredb/eventstoredb.feed.js';
import { SnapshotFile } from '../src/adapters/snapshot-file/snapshot-file.js';
import { readLog, replayTape } from '../src/application/recovery.js';
import { Snapshots } from '../src/application/snapshots.js';
import { BUILD } from '../src/config/build.js';
import { FACT_STREAM_PREFIXES } from '../src/domain/facts.js';
import { Partition } from '../src/engine/partition.js';
import { fillLog } from './support/filled-log.js';
import type { FilledLog } from './support/filled-log.js';
import { percentile } from './support/percentile.js';
import { startChild, stopChild } from './support/running-child.js';

/**
 * Question: how long until an engine guards again after a start, beside a bare read of the same streams through the
 * client in the same run, and how long from a snapshot?
 */
export interface RecoverySize extends FilledLog {
  readonly rounds: number;
  /** The log is made there once and read there again the next time. */
  readonly keptIn?: string;
}

const PARTITION = 'p0';
const SERVER = join(__dirname, '../src/eventstore-server/server.main.js');

export async function recoveryReport(size: RecoverySize): Promise<string> {
  const root = size.keptIn ?? mkdtempSync(join(tmpdir(), 'recovery-'));
  try {
    if (!existsSync(join(root, 'segments'))) await fillLog(root, size);
    const { child, port } = await startChild(SERVER, ['--port', '0', '--data-dir', root]);
    const connectionString = `esdb://127.0.0.1:${port}?tls=false`;
    const client = EventStoreDBClient.connectionString(connectionString);
    try {
      return await measure({ client, connectionString }, root, size);
    } finally {
      await client.dispose();
      await stopChild(child);
    }
  } finally {
    if (size.keptIn === undefined) rmSync(root, { recursive: true, force: true });
  }
}

interface Guarding {
  readonly ms: number;
  readonly events: number;
  readonly partition: Partition;
}

async function measure(
  log: { readonly client: EventStoreDBClient; readonly connectionString: string },
  root: string,
  { rounds }: RecoverySize,
): Promise<string> {
  const feed = new EventStoreFactFeed({
    ...{ ...log, random: Math.random },
    onTrouble: (reason) => {
      throw new Error(reason);
    },
  });
  const snapshotPath = join(root, 'bench.snapshot');
  const [bare, whole, resumed]: [number[], number[], number[]] = [[], [], []];
  let found: Guarding | undefined;
  for (let round = 0; round < rounds; round += 1) {
    bare.push(await bareRead(log.client));
    found = await recovered(feed, undefined);
    whole.push(found.ms);
    if (round === 0) await writeSnapshot(found.partition, feed, snapshotPath);
    const again = await recovered(feed, snapshotPath);
    if (again.partition.stopsArmed !== found.partition.stopsArmed)
      throw new Error('stops are lost');
    resumed.push(again.ms);
  }
  const least = (values: readonly number[]): number => percentile(values, 0);
  const ratios = whole.map((ms, round) => (ms / (bare[round] ?? NaN)).toFixed(2));
  return [
    `${found?.events} events, ${found?.partition.stopsArmed} armed stops, load average ${loadavg()[0]?.toFixed(1)}`,
    `  bare read ${least(bare).toFixed(0)} ms, until all are guarded ${least(whole).toFixed(0)} ms, ratio round by round ${ratios.join(' ')}`,
    `  from a snapshot at the end of the log ${resumed.map((ms) => ms.toFixed(0)).join(' ')} ms`,
  ].join('\n');
}

/** The same subscription as recovery's, and nothing done with what it brings. */
function bareRead(client: EventStoreDBClient): Promise<number> {
  const startMs = performance.now();
  const prefixes = [...FACT_STREAM_PREFIXES];
  const subscription = client.subscribeToAll({
    fromPosition: START,
    filter: streamNameFilter({ prefixes, checkpointInterval: 8, maxSearchWindow: 512 }),
  });
  return new Promise((resolve, reject) => {
    let events = 0;
    subscription
      .on('data', () => (events += 1))
      .on('error', reject)
      .on('caughtUp', () => {
        const ms = performance.now() - startMs;
        void subscription.unsubscribe().then(() => resolve(events > 0 ? ms : NaN));
      });
  });
}

async function recovered(
  feed: EventStoreFactFeed,
  snapshotPath: string | undefined,
): Promise<Guarding> {
  const startMs = performance.now();
  const partition = new Partition({ partition: PARTITION });
  const start =
    snapshotPath === undefined
      ? undefined
      : (await snapshotsOf(partition, snapshotPath).resume(feed)).start;
  if (snapshotPath !== undefined && !start) throw new Error('the snapshot was not used');
  const { eventsRead } = await readLog(feed, partition, start);
  replayTape(partition, PARTITION, () => []);
  return { ms: performance.now() - startMs, events: eventsRead, partition };
}

function snapshotsOf(partition: Partition, path: string): Snapshots {
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const store = new SnapshotFile(path);
  return new Snapshots({ store, partition, partitionName: PARTITION, build: BUILD, say });
}

async function writeSnapshot(
  partition: Partition,
  feed: EventStoreFactFeed,
  path: string,
): Promise<void> {
  const snapshots = snapshotsOf(partition, path);
  const [run] = await feed.readStream(`engine-${PARTITION}`);
  if (!run) throw new Error('the log holds no run');
  snapshots.note(run.event);
  const knownPosition = await feed.newestPosition();
  await snapshots.write({
    host: { finish: () => undefined, knownPosition, durableOutcomes: () => [] },
    line: { settled: () => Promise.resolve() },
    ...{ epoch: 1, unreadable: [] },
  });
}
