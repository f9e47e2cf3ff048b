import { buildSchema, getNamedType, isLeafType, isObjectType } from 'graphql';
import type { GraphQLObjectType } from 'graphql';
import type { RunningApi } from './api-fixture.js';
import { cursorsGiven, spoilt } from './fuzz-cursors.js';
import type { GivenCursor } from './fuzz-cursors.js';
import { Seeded } from './seeded.js';

type Schema = Record<string, any>;

interface Request {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
  readonly headers: Record<string, string>;
  /** It was made by the API for just this. */
  readonly isGood?: boolean;
}

export interface FuzzReport {
  readonly requests: number;
  /** How many cursors the API gave that were sent again, as they were or otherwise. */
  readonly cursors: number;
  /** How many answers had each status. */
  readonly statuses: Readonly<Record<number, number>>;
  /** Answers that must not be, the first of them. */
  readonly faults: readonly string[];
}

const FAULTS_MAX = 10;

/** Texts that have broken programs before, and ids of things that are there. */
const TEXTS = [
  ...['', ' ', '0', '-1', '1e400', 'NaN', 'null', 'true', '__proto__', 'constructor', '../../etc'],
  ...["'; drop table stops; --", '%00', '\0', '\uD800', '💥', 'a'.repeat(300), '${7*7}', '{{x}}'],
  ...['9999999999999999999999', '2025-06-21T21:31:00Z', '2025-13-45T99:99:99Z', 'W/"1"', '"1"'],
  ...['S9', 'SA', 'S0001', 'S0001-1-1', 'P9', 'PA', 'demo', 'other', 'BINANCE:LTCUSDT', 'main'],
  ...['armed', 'closed,armed', '-stopId', 'stopId', '83.29', '1', '100', 'csv', 'jsonl', 'all'],
];

const CURSOR_NAMES: ReadonlySet<string> = new Set(['cursor', 'after']);
/** What a part of a cursor must not be taken for. */
const HARD_VALUES = [
  ...[null, true, -1, 1.5, 2 ** 53, [], {}, [[]], ...TEXTS],
  ...['2025-02-30T00:00:00.000Z', '+275760-09-13T00:00:00.000Z', '0000-01-01T00:00:00.000Z'],
];

/** What a caller without our documentation, with bad luck or with bad will may send. Same seed, same requests. */
class Sender {
  constructor(
    private readonly random: Seeded,
    private readonly document: Schema,
    private readonly cursors: readonly GivenCursor[],
  ) {}

  rest(): Request {
    return this.chance(0.1) ? this.following() : this.made();
  }

  /** Goes on in a list: as the API said, or with a cursor that was spoilt, is of another list or of other terms. */
  private following(): Request {
    const { path, terms, cursor } = this.oneOf(this.cursors);
    const follow = (to: string, by: readonly string[], from: string): Request => ({
      ...{ method: 'GET', path: `${to}?${[...by, `cursor=${encode(from)}`].join('&')}` },
      ...{ body: undefined, headers: {} },
    });
    if (this.chance(0.3)) return { ...follow(path, terms, cursor), isGood: true };
    const to = this.chance(0.2) ? this.oneOf(this.cursors).path : path;
    const of = this.document['paths'][to.replace('/SB/', '/{stopId}/')].get.parameters as Schema[];
    const others = of.filter(({ name }) => name !== 'cursor');
    const by = this.chance(0.5) ? terms : this.query(others);
    const from = this.chance(0.5) ? spoilt(this.random, cursor, HARD_VALUES) : cursor;
    return follow(to, by, from);
  }

  private query(parameters: readonly Schema[]): string[] {
    return parameters
      .filter((each) => each['in'] === 'query' && this.chance(0.35))
      .map((each) => `${String(each['name'])}=${encode(String(this.value(each['schema'])))}`);
  }

