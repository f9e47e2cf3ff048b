import { execFileSync, fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const GUARD = join(__dirname, '../../dist/src/embedded-postgres/embedded-postgres.main.js');

export interface RunningPostgres {
  readonly url: string;
  readonly guard: ChildProcess;
  /** Everything it printed so far. */
  printed(): string;
  /** Ends it as its parent's death would. Resolves when the guard is gone. */
  stop(): Promise<void>;
}

/** Starts the built guard process on a data directory; rejects with what it printed when it ends instead. */
export async function startPostgres(dataDir: string, port = 0): Promise<RunningPostgres> {
  if (!existsSync(GUARD)) throw new Error(`${GUARD} is not there: run the build first`);
  const guard = fork(GUARD, ['--data-dir', dataDir, '--port', String(port)], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let printed = '';
  const note = (chunk: Buffer) => (printed += chunk.toString());
  guard.stdout?.on('data', note);
  guard.stderr?.on('data', note);
  const url = await new Promise<string>((ready, fail) => {
    guard.once('message', (message: { url: string }) => ready(message.url));
    guard.once('exit', () => fail(new Error(printed.trim())));
  });
  return {
    url,
    guard,
    printed: () => printed,
    stop: () => ended(guard, () => guard.disconnect()),
  };
}

/**
 * Puts a cluster into the folder of a server that has not begun, as its first start would make it: made once for each
 * worker of a run, and copied. To make one takes a second of both cores, and nearly every test of processes wants one;
 * that a first start makes its own is what embedded-postgres and the demo are tested for.
 */
export async function seedCluster(folder: string): Promise<void> {
  const run = process.env['TEST_CLUSTERS'];
  if (run === undefined) return;
  const made = join(run, String(process.pid));
  const isWhole = join(made, 'whole');
  if (!existsSync(isWhole)) {
    mkdirSync(made);
    await (await startPostgres(made)).stop();
    writeFileSync(isWhole, '');
  }
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  // With its owner, which the server insists on.
  execFileSync('cp', ['-a', join(made, 'cluster'), join(made, 'password'), folder]);
}

/** One server for all tests of the file. `take` gets it before the first of them. */
export function sharePostgres(name: string, take: (postgres: RunningPostgres) => void): void {
  const folder = temporaryFolder(name);
  let postgres: RunningPostgres | undefined;

  beforeAll(async () => {
    await seedCluster(folder.path);
    postgres = await startPostgres(folder.path);
    take(postgres);
  }, 60_000);

  // The last checkpoint flushes every database of the tests; a busy disk takes its time.
  afterAll(async () => {
    await postgres?.stop();
    folder.remove();
  }, 60_000);
}

/** Does what ends the process and resolves when it is gone. */
export function ended(child: ChildProcess, end: () => void): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((done) => {
    child.once('exit', () => done());
    end();
  });
}

/** A fresh folder that `remove` deletes. The server's own user may pass, so that its data really lies there. */
export function temporaryFolder(name: string): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), `stopledger-${name}-`));
  chmodSync(path, 0o755);
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
