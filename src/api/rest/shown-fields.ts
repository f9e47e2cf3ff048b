import type { Type } from '@nestjs/common';
import { badField } from '../problem.js';

// Where @nestjs/swagger notes what `@ApiProperty` stands on.
const PROPERTIES = 'swagger/apiModelPropertiesArray';

/** The fields that a noun shows, in their order. */
export function fieldsOf(view: Type): readonly string[] {
  const noted = Reflect.getMetadata(PROPERTIES, view.prototype as object) as readonly string[];
  return noted.map((name) => name.replace(/^:/, '')).filter((name) => name !== 'asOfPosition');
}

/** The fields that are asked for; all when none are named. Throws a 422 for one that the noun does not have. */
export function chosenFields(view: Type, wanted: readonly string[] | undefined): readonly string[] {
  const known = fieldsOf(view);
  const strange = wanted?.find((field) => !known.includes(field));
  if (strange === undefined) return wanted ?? known;
  throw badField({
    code: 'NOT_ALLOWED',
    field: 'fields',
    rule: `must be of ${known.join(', ')}`,
    value: strange.slice(0, 100),
  });
}

/** What every answer keeps, whatever is asked for: how far it can be trusted. */
const KEPT: readonly string[] = ['asOfPosition', 'suspect'];

export function onlyFields(row: object, fields: readonly string[]): object {
  const cells = row as Readonly<Record<string, unknown>>;
  const names = [...fields, ...KEPT.filter((name) => name in cells)];
  return Object.fromEntries(names.map((name) => [name, cells[name]]));
}
