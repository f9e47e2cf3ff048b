import { applyDecorators } from '@nestjs/common';
import type { Type } from '@nestjs/common';
import { Extensions, Field, Float, Int } from '@nestjs/graphql';
import { ApiProperty } from '@nestjs/swagger';
import type { ApiPropertyOptions } from '@nestjs/swagger';
import { GraphQLScalarType, valueFromASTUntyped } from 'graphql';

interface FieldOptions {
  readonly nullable?: boolean;
  /** In JSON it is left out, in GraphQL null. */
  readonly optional?: boolean;
  readonly description?: string;
}

function inGraphql({ nullable, optional, description }: FieldOptions) {
  const isNullable = nullable === true || optional === true;
  return {
    ...(isNullable && { nullable: true }),
    ...(description !== undefined && { description }),
  };
}

function inOpenApi({ nullable, optional, description }: FieldOptions) {
  return {
    required: optional !== true,
    ...(nullable === true && { nullable: true }),
    ...(description !== undefined && { description }),
  };
}

/** Text, exact decimals and times alike: one field of GraphQL and OpenAPI. */
export function TextField(options: FieldOptions = {}): PropertyDecorator {
  return applyDecorators(
    Field(() => String, inGraphql(options)),
    ApiProperty({ type: String, ...inOpenApi(options) }),
  );
}

/** How far the log was read for the answer. A list says it once, for all of its items. */
export function AsOfField(): PropertyDecorator {
  const description = 'The log position that the answer is valid at.';
  return applyDecorators(
    Field(() => String, { description }),
    ApiProperty({ type: String, required: false, description }),
  );
}

export function CountField(options: FieldOptions = {}): PropertyDecorator {
  return applyDecorators(
    Field(() => Int, inGraphql(options)),
    ApiProperty({ type: 'integer', ...inOpenApi(options) }),
  );
}

/** A count that GraphQL's `Int` of 32 bits is too small for within days: exact up to 2^53 in both. */
export function LargeCountField(options: FieldOptions = {}): PropertyDecorator {
  return applyDecorators(
    Field(() => Float, inGraphql(options)),
    ApiProperty({ type: 'integer', ...inOpenApi(options) }),
  );
}

export function FlagField(options: FieldOptions = {}): PropertyDecorator {
  return applyDecorators(
    Field(() => Boolean, inGraphql(options)),
    ApiProperty({ type: Boolean, ...inOpenApi(options) }),
  );
}

/** A JSON document as it stands: keys that are ids or currencies are no fields of a schema. */
export const JsonScalar = new GraphQLScalarType({
  name: 'JSON',
  description: 'A JSON document.',
  serialize: (value) => value,
  parseValue: (value) => value,
  parseLiteral: (node, variables) => valueFromASTUntyped(node, variables),
});

/** An object or an array. The framework has no word for that: the OpenAPI document replaces this one. */
export const JSON_FORMAT = 'json-document';

export function JsonField(options: FieldOptions = {}): PropertyDecorator {
  return documentField({ format: JSON_FORMAT, additionalProperties: true }, options);
}

/** Counts by a name that is not known beforehand. */
export function CountsField(options: FieldOptions = {}): PropertyDecorator {
  return documentField({ additionalProperties: { type: 'integer' } }, options);
}

function documentField(described: object, options: FieldOptions): PropertyDecorator {
  // The typings want each property named; this one may have any.
  const property = { type: 'object', ...described, ...inOpenApi(options) } as unknown;
  return applyDecorators(
    Field(() => JsonScalar, inGraphql(options)),
    ApiProperty(property as ApiPropertyOptions),
  );
}

export function NestedField(of: () => Type, options: FieldOptions = {}): PropertyDecorator {
  return applyDecorators(
    Field(of, inGraphql(options)),
    // Written out: the framework knows a lazy type by the function's name, `type`.
    ApiProperty({ type: () => of(), ...inOpenApi(options) }),
  );
}

/** Of a list that no argument limits: how long it may be. What a query may cost is counted with it. */
export function AtMost(rowsMax: number): MethodDecorator & PropertyDecorator {
  return Extensions({ rowsMax });
}

export function ListField(
  of: () => Type | StringConstructor,
  { rowsMax, ...options }: FieldOptions & { readonly rowsMax?: number } = {},
): PropertyDecorator {
  return applyDecorators(
    Field(() => [of()], inGraphql(options)),
    ...(rowsMax === undefined ? [] : [AtMost(rowsMax)]),
    ApiProperty({ type: () => of(), isArray: true, ...inOpenApi(options) }),
  );
}
