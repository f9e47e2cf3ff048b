import { readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DataDirectoryError, makeFolder } from './make-folder.js';
import { SegmentDirectory, syncDirectory } from './segment-directory.js';

/** Raised whenever an older server could not read what a newer one writes. */
const FORMAT_VERSION = 2;
/** What a data directory says of itself. */
export const FORMAT_NOTE = `eventstore-server format ${FORMAT_VERSION}\n`;
/** Taken over at the first start: positions stay, the single file becomes the first segment. */
const FORMER_VERSION = 1;
const FORMAT_TEXT = /^eventstore-server format (\d+)\s*$/;

/** Directories held by this process: its own pid in a lock file says nothing about them. */
const heldHere = new Set<string>();

export interface DataDirectory {
  readonly segments: SegmentDirectory;
  release(): void;
}

/**
 * Creates the directory if need be, takes its lock and checks its format.
 *
 * Rejects: another living server holds it; it was written in another format.
 */
export function claimDataDirectory(path: string): DataDirectory {
  const root = resolve(path);
  makeFolder(root);
  if (heldHere.has(root)) throw new DataDirectoryError(`${root} is already open in this process`);
  const lockPath = join(root, 'lock');
  takeLock(lockPath, root);
  heldHere.add(root);
  const release = (): void => {
    heldHere.delete(root);
    unlinkSync(lockPath);
  };
  try {
    return { segments: openSegments(root), release };
  } catch (error) {
    release();
    throw error;
  }
}

function takeLock(lockPath: string, root: string): void {
  const own = `${process.pid} ${startOf(process.pid)}\n`;
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      writeFileSync(lockPath, own, { flag: 'wx' });
      return;
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) throw error;
    }
    const [pid = '', start = ''] = readFileSync(lockPath, 'utf8').trim().split(' ');
    if (isRunning(Number(pid), start)) {
      throw new DataDirectoryError(`${root} is in use by the server with process id ${pid}`);
    }
    unlinkSync(lockPath);
  }
  throw new DataDirectoryError(`${root} was taken by another server at the same moment`);
}

/** Whether the process that wrote a lock still lives. Ids are reused, so its start time counts too. */
function isRunning(pid: number, start: string): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0 || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return hasCode(error, 'EPERM');
  }
  const now = startOf(pid);
  return now === UNKNOWN_START || start === UNKNOWN_START || now === start;
}

const UNKNOWN_START = '-';

/** Start time of a process in clock ticks since boot; '-' where the system does not tell. */
function startOf(pid: number): string {
  if (process.platform !== 'linux') return UNKNOWN_START;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name of the program may hold spaces and brackets: count from behind it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? 'dead' : (fields[19] ?? UNKNOWN_START);
  } catch {
    // No /proc in this container: the process id alone has to do.
    return UNKNOWN_START;
  }
}

/** The format is raised when the data is in it: a crash before that goes on from where it was. */
function openSegments(root: string): SegmentDirectory {
  const formatPath = join(root, 'format');
  const isCurrent = readFormat(formatPath, root) === FORMAT_VERSION;
  const segments = SegmentDirectory.open(root);
  if (!isCurrent) {
    writeFileSync(formatPath, FORMAT_NOTE, { flush: true });
    syncDirectory(root);
  }
  return segments;
}

/** Undefined for a directory that is new. Throws if the format is not one that this server knows. */
function readFormat(formatPath: string, root: string): number | undefined {
  let text: string;
  try {
    text = readFileSync(formatPath, 'utf8');
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
    return undefined;
  }
  const found = FORMAT_TEXT.exec(text)?.[1];
  const version = Number(found);
  if (version === FORMAT_VERSION || version === FORMER_VERSION) return version;
  const shown = found === undefined ? 'of an unknown kind' : `version ${found}`;
  throw new DataDirectoryError(
    `${root} has a data format ${shown}; this server reads versions ${FORMER_VERSION} and ${FORMAT_VERSION} only`,
  );
}

function hasCode(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}
