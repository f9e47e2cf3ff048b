import { createHmac, timingSafeEqual } from 'node:crypto';
import { PassThrough } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Grant } from '../../application/ports/access.port.js';
import type { SignalSource } from '../../application/ports/signal-source.port.js';
import { RequestProblem } from '../problem.js';

export const SIGNALS_PATH = '/api/v1/signals';
export const SIGNATURE_HEADER = 'stopledger-signature';
export const TIMESTAMP_HEADER = 'stopledger-timestamp';

const SIGNAL_BYTES_MAX = 16_384;
const FORMS = ['application/x-www-form-urlencoded', 'text/plain'];

const bodies = new WeakMap<FastifyRequest, Buffer[]>();

/** Takes forms and plain text at this one path, and keeps the bytes that a signature is over. */
export function takeSignals(server: FastifyInstance): void {
  server.addHook('onRoute', (route) => {
    if (route.url !== SIGNALS_PATH) return;
    route.bodyLimit = SIGNAL_BYTES_MAX;
    route.preParsing = (request, _reply, payload, done) => {
      const kept: Buffer[] = [];
      bodies.set(request, kept);
      const tee = Object.assign(new PassThrough(), { receivedEncodedLength: 0 });
      payload.on('data', (chunk: Buffer) => {
        tee.receivedEncodedLength += chunk.length;
        if (tee.receivedEncodedLength <= SIGNAL_BYTES_MAX) kept.push(chunk);
      });
      payload.on('error', (error) => tee.destroy(error));
      done(null, payload.pipe(tee));
    };
  });
  server.addContentTypeParser(FORMS, { parseAs: 'string' }, (request, body, done) => {
    if (request.routeOptions.url === SIGNALS_PATH) done(null, { text: body });
    else done(Object.assign(new Error('Unsupported Media Type'), { statusCode: 415 }));
  });
}

/** Whether the request brings a signature in place of a token: the door lets it pass, the route judges it. */
export function isSigned({ method, url, headers }: FastifyRequest): boolean {
  const isHere = method === 'POST' && url.split('?')[0] === SIGNALS_PATH;
  return isHere && headers.authorization === undefined && headers[SIGNATURE_HEADER] !== undefined;
}

/** Who signed: the source itself, which may trade for its account. Throws a 401 for a signature that is not its own. */
export function grantOfSigner(request: FastifyRequest, source: SignalSource, nowMs: number): Grant {
  const { secret, maxAgeMs, id, accountId } = source;
  const stamp = textOf(request.headers[TIMESTAMP_HEADER]);
  const given = Buffer.from(textOf(request.headers[SIGNATURE_HEADER]));
  const body = Buffer.concat(bodies.get(request) ?? []);
  const digest = createHmac('sha256', secret ?? '')
    .update(`${stamp}.`)
    .update(body);
  const expected = Buffer.from(`v1=${digest.digest('hex')}`);
  const isItsOwn =
    secret !== undefined && given.length === expected.length && timingSafeEqual(given, expected);
  if (!isItsOwn)
    throw unsigned('SIGNATURE_WRONG', SIGNATURE_HEADER, 'is not of this body and source');
  const ageMs = Math.abs(nowMs - Number(stamp) * 1_000);
  if (!/^\d{1,12}$/.test(stamp) || ageMs > maxAgeMs) {
    throw unsigned('SIGNATURE_OLD', TIMESTAMP_HEADER, 'must be the time now, in Unix seconds');
  }
  return {
    ...{ actor: `signal:${id}`, limitedAs: undefined },
    ...{ scopes: new Set(['trade'] as const), accounts: new Set([accountId]) },
  };
}

function textOf(header: string | string[] | undefined): string {
  return typeof header === 'string' ? header : '';
}

function unsigned(code: string, field: string, rule: string): RequestProblem {
  return new RequestProblem({ status: 401, problems: [{ code, field, rule, value: '' }] });
}
