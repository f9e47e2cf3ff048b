import { loadavg } from 'node:os';
import { join } from 'node:path';
import { FORWARDS, START } from '@eventstore/db-client';
import type { EventStoreDBClient } from '@eventstore/db-client';
import { Client } from 'pg';
import { READ_MODELS } from '../projections/catalogue.js';
import { EventStoreFactFeed } from '../src/adapters/eventstoredb/eventstoredb.feed.js';
import { readSideDataSource } from '../src/adapters/postgres/data-source.js';
import { rebuild } from '../src/adapters/postgres/rebuild.js';
import { buildThreads } from '../src/cli/build-threads.main.js';
import { recordedLog, aTradeFromArmToFlat } from '../test/support/event-builders.js';
import { guardedPositions } from './support/bench-facts.js';
import { ReadSideRun } from './support/read-side-run.js';

/** What is built anew by command: one, those that traders look at most, all. */
const BUILT = [
  ['open_stops'],
  ['open_stops', 'orders', 'fills', 'positions', 'pnl'],
  READ_MODELS.map(({ name }) => name),
];

const THREADS = 2;

/**
 * Question: how fast do all read models fill PostgreSQL from one reading of the log, beside a loop of the official client
 * that reads the same events and does nothing with them, and beside a COPY of the same rows?
 *
 * The log: so many trades from arm to flat, twelve events each. Bare reads before and after, since the machine's speed
 * changes; the best of both counts against us.
 */
export async function rebuildSpeed(trades: number): Promise<string> {
  const run = await ReadSideRun.open();
  try {
    const head = guardedPositions(0).map(({ event }) => event);
    const all = Array.from({ length: trades }, (_, number) => aTradeFromArmToFlat(number));
    const facts = recordedLog([...head, ...all.flat()]);
    const position = await run.append(facts);
    const before = await bareRead(run.client);
    const startMs = performance.now();
    await run.start();
    const upMs = performance.now();
    await run.caughtUp(position);
    const endMs = performance.now();
    const spent = run.cpuMs();
    const each = (ms: number) => ((ms * 1_000) / facts.length).toFixed(0);
    const after = await bareRead(run.client);
    const bare = Math.max(before, after);
    const [low, high] = [rate(facts.length, startMs, endMs), rate(facts.length, upMs, endMs)];
    await refuseParked(run.databaseUrl);
    const byCommand: string[] = [];
    for (const names of BUILT) {
      const built = rate(facts.length, 0, await rebuildMs(run, names));
      byCommand.push(
        `by command, ${String(names.length).padStart(2)} models   ${built.toFixed(0)} events a second, ${(built / bare).toFixed(3)} of the bare read`,
      );
    }
    const names = READ_MODELS.map(({ name }) => name);
    const onThreads = rate(facts.length, 0, await rebuildMs(run, names, THREADS));
    byCommand.push(
      `on ${String(THREADS)} threads, ${String(names.length)} models   ${onThreads.toFixed(0)} events a second, ${(onThreads / bare).toFixed(3)} of the bare read`,
    );
    const copied = await copyAll(run.databaseUrl);
    return [
      `${String(facts.length)} events, ${String(READ_MODELS.length)} read models from one reading, load average ${loadavg()[0]?.toFixed(1) ?? ''}`,
      `bare read loop         ${before.toFixed(0)} and ${after.toFixed(0)} events a second`,
      `rebuild                ${low.toFixed(0)} events a second with the start of the processes, at most ${high.toFixed(0)} without`,
      `on a core, each event  read side ${each(spent.readSide)} µs, PostgreSQL ${each(spent.postgres)} µs, start included`,
      `ratio                  ${(low / bare).toFixed(3)} to ${(high / bare).toFixed(3)} of the bare read`,
      ...byCommand,
      `COPY of the same rows  ${String(copied.rows)} rows in ${copied.ms.toFixed(0)} ms, ${((copied.rows * 1_000) / copied.ms).toFixed(0)} rows a second`,
    ].join('\n');
  } finally {
    await run.close();
  }
}

/** A fact that is parked costs something else than one that is applied. */
async function refuseParked(url: string): Promise<void> {
  const database = new Client({ connectionString: url });
  await database.connect();
  const { rows } = await database.query<{ parked: number }>(
    'select count(*)::integer as parked from dead_letters',
  );
  await database.end();
  if (rows[0]?.parked !== 0) throw new Error(`${String(rows[0]?.parked)} facts were parked`);
}

/** Time to build read models anew while all of them serve, as `stopledger projections rebuild` does. */
async function rebuildMs(run: ReadSideRun, names: readonly string[], threads = 1): Promise<number> {
  const { client, connectionString, databaseUrl } = run;
  const projections = READ_MODELS.filter(({ name }) => names.includes(name));
  const dataSource = readSideDataSource(databaseUrl);
  await dataSource.initialize();
  const onTrouble = (reason: string) => {
    throw new Error(reason);
  };
  const feed = new EventStoreFactFeed({ client, connectionString, random: () => 0, onTrouble });
  const rootDir = join(__dirname, '../../..');
  const addresses = { eventStoreUri: connectionString, databaseUrl };
  const crew = threads > 1 ? { crew: buildThreads(threads, addresses) } : {};
  const startMs = performance.now();
  await rebuild({ dataSource, feed, projections, rootDir, ...crew }, { isLenient: false });
  const ms = performance.now() - startMs;
  await dataSource.destroy();
  return ms;
}

function rate(events: number, fromMs: number, untilMs: number): number {
  return (events * 1_000) / (untilMs - fromMs);
}

/** Events a second; system events are left out as they are by the projector's filter. */
async function bareRead(client: EventStoreDBClient): Promise<number> {
  const startMs = performance.now();
  let events = 0;
  for await (const { event } of client.readAll({ direction: FORWARDS, fromPosition: START })) {
    if (event && !event.streamId.startsWith('$')) events += 1;
  }
  return rate(events, startMs, performance.now());
}

/** Every row of every read model into a table of the same shape with its indexes, by the server itself. */
async function copyAll(url: string): Promise<{ rows: number; ms: number }> {
  const database = new Client({ connectionString: url });
  await database.connect();
  let [rows, ms] = [0, 0];
  for (const { name, version } of READ_MODELS) {
    const table = `${name}_v${String(version)}`;
    const path = `/tmp/stopledger-bench-${String(process.pid)}-${name}`;
    await database.query(`copy ${table} to '${path}'`);
    await database.query(`create table ${table}_copy (like ${table} including all)`);
    const startMs = performance.now();
    const { rowCount } = await database.query(`copy ${table}_copy from '${path}'`);
    ms += performance.now() - startMs;
    rows += rowCount ?? 0;
    await database.query(`copy (select 1 where false) to program 'rm ${path}'`);
  }
  await database.end();
  return { rows, ms };
}
