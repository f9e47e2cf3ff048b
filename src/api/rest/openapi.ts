import { applyDecorators } from '@nestjs/common';
import type { Type } from '@nestjs/common';
import {
  ApiBody,
  ApiExtraModels,
  ApiHeader,
  ApiQuery,
  ApiResponse,
  getSchemaPath,
} from '@nestjs/swagger';
import { z } from 'zod';

type Schema = Record<string, unknown>;

/** The JSON schema of a zod schema: both say the same because one is made of the other. */
function jsonSchema(schema: z.ZodType): Schema {
  const whole = z.toJSONSchema(schema, {
    target: 'draft-2020-12',
    io: 'input',
    unrepresentable: 'any',
  }) as Schema;
  return Object.fromEntries(Object.entries(whole).filter(([key]) => key !== '$schema'));
}

function queryOf(query: z.ZodObject): MethodDecorator {
  return applyDecorators(
    ...Object.entries(query.shape).map(([name, schema]) => {
      const asked = schema as z.ZodType;
      const required = !asked.safeParse(undefined).success && !isExactOptional(asked);
      return ApiQuery({ name, required, schema: jsonSchema(asked) });
    }),
  );
}

/** Of a query string a name is there or not: it may never be undefined, and yet be left out. */
function isExactOptional(schema: z.ZodType): boolean {
  return schema instanceof z.ZodExactOptional;
}

/** The statuses that a route answers with a problem document, beside those that any route does. */
function refusals(...statuses: readonly number[]): MethodDecorator {
  const content = {
    'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
  };
  return applyDecorators(
    ...statuses.map((status) =>
      ApiResponse({ status, description: 'Problem document (RFC 9457)', content }),
    ),
  );
}

/** A query that answers neither a list nor one noun. */
export function ApiWanted(item: Type, query: z.ZodObject): MethodDecorator {
  return applyDecorators(
    queryOf(query),
    ApiResponse({ status: 200, type: item }),
    refusals(404, 422),
  );
}

function page(item: Type): Schema {
  return {
    type: 'object',
    required: ['items', 'nextCursor', 'asOfPosition'],
    properties: {
      items: { type: 'array', items: { $ref: getSchemaPath(item) } },
      nextCursor: { type: 'string', nullable: true },
      asOfPosition: { type: 'string' },
    },
    additionalProperties: false,
  };
}

/** A list: `{items, nextCursor, asOfPosition}`, or all of it as a file where the query has a `format`. */
export function ApiList(item: Type, query: z.ZodObject): MethodDecorator {
  const text = { schema: { type: 'string' } };
  const files = 'format' in query.shape ? { 'text/csv': text, 'application/jsonl': text } : {};
  return applyDecorators(
    queryOf(query),
    ApiExtraModels(item),
    ApiResponse({
      status: 200,
      description: 'With `fields`, items hold these alone.',
      content: { 'application/json': { schema: page(item) }, ...files },
    }),
    refusals(422),
  );
}

/** A list of what hangs on something that may not be there. */
export function ApiListOf(item: Type, query: z.ZodObject): MethodDecorator {
  return applyDecorators(ApiList(item, query), refusals(404));
}

export function ApiOne(item: Type, query: z.ZodObject): MethodDecorator {
  return applyDecorators(
    queryOf(query),
    ApiResponse({ status: 200, type: item }),
    refusals(404, 422),
  );
}

/** What every write answers beside its own noun. */
function outcome(status: number): MethodDecorator {
  return ApiResponse({
    status,
    description: 'The deciding event is durable.',
    content: {
      'application/json': {
        schema: {
          type: 'object',
          required: ['asOfPosition'],
          properties: { revision: { type: 'integer' }, asOfPosition: { type: 'string' } },
          additionalProperties: { type: 'string' },
        },
      },
    },
  });
}

export function ApiCreation(schema: z.ZodType, query?: z.ZodObject): MethodDecorator {
  return applyDecorators(
    ...(query ? [queryOf(query)] : []),
    ApiHeader({ name: 'Idempotency-Key', required: false }),
    ApiBody({ schema: jsonSchema(schema) }),
    outcome(201),
    refusals(404, 409, 422),
  );
}

/** One more answer that a route may give. */
export function ApiAlso(status: number, type: Type, description: string): MethodDecorator {
  return ApiResponse({ status, type, description });
}

/** Many creations in one request, each with an outcome of its own. */
export function ApiBatch(schema: z.ZodType, answer: Type): MethodDecorator {
  return applyDecorators(
    ApiHeader({ name: 'Idempotency-Key', required: false }),
    ApiBody({ schema: jsonSchema(schema) }),
    ApiResponse({ status: 200, type: answer }),
    refusals(422),
  );
}

/** What is asked for is known only to the source's mapping. */
export function ApiSignal(answer: Type): MethodDecorator {
  return applyDecorators(ApiResponse({ status: 200, type: answer }), refusals(401, 404, 409, 422));
}

const SEEN = 'The `ETag` of what was read. It still holds when the stop has only trailed since.';

export function ApiAmendment(schema: z.ZodType): MethodDecorator {
  return applyDecorators(
    ApiHeader({ name: 'If-Match', required: true, description: SEEN }),
    ApiHeader({ name: 'Idempotency-Key', required: false }),
    ApiBody({ schema: jsonSchema(schema) }),
    outcome(200),
    refusals(404, 409, 412, 422, 428),
  );
}

/** A command with a body on what is there already. */
export function ApiSteering(schema: z.ZodType): MethodDecorator {
  return applyDecorators(
    ApiHeader({ name: 'Idempotency-Key', required: false }),
    ApiBody({ schema: jsonSchema(schema) }),
    outcome(200),
    refusals(404, 409, 422),
  );
}

/** A command without a body on what is there already. */
export function ApiTransition(): MethodDecorator {
  return applyDecorators(
    ApiHeader({ name: 'Idempotency-Key', required: false }),
    outcome(200),
    refusals(404, 409, 422),
  );
}

/** The same, held against the revision that the caller has seen, if they name one. */
export function ApiComparedTransition(): MethodDecorator {
  return applyDecorators(
    ApiHeader({ name: 'If-Match', required: false, description: SEEN }),
    ApiTransition(),
    refusals(412),
  );
}

export function ApiText(description: string): MethodDecorator {
  return ApiResponse({
    status: 200,
    description,
    content: { 'text/plain': { schema: { type: 'string' } } },
  });
}
