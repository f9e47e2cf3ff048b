import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { join } from 'node:path';
import { Client } from 'pg';
import { identity } from '../../src/embedded-postgres/binaries.js';
import { serverAccount } from '../../src/embedded-postgres/server-account.js';
import { ended, startPostgres, temporaryFolder } from '../support/postgres-fixture.js';
import type { RunningPostgres } from '../support/postgres-fixture.js';
import { until } from '../support/until.js';

const isRoot = process.getuid?.() === 0;
const root = temporaryFolder('embedded-postgres');
const running = new Set<RunningPostgres>();
let folders = 0;

afterEach(async () => {
  for (const postgres of running) await postgres.stop();
  running.clear();
}, 30_000);

afterAll(() => root.remove());

function freshPath(): string {
  folders += 1;
  return join(root.path, `case-${String(folders)}`, 'postgres');
}

async function start(dataDir: string, port = 0): Promise<RunningPostgres> {
  const postgres = await startPostgres(dataDir, port);
  running.add(postgres);
  return postgres;
}

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client(url);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** The server's process id, from its own lock file; undefined when it has ended in order. */
function serverPid(dataDir: string): number | undefined {
  const file = join(dataDir, 'cluster/postmaster.pid');
  return existsSync(file) ? Number(readFileSync(file, 'utf8').split('\n')[0]) : undefined;
}

function lives(pid: number | undefined): boolean {
  if (pid === undefined) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  // Ended, but not yet waited for by whoever inherited it.
  return !/\) Z /.test(ofProcess(pid, 'stat') ?? '');
}

