import 'reflect-metadata';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { EventStoreDBClient } from '@eventstore/db-client';
import type { DataSource } from 'typeorm';
import { READ_MODELS } from '../../projections/catalogue.js';
import type { AnyProjection } from '../../projections/projection.js';
import { EventStoreFactFeed } from '../adapters/eventstoredb/eventstoredb.feed.js';
import { readSideDataSource } from '../adapters/postgres/data-source.js';
import { deadLetters, retryDeadLetters } from '../adapters/postgres/dead-letter-office.js';
import { listProjections } from '../adapters/postgres/projection-list.js';
import { isOutage } from '../adapters/postgres/postgres-errors.js';
import { refuseNewerSchema } from '../adapters/postgres/read-model-schema.js';
import { rebuild } from '../adapters/postgres/rebuild.js';
import type { Crew } from '../adapters/postgres/shadow-build.js';
import { verify } from '../adapters/postgres/verification.js';
import { loadConfig } from '../config/load-config.js';
import { readRunAddresses } from '../launch/run-addresses.js';
import type { RunAddresses } from '../launch/run-addresses.js';
import { buildThreads } from './build-threads.main.js';
import { answersHelp } from './help-asked.parse.js';
import { ProgressLine } from './progress-line.js';

const JOBS_DEFAULT_MAX = 4;
const JOBS_MAX = 64;

const USAGE = `projections list | rebuild [NAME…] | verify [NAME…] | dead-letters [--retry] [NAME…]
  --config FILE  configuration (default: STOPLEDGER_CONFIG, else ./stopledger.yaml)
  --json         one JSON document a line
  --lenient      rebuild: park what cannot be applied instead of giving up
  --jobs N       rebuild, verify: on so many threads (default: half the cores, at most ${JOBS_DEFAULT_MAX})`;
const EXIT = { ok: 0, failed: 1, usage: 2, differs: 3 } as const;
const ROOT = join(__dirname, '..', '..', '..');

interface Asked {
  readonly command: string;
  readonly projections: readonly AnyProjection[];
  readonly isJson: boolean;
  readonly isLenient: boolean;
  readonly isRetry: boolean;
  readonly jobs: number;
  readonly config: string | undefined;
}

interface Stores {
  readonly dataSource: DataSource;
  readonly feed: EventStoreFactFeed;
  readonly crew?: Crew;
}

class WrongUse extends Error {}

function askedIn(argv: readonly string[]): Asked {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      config: { type: 'string' },
      jobs: { type: 'string' },
      json: { type: 'boolean', default: false },
      lenient: { type: 'boolean', default: false },
      retry: { type: 'boolean', default: false },
    },
  });
  const [command = '', ...names] = positionals;
  const wanted = names.map((name) => name.replaceAll('-', '_'));
  const unknown = wanted.find((name) => !READ_MODELS.some((each) => each.name === name));
  if (unknown !== undefined) throw new WrongUse(`no read model is called ${unknown}`);
  const isWanted = ({ name }: AnyProjection) => wanted.length === 0 || wanted.includes(name);
  return {
    command,
    projections: READ_MODELS.filter(isWanted),
    isJson: values.json,
    isLenient: values.lenient,
    isRetry: values.retry,
    jobs: jobsIn(values.jobs),
    config: values.config,
  };
}

/** PostgreSQL works about as long on a row as a thread does: it has the other half. */
function jobsIn(text: string | undefined): number {
  if (text === undefined) {
    return Math.min(JOBS_DEFAULT_MAX, Math.max(1, Math.floor(availableParallelism() / 2)));
  }
  const jobs = /^[0-9]{1,3}$/.test(text) ? Number(text) : 0;
  if (jobs >= 1 && jobs <= JOBS_MAX) return jobs;
  throw new WrongUse(`--jobs must be a whole number from 1 to ${String(JOBS_MAX)}, found ${text}`);
}

