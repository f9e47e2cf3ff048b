import { Field, Float, ObjectType } from '@nestjs/graphql';
import { ApiProperty } from '@nestjs/swagger';
import type { Type } from '@nestjs/common';
import { AsOfField, CountField, FlagField, JsonField, TextField } from './fields.js';

/** `figure` is a whole number that may pass 32 bits, such as milliseconds. A question mark: may be null. */
type FieldKind = 'text' | 'count' | 'figure' | 'flag' | 'json';
export type FieldKinds<Row> = {
  readonly [Key in keyof Row]-?: null extends Row[Key] ? `${FieldKind}?` : FieldKind;
};

const DECORATORS: Readonly<Record<FieldKind, (nullable: boolean) => PropertyDecorator>> = {
  text: (nullable) => TextField({ nullable }),
  count: (nullable) => CountField({ nullable }),
  flag: (nullable) => FlagField({ nullable }),
  figure: (nullable) =>
    both(
      Field(() => Float, { nullable }),
      { type: 'integer', nullable },
    ),
  json: (nullable) => JsonField({ nullable }),
};

function both(field: PropertyDecorator, property: Parameters<typeof ApiProperty>[0]) {
  return (target: object, key: string | symbol) => {
    field(target, key);
    ApiProperty(property)(target, key);
  };
}

/** The class that shows a row as it stands, in GraphQL and OpenAPI alike. A column that is left out does not compile. */
export function rowView<Row extends object>(
  name: string,
  fields: FieldKinds<Row>,
): Type<Row & { readonly asOfPosition: string }> {
  // A class of its own for each noun: the frameworks tell nouns apart by it.
  class RowView {
    readonly asOfPosition!: string;
  }
  Object.defineProperty(RowView, 'name', { value: name });
  for (const [key, kind] of Object.entries<string>(fields)) {
    const nullable = kind.endsWith('?');
    DECORATORS[kind.replace('?', '') as FieldKind](nullable)(RowView.prototype, key);
  }
  AsOfField()(RowView.prototype, 'asOfPosition');
  ObjectType(name)(RowView);
  return RowView as unknown as Type<Row & { readonly asOfPosition: string }>;
}
