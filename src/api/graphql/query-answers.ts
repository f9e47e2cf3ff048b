import type { ExecutionResult, GraphQLFormattedError } from 'graphql';
import { defaultErrorFormatter } from 'mercurius';
import type { MercuriusContext } from 'mercurius';

/**
 * The media type of GraphQL over HTTP in which the status tells what the answer is. In plain JSON it tells whether there is
 * one: 200 for whatever GraphQL has to say of a query.
 */
const OWN_TYPE = 'application/graphql-response+json';
const PLAIN_TYPE = 'application/json';

type Failed = ExecutionResult & Required<Pick<ExecutionResult, 'errors'>>;

/** An answer with errors. */
export function answerOf(execution: Failed, context: MercuriusContext) {
  const { response, statusCode } = defaultErrorFormatter(execution, context);
  const errors = response.errors?.map(coded);
  void typeAnswer(execution, context);
  const found = { statusCode, isAsked: isAsked(context) };
  return {
    statusCode: speaksOwnType(context) ? ownStatus(execution, found) : plainStatus(found),
    response: { ...response, ...(errors && { errors }) },
  };
}

interface Found {
  /** As the framework has it: by the number of errors and by what threw them. */
  readonly statusCode: number;
  readonly isAsked: boolean;
}

/** The status that REST would give the first problem, when there is no data beside it. */
function ownStatus({ data, errors: [first] }: Failed, { statusCode }: Found): number {
  if (data !== null && data !== undefined) return 200;
  const status = first?.extensions['status'];
  if (typeof status === 'number') return status;
  return statusCode === 200 ? 400 : statusCode;
}

function plainStatus({ statusCode, isAsked: wasAsked }: Found): number {
  return wasAsked && statusCode === 400 ? 200 : statusCode;
}

/** Whether the request held a query: Mercurius notes it here before it looks into it. */
function isAsked(context: object): boolean {
  return '__currentQuery' in context;
}

/** What GraphQL itself finds wrong with a query has the words of our own problems, too. */
function coded(error: GraphQLFormattedError): GraphQLFormattedError {
  if (error.extensions?.['code'] !== undefined) return error;
  const problem = { code: 'QUERY_INVALID', field: '', rule: error.message, value: '' };
  const extensions = { ...error.extensions, ...problem, status: 400, problems: [problem] };
  return { ...error, extensions };
}

/** Says in which of the two media types it answers. */
export function typeAnswer(_execution: unknown, context: MercuriusContext): Promise<void> {
  if (speaksOwnType(context)) void context.reply.type(`${OWN_TYPE}; charset=utf-8`);
  return Promise.resolve();
}

/** Whether the caller would rather have it than plain JSON (RFC 9110, 12.5.1). */
function speaksOwnType({ reply }: Partial<MercuriusContext>): boolean {
  const weights = weightsIn(reply?.request.headers.accept ?? '');
  const own = weights.get(OWN_TYPE) ?? 0;
  return own > 0 && own >= (weights.get(PLAIN_TYPE) ?? 0);
}

/** How much each media type is wanted: from 0, not at all, to 1. */
function weightsIn(accept: string): ReadonlyMap<string, number> {
  return new Map(
    accept.split(',').map((range) => {
      const [type = '', ...parameters] = range.split(';').map((each) => each.trim().toLowerCase());
      const weight = parameters.find((each) => each.startsWith('q='))?.slice(2) ?? '1';
      return [type, Number(weight)] as const;
    }),
  );
}
