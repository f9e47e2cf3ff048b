import { Kind, parse } from 'graphql';
import type { FieldNode, FragmentDefinitionNode } from 'graphql';
import { wantedOf } from './page-selection.js';

const LEADING = ['stopId', 'positionId', 'instrumentId'];

function wantedBy(query: string) {
  const { definitions } = parse(query);
  const fragments = Object.fromEntries(
    definitions
      .filter((each): each is FragmentDefinitionNode => each.kind === Kind.FRAGMENT_DEFINITION)
      .map((each) => [each.name.value, each]),
  );
  const fieldNodes = definitions.flatMap((each) =>
    each.kind === Kind.OPERATION_DEFINITION ? (each.selectionSet.selections as FieldNode[]) : [],
  );
  return wantedOf({ fieldNodes, fragments });
}

it.each([
  ['items', '{stops{items{level side}}}', ['level', 'side'], false],
  ['edges', '{stops{edges{cursor node{level}}}}', ['level'], true],
  [
    'both, each once',
    '{stops{items{level} edges{node{level plan{stop}}}}}',
    ['level', 'plan'],
    true,
  ],
  ['other names', '{stops{rows:items{at:level}}}', ['level'], false],
  ['a relation', '{stops{items{position{side}}}}', ['position'], false],
  [
    'fragments',
    'query{stops{...P}} fragment P on StopConnection{items{...R ...on Stop{side}} pageInfo{endCursor}} fragment R on Stop{level}',
    ['level', 'side'],
    true,
  ],
  ['what a condition may leave out', '{stops{items{level @include(if:false)}}}', ['level'], false],
  ['no row', '{stops{asOfPosition}}', [], false],
])('of a page by %s it wants no more than that', (_how, query, fields, wantsCursors) => {
  expect(wantedBy(query)).toStrictEqual({ fields: [...LEADING, ...fields], wantsCursors });
});
