import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';

const BRACKETS = /^\[|\]$/g;

/**
 * Whether a request may change anything: not one that a web page made its browser send.
 *
 * A browser names the page in `Origin`, and we serve none. A page whose own name was made to point at
 * this machine shows itself by that name in `Host`. With TLS the certificate settles the name.
 */
export function mayWrite(
  headers: IncomingHttpHeaders,
  server: { readonly host: string; readonly isSecure: boolean },
): boolean {
  if (headers.origin !== undefined || headers['sec-fetch-site'] !== undefined) return false;
  if (server.isSecure) return true;
  const name = hostName(headers.host ?? '');
  return name === 'localhost' || name === server.host.toLowerCase() || isIP(name) !== 0;
}

function hostName(host: string): string {
  return host.replace(/:\d*$/, '').replace(BRACKETS, '').toLowerCase();
}
