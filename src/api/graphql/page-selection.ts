import { Kind } from 'graphql';
import type { FieldNode, GraphQLResolveInfo, SelectionSetNode } from 'graphql';
import type { PageRequest } from '../../application/ports/read-side.port.js';

/** What leads on from a row to others: their resolvers read it, whether it is asked for or not. */
const LEADING = ['stopId', 'positionId', 'instrumentId'] as const;

/**
 * What a query asks for of a page, so that no more of its rows is decoded. What a condition leaves out counts: a field too
 * many costs little, one too few would be missing.
 */
export function wantedOf({
  fieldNodes,
  fragments,
}: Pick<GraphQLResolveInfo, 'fieldNodes' | 'fragments'>): Pick<
  PageRequest,
  'fields' | 'wantsCursors'
> {
  const within = (fields: readonly FieldNode[]): readonly FieldNode[] =>
    fields.flatMap(({ selectionSet }) => fieldsOf(selectionSet));
  const fieldsOf = (set: SelectionSetNode | undefined): readonly FieldNode[] =>
    (set?.selections ?? []).flatMap((each) => {
      if (each.kind === Kind.FIELD) return each;
      if (each.kind === Kind.INLINE_FRAGMENT) return fieldsOf(each.selectionSet);
      return fieldsOf(fragments[each.name.value]?.selectionSet);
    });
  const named = (fields: readonly FieldNode[], name: string) =>
    fields.filter((field) => field.name.value === name);
  const page = within(fieldNodes);
  const edges = named(page, 'edges');
  const rows = [...named(page, 'items'), ...named(within(edges), 'node')];
  return {
    fields: [...new Set([...LEADING, ...within(rows).map(({ name }) => name.value)])],
    wantsCursors: edges.length > 0 || named(page, 'pageInfo').length > 0,
  };
}
