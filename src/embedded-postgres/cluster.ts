import { randomBytes } from 'node:crypto';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import {
  chownSync,
  existsSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { identity } from './binaries.js';
import type { Binaries } from './binaries.js';
import type { Places } from './places.js';
import type { ServerAccount } from './server-account.js';

export const SUPERUSER = 'stopledger';

export interface ClusterNeeds {
  readonly places: Places;
  readonly binaries: Binaries;
  readonly account: ServerAccount | undefined;
  readonly say: (line: string) => void;
  /** Told of every child, so that whoever must stop can end it. */
  readonly onChild: (child: ChildProcess) => void;
}

/** Makes sure that there is a data directory of this major version, and returns its password. */
export async function prepareCluster(needs: ClusterNeeds): Promise<string> {
  const { places, binaries, say } = needs;
  const found = versionIn(places.cluster);
  if (found !== undefined && found !== binaries.majorVersion) {
    const aside = freeName(`${places.cluster}.pg${found}`);
    renameSync(places.cluster, aside);
    say(
      `PostgreSQL data of version ${found} moved to ${aside}; version ${binaries.majorVersion} starts empty and is filled from the log.`,
    );
  }
  const password = storedPassword(places.passwordFile);
  if (password !== undefined && versionIn(places.cluster) !== undefined) {
    if (needs.account) chownTree(places.cluster, needs.account);
    return password;
  }
  return initialise(needs);
}

function versionIn(cluster: string): string | undefined {
  const file = join(cluster, 'PG_VERSION');
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined;
}

function storedPassword(file: string): string | undefined {
  const text = existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
  return text === '' ? undefined : text;
}

function freeName(wanted: string): string {
  let name = wanted;
  for (let count = 2; existsSync(name); count += 1) name = `${wanted}.${String(count)}`;
  return name;
}

/** Runs initdb beside the final place and renames at the end: an interrupted initdb leaves nothing half-made. */
async function initialise(needs: ClusterNeeds): Promise<string> {
  const { places, account } = needs;
  if (existsSync(places.cluster))
    renameSync(places.cluster, freeName(`${places.cluster}.unusable`));
  const fresh = `${places.cluster}.new`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true, mode: 0o700 });
  const password = randomBytes(24).toString('base64url');
  const handOver = join(places.folder, 'initdb-password');
  rmSync(handOver, { force: true });
  writeFileSync(handOver, password, { mode: 0o600, flag: 'wx' });
  if (account) {
    chownSync(fresh, account.uid, account.gid);
    chownSync(handOver, account.uid, account.gid);
  }
  try {
    await runInitdb(needs, fresh, handOver);
  } finally {
    rmSync(handOver, { force: true });
  }
  rmSync(places.passwordFile, { force: true });
  writeFileSync(places.passwordFile, password, { mode: 0o600, flag: 'wx' });
  renameSync(fresh, places.cluster);
  return password;
}

function runInitdb(needs: ClusterNeeds, cluster: string, passwordFile: string): Promise<void> {
  const child = spawn(
    needs.binaries.initdb,
    [
      `--pgdata=${cluster}`,
      `--username=${SUPERUSER}`,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      // The rename that follows makes the cluster count; what a power cut destroys is rebuilt from the log.
      '--no-sync',
    ],
    {
      ...identity(needs.account),
      cwd: dirname(cluster),
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  needs.onChild(child);
  let complaint = '';
  child.stderr.on(
    'data',
    (chunk: Buffer) => (complaint = (complaint + chunk.toString()).slice(-2000)),
  );
  return new Promise((done, fail) => {
    child.once('error', fail);
    child.once('close', (code) => {
      if (code === 0) done();
      else fail(new Error(`initdb failed (${String(code)}): ${complaint.trim()}`));
    });
  });
}

/** A data directory once written under another user is given to the one of now. */
function chownTree(path: string, account: ServerAccount): void {
  const status = lstatSync(path);
  if (status.uid !== account.uid || status.gid !== account.gid) {
    lchownSync(path, account.uid, account.gid);
  }
  if (!status.isDirectory()) return;
  for (const entry of readdirSync(path)) chownTree(join(path, entry), account);
}
