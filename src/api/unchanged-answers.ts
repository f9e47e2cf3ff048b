import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

// A position is a number in quotes: a text that holds these words has its quotes escaped.
const AS_OF = /"asOfPosition":"(-?\d+)"/g;
const READ = /^\/api\/v1\//;

/**
 * Gives every answer of a reading a tag, and 304 to whoever has it already.
 *
 * The tag is weak: it says that all but `asOfPosition` is the same, so that a list stays unchanged while others write.
 * Where an answer has the revision of an aggregate for a tag, which amendments need, that one is kept.
 */
export function tagAnswers(server: FastifyInstance): void {
  server.addHook('onSend', (request, reply, payload: unknown, done) => {
    if (!isTagged(request, reply) || typeof payload !== 'string') return done(null, payload);
    const revision = reply.getHeader('etag');
    const tag = typeof revision === 'string' ? revision : weakTagOf(payload);
    void reply.header('etag', tag);
    // A row behind a parked fact has the revision that it had before.
    const mayDiffer = revision !== undefined && payload.includes('"suspect":true');
    if (mayDiffer || !matches(request.headers['if-none-match'], tag)) return done(null, payload);
    const position = [...payload.matchAll(AS_OF)].at(-1)?.[1];
    if (position !== undefined) void reply.header('x-as-of-position', position);
    void reply.code(304).removeHeader('content-type').removeHeader('content-length');
    done(null, '');
  });
}

function isTagged({ method, url }: FastifyRequest, reply: FastifyReply): boolean {
  const isJson = String(reply.getHeader('content-type')).startsWith('application/json');
  return method === 'GET' && reply.statusCode === 200 && isJson && READ.test(url);
}

function weakTagOf(payload: string): string {
  const text = payload.replace(AS_OF, '');
  return `W/"${createHash('sha1').update(text).digest('base64url')}"`;
}

/** Compares weakly, as RFC 9110 (13.1.2) asks for: `W/"x"` and `"x"` are the same. */
function matches(wanted: string | undefined, tag: string): boolean {
  if (wanted === undefined) return false;
  const plain = (text: string) => text.trim().replace(/^W\//, '');
  return wanted.trim() === '*' || wanted.split(',').some((each) => plain(each) === plain(tag));
}
