import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** One node that history can be read from without the official client. */
export interface LogAddress {
  readonly origin: string;
  /** Of HTTP's `authorization`; undefined where the log asks for none, or would get it in the clear. */
  readonly authorization: string | undefined;
  /** PEM; undefined: the roots that Node knows. */
  readonly ca: Buffer | undefined;
}

const ONE_NODE = /^esdb:\/\/(?:([^:@/]+):([^@/]*)@)?([^,:/?@]+)(?::(\d+))?\/?(?:\?(.*))?$/;
const DEFAULT_PORT = '2113';

/**
 * The node that a connection string names. Undefined where the official client alone knows which to ask, or how: several
 * hosts, discovery, a certificate of the user, or anything that is not understood here (what is wrong it says itself).
 */
export function logAddressOf(connectionString: string): LogAddress | undefined {
  const match = ONE_NODE.exec(connectionString.trim());
  if (!match) return undefined;
  const [, user, password = '', host = '', port = DEFAULT_PORT, query = ''] = match;
  const settings = settingsOf(query);
  if (settings.has('usercertfile') || settings.has('userkeyfile')) return undefined;
  const isSecure = settings.get('tls') !== 'false';
  const caFile = settings.get('tlscafile');
  try {
    const named = user === undefined ? undefined : `${decode(user)}:${decode(password)}`;
    return {
      origin: `${isSecure ? 'https' : 'http'}://${host}:${port}`,
      authorization:
        named !== undefined && isSecure
          ? `Basic ${Buffer.from(named).toString('base64')}`
          : undefined,
      ca: isSecure && caFile !== undefined ? readFileSync(resolve(decode(caFile))) : undefined,
    };
  } catch {
    return undefined;
  }
}

function decode(text: string): string {
  return decodeURIComponent(text);
}

/** Names as the official client compares them: without case, hyphens and underscores. */
function settingsOf(query: string): Map<string, string> {
  return new Map(
    query.split('&').map((pair) => {
      const [name = '', value = ''] = pair.split('=');
      return [name.trim().toLowerCase().replace(/[_-]/g, ''), value.trim()];
    }),
  );
}
