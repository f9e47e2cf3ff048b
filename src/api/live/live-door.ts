import type { IncomingMessage } from 'node:http';
import { LOCAL_GRANT, may } from '../../application/ports/access.port.js';
import type { AccessTokens, Grant } from '../../application/ports/access.port.js';

/** Stands before a token among the protocols that a browser offers: it cannot send a header with a WebSocket. */
const TOKEN_PROTOCOL = 'bearer.';
export const LIVE_PROTOCOL = 'stopledger.live';

/** Who asks for what is live; a status line where it is refused. */
export function liveGrant(
  request: IncomingMessage,
  tokens: AccessTokens | undefined,
): Grant | string {
  return isOwnPage(request) ? grantFor(tokenIn(request), tokens) : '403 Forbidden';
}

/** A page of another site must not read through the browser of somebody who may. */
export function isOwnPage({ headers: { origin, host } }: IncomingMessage): boolean {
  return origin === undefined || (URL.canParse(origin) && new URL(origin).host === host);
}

export function grantFor(
  token: string | undefined,
  tokens: AccessTokens | undefined,
): Grant | string {
  if (!tokens) return LOCAL_GRANT;
  const grant = token === undefined ? undefined : tokens.grantOf(token);
  if (!grant) return '401 Unauthorized';
  return may(grant, 'read') ? grant : '403 Forbidden';
}

export function tokenIn({ headers }: IncomingMessage): string | undefined {
  const bearer = bearerIn(headers.authorization);
  if (bearer !== undefined) return bearer;
  const protocols = (headers['sec-websocket-protocol'] ?? '').split(',').map((one) => one.trim());
  const found = protocols.find((one) => one.startsWith(TOKEN_PROTOCOL));
  return found?.slice(TOKEN_PROTOCOL.length);
}

export function bearerIn(authorization: unknown): string | undefined {
  return /^Bearer ([\x21-\x7e]{1,200})$/.exec(
    typeof authorization === 'string' ? authorization : '',
  )?.[1];
}
