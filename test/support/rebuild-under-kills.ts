import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { READ_MODELS } from '../../projections/catalogue.js';
import { readSideDataSource } from '../../src/adapters/postgres/data-source.js';
import { tableName } from '../../src/adapters/postgres/read-model-table.js';
import { decodeRow, toColumn } from '../../src/adapters/postgres/row-codec.js';
import type { AllRows } from './golden-rows.js';
import { ended, startPostgres, temporaryFolder } from './postgres-fixture.js';
import type { RunningPostgres } from './postgres-fixture.js';
import { STREAMS } from './recorded-stream.js';
import { Seeded } from './seeded.js';

const BATCH = 8;
/** Batches that a projector may finish before somebody is killed, at most. */
const BATCHES_BEFORE_MAX = 6;
/** As long as a batch takes on a busy machine. */
const BLOW_MS_MAX = 60;

export interface KilledRebuild {
  readonly rows: AllRows;
  readonly projectorKills: number;
  readonly postgresKills: number;
  /** Rebuilds that came to their end between the kills, each checked against nothing but begun anew. */
  readonly rebuilds: number;
}

/** Builds the tables of a recorded log while now the projector, now PostgreSQL is killed in the middle of it. */
export async function rebuildUnderKills(
  stream: string,
  kills: number,
  seed: number,
): Promise<KilledRebuild> {
  const chance = new Seeded(seed);
  const folder = temporaryFolder('kills');
  const counts = { projectorKills: 0, postgresKills: 0, rebuilds: 0 };
  let postgres = await startPostgres(folder.path);
  const port = Number(new URL(postgres.url).port);
  try {
    while (counts.projectorKills + counts.postgresKills < kills) {
      const projector = startProjector(postgres, stream);
      const batches = chance.between(1, BATCHES_BEFORE_MAX);
      const isDone = await progress(projector, batches);
      // A batch has just ended: the blow is to fall anywhere in the next.
      await delay(chance.between(0, BLOW_MS_MAX));
      if (isDone) {
        await kill(projector);
        await emptied(postgres);
        counts.rebuilds += 1;
      } else if (counts.projectorKills <= counts.postgresKills) {
        await kill(projector);
        counts.projectorKills += 1;
      } else {
        await killServer(postgres, folder.path);
        await kill(projector);
        counts.postgresKills += 1;
        postgres = await startPostgres(folder.path, port);
      }
    }
    const projector = startProjector(postgres, stream);
    if (!(await progress(projector, Infinity))) throw new Error('the last projector has ended');
    await kill(projector);
    return { ...counts, rows: await storedRows(postgres.url) };
  } finally {
    await postgres.stop();
    folder.remove();
  }
}

/** Every row of every table, as it stands there. */
export async function storedRows(url: string): Promise<AllRows> {
  const database = readSideDataSource(url);
  await database.initialize();
  try {
    const all: Record<string, readonly object[]> = {};
    for (const projection of READ_MODELS) {
      const rows = await database.query<Record<string, unknown>[]>(
        `select * from ${tableName(projection)} order by ${toColumn(projection.key)}::text collate "C"`,
      );
      all[projection.name] = rows.map((row) => decodeRow(row));
    }
    return all;
  } finally {
    await database.destroy();
  }
}

function startProjector({ url }: RunningPostgres, stream: string): ChildProcess {
  const path = join(STREAMS, `${stream}.jsonl.gz`);
  return fork(join(__dirname, 'projector-child.cjs'), [url, path, String(BATCH)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}

/** After so many batches: has it come to the end of the log? */
function progress(projector: ChildProcess, batches: number): Promise<boolean> {
  let count = 0;
  return new Promise((resolve) => {
    projector.once('exit', () => resolve(false));
    projector.on('message', ({ caughtUp }: { caughtUp: boolean }) => {
      count += 1;
      if (caughtUp || count >= batches) resolve(caughtUp);
    });
  });
}

function kill(projector: ChildProcess): Promise<void> {
  return ended(projector, () => projector.kill('SIGKILL'));
}

async function killServer({ guard }: RunningPostgres, dataDir: string): Promise<void> {
  const [pid] = readFileSync(join(dataDir, 'cluster/postmaster.pid'), 'utf8').split('\n');
  await ended(guard, () => process.kill(Number(pid), 'SIGKILL'));
}

async function emptied({ url }: RunningPostgres): Promise<void> {
  const client = new Client(url);
  await client.connect();
  try {
    await client.query('drop schema public cascade; create schema public');
  } finally {
    await client.end();
  }
}
