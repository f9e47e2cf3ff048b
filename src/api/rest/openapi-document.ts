import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import type { OpenAPIObject } from '@nestjs/swagger';
import { JSON_FORMAT } from '../nouns/fields.js';

type Node = Record<string, unknown>;

const ABOUT = new DocumentBuilder()
  .setTitle('Stopledger')
  .setDescription('Positions, the stops that guard them, and what became of both.')
  .setVersion('1')
  .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
  .setOpenAPIVersion('3.1.0')
  .addBearerAuth()
  .addSecurityRequirements('bearer')
  .build();

/** What any request may be answered, whatever it asks for, and what one with a body may be answered besides. */
const ALWAYS = ['401', '403', '429', '500'];
const WITH_BODY = ['400', '413', '415'];
const WITHOUT_TOKEN = /^\/health\//;
/** Shown whoever else is away: that is what they are for. */
const ALWAYS_THERE: ReadonlySet<string> = new Set(['/metrics', '/api/v1/alarms']);

/**
 * The API in OpenAPI 3.1. The framework writes schemas in the words of 3.0, and knows nothing of what stands before every
 * route: both are mended here, for all routes alike.
 */
export function openApiDocument(app: INestApplication): OpenAPIObject {
  const document = SwaggerModule.createDocument(app, ABOUT);
  const upgraded = withNullTypes(document) as OpenAPIObject;
  for (const schema of Object.values(upgraded.components?.schemas ?? {})) closeNoun(schema as Node);
  for (const [path, methods] of Object.entries(upgraded.paths)) {
    for (const operation of Object.values(methods as Record<string, Node>)) {
      if (WITHOUT_TOKEN.test(path)) operation['security'] = [];
      else addRefusals(operation, path);
    }
    const { get } = methods as Record<string, Node>;
    if (get && path.startsWith('/api/v1/')) addCondition(get);
  }
  upgraded.components = {
    ...upgraded.components,
    schemas: { ...upgraded.components?.schemas, Problem: PROBLEM },
    responses: { Problem: PROBLEM_ANSWER },
  };
  return upgraded;
}

/** A noun has the fields that are named, and the mark of a row that waits behind a parked fact. */
function closeNoun(schema: Node): void {
  const properties = schema['properties'] as Node | undefined;
  if (!properties) return;
  properties['suspect'] = {
    type: 'boolean',
    description: 'True: an event behind this row could not be applied yet. Absent otherwise.',
  };
  schema['additionalProperties'] = false;
}

/** What `tagAnswers` does for every reading. */
function addCondition(operation: Node): void {
  const parameters = (operation['parameters'] ??= []) as Node[];
  parameters.push({
    ...{ name: 'If-None-Match', in: 'header', required: false, schema: { type: 'string' } },
    description: 'The `ETag` of an answer: 304 when all but `asOfPosition` is as it was.',
  });
  (operation['responses'] as Node)['304'] = {
    description: 'Nothing has changed; `X-As-Of-Position` says as of when.',
  };
}

function addRefusals(operation: Node, path: string): void {
  const responses = operation['responses'] as Node;
  const statuses = [
    ...ALWAYS,
    ...(ALWAYS_THERE.has(path) ? [] : ['503']),
    ...('requestBody' in operation ? WITH_BODY : []),
    ...(path.includes('{') ? ['400'] : []),
  ];
  for (const status of statuses) {
    responses[status] ??= { $ref: '#/components/responses/Problem' };
  }
}

/** `nullable` of 3.0 becomes one type more. */
function withNullTypes(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(withNullTypes);
  if (typeof node !== 'object' || node === null) return node;
  const entries = Object.entries(node).map(([key, value]) => [key, withNullTypes(value)] as const);
  const { nullable, ...plain } = Object.fromEntries(entries);
  const schema = plain['format'] === JSON_FORMAT ? anyDocument(plain) : plain;
  if (nullable !== true) return nullable === undefined ? schema : { ...schema, nullable };
  if (Array.isArray(schema['type'])) {
    return { ...schema, type: [...new Set([...(schema['type'] as string[]), 'null'])] };
  }
  if (typeof schema['type'] === 'string') return { ...schema, type: [schema['type'], 'null'] };
  const { description, ...bare } = schema;
  const told = description === undefined ? {} : { description };
  return { anyOf: [bare, { type: 'null' }], ...told };
}

function anyDocument({ format: _format, type, ...schema }: Node): Node {
  return { ...schema, type: ['array', ...[type].flat()] };
}

const PROBLEM = {
  type: 'object',
  description:
    'Problem document (RFC 9457). `problems` holds every one; the first stands outside, too.',
  required: ['type', 'title', 'status', 'detail', 'code', 'field', 'rule', 'value', 'problems'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    code: { type: 'string', pattern: '^[A-Z_]+$' },
    field: { type: 'string' },
    rule: { type: 'string' },
    value: { type: 'string' },
    problems: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        required: ['code', 'field', 'rule', 'value'],
        properties: {
          code: { type: 'string' },
          field: { type: 'string' },
          rule: { type: 'string' },
          value: { type: 'string' },
        },
        additionalProperties: false,
      },
    },
  },
  additionalProperties: false,
};

const PROBLEM_ANSWER = {
  description: 'Problem document (RFC 9457)',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
};
