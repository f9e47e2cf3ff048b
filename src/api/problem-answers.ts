import { STATUS_CODES } from 'node:http';
import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { GraphQLError } from 'graphql';
import { CursorUnreadable, ReadSideUnavailable } from '../application/ports/read-side.port.js';
import { RequestProblem, badField, unavailable } from './problem.js';

/** Answers every failed request with a problem document; nothing of the inside (stack, message of a bug) gets out. */
export class ProblemAnswers implements ExceptionFilter {
  constructor(private readonly onBug: (error: unknown) => void) {}

  catch(error: unknown, host: ArgumentsHost): unknown {
    if (host.getType<string>() === 'graphql') {
      const { idempotencyKey } =
        host.getArgByIndex<{ idempotencyKey?: string } | undefined>(1) ?? {};
      return graphqlError(withKey(told(error, this.onBug), idempotencyKey));
    }
    return answerProblem(error, host.switchToHttp().getResponse<FastifyReply>(), this.onBug);
  }
}

export function answerProblem(
  error: unknown,
  reply: FastifyReply,
  onBug: (error: unknown) => void,
): FastifyReply {
  const { headers, routeOptions } = reply.request;
  const problem = withKey(told(error, onBug), headers['idempotency-key']);
  return sendProblem(problem.status === 413 ? withLimit(problem, routeOptions) : problem, reply);
}

const VALUE_LENGTH_MAX = 100;

/** The engine knows the command that a key stands for, and not the key. */
function withKey(problem: RequestProblem, key: string | string[] | undefined): RequestProblem {
  return problem.with((one) =>
    one.code === 'IDEMPOTENCY_KEY_REUSED'
      ? { ...one, value: String(key ?? '').slice(0, VALUE_LENGTH_MAX) }
      : one,
  );
}

function withLimit(
  problem: RequestProblem,
  { bodyLimit }: FastifyRequest['routeOptions'],
): RequestProblem {
  return problem.with((one) => ({
    ...one,
    ...{ field: 'Content-Length', rule: `must not be more than ${bodyLimit} bytes` },
  }));
}

/** The problem that the error is to a client; a fault of ours is told to whoever mends it. */
function told(error: unknown, onBug: (error: unknown) => void): RequestProblem {
  const problem = problemOf(error);
  if (problem.status >= 500 && problem.retryAfterMs === undefined) onBug(error);
  return problem;
}

export function sendProblem(problem: RequestProblem, reply: FastifyReply): FastifyReply {
  if (problem.retryAfterMs !== undefined) {
    void reply.header('retry-after', String(Math.max(1, Math.ceil(problem.retryAfterMs / 1_000))));
  }
  // What was found before the problem was, the tag of a row, is not what is sent.
  void reply.removeHeader('etag');
  // Bytes, so that no charset is added to a media type that defines none.
  return reply
    .code(problem.status)
    .header('content-type', 'application/problem+json')
    .send(Buffer.from(JSON.stringify(problem.document())));
}

/** What is a header in REST is an argument in GraphQL. */
const ARGUMENTS: Readonly<Record<string, string>> = {
  'If-Match': 'expectedRevision',
  'Idempotency-Key': 'idempotencyKey',
};

export function graphqlError(inRest: RequestProblem): GraphQLError {
  const problem = inRest.with((one) => ({ ...one, field: ARGUMENTS[one.field] ?? one.field }));
  const { code, field, rule, value, problems, status, detail } = problem.document();
  return new GraphQLError(detail, {
    extensions: { code, field, rule, value, status, problems },
  });
}

/** What a framework error means to a client, by status. */
const FRAMEWORK_CODES: Readonly<Record<number, string>> = {
  400: 'MALFORMED_REQUEST',
  403: 'FORBIDDEN',
  404: 'NO_SUCH_ROUTE',
  405: 'METHOD_NOT_ALLOWED',
  413: 'BODY_TOO_LARGE',
  414: 'URL_TOO_LONG',
  415: 'MEDIA_TYPE_NOT_SUPPORTED',
};

export function problemOf(error: unknown): RequestProblem {
  if (error instanceof RequestProblem) return error;
  if (error instanceof CursorUnreadable) {
    const value = error.cursor.slice(0, VALUE_LENGTH_MAX);
    return badField({ code: 'CURSOR_UNREADABLE', field: 'cursor', rule: error.message, value });
  }
  if (error instanceof ReadSideUnavailable) {
    return unavailable('READ_SIDE_UNAVAILABLE', error.message, error.retryAfterMs);
  }
  const status = statusOf(error);
  const isClientsFault = status >= 400 && status < 500;
  return new RequestProblem({
    status: isClientsFault ? status : 500,
    problems: [
      {
        code: isClientsFault ? (FRAMEWORK_CODES[status] ?? 'REQUEST_REFUSED') : 'INTERNAL_ERROR',
        field: '',
        rule: isClientsFault ? ruleOf(error, status) : 'the program has a fault here',
        value: '',
      },
    ],
  });
}

function statusOf(error: unknown): number {
  // A body that is no JSON reaches us as the parser's own error.
  if (error instanceof SyntaxError || error instanceof URIError) return 400;
  const known = error as {
    status?: unknown;
    statusCode?: unknown;
    getStatus?: () => number;
  } | null;
  const status = known?.getStatus?.() ?? known?.statusCode ?? known?.status;
  return typeof status === 'number' ? status : 500;
}

function ruleOf(error: unknown, status: number): string {
  // The parser's one answer to both.
  if ((error as { code?: unknown } | null)?.code === 'FST_ERR_CTP_INVALID_JSON_BODY') {
    return 'must be JSON, without a field __proto__ or constructor.prototype';
  }
  return error instanceof Error && error.message !== ''
    ? error.message
    : (STATUS_CODES[status] ?? 'refused');
}
