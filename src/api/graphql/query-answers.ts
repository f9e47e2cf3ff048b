import type { ExecutionResult, GraphQLFormattedError } from 'graphql';
import { defaultErrorFormatter } from 'mercurius';
import type { MercuriusContext } from 'mercurius';

/** The media type of GraphQL over HTTP in which the status tells what the answer is; in plain JSON it is 200 whatever happened. */
const OWN_TYPE = 'application/graphql-response+json';

type Failed = ExecutionResult & Required<Pick<ExecutionResult, 'errors'>>;

/** An answer with errors. Whoever asks for GraphQL's own media type gets the status of the first when there is no data. */
export function answerOf(execution: Failed, context: MercuriusContext) {
  const plain = defaultErrorFormatter(execution, context);
  const errors = plain.response.errors?.map(coded);
  const answer = { ...plain, response: { ...plain.response, ...(errors && { errors }) } };
  void typeAnswer(execution, context);
  if (!speaksOwnType(context)) return answer;
  const [first] = execution.errors;
  const { status } = first?.extensions ?? {};
  const isWhole = execution.data !== null && execution.data !== undefined;
  if (isWhole) return { ...answer, statusCode: 200 };
  const otherwise = answer.statusCode === 200 ? 400 : answer.statusCode;
  return { ...answer, statusCode: typeof status === 'number' ? status : otherwise };
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

function speaksOwnType({ reply }: Partial<MercuriusContext>): boolean {
  return reply?.request.headers.accept?.includes(OWN_TYPE) === true;
}
