import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Where the engine listens for commands in this run, and the secret that says the caller may read our files. */
export interface ChannelAddress {
  readonly host: string;
  readonly port: number;
  readonly token: string;
}

/** Below the data directory of an engine. */
export function addressPathIn(engineDir: string): string {
  return join(engineDir, 'run', 'engine.json');
}

/** Written whole or not at all, readable by the owner only. */
export function writeAddress(path: string, address: ChannelAddress): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.new`, JSON.stringify(address), { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/** Undefined while no engine has written its address. */
export function readAddress(path: string): ChannelAddress | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as ChannelAddress;
  } catch {
    // Absent, or just being replaced: the caller tries again at its next call.
    return undefined;
  }
}
