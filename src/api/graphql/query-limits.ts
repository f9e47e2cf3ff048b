import {
  GraphQLError,
  Kind,
  Lexer,
  OperationTypeNode,
  Source,
  TokenKind,
  getOperationAST,
  parse,
  specifiedRules,
} from 'graphql';
import type {
  ASTVisitor,
  DocumentNode,
  SelectionSetNode,
  ValidationContext,
  ValidationRule,
} from 'graphql';
import type { MercuriusContext } from 'mercurius';

/** Deep enough for the introspection of the bundled GraphiQL; our own nouns reach six. */
export const QUERY_DEPTH_MAX = 16;
/** Checking a document costs more than its length: the bundled GraphiQL's longest has some 300 tokens. */
export const QUERY_TOKENS_MAX = 4_000;
// Each root field is a statement on the database; aliases would make thousands of one request.
const ROOT_FIELDS_MAX = 20;
// Each field is resolved for every item of a list; all fields of all our nouns are fewer.
const FIELDS_MAX = 500;

// Brackets within brackets: the parser calls itself for each. Those of a query as deep as allowed, and arguments in it.
const NESTING_MAX = 64;
const OPENING: ReadonlySet<string> = new Set([
  TokenKind.BRACE_L,
  TokenKind.BRACKET_L,
  TokenKind.PAREN_L,
]);
const CLOSING: ReadonlySet<string> = new Set([
  TokenKind.BRACE_R,
  TokenKind.BRACKET_R,
  TokenKind.PAREN_R,
]);

/** What the parser must not be given: it would run out of stack, which is no answer to anybody. */
export function tooNested(text: string): GraphQLError | undefined {
  const lexer = new Lexer(new Source(text));
  let depth = 0;
  try {
    for (let words = 0; words <= QUERY_TOKENS_MAX; words += 1) {
      const { kind } = lexer.advance();
      if (OPENING.has(kind)) depth += 1;
      if (CLOSING.has(kind)) depth -= 1;
      if (kind === TokenKind.EOF) return undefined;
      if (depth > NESTING_MAX) {
        const most = String(NESTING_MAX);
        return new GraphQLError(`A query has at most ${most} brackets within one another.`);
      }
    }
  } catch {
    // It is no GraphQL: the parser says where.
  }
  return undefined;
}

/** Refuses documents that ask for too many root fields, fragments counted where they are spread. */
export function rootFieldsLimited(context: ValidationContext): ASTVisitor {
  return {
    OperationDefinition(operation) {
      const selections = [...operation.selectionSet.selections];
      const spread = new Set<string>();
      let fields = 0;
      for (let each = selections.pop(); each; each = selections.pop()) {
        if (each.kind === Kind.FIELD) fields += 1;
        else if (each.kind === Kind.INLINE_FRAGMENT)
          selections.push(...each.selectionSet.selections);
        else if (!spread.has(each.name.value)) {
          spread.add(each.name.value);
          selections.push(...(context.getFragment(each.name.value)?.selectionSet.selections ?? []));
        }
      }
      if (fields <= ROOT_FIELDS_MAX) return;
      context.reportError(
        new GraphQLError(
          `A query has at most ${String(ROOT_FIELDS_MAX)} root fields, this one has ${String(fields)}.`,
          { nodes: [operation] },
        ),
      );
    },
  };
}

/** Refuses documents whose fields, each fragment counted wherever it is spread, are too many. */
export function fieldsLimited(context: ValidationContext): ASTVisitor {
  const inFragment = new Map<string, number>();
  const ofFragment = (name: string): number => {
    const known = inFragment.get(name);
    if (known !== undefined) return known;
    // A fragment inside itself is refused by another rule: it must only come to an end here.
    inFragment.set(name, 0);
    const count = fieldsIn(context.getFragment(name)?.selectionSet);
    inFragment.set(name, count);
    return count;
  };
  const fieldsIn = (set: SelectionSetNode | undefined): number =>
    (set?.selections ?? []).reduce((sum, each) => {
      if (each.kind === Kind.FRAGMENT_SPREAD) return sum + ofFragment(each.name.value);
      return sum + (each.kind === Kind.FIELD ? 1 : 0) + fieldsIn(each.selectionSet);
    }, 0);
  return {
    OperationDefinition(operation) {
      const fields = fieldsIn(operation.selectionSet);
      if (fields <= FIELDS_MAX) return;
      context.reportError(
        new GraphQLError(
          `A query has at most ${String(FIELDS_MAX)} fields, this one has ${String(fields)}.`,
          { nodes: [operation] },
        ),
      );
    },
  };
}

/** Refuses documents that are nested too deeply. Over HTTP Mercurius does so by itself. */
export function depthLimited(context: ValidationContext): ASTVisitor {
  let depth = 0;
  let isReported = false;
  return {
    SelectionSet: {
      enter(node) {
        depth += 1;
        if (depth <= QUERY_DEPTH_MAX || isReported) return;
        isReported = true;
        const rule = `A query is at most ${String(QUERY_DEPTH_MAX)} levels deep.`;
        context.reportError(new GraphQLError(rule, { nodes: [node] }));
      },
      leave: () => void (depth -= 1),
    },
  };
}

/** What a document is held against that does not come by HTTP. */
export const QUERY_RULES: readonly ValidationRule[] = [
  ...specifiedRules,
  ...[rootFieldsLimited, fieldsLimited, depthLimited],
];

/** Mercurius takes a syntax tree as JSON in place of a query, and trusts it: no limit above would hold. */
export function refuseUnparsed(
  _schema: unknown,
  source: string,
  context: Pick<MercuriusContext, 'reply'>,
): Promise<void> {
  if (isJson(source)) return Promise.reject(badRequest('The query must be GraphQL text.'));
  const nested = tooNested(source);
  return nested ? Promise.reject(badRequest(nested.message)) : refuseUnnamed(source, context);
}

/**
 * Refuses what Mercurius stumbles over: of a GET it takes the operation that is named, whether there is one or not.
 * Where a text that cannot be parsed is wrong is told by others.
 */
function refuseUnnamed(source: string, { reply }: Pick<MercuriusContext, 'reply'>): Promise<void> {
  if (reply.request.method !== 'GET') return Promise.resolve();
  const name = operationNameIn(reply);
  const document = parsed(source);
  if (!document || getOperationAST(document, name)) return Promise.resolve();
  return Promise.reject(
    badRequest(
      name === undefined
        ? 'Must provide operation name if query contains multiple operations.'
        : `Unknown operation named "${name}".`,
    ),
  );
}

/** Refuses what cannot be answered once: a subscription goes on. */
export function refuseSubscription(
  document: DocumentNode,
  { reply }: Pick<MercuriusContext, 'reply'>,
): Promise<void> {
  const asked = getOperationAST(document, operationNameIn(reply))?.operation;
  if (asked !== OperationTypeNode.SUBSCRIPTION) return Promise.resolve();
  return Promise.reject(badRequest('Subscriptions go over a WebSocket at the same path.'));
}

function operationNameIn({ request }: MercuriusContext['reply']): string | undefined {
  const asked = request.method === 'GET' ? request.query : request.body;
  return (asked as { readonly operationName?: string | null }).operationName ?? undefined;
}

function parsed(source: string): DocumentNode | undefined {
  try {
    return parse(source, { maxTokens: QUERY_TOKENS_MAX });
  } catch {
    return undefined;
  }
}

/** Said by the status, too, to whoever asks for it: nothing was done. */
export function badRequest(message: string): Error {
  return Object.assign(new Error(message), { statusCode: 400 });
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
