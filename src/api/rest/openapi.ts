import { applyDecorators } from '@nestjs/common';
import type { Type } from '@nestjs/common';
import {
  ApiBody,
  ApiCreatedResponse,
  ApiExtraModels,
  ApiHeader,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiQuery,
  ApiResponse,
  getSchemaPath,
} from '@nestjs/swagger';
import type { ApiResponseNoStatusOptions } from '@nestjs/swagger';
import { z } from 'zod';

type Schema = Record<string, unknown>;

/** The JSON schema of a zod schema, as OpenAPI wants it: both say the same because one is made of the other. */
function jsonSchema(schema: z.ZodType): Schema {
  const whole = z.toJSONSchema(schema, {
    target: 'openapi-3.0',
    io: 'input',
    unrepresentable: 'any',
  }) as Schema;
  return Object.fromEntries(Object.entries(whole).filter(([key]) => key !== '$schema'));
}

const problem: ApiResponseNoStatusOptions = {
  description: 'Problem document (RFC 9457)',
  content: {
    'application/problem+json': {
      schema: {
        type: 'object',
        required: [
          'type',
          'title',
          'status',
          'detail',
          'code',
          'field',
          'rule',
          'value',
          'problems',
        ],
        properties: {
          type: { type: 'string' },
          title: { type: 'string' },
          status: { type: 'integer' },
          detail: { type: 'string' },
          code: { type: 'string' },
          field: { type: 'string' },
          rule: { type: 'string' },
          value: { type: 'string' },
          problems: { type: 'array', items: { type: 'object' } },
        },
      },
    },
  },
};

function queryOf(query: z.ZodObject): MethodDecorator {
  return applyDecorators(
    ...Object.keys(query.shape).map((name) => ApiQuery({ name, required: false, type: String })),
  );
}

/** The parameters of a query that answers neither a list nor one noun. */
export function ApiWanted(query: z.ZodObject): MethodDecorator {
  return applyDecorators(queryOf(query), ApiNotFoundResponse(problem), refusals());
}

/** A list answer: `{items, nextCursor, asOfPosition}`. */
export function ApiList(item: Type, query: z.ZodObject): MethodDecorator {
  return applyDecorators(
    queryOf(query),
    ApiExtraModels(item),
    ApiOkResponse({
      schema: {
        type: 'object',
        required: ['items', 'nextCursor', 'asOfPosition'],
        properties: {
          items: { type: 'array', items: { $ref: getSchemaPath(item) } },
          nextCursor: { type: 'string', nullable: true },
          asOfPosition: { type: 'string' },
        },
      },
    }),
    ApiResponse({ ...problem, status: 422 }),
    ApiResponse({ ...problem, status: 503 }),
  );
}

export function ApiOne(item: Type, query: z.ZodObject): MethodDecorator {
  return applyDecorators(
    queryOf(query),
    ApiOkResponse({ type: item }),
    ApiNotFoundResponse(problem),
    ApiResponse({ ...problem, status: 503 }),
  );
}

const outcome = {
  description: 'The deciding event is durable.',
  schema: {
    type: 'object',
    properties: { revision: { type: 'integer' }, asOfPosition: { type: 'string' } },
    additionalProperties: true,
  },
} as const;

function refusals(): MethodDecorator {
  return applyDecorators(
    ...[404, 409, 422, 503].map((status) => ApiResponse({ ...problem, status })),
  );
}

export function ApiCreation(schema: z.ZodType): MethodDecorator {
  return applyDecorators(
    ApiHeader({ name: 'Idempotency-Key', required: false }),
    ApiBody({ schema: jsonSchema(schema) }),
    ApiCreatedResponse(outcome),
    refusals(),
  );
}

export function ApiAmendment(schema: z.ZodType): MethodDecorator {
  return applyDecorators(
    ApiHeader({ name: 'If-Match', required: true, description: 'The `ETag` of what was read.' }),
    ApiBody({ schema: jsonSchema(schema) }),
    ApiOkResponse(outcome),
    refusals(),
    ...[412, 428].map((status) => ApiResponse({ ...problem, status })),
  );
}

/** A command with a body on what is there already. */
export function ApiSteering(schema: z.ZodType): MethodDecorator {
  return applyDecorators(
    ApiHeader({ name: 'Idempotency-Key', required: false }),
    ApiBody({ schema: jsonSchema(schema) }),
    ApiOkResponse(outcome),
    refusals(),
  );
}

/** A command without a body on what is there already. */
export function ApiTransition(): MethodDecorator {
  return applyDecorators(ApiHeader({ name: 'Idempotency-Key', required: false }), ApiRemoval());
}

export function ApiRemoval(): MethodDecorator {
  return applyDecorators(
    ApiHeader({ name: 'If-Match', required: false }),
    ApiOkResponse(outcome),
    refusals(),
    ApiResponse({ ...problem, status: 412 }),
  );
}
