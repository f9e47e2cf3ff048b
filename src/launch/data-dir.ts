import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

/** Raised when the layout below the data directory changes; an older program must not touch a newer one. */
const FORMAT = 'stopledger-data 1';

export interface ClaimedDataDir {
  readonly path: string;
  release(): void;
}

/** Whose prices its stops see: those of configured feeds, or the recorded ones of the demo. */
export type DataUse = 'configured' | 'demo';

/** One line that tells a user why the program cannot start. */
export class StartRefused extends Error {}

/** The disk, or a quota on it, is full: that passes. */
export class NoRoom extends StartRefused {}

const FULL_DISK: ReadonlySet<string | undefined> = new Set(['ENOSPC', 'EDQUOT']);

function refusal(error: unknown, text: (reason: string) => string): StartRefused {
  const { code } = error as NodeJS.ErrnoException;
  const Refusal = FULL_DISK.has(code) ? NoRoom : StartRefused;
  return new Refusal(text(code ?? String(error)));
}

/**
 * Takes the data directory for this process: makes it, checks that it is ours to use and that nobody else has it.
 * Throws StartRefused with one clear line; then nothing has been changed.
 */
export function claimDataDir(path: string, use: DataUse = 'configured'): ClaimedDataDir {
  makeWritable(path);
  const formatPath = join(path, 'format');
  if (existsSync(formatPath)) {
    const found = readFileSync(formatPath, 'utf8').trim();
    if (found !== FORMAT) {
      throw new StartRefused(
        `data directory ${path} belongs to another version: format is "${found}", this program needs "${FORMAT}"`,
      );
    }
  }
  const configuredPath = join(path, 'configured');
  if (use === 'demo' && existsSync(configuredPath)) {
    throw new StartRefused(
      `data directory ${path} has been used with a configuration: the demo would fire its stops on recorded prints; name the configuration (--config FILE) or another directory (STOPLEDGER_DATA_DIR)`,
    );
  }
  const lockPath = join(path, 'lock');
  takeLock(lockPath, path);
  const release = (): void => rmSync(lockPath, { force: true });
  try {
    if (use === 'configured') writeFileSync(configuredPath, '');
    if (!existsSync(formatPath)) writeFileSync(formatPath, `${FORMAT}\n`);
    makeFolder(join(path, 'run'));
  } catch (error) {
    release();
    throw refusal(error, (reason) => `data directory ${path} cannot be written: ${reason}`);
  }
  return { path, release };
}

function makeWritable(path: string): void {
  try {
    makeFolder(path);
    accessSync(path, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw refusal(error, (reason) => `data directory ${path} cannot be written: ${reason}`);
  }
}

// What the embedded event store has to write before it can say that it runs, and some.
const ROOM_BYTES = 64 * 1024;

/** Throws NoRoom with one clear line on a disk that is full: the log could not begin, and without it nothing does. */
export function checkRoom(path: string): void {
  const probe = join(path, 'room');
  try {
    // Written, not asked for: a quota or a limit of the process refuses as well.
    writeFileSync(probe, Buffer.alloc(ROOM_BYTES, 1));
  } catch (error) {
    const need = `the event log needs ${ROOM_BYTES / 1024} KiB to start`;
    throw refusal(error, (reason) => `data directory ${path} has no room (${reason}): ${need}`);
  } finally {
    rmSync(probe, { force: true });
  }
}

export function hasRoom(path: string): boolean {
  try {
    checkRoom(path);
    return true;
  } catch (error) {
    return !(error instanceof NoRoom);
  }
}

/** Level by level: Node's own `recursive` never returns below /proc. */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

function takeLock(lockPath: string, path: string): void {
  for (let attempt = 1; ; attempt += 1) {
    try {
      writeFileSync(lockPath, String(process.pid), { flag: 'wx' });
      return;
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code !== 'EEXIST') {
        // A full disk makes the file and takes nothing into it.
        rmSync(lockPath, { force: true });
        throw refusal(error, (reason) => `data directory ${path} cannot be locked: ${reason}`);
      }
    }
    const holder = Number(readFileSync(lockPath, 'utf8'));
    if (attempt > 1 || (Number.isSafeInteger(holder) && holder > 0 && isRunning(holder))) {
      throw new StartRefused(`data directory ${path} is in use by process ${holder}`);
    }
    // The holder is dead: it was killed before it could take its lock away.
    rmSync(lockPath, { force: true });
  }
}

/** True when the process lives and, where the system tells, is one of ours. */
export function isRunning(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return !isStranger(pid);
}

/** A process id that was given to another program since. Only where /proc tells. */
function isStranger(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const isDead = stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z');
    return isDead || !readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('node');
  } catch {
    // No /proc on this system: the process id is all there is to go by.
    return false;
  }
}