  private made(): Request {
    const paths = this.document['paths'] as Schema;
    const path = this.oneOf(Object.keys(paths));
    const method = this.oneOf(Object.keys(paths[path] as Schema));
    const operation = paths[path][method] as Schema;
    const parameters = (operation['parameters'] ?? []) as Schema[];
    const target = path.replace(/\{\w+\}/g, () => encode(this.text()) || 'x');
    const query = this.query(parameters);
    if (this.chance(0.05)) query.push(`${encode(this.text())}=${encode(this.text())}`);
    const headers = parameters
      .filter((each) => each['in'] === 'header' && this.chance(0.7))
      .map((each) => [String(each['name']), this.header()] as const);
    const schema = operation['requestBody']?.content?.['application/json']?.schema as
      Schema | undefined;
    return {
      method: method.toUpperCase(),
      path: query.length === 0 ? target : `${target}?${query.join('&')}`,
      body: schema === undefined ? undefined : this.body(schema),
      headers: Object.fromEntries(headers),
    };
  }

  graphql(root: GraphQLObjectType): Request {
    const fields = Object.values(root.getFields());
    const field = this.oneOf(fields);
    const args = field.args
      .filter((arg) => String(arg.type).endsWith('!') || this.chance(0.3))
      .map((arg) => `${arg.name}:${this.argument(arg.name, String(arg.type))}`);
    const call = args.length === 0 ? '' : `(${args.join(' ')})`;
    const query = `{${field.name}${call}${this.selection(field.type as never, 0)}}`;
    return { method: 'POST', path: '/graphql', body: { query }, headers: {} };
  }

  private selection(type: GraphQLObjectType, depth: number): string {
    const named = getNamedType(type);
    if (!isObjectType(named) || depth > 4) return '';
    const fields = Object.values(named.getFields()).filter(() => this.chance(0.6));
    const chosen = fields.map((field) => {
      const below = getNamedType(field.type);
      if (isLeafType(below)) return field.name;
      const selected = this.selection(below as GraphQLObjectType, depth + 1);
      return selected === '' ? '' : `${field.name}${selected}`;
    });
    const known = chosen.filter((each) => each !== '');
    return known.length === 0 ? '{__typename}' : `{${known.join(' ')}}`;
  }

  private argument(name: string, type: string): string {
    if (!CURSOR_NAMES.has(name) || this.chance(0.2)) return this.literal(type);
    const { cursor } = this.oneOf(this.cursors);
    return JSON.stringify(this.chance(0.5) ? cursor : spoilt(this.random, cursor, HARD_VALUES));
  }

  private literal(type: string): string {
    if (this.chance(0.05)) return 'null';
    return /Int|Float/.test(type)
      ? this.oneOf(['0', '1', '5', '-1', '99999'])
      : JSON.stringify(this.text());
  }

  private body(schema: Schema): unknown {
    if (this.chance(0.05)) return this.oneOf(['{', '[]', 'null', '1', '"x"', '{"a":']);
    return this.value(schema);
  }

  private value(schema: Schema | undefined, depth = 0): unknown {
    if (schema === undefined || depth > 6 || this.chance(0.08)) return this.anything(depth);
    if (schema['const'] !== undefined) return schema['const'];
    if (schema['enum']) return this.oneOf(schema['enum'] as unknown[]);
    const either = (schema['anyOf'] ?? schema['oneOf']) as Schema[] | undefined;
    if (either) return this.value(this.oneOf(either), depth + 1);
    if (schema['type'] === 'object') return this.object(schema, depth);
    if (schema['type'] === 'array') {
      const length = Math.floor(this.random.next() * 4);
      return Array.from({ length }, () => this.value(schema['items'] as Schema, depth + 1));
    }
    if (schema['type'] === 'boolean') return this.chance(0.5);
    if (schema['type'] === 'integer' || schema['type'] === 'number') return this.number();
    return this.text();
  }

