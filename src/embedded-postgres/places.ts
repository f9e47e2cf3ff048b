import { createHash, randomUUID } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { canReach } from './server-account.js';
import type { ServerAccount } from './server-account.js';

/** Where one embedded server keeps everything it owns. */
export interface Places {
  readonly folder: string;
  /** PostgreSQL's own data directory. */
  readonly cluster: string;
  readonly passwordFile: string;
  readonly portFile: string;
  readonly guardFile: string;
  readonly logFile: string;
  /** True when `folder` is not the folder that was asked for, because the server's user cannot reach that one. */
  readonly moved: boolean;
}

const MARK = 'postgres-data-mark';

/** Makes the folder. Its content is derived from the log, so it may lie wherever the server can reach it. */
export function placesFor(dataDir: string, account: ServerAccount | undefined): Places {
  const asked = resolve(dataDir);
  mkdirSync(asked, { recursive: true, mode: 0o755 });
  if (canReach(account, asked)) return placesIn(asked, false);
  const hash = createHash('sha256').update(asked).digest('hex').slice(0, 16);
  const moved = placesIn(trustedFolder(`stopledger-postgres-${hash}`, account), true);
  forgetStrangersData(asked, moved);
  return moved;
}

/**
 * Ties data that lies elsewhere to the folder that was asked for by a mark in both. Whoever deletes that folder means
 * the data to be gone, too: rows of a log that no longer exists must not come back under a new one.
 */
function forgetStrangersData(asked: string, moved: Places): void {
  const here = join(asked, MARK);
  const there = join(moved.folder, MARK);
  const mark = existsSync(here) ? readFileSync(here, 'utf8') : undefined;
  if (mark !== undefined && existsSync(there) && readFileSync(there, 'utf8') === mark) return;
  rmSync(moved.cluster, { recursive: true, force: true });
  const fresh = mark ?? randomUUID();
  writeFileSync(there, fresh);
  writeFileSync(here, fresh);
}

function placesIn(folder: string, moved: boolean): Places {
  return {
    folder,
    cluster: join(folder, 'cluster'),
    passwordFile: join(folder, 'password'),
    portFile: join(folder, 'port'),
    guardFile: join(folder, 'guard.pid'),
    logFile: join(folder, 'postgres.log'),
    moved,
  };
}

/**
 * Returns a folder of that name below a temporary folder that the account can reach.
 * Throws when somebody else made it: its content would be run or trusted.
 */
export function trustedFolder(name: string, account: ServerAccount | undefined): string {
  const parent = [tmpdir(), '/tmp', '/var/tmp'].find(
    (each) => existsSync(each) && canReach(account, each),
  );
  if (parent === undefined) {
    throw new Error(`No temporary folder can be reached by the user ${account?.name ?? ''}.`);
  }
  const folder = join(parent, name);
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  const { uid, mode } = lstatSync(folder);
  const ours = process.getuid === undefined || uid === process.getuid();
  if (!ours || !lstatSync(folder).isDirectory() || (mode & 0o022) !== 0) {
    throw new Error(`${folder} belongs to somebody else or can be written by others: remove it.`);
  }
  chmodSync(folder, 0o755);
  return folder;
}
