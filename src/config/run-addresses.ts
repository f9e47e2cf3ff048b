import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Where the stores of this run are: embedded ones take free ports and a password of their own. */
export interface RunAddresses {
  readonly eventStoreUri: string;
  readonly databaseUrl: string;
}

function pathIn(dataDir: string): string {
  return join(dataDir, 'run', 'addresses.json');
}

/** Written whole or not at all, readable by the owner only: it holds a password. */
export function writeRunAddresses(dataDir: string, addresses: RunAddresses): void {
  const path = pathIn(dataDir);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.new`, JSON.stringify(addresses), { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/** Undefined when nothing was ever started there. */
export function readRunAddresses(dataDir: string): RunAddresses | undefined {
  try {
    return JSON.parse(readFileSync(pathIn(dataDir), 'utf8')) as RunAddresses;
  } catch {
    return undefined;
  }
}
