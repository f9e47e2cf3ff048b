import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  buildSchema,
  getNamedType,
  getNullableType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import type { GraphQLField, GraphQLNamedType, GraphQLObjectType } from 'graphql';
import { shareReadSide } from '../support/api-fixture.js';
import type { RunningApi } from '../support/api-fixture.js';
import { AN_ENGINE_VIEW } from '../support/scripted-gateway.js';

let api: RunningApi;

shareReadSide((running) => (api = running));

const SCHEMA = buildSchema(
  readFileSync(join(__dirname, '../../src/api/graphql/schema.graphql'), 'utf8'),
);

/** Every reading of REST, and the field of GraphQL that shows the same. */
const FIELD_OF: Readonly<Record<string, string>> = {
  '/api/v1/accounts': 'accounts',
  '/api/v1/accounts/{accountId}': 'account',
  '/api/v1/alarms': 'alarms',
  '/api/v1/audit': 'audit',
  '/api/v1/coverage': 'coverage',
  '/api/v1/equity': 'equity',
  '/api/v1/feeds': 'feeds',
  '/api/v1/feeds/health': 'feedHealth',
  '/api/v1/feeds/{feed}/quarantine': 'quarantine',
  '/api/v1/feeds/{feed}/refused-frames': 'refusedFrames',
  '/api/v1/fills': 'fills',
  '/api/v1/instruments': 'instruments',
  '/api/v1/instruments/{instrumentId}': 'instrument',
  '/api/v1/instruments/{instrumentId}/book': 'book',
  '/api/v1/instruments/{instrumentId}/market': 'market',
  '/api/v1/latency': 'latency',
  '/api/v1/orders': 'orders',
  '/api/v1/orders/{orderId}': 'order',
  '/api/v1/pnl': 'pnl',
  '/api/v1/pnl/totals': 'pnlTotals',
  '/api/v1/positions': 'positions',
  '/api/v1/positions/{positionId}': 'position',
  '/api/v1/protection': 'protection',
  '/api/v1/rates': 'rates',
  '/api/v1/stops': 'stops',
  '/api/v1/stops/{stopId}': 'stop',
  '/api/v1/stops/{stopId}/events': 'stopTimeline',
  '/api/v1/trades': 'trades',
};

const REST_ALONE: Readonly<Record<string, string>> = {
  '/health/live': 'asked by what starts and stops processes',
  '/health/ready': 'asked by what sends requests to one of several processes',
  '/metrics': 'a scraper asks, in a format of its own',
};

/** What a query string says and a selection of fields says better. */
const PARAMETERS_OF_REST_ALONE: ReadonlySet<string> = new Set(['fields', 'format']);

/** What REST has no word for. */
const MARK_OF_REST_ALONE = 'suspect';

