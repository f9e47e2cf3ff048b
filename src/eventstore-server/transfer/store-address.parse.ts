import { readFileSync } from 'node:fs';

/** One node of a store, and who speaks to it. */
export interface StoreAddress {
  readonly origin: string;
  readonly authorization?: string;
  /** PEM text of the authority that signed the certificate of the node. */
  readonly ca?: Buffer;
}

const DEFAULT_PORT = '2113';

/**
 * Parses `esdb://[user:password@]host[:port][?tls=false&tlsCAFile=FILE]`, of the connection strings of clients
 * those that name one node.
 *
 * Throws an Error with one line for the operator, which never shows the password.
 */
export function parseStoreAddress(text: string): StoreAddress {
  const scheme = text.slice(0, text.indexOf(':'));
  if (scheme !== 'esdb') throw new Error(`a store is named by esdb://host:port, not by ${scheme}:`);
  let url: URL;
  try {
    url = new URL(text.replace(/^esdb:/, 'http:'));
  } catch {
    throw new Error('the connection string names no single node: esdb://host:port is due');
  }
  const isSecure = url.searchParams.get('tls') !== 'false';
  const caFile = url.searchParams.get('tlsCAFile');
  const user = decodeURIComponent(url.username);
  if (user !== '' && !isSecure) {
    throw new Error(`the password of ${user} would travel in clear: leave it out or use TLS`);
  }
  const token = Buffer.from(`${user}:${decodeURIComponent(url.password)}`).toString('base64');
  return {
    origin: `${isSecure ? 'https' : 'http'}://${url.hostname}:${url.port || DEFAULT_PORT}`,
    ...(user === '' ? {} : { authorization: `Basic ${token}` }),
    ...(caFile === null ? {} : { ca: readFileSync(caFile) }),
  };
}
