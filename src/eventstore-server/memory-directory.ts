import { mkdtempSync, readdirSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where Linux keeps files in memory. */
const SHARED_MEMORY = '/dev/shm';
/** Containers often get 64 MB there, which a test fills: then the disk's folder for temporary files is better. */
const ROOM_BYTES_MIN = 256 * 1024 * 1024;
const PREFIX = 'eventstore-mem-';
const NAME = /^eventstore-mem-(\d+)-/;

/**
 * A new folder for a store that keeps nothing, gone when this process ends: in memory where the system has
 * such a place with room, else among the temporary files. What killed processes have left there is removed.
 */
export function openMemoryDirectory(places = [SHARED_MEMORY, tmpdir()]): string {
  const place = places.find(hasRoom) ?? tmpdir();
  removeAbandoned(place);
  const path = mkdtempSync(join(place, `${PREFIX}${process.pid}-`));
  process.on('exit', () => rmSync(path, { recursive: true, force: true }));
  return path;
}

function hasRoom(place: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(place);
    return bavail * bsize >= ROOM_BYTES_MIN;
  } catch {
    return false; // Not every system has it.
  }
}

function removeAbandoned(place: string): void {
  for (const name of readdirSync(place)) {
    const pid = Number(NAME.exec(name)?.[1] ?? process.pid);
    if (pid === process.pid || isRunning(pid)) continue;
    rmSync(join(place, name), { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Another user's process: not ours to judge, nor to clean up after.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
