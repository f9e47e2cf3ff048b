import { Kind, getNamedType, isObjectType, valueFromASTUntyped } from 'graphql';
import type {
  DocumentNode,
  FieldNode,
  FragmentDefinitionNode,
  GraphQLField,
  GraphQLNamedType,
  GraphQLSchema,
  SelectionSetNode,
} from 'graphql';
import type { MercuriusContext } from 'mercurius';
import { LIMIT_DEFAULT, LIMIT_MAX } from '../rest/request-queries.parse.js';
import { badRequest, refuseSubscription } from './query-limits.js';

/** Values that are resolved for one answer: a page of 200 with every field of each row, six times over. */
export const QUERY_COST_MAX = 50_000;

interface Document {
  readonly schema: GraphQLSchema;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly variables: Readonly<Record<string, unknown>>;
}

/**
 * How many values the answer may have: a field counts one, and what stands below a page as often as the page has rows.
 * The document is valid, so that no fragment holds itself and none is deep.
 */
export function costOf(
  schema: GraphQLSchema,
  document: DocumentNode,
  variables: Readonly<Record<string, unknown>>,
): number {
  const fragments = new Map(
    document.definitions.flatMap((each) =>
      each.kind === Kind.FRAGMENT_DEFINITION ? [[each.name.value, each] as const] : [],
    ),
  );
  const costs = document.definitions.map((each) =>
    each.kind === Kind.OPERATION_DEFINITION
      ? costOfSet(each.selectionSet, schema.getRootType(each.operation), {
          ...{ schema, fragments, variables },
        })
      : 0,
  );
  return Math.max(...costs);
}

/** Refuses a subscription and what costs too much. The operation that costs most counts, whichever of several is meant. */
export async function refuseUnanswered(
  schema: GraphQLSchema,
  document: DocumentNode,
  context: Pick<MercuriusContext, 'reply'>,
  variables: Readonly<Record<string, unknown>> | undefined,
): Promise<void> {
  await refuseSubscription(document, context);
  const cost = costOf(schema, document, variables ?? {});
  if (cost <= QUERY_COST_MAX) return;
  throw badRequest(
    `A query asks for at most ${String(QUERY_COST_MAX)} values, this one for up to ${String(cost)}.`,
  );
}

function costOfSet(
  set: SelectionSetNode | undefined,
  type: GraphQLNamedType | null | undefined,
  document: Document,
): number {
  return (set?.selections ?? []).reduce((sum, each) => {
    if (each.kind === Kind.FIELD) return sum + costOfField(each, type, document);
    if (each.kind === Kind.INLINE_FRAGMENT) {
      return sum + costOfSet(each.selectionSet, type, document);
    }
    const fragment = document.fragments.get(each.name.value);
    return sum + costOfSet(fragment?.selectionSet, type, document);
  }, 0);
}

function costOfField(
  field: FieldNode,
  type: GraphQLNamedType | null | undefined,
  document: Document,
): number {
  const known = isObjectType(type) ? type.getFields()[field.name.value] : undefined;
  const below = costOfSet(field.selectionSet, known && getNamedType(known.type), document);
  return 1 + below * (known ? rowsOf(field, known, document) : 1);
}

/** Arguments that say how many rows of something are wanted. */
const COUNTS: ReadonlySet<string> = new Set(['limit', 'first', 'levels']);

function rowsOf(
  { arguments: given }: FieldNode,
  { args, extensions }: GraphQLField<unknown, unknown>,
  { variables }: Document,
): number {
  const counts = args.filter(({ name }) => COUNTS.has(name));
  if (counts.length === 0) return Number(extensions['rowsMax'] ?? 1);
  const limits = (given ?? [])
    .filter(({ name }) => COUNTS.has(name.value))
    .map(({ value }) => valueFromASTUntyped(value, variables))
    .filter((value) => typeof value === 'number');
  const usual = counts.map(({ defaultValue }) => Number(defaultValue ?? LIMIT_DEFAULT));
  // A limit beyond the highest is refused when it is read.
  return Math.min(LIMIT_MAX, Math.max(0, ...(limits.length > 0 ? limits : usual)));
}
