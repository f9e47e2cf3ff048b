import { GraphQLError, Kind } from 'graphql';
import type { ASTVisitor, ValidationContext } from 'graphql';

/** Deep enough for the introspection of the bundled GraphiQL; our own nouns reach six. */
export const QUERY_DEPTH_MAX = 16;
// Each root field is a statement on the database; aliases would make thousands of one request.
const ROOT_FIELDS_MAX = 20;

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
