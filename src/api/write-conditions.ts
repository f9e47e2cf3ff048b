import type { FastifyInstance } from 'fastify';
import { badField } from './problem.js';
import { sendProblem } from './problem-answers.js';
import { printable } from './rest/reading.js';

const WRITE = /^(POST|PUT|PATCH|DELETE)$/;
const API = '/api/v1/';
/** Writes that hold `If-Match` against the revision of what they change. */
const COMPARING: ReadonlySet<string> = new Set([
  '/api/v1/stops/:stopId',
  '/api/v1/stops/:stopId/suspend',
  '/api/v1/stops/:stopId/resume',
]);

/**
 * Refuses a write whose condition nobody would look at: a position was closed although its `If-Match` did not hold
 * (RFC 9110, 13.1.1).
 */
export function refuseIgnoredConditions(server: FastifyInstance): void {
  server.addHook('onRequest', ({ method, headers, routeOptions: { url } }, reply, done) => {
    const condition = headers['if-match'];
    const isIgnored = WRITE.test(method) && url?.startsWith(API) === true && !COMPARING.has(url);
    if (condition === undefined || !isIgnored) return done();
    const rule = 'must be left out: this command is held against no revision';
    const value = printable(condition);
    void sendProblem(badField({ code: 'NOT_ALLOWED', field: 'If-Match', rule, value }), reply);
  });
}
