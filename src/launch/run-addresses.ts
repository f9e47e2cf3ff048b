import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isRunning } from './data-dir.js';
import { writeNote } from './run-note.js';

/** Where the stores of this run are: embedded ones take free ports and a password of their own. */
export interface RunAddresses {
  readonly eventStoreUri: string;
  /** Empty until PostgreSQL runs. */
  readonly databaseUrl: string;
}

function pathIn(dataDir: string): string {
  return join(dataDir, 'run', 'addresses.json');
}

/** It holds a password. */
export function writeRunAddresses(
  dataDir: string,
  addresses: RunAddresses,
  say: (line: string) => void,
): void {
  const note = { path: pathIn(dataDir), what: 'addresses' };
  writeNote(note, { ...addresses, pid: process.pid }, say);
}

/** At an end in order: nothing listens there any more. */
export function removeRunAddresses(dataDir: string): void {
  rmSync(pathIn(dataDir), { force: true });
}

/** Undefined when nothing runs there, also when a killed run has left its addresses behind. */
export function readRunAddresses(dataDir: string): RunAddresses | undefined {
  try {
    const text = readFileSync(pathIn(dataDir), 'utf8');
    const { pid, ...addresses } = JSON.parse(text) as RunAddresses & { pid: number };
    return isRunning(pid) ? addresses : undefined;
  } catch {
    return undefined;
  }
}