describe('every noun that REST shows', () => {
  it('is in GraphQL, or there is a reason', () => {
    const readings = Object.entries(api.openApi.document.paths)
      .filter(([, methods]) => 'get' in (methods as object))
      .map(([path]) => path);
    const known = [...Object.keys(FIELD_OF), ...Object.keys(REST_ALONE)];
    expect(readings.sort()).toStrictEqual(known.sort());
    const fields = Object.keys(SCHEMA.getQueryType()!.getFields());
    expect(Object.values(FIELD_OF).sort()).toStrictEqual(fields.sort());
  });

  it.each(Object.entries(FIELD_OF))('%s takes what %s takes', (path, name) => {
    const { parameters = [] } = api.openApi.document.paths[path].get;
    const asked = parameters
      .filter((each: any) => each.in !== 'header' && !PARAMETERS_OF_REST_ALONE.has(each.name))
      .map((each: any) => each.name);
    const taken = fieldOf(name).args.map((arg) => arg.name);
    const relays = ['first', 'after'].filter((each) => taken.includes(each));
    expect(taken.sort()).toStrictEqual([...asked, ...relays].sort());
  });

  it.each(Object.entries(FIELD_OF))('%s has the fields of %s', (path, name) => {
    const shown = fieldsOf(answerOf(path));
    const leads = shown.filter((each) => each === MARK_OF_REST_ALONE);
    const inGraphql = Object.keys(rowOf(fieldOf(name)).getFields());
    expect(shown.filter((each) => !inGraphql.includes(each))).toStrictEqual(leads);
  });

  it.each(Object.entries(FIELD_OF))('%s answers what %s answers', async (path, name) => {
    const target = path.replace(/\{(\w+)\}/g, (_, id: string) => NAMES[id] ?? '');
    const query = path === '/api/v1/pnl/totals' ? '?accountId=demo' : '';
    const { status, body } = await api.get(target + query);
    expect(status).toBe(200);
    const field = fieldOf(name);
    const isPlainList = isListType(getNullableType(field.type));
    const rest = isPlainList ? body.items : body;
    const asked = `{${name}${callOf(field)}${selectionOf(getNamedType(field.type), rest)}}`;
    const answer = await api.graphql(asked);
    expect([asked, answer.body.errors]).toStrictEqual([asked, undefined]);
    expect(answer.body.data[name]).toMatchObject(rest);
  });

  it('costs what it may hold, where no argument limits it', async () => {
    const many = Array.from({ length: 20 }, (_, at) => `f${String(at)}:quarantine(feed:"main")`);
    const { body } = await api.graphql(
      `{${many.map((each) => `${each}{reason instrumentId price id venueTime receivedAt}`).join()}}`,
    );
    expect(body.errors.map((each: any) => each.message)).toStrictEqual([
      'A query asks for at most 50000 values, this one for up to 60020.',
    ]);
  });

  it('is told as missing, or as out of reach, in the words of REST', async () => {
    const codeOf = async (query: string) => (await api.graphql(query)).body.errors[0].extensions;
    expect(await codeOf('{market(instrumentId:"X:Y"){version}}')).toMatchObject({
      ...{ code: 'MARKET_NOT_FOUND', field: 'instrumentId', value: 'X:Y', status: 404 },
    });
    expect(await codeOf('{quarantine(feed:"x"){id}}')).toMatchObject({ code: 'FEED_NOT_FOUND' });
    expect(await codeOf('{book(instrumentId:"X:Y",levels:501){feed}}')).toMatchObject({
      ...{ code: 'OUT_OF_RANGE', field: 'levels', value: '501', status: 422 },
    });
    api.gateway.seen = undefined;
    expect(await codeOf('{feeds{feed}}')).toMatchObject({
      ...{ code: 'ENGINE_UNAVAILABLE', status: 503 },
    });
    api.gateway.seen = AN_ENGINE_VIEW;
  });
});

/** Of things that are there. */
const NAMES: Readonly<Record<string, string>> = {
  ...{ stopId: 'S9', orderId: 'S0001-1-1', positionId: 'P9', accountId: 'demo', feed: 'main' },
  instrumentId: 'BINANCE:LTCUSDT',
};

function callOf({ args }: GraphQLField<unknown, unknown>): string {
  const given = args.filter((arg) => isNonNullType(arg.type) && arg.defaultValue === undefined);
  return given.length === 0
    ? ''
    : `(${given.map(({ name }) => `${name}:"${NAMES[name] ?? ''}"`).join()})`;
}

/** All that the answer of REST shows, down to its leaves. */
function selectionOf(type: GraphQLNamedType, shown: any): string {
  if (!isObjectType(type)) return '';
  const rows = [shown].flat().filter((each) => each !== null);
  const names = [...new Set(rows.flatMap((row) => Object.keys(row as object)))];
  const fields = names.map((name) => {
    const below = rows.flatMap((row) => row[name] ?? []);
    return `${name}${selectionOf(getNamedType(type.getFields()[name]!.type), below)}`;
  });
  return `{__typename ${fields.join(' ')}}`;
}

function fieldOf(name: string): GraphQLField<unknown, unknown> {
  return SCHEMA.getQueryType()!.getFields()[name]!;
}

/** The type of what a field shows; of a page, of its items. */
function rowOf({ type }: GraphQLField<unknown, unknown>): GraphQLObjectType {
  const named = getNamedType(type);
  if (!isObjectType(named)) throw new Error(`${named.name} is no noun`);
  const { items } = named.getFields();
  return items ? rowOf(items) : named;
}

function answerOf(path: string): any {
  const { content } = api.openApi.document.paths[path].get.responses['200'];
  const { schema } = content['application/json'];
  return schema.properties?.items?.items ?? schema;
}

function fieldsOf(schema: { readonly $ref: string }): string[] {
  const name = schema.$ref.replace('#/components/schemas/', '');
  return Object.keys(api.openApi.document.components.schemas[name].properties as object);
}
