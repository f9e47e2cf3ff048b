import type { IncomingMessage } from 'node:http';
import { LOCAL_GRANT, may } from '../../application/ports/access.port.js';
import type { AccessTokens, Grant } from '../../application/ports/access.port.js';

/** Stands before a token among the protocols that a browser offers: it cannot send a header with a WebSocket. */
const TOKEN_PROTOCOL = 'bearer.';
export const LIVE_PROTOCOL = 'stopledger.live';

/** Who asks for what is live; a status line where it is refused. */
export function liveGrant(
  { headers }: IncomingMessage,
  tokens: AccessTokens | undefined,
): Grant | string {
  // A page of another site must not read through the browser of somebody who may.
  const { origin, host } = headers;
  const isOwnPage = origin === undefined || (URL.canParse(origin) && new URL(origin).host === host);
  if (!isOwnPage) return '403 Forbidden';
  if (!tokens) return LOCAL_GRANT;
  const token = tokenIn(headers);
  const grant = token === undefined ? undefined : tokens.grantOf(token);
  if (!grant) return '401 Unauthorized';
  return may(grant, 'read') ? grant : '403 Forbidden';
}

function tokenIn(headers: IncomingMessage['headers']): string | undefined {
  const bearer = /^Bearer ([\x21-\x7e]{1,200})$/.exec(headers.authorization ?? '')?.[1];
  if (bearer !== undefined) return bearer;
  const protocols = (headers['sec-websocket-protocol'] ?? '').split(',').map((one) => one.trim());
  const found = protocols.find((one) => one.startsWith(TOKEN_PROTOCOL));
  return found?.slice(TOKEN_PROTOCOL.length);
}