  private object(schema: Schema, depth: number): unknown {
    const required = (schema['required'] ?? []) as string[];
    const entries = Object.entries((schema['properties'] ?? {}) as Schema)
      .filter(([name]) => this.chance(required.includes(name) ? 0.97 : 0.4))
      .map(([name, each]) => [name, this.value(each as Schema, depth + 1)]);
    return Object.fromEntries(entries) as unknown;
  }

  private anything(depth: number): unknown {
    if (depth < 5 && this.chance(0.2)) return { [this.text()]: this.anything(depth + 1) };
    if (depth < 5 && this.chance(0.2)) return [this.anything(depth + 1)];
    return this.oneOf<unknown>([null, true, this.number(), this.text()]);
  }

  private number(): number {
    return this.oneOf([0, 1, -1, 1.5, 2 ** 31, 2 ** 53, -(2 ** 63), 1e308]);
  }

  private text(): string {
    if (this.chance(0.9)) return this.oneOf(TEXTS);
    const length = Math.floor(this.random.next() * 20);
    const codes = Array.from({ length }, () => Math.floor(this.random.next() * 0x2_00));
    return String.fromCharCode(...codes);
  }

  /** What a client library lets through. */
  private header(): string {
    return this.text().replace(/[^\x20-\x7e]/g, '') || '0';
  }

  private chance(share: number): boolean {
    return this.random.next() < share;
  }

  private oneOf<T>(list: readonly T[]): T {
    return list[Math.floor(this.random.next() * list.length)]!;
  }
}

function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

declare global {
  interface String {
    toWellFormed(): string;
  }
}

/** Sends what the seed makes as a caller who may see the account `other` alone, a few at a time. */
export async function fuzzApi(
  api: RunningApi,
  given: {
    readonly seed: number;
    readonly requests: number;
    readonly headers: Record<string, string>;
    readonly schemaText: string;
  },
): Promise<FuzzReport> {
  const cursors = await cursorsGiven(api, given.headers);
  const sender = new Sender(new Seeded(given.seed), api.openApi.document, cursors);
  const root = buildSchema(given.schemaText).getQueryType()!;
  const statuses: Record<number, number> = {};
  const faults: string[] = [];
  let sent = 0;
  const work = async () => {
    while (sent < given.requests && faults.length < FAULTS_MAX) {
      sent += 1;
      const request = sent % 4 === 0 ? sender.graphql(root) : sender.rest();
      const fault = await faultOf(api, request, given.headers, statuses);
      if (fault !== undefined) faults.push(`${JSON.stringify(request).slice(0, 600)}: ${fault}`);
    }
  };
  await Promise.all(Array.from({ length: 8 }, work));
  return { requests: sent, cursors: cursors.length, statuses, faults };
}

const OF_THE_INSIDE =
  /node_modules|\bat [\w.]+ \(|\.ts:\d+|QueryFailedError|Invariant:|select .* from/i;

async function faultOf(
  api: RunningApi,
  { method, path, body, headers, isGood }: Request,
  own: Record<string, string>,
  statuses: Record<number, number>,
): Promise<string | undefined> {
  try {
    const answer = await api.send(method, path, body, { ...headers, ...own });
    statuses[answer.status] = (statuses[answer.status] ?? 0) + 1;
    // Too many exports at once: come again.
    if (answer.status === 503 && answer.headers.has('retry-after')) return undefined;
    // That something is not ready is what this one is asked for.
    if (answer.status === 503 && answer.body?.status === 'not-ready') return undefined;
    if (answer.status >= 500) return `${String(answer.status)} ${answer.text.slice(0, 300)}`;
    if (isGood && answer.status !== 200) return `was given: ${answer.text.slice(0, 300)}`;
    if (OF_THE_INSIDE.test(answer.text)) return `tells of the inside: ${answer.text.slice(0, 300)}`;
    const isOthers = answer.status < 300 && /"accountId":"demo"/.test(answer.text);
    return isOthers ? `shows another account: ${answer.text.slice(0, 300)}` : undefined;
  } catch (error) {
    return String(error);
  }
}