function addressesOf(asked: Asked): RunAddresses {
  const loaded = loadConfig({
    ...{ env: process.env, cwd: process.cwd(), configFlag: asked.config },
    readsSecrets: false,
  });
  if (loaded.kind === 'mistaken') throw new WrongUse(loaded.mistakes.join('\n'));
  const { config } = loaded;
  const run = readRunAddresses(config.dataDir);
  const eventStoreUri = config.eventStoreUri ?? run?.eventStoreUri;
  const databaseUrl = config.databaseUrl ?? run?.databaseUrl;
  if (!eventStoreUri || !databaseUrl) {
    throw new WrongUse(`nothing runs in ${config.dataDir}: start Stopledger first`);
  }
  return { eventStoreUri, databaseUrl };
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function list({ projections, isJson }: Asked, { dataSource }: Stores): Promise<number> {
  for (const one of await listProjections(dataSource, projections)) {
    const { name, version, position, rows, suspect, serving } = one;
    const state = `${serving ? '' : '  (being built)'}${suspect > 0 ? `  SUSPECT ROWS: ${String(suspect)}` : ''}`;
    const place = (position ?? '-').padStart(14);
    const line = `${name.padEnd(18)} v${String(version)}  position ${place}  rows ${String(rows)}${state}`;
    say(isJson ? JSON.stringify(one) : line);
  }
  return EXIT.ok;
}

async function rebuildAll(asked: Asked, stores: Stores): Promise<number> {
  const progress = await progressOf(asked, stores);
  const { projections } = asked;
  const needs = { ...stores, projections, rootDir: ROOT, onProgress: progress.show };
  for (const { name, position, ...built } of await rebuild(needs, asked)) {
    progress.end(name, { ...built, position: position.toString() });
  }
  return EXIT.ok;
}

async function verifyAll(asked: Asked, stores: Stores): Promise<number> {
  const progress = await progressOf(asked, stores);
  let isSame = true;
  const { projections } = asked;
  const needs = { ...stores, projections, rootDir: ROOT, onProgress: progress.show };
  for (const { name, position, ...found } of await verify(needs)) {
    isSame &&= found.differing === 0;
    progress.end(name, { ...found, position: position.toString() });
  }
  return isSame ? EXIT.ok : EXIT.differs;
}

/** Up to where the farthest of the tables stands: what a fresh fold has to reach. */
async function progressOf(asked: Asked, { dataSource }: Stores): Promise<ProgressLine> {
  const { projections } = asked;
  const listed = await listProjections(dataSource, projections);
  const positions = listed.map(({ position }) => BigInt(position ?? '0'));
  const [first] = projections;
  const name =
    first && projections.length === 1 ? first.name : `${String(projections.length)} read models`;
  return new ProgressLine(
    name,
    positions.reduce((a, b) => (a > b ? a : b), 0n),
    asked,
  );
}

async function letters(asked: Asked, stores: Stores): Promise<number> {
  if (!asked.isRetry) {
    for (const letter of await deadLetters(stores.dataSource)) {
      const { projection, rowKey, type, streamId, revision, reason } = letter;
      const line = `${projection || '(unreadable)'} ${rowKey}: ${type} ${streamId}@${String(revision)}: ${reason}`;
      say(asked.isJson ? JSON.stringify(letter) : line);
    }
    return EXIT.ok;
  }
  let parked = 0;
  for (const projection of asked.projections) {
    const result = await retryDeadLetters(stores, projection);
    parked += result.parked;
    if (result.applied + result.parked === 0) continue;
    const line = `${projection.name}: ${String(result.applied)} applied, ${String(result.parked)} still parked`;
    say(asked.isJson ? JSON.stringify({ projection: projection.name, ...result }) : line);
  }
  return parked === 0 ? EXIT.ok : EXIT.failed;
}

const COMMANDS: Readonly<Record<string, (asked: Asked, stores: Stores) => Promise<number>>> = {
  list,
  rebuild: rebuildAll,
  verify: verifyAll,
  'dead-letters': letters,
};

async function run(argv: readonly string[]): Promise<number> {
  if (answersHelp(argv, USAGE)) return EXIT.ok;
  const asked = askedIn(argv);
  const command = COMMANDS[asked.command];
  if (!command) throw new WrongUse(USAGE);
  const { eventStoreUri, databaseUrl } = addressesOf(asked);
  const dataSource = readSideDataSource(databaseUrl);
  await dataSource.initialize();
  const client = EventStoreDBClient.connectionString(eventStoreUri);
  const onTrouble = (reason: string) =>
    void process.stderr.write(`stopledger: the log: ${reason}\n`);
  const feed = new EventStoreFactFeed({
    client,
    connectionString: eventStoreUri,
    random: Math.random,
    onTrouble,
  });
  try {
    await refuseNewerSchema(dataSource, READ_MODELS);
    const crew = buildThreads(asked.jobs, { eventStoreUri, databaseUrl });
    return await command(asked, { dataSource, feed, ...(asked.jobs > 1 && { crew }) });
  } finally {
    await dataSource.destroy();
    await client.dispose();
  }
}

/** Codes of a socket, and of a server. */
const CODE_OF_ANOTHER = /^(E(?!RR_)[A-Z]+|[0-9A-Z]{5})$/;

function reasonOf(error: unknown): string {
  const reason = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const isAway = CODE_OF_ANOTHER.test(code) && isOutage(error);
  return isAway ? `PostgreSQL cannot be reached now: ${reason}. What serves stays` : reason;
}

run(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`stopledger: ${reasonOf(error)}\n`);
    process.exit(error instanceof WrongUse ? EXIT.usage : EXIT.failed);
  },
);
