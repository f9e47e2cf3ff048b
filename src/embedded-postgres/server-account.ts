import { execFileSync } from 'node:child_process';
import { readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** Whose ids the server runs under. PostgreSQL refuses to run as root. */
export interface ServerAccount {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** Returns undefined when the server simply runs as whoever runs us: every user but root, and Windows. */
export function serverAccount(): ServerAccount | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const account = accountNamed('postgres') ?? accountNamed('nobody');
  if (!account) {
    throw new Error(
      'PostgreSQL does not run as root, and there is neither a user `postgres` nor `nobody`.',
    );
  }
  return account;
}

function accountNamed(name: string): ServerAccount | undefined {
  const uid = idOf('-u', name);
  const gid = idOf('-g', name);
  if (uid === undefined || gid === undefined || uid === 0) return undefined;
  return { name, uid, gid };
}

function idOf(flag: '-u' | '-g', name: string): number | undefined {
  try {
    const text = execFileSync('id', [flag, name], { stdio: ['ignore', 'pipe', 'ignore'] });
    return Number(text.toString().trim());
  } catch {
    // Minimal images have no `id`: the file says the same.
    return idFromPasswd(flag, name);
  }
}

function idFromPasswd(flag: '-u' | '-g', name: string): number | undefined {
  try {
    const line = readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .find((each) => each.startsWith(`${name}:`));
    const field = line?.split(':')[flag === '-u' ? 2 : 3];
    return field === undefined ? undefined : Number(field);
  } catch {
    return undefined;
  }
}

/** True when the account may pass through every folder on the way to `path` (which must exist). */
export function canReach(account: ServerAccount | undefined, path: string): boolean {
  if (!account) return true;
  for (let at = realpathSync(resolve(path)); ; at = dirname(at)) {
    const { mode, uid, gid } = statSync(at);
    const bit = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) return false;
    if (dirname(at) === at) return true;
  }
}
