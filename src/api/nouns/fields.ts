import { applyDecorators } from '@nestjs/common';
import type { Type } from '@nestjs/common';
import { Field, Int } from '@nestjs/graphql';
import { ApiProperty } from '@nestjs/swagger';
import { GraphQLScalarType } from 'graphql';

interface FieldOptions {
  readonly nullable?: boolean;
  readonly description?: string;
}

/** Text, exact decimals and times alike: one field of GraphQL and OpenAPI. */
export function TextField(options: FieldOptions = {}): PropertyDecorator {
  return applyDecorators(
    Field(() => String, options),
    ApiProperty({ type: String, ...options }),
  );
}

export function CountField(options: FieldOptions = {}): PropertyDecorator {
  return applyDecorators(
    Field(() => Int, options),
    ApiProperty({ type: 'integer', ...options }),
  );
}

export function FlagField(options: FieldOptions = {}): PropertyDecorator {
  return applyDecorators(
    Field(() => Boolean, options),
    ApiProperty({ type: Boolean, ...options }),
  );
}

/** A JSON document as it stands: keys that are ids or currencies are no fields of a schema. */
const JsonScalar = new GraphQLScalarType({
  name: 'JSON',
  description: 'A JSON document.',
  serialize: (value) => value,
});

export function JsonField(options: FieldOptions = {}): PropertyDecorator {
  return applyDecorators(
    Field(() => JsonScalar, options),
    ApiProperty({ type: 'object', additionalProperties: true, ...options }),
  );
}

export function NestedField(of: () => Type, options: FieldOptions = {}): PropertyDecorator {
  return applyDecorators(Field(of, options), ApiProperty({ type: of, ...options }));
}

export function ListField(
  of: () => Type | StringConstructor,
  options: FieldOptions = {},
): PropertyDecorator {
  return applyDecorators(
    Field(() => [of()], options),
    ApiProperty({ type: of, isArray: true, ...options }),
  );
}