/** A file of /proc; undefined where there is none. */
function ofProcess(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${String(pid)}/${file}`, 'utf8');
  } catch {
    return undefined;
  }
}

function userOf(pid: number): number {
  const status = ofProcess(pid, 'status');
  const text = status
    ? /^Uid:\s+(\d+)/m.exec(status)?.[1]
    : execFileSync('ps', ['-o', 'uid=', '-p', String(pid)]).toString();
  return Number(text);
}

const NOTES = "create table notes (text text); insert into notes values ('kept'); checkpoint";
const readNotes = (url: string) => query(url, 'select text from notes');

describe('the embedded PostgreSQL', () => {
  it('starts in a folder that is not there yet, with a URL that works', async () => {
    const dataDir = freshPath();
    const started = await start(dataDir);
    expect(started.url).toMatch(/^postgres:\/\/stopledger:[\w-]{32}@127\.0\.0\.1:\d+\/stopledger$/);
    const [row] = await query(
      started.url,
      `select current_database() as database, current_setting('server_version_num')::int / 10000 as major,
        current_setting('listen_addresses') as addresses`,
    );
    const major = Number(readFileSync(join(dataDir, 'cluster/PG_VERSION'), 'utf8'));
    expect(row).toStrictEqual({ database: 'stopledger', major, addresses: '127.0.0.1' });
    expect(started.printed()).toMatch(
      new RegExp(
        `^PostgreSQL ${String(major)}\\.\\d+ on 127\\.0\\.0\\.1:\\d+, data in .*postgres\\n$`,
      ),
    );
    const withoutPassword = new URL(started.url);
    withoutPassword.password = 'wrong';
    await expect(query(withoutPassword.href, 'select 1')).rejects.toThrow('password');
  }, 60_000);

  it('ends with its parent and leaves no process, and the next start finds the data', async () => {
    const dataDir = freshPath();
    const first = await start(dataDir);
    await query(first.url, NOTES);
    const pid = serverPid(dataDir);
    expect(lives(pid)).toBe(true);
    await first.stop();
    expect([lives(pid), serverPid(dataDir)]).toStrictEqual([false, undefined]);
    expect([first.guard.exitCode, existsSync(join(dataDir, 'guard.pid'))]).toStrictEqual([
      0,
      false,
    ]);
    const second = await start(dataDir);
    // Same port and password: whoever has the URL keeps it.
    expect(second.url).toBe(first.url);
    expect(await readNotes(second.url)).toStrictEqual([{ text: 'kept' }]);
  }, 60_000);

  it('is found as an orphan and stopped when its guard was killed', async () => {
    const dataDir = freshPath();
    const first = await start(dataDir);
    await query(first.url, NOTES);
    const orphan = serverPid(dataDir);
    await ended(first.guard, () => first.guard.kill('SIGKILL'));
    expect(lives(orphan)).toBe(true);
    const second = await start(dataDir);
    expect(second.printed()).toContain(
      `Stopped PostgreSQL process ${String(orphan)} of an earlier run\n`,
    );
    expect(lives(orphan)).toBe(false);
    expect(await readNotes(second.url)).toStrictEqual([{ text: 'kept' }]);
  }, 60_000);

  it('starts beside the lock of a server that was killed and that nobody has waited for', async () => {
    const path = freshPath();
    const first = await start(path);
    await first.stop();
    // The child ends when the shell has become a program that never asks for its end.
    const parent = spawn('sh', ['-c', 'sleep 0.3 & echo $!; exec sleep 60'], {
      stdio: 'pipe',
      // PostgreSQL takes no notice of processes of other users.
      ...identity(serverAccount()),
    });
    try {
      const [line] = (await once(parent.stdout, 'data')) as [Buffer];
      const dead = Number(line.toString('utf8'));
      await until('it is dead and not reaped', () => /\) Z /.test(ofProcess(dead, 'stat') ?? ''));
      writeFileSync(join(path, 'cluster/postmaster.pid'), `${String(dead)}\n${path}\n`);
      const { url } = await start(path);
      expect(await query(url, 'select 1 as one')).toStrictEqual([{ one: 1 }]);
    } finally {
      parent.kill('SIGKILL');
    }
  });

  it('has its guard end with a line when the server is killed', async () => {
    const dataDir = freshPath();
    const started = await start(dataDir);
    await ended(started.guard, () => process.kill(serverPid(dataDir)!, 'SIGKILL'));
    await until('the last line', () => started.printed().includes('ended by itself'));
    expect(started.printed()).toMatch(/\nPostgreSQL ended by itself \(SIGKILL\)\n$/);
    expect(started.guard.exitCode).toBe(1);
  }, 60_000);

  it('refuses a second start beside a living one, which goes on', async () => {
    const dataDir = freshPath();
    const { url, guard } = await start(dataDir);
    await expect(start(dataDir)).rejects.toThrow(
      `${dataDir} is in use by process ${String(guard.pid)}.`,
    );
    expect(await query(url, 'select 1 as one')).toStrictEqual([{ one: 1 }]);
    expect(guard.exitCode).toBe(null);
  }, 60_000);

  it.each([
    ['empty', () => undefined],
    [
      'left by a killed guard',
      (dataDir: string) => {
        mkdirSync(dataDir, { recursive: true });
        // No process has this id: Linux ends at 2^22, others far below.
        writeFileSync(join(dataDir, 'guard.pid'), '99999999\n');
      },
    ],
  ])(
    'lets one of several starts at the same moment win: a folder %s',
    async (_what, prepare) => {
      const dataDir = freshPath();
      prepare(dataDir);
      const starts = await Promise.allSettled([1, 2, 3, 4].map(() => start(dataDir)));
      const won = starts.filter((each) => each.status === 'fulfilled');
      expect(won).toHaveLength(1);
      const winner = won[0]!.value;
      const refusals = starts.filter((each) => each.status === 'rejected');
      for (const { reason } of refusals) {
        expect((reason as Error).message).toBe(
          `${dataDir} is in use by process ${String(winner.guard.pid)}.`,
        );
      }
      expect(await query(winner.url, 'select 1 as one')).toStrictEqual([{ one: 1 }]);
      expect(readdirSync(dataDir).sort()).toStrictEqual([
        'cluster',
        'guard.pid',
        'password',
        'port',
        'postgres.log',
      ]);
    },
    60_000,
  );

  it('refuses a stated port that is taken, in one line, and starts nothing', async () => {
    const other: Server = createServer();
    await new Promise<void>((listening) => other.listen(0, '127.0.0.1', listening));
    const { port } = other.address() as AddressInfo;
    const dataDir = freshPath();
    await expect(start(dataDir, port)).rejects.toThrow(
      new RegExp(`^Port ${String(port)} is in use\\.$`),
    );
    await new Promise((closed) => other.close(closed));
    expect([serverPid(dataDir), existsSync(join(dataDir, 'guard.pid'))]).toStrictEqual([
      undefined,
      false,
    ]);
    const { url } = await start(dataDir, port);
    expect(new URL(url).port).toBe(String(port));
  }, 60_000);

  it('moves the data of another major version aside, says so and starts empty', async () => {
    const dataDir = freshPath();
    const first = await start(dataDir);
    await query(first.url, NOTES);
    await first.stop();
    writeFileSync(join(dataDir, 'cluster/PG_VERSION'), '9\n');
    const started = await start(dataDir);
    expect(started.printed()).toMatch(
      /^PostgreSQL data of version 9 moved to .*cluster\.pg9; version \d+ starts empty and is filled from the log\.\n/,
    );
    expect(await query(started.url, "select to_regclass('notes') as notes")).toStrictEqual([
      { notes: null },
    ]);
    expect(readFileSync(join(dataDir, 'cluster.pg9/PG_VERSION'), 'utf8')).toBe('9\n');
  }, 60_000);

  it('starts anew when the first start was killed half-way', async () => {
    const dataDir = freshPath();
    // What initdb has made when it is killed: a cluster beside its final place, and no password.
    mkdirSync(join(dataDir, 'cluster.new/base'), { recursive: true });
    writeFileSync(join(dataDir, 'cluster.new/PG_VERSION'), '18\n');
    writeFileSync(join(dataDir, 'initdb-password'), 'half');
    const { url } = await start(dataDir);
    expect(await query(url, 'select 1 as one')).toStrictEqual([{ one: 1 }]);
    expect(existsSync(join(dataDir, 'cluster.new'))).toBe(false);
    expect(existsSync(join(dataDir, 'initdb-password'))).toBe(false);
  }, 60_000);

  it('works below a folder that only its owner may enter, as root from a place beside it', async () => {
    const dataDir = freshPath();
    mkdirSync(join(dataDir, '..'), { recursive: true });
    chmodSync(join(dataDir, '..'), 0o700);
    const first = await start(dataDir);
    const folder = /data in (.*)\n$/.exec(first.printed())?.[1] ?? '';
    try {
      await query(first.url, NOTES);
      expect(folder === dataDir).toBe(!isRoot);
      expect(first.printed().includes(`its user cannot reach ${dataDir}\n`)).toBe(isRoot);
      await first.stop();
      const second = await start(dataDir);
      expect(await readNotes(second.url)).toStrictEqual([{ text: 'kept' }]);
      await second.stop();
      // Whoever deletes the folder means the data.
      rmSync(dataDir, { recursive: true });
      const third = await start(dataDir);
      expect(await query(third.url, "select to_regclass('notes') as notes")).toStrictEqual([
        { notes: null },
      ]);
      await third.stop();
    } finally {
      for (const postgres of running) await postgres.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  }, 90_000);

  it('never runs as root', async () => {
    const dataDir = freshPath();
    await start(dataDir);
    const user = userOf(serverPid(dataDir)!);
    expect(user).not.toBe(0);
    expect(user === process.getuid?.()).toBe(!isRoot);
  }, 60_000);
});
