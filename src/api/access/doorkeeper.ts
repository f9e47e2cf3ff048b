import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { LOCAL_GRANT } from '../../application/ports/access.port.js';
import type { AccessTokens, Grant } from '../../application/ports/access.port.js';
import { RequestProblem } from '../problem.js';
import { sendProblem } from '../problem-answers.js';
import { asCaller, forbidden } from './caller.js';
import { isSigned } from '../signals/signal-door.js';
import { RequestLimiter } from './request-limiter.js';

export interface DoorOptions {
  /** Undefined: everybody who reaches the server may do everything. */
  readonly tokens: AccessTokens | undefined;
  readonly requestsPerSecond: number;
}

/** Answer without a token: they hold no data of any account. */
const OPEN = /^\/(health\/(live|ready)|api\/docs([-/].*)?|graphiql(\/.*)?)$/;
/** Pages with scripts of their own; everything else needs none. */
const PAGES = /^\/(api\/docs|graphiql)/;

/** Stands before every route: who calls, from where, how often. Adds the headers that keep browsers from helping others. */
export function keepDoor(
  server: FastifyInstance,
  { tokens, requestsPerSecond }: DoorOptions,
): void {
  const limiter = new RequestLimiter(requestsPerSecond);
  const grants = new WeakMap<FastifyRequest, Grant>();
  server.addHook('onRequest', (request, reply, done) => {
    addHeaders(request, reply);
    const judged = judge(request, tokens);
    if (judged instanceof RequestProblem) {
      if (judged.status === 401) void reply.header('www-authenticate', 'Bearer');
      void sendProblem(judged, reply);
      return;
    }
    const waitMs =
      judged.limitedAs === undefined ? 0 : limiter.waitMs(judged.limitedAs, performance.now());
    if (waitMs > 0) {
      void sendProblem(tooMany(waitMs), reply);
      return;
    }
    grants.set(request, judged);
    done();
  });
  // Behind the body, which arrives in the socket's own context: what is entered before it is lost there.
  server.addHook('preValidation', (request, _reply, done) => {
    asCaller(grants.get(request) ?? NOBODY, done);
  });
}

function judge(request: FastifyRequest, tokens: AccessTokens | undefined): Grant | RequestProblem {
  const { origin } = request.headers;
  // Browsers name the page that asks. One of another site has no business here, WebSockets (which no CORS holds) included.
  if (origin !== undefined && hostOf(origin) !== request.headers.host) {
    return forbidden('ORIGIN_NOT_ALLOWED', 'pages of other origins may not ask');
  }
  if (!tokens) return LOCAL_GRANT;
  // Who signed is judged once the body is there.
  if (isSigned(request)) return { ...NOBODY, limitedAs: `signals:${request.ip}` };
  const path = request.url.split('?')[0] ?? '';
  if (request.method === 'GET' && OPEN.test(path)) return NOBODY;
  const token = /^Bearer ([\x21-\x7e]{1,200})$/.exec(request.headers.authorization ?? '')?.[1];
  const grant = token === undefined ? undefined : tokens.grantOf(token);
  return grant ?? unauthorized(token === undefined);
}

/** May see what is open, and no row. */
const NOBODY: Grant = {
  actor: 'nobody',
  limitedAs: undefined,
  scopes: new Set(),
  accounts: new Set(),
};

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}

function unauthorized(isMissing: boolean): RequestProblem {
  return new RequestProblem({
    status: 401,
    problems: [
      {
        code: isMissing ? 'TOKEN_REQUIRED' : 'TOKEN_UNKNOWN',
        field: 'Authorization',
        rule: isMissing ? 'must be `Bearer <token>`' : 'names no token that is in force',
        value: '',
      },
    ],
  });
}

function tooMany(retryAfterMs: number): RequestProblem {
  return new RequestProblem({
    status: 429,
    problems: [
      { code: 'TOO_MANY_REQUESTS', field: '', rule: 'the token has used up its rate', value: '' },
    ],
    retryAfterMs,
  });
}

function addHeaders(request: FastifyRequest, reply: FastifyReply): void {
  void reply.headers({
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cross-origin-resource-policy': 'same-origin',
    'cache-control': 'no-store',
  });
  if (!PAGES.test(request.url)) {
    void reply.header('content-security-policy', "default-src 'none'; frame-ancestors 'none'");
  }
}
