import { READ_MODELS } from '../../projections/catalogue.js';
import { GRAPHQL_OWN_TYPE, shareReadSide } from '../support/api-fixture.js';
import type { Answer, RunningApi } from '../support/api-fixture.js';
import { READ_SIDE_END, READ_SIDE_LOG } from '../support/read-side-log.js';
import { AN_ENGINE_VIEW } from '../support/scripted-gateway.js';

let api: RunningApi;

shareReadSide((running) => (api = running));

const TYPE_DEPTH = '{kind name ofType{kind name ofType{kind name ofType{kind name}}}}';

interface TypeRef {
  readonly name: string | null;
  readonly ofType: TypeRef | null;
}

function nameOf(type: TypeRef): string {
  return type.ofType ? nameOf(type.ofType) : (type.name ?? '');
}

/** Neither the same rows in another dress, nor other rows that they point to. */
function isOfTheRow({ name, type }: { name: string; type: TypeRef }): boolean {
  const isOther = ['Stop', 'Position', 'Instrument'].includes(type.name ?? '');
  return !isOther && !['edges', 'pageInfo', 'stops'].includes(name);
}

/** Every field of the type, selected as deep as it goes. */
async function wholeSelection(typeName: string): Promise<string> {
  const query = `query($name:String!){__type(name:$name){fields{name type${TYPE_DEPTH}}}}`;
  const { body } = await api.graphql(query, { name: typeName });
  const fields = body.data.__type.fields as readonly { name: string; type: TypeRef }[] | null;
  if (!fields) return '';
  const selections = fields.filter(isOfTheRow).map(async ({ name, type }) => {
    const isScalar = ['String', 'Int', 'Boolean'].includes(nameOf(type));
    return isScalar ? name : `${name}${await wholeSelection(nameOf(type))}`;
  });
  return `{${(await Promise.all(selections)).join(' ')}}`;
}

/** GraphQL says null for a field that REST leaves out. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, each]) => each !== null)
      .map(([key, each]) => [key, withoutNulls(each)]),
  );
}

function messages({ body }: Answer): string[] {
  return body.errors.map(({ message }: { message: string }) => message);
}

describe('GraphQL', () => {
  it.each([
    ['stops', 'StopConnection', 'stops'],
    ['orders', 'OrderConnection', 'orders'],
    ['positions', 'PositionConnection', 'positions'],
    ['pnl', 'PnlConnection', 'pnl'],
    ['coverage', 'CoverageConnection', 'coverage'],
    ['instruments', 'InstrumentConnection', 'instruments'],
    ['accounts', 'AccountConnection', 'accounts'],
    ['stopTimeline(stopId:"S0001")', 'StopStepConnection', 'stops/S0001/events'],
  ])('has the same rows in %s as REST', async (field, type, path) => {
    const answer = await api.graphql(`{page:${field}${await wholeSelection(type)}}`);
    const rest = (await api.get(`/api/v1/${path}`)).body;
    const dated = rest.items.map((row: object) => ({ ...row, asOfPosition: READ_SIDE_END }));
    expect(rest.items.length).toBeGreaterThan(1);
    expect(withoutNulls(answer.body.data.page)).toStrictEqual(
      withoutNulls({ ...rest, items: dated }),
    );
    expect(answer.status).toBe(200);
  });

  it.each([
    ['stop(stopId:"S0001")', 'Stop', 'stops/S0001'],
    ['order(orderId:"S0001-1-1")', 'Order', 'orders/S0001-1-1'],
    ['position(positionId:"P0001")', 'Position', 'positions/P0001'],
    ['pnlTotals(accountId:"demo")', 'PnlTotals', 'pnl/totals?accountId=demo'],
  ])('has the same %s as REST', async (field, type, path) => {
    const answer = await api.graphql(`{one:${field}${await wholeSelection(type)}}`);
    expect(withoutNulls(answer.body.data?.one)).toStrictEqual(
      withoutNulls((await api.get(`/api/v1/${path}`)).body),
    );
  });

  it('filters, pages and waits as REST does', async () => {
    const query = `query($cursor:String){
      stops(status:"closed,cancelled",limit:2,cursor:$cursor,waitFor:"${READ_SIDE_END}"){
        items{stopId} nextCursor
      }
    }`;
    const first = (await api.graphql(query)).body.data.stops;
    expect(first.items).toStrictEqual([{ stopId: 'S0001' }, { stopId: 'S0002' }]);
    const second = (await api.graphql(query, { cursor: first.nextCursor })).body.data.stops;
    expect(second).toStrictEqual({ items: [{ stopId: 'SB' }], nextCursor: null });
  });

  it.each([
    ['{stop(stopId:"NOPE"){stopId}}', 404, 'STOP_NOT_FOUND', 'stopId', 'NOPE'],
    ['{stopTimeline(stopId:"NOPE"){nextCursor}}', 404, 'STOP_NOT_FOUND', 'stopId', 'NOPE'],
    ['{order(orderId:"a\\u0000b"){orderId}}', 404, 'ORDER_NOT_FOUND', 'orderId', 'a?b'],
    ['{stops(limit:-1){nextCursor}}', 422, 'WRONG_FORM', 'limit', '-1'],
    ['{stops(status:"x"){nextCursor}}', 422, 'NOT_ALLOWED', 'status', 'x'],
    ['{pnl(cursor:"abcd"){nextCursor}}', 422, 'CURSOR_UNREADABLE', 'cursor', 'abcd'],
    ['{orders(waitFor:"soon"){nextCursor}}', 422, 'WRONG_FORM', 'waitFor', 'soon'],
  ])('says in the words of REST what is wrong with %s', async (query, ...said) => {
    const [error] = (await api.graphql(query)).body.errors;
    const { status, code, field, value } = error.extensions;
    expect([status, code, field, value]).toStrictEqual(said);
    expect(error.extensions.problems).toHaveLength(1);
  });

  const aliases = (count: number, field: string) =>
    Array.from({ length: count }, (_, index) => `a${String(index)}:${field}`).join(' ');

  it.each([
    ['a syntax error', '{stops{', 'Syntax Error: Expected Name, found <EOF>.'],
    ['an unknown field', '{stops{zork}}', 'Cannot query field "zork" on type "StopConnection".'],
    [
      'too deep a query',
      `{__schema{types{${'ofType{'.repeat(20)}name${'}'.repeat(20)}}}}`,
      '`unnamedQuery query depth (23) exceeds the query depth limit of 16`',
    ],
    [
      'too many root fields',
      `{${aliases(21, 'stops{nextCursor}')}}`,
      'A query has at most 20 root fields, this one has 21.',
    ],
    [
      'too many fields',
      `{stops{items{${aliases(499, 'stopId')}}}}`,
      'A query has at most 500 fields, this one has 501.',
    ],
    [
      'too many fields by fragments',
      `{${aliases(6, 'stops{...P}')}} fragment P on StopConnection{items{...S}} fragment S on Stop{${aliases(90, 'stopId')}}`,
      'A query has at most 500 fields, this one has 552.',
    ],
    [
      'too many words',
      `{stops{items{${'stopId '.repeat(5_000)}}}}`,
      'Syntax Error: Document contains more that 4000 tokens. Parsing aborted.',
    ],
    [
      'a syntax tree in place of a query',
      '{"kind":"Document","definitions":[]}',
      'The query must be GraphQL text.',
    ],
    ['a number in place of a query', '5', 'The query must be GraphQL text.'],
  ])('refuses %s', async (_what, query, message) => {
    const answer = await api.graphql(query, undefined, { accept: GRAPHQL_OWN_TYPE });
    expect([answer.status, messages(answer)]).toStrictEqual([400, [message]]);
  });

  it.each([
    'null',
    '[]',
    '{}',
    '{"query":null}',
    '{"query":"{__typename}","variables":5}',
    '{"a":',
  ])('refuses the body %s', async (body) => {
    expect((await api.send('POST', '/graphql', body)).status).toBe(400);
  });

  it('gives what GraphQL finds wrong a code, as every error has one', async () => {
    for (const query of ['{nope}', '{stops(limit:9999999999){nextCursor}}', '{stops{']) {
      const { body } = await api.graphql(query);
      const { message, extensions } = body.errors[0];
      const problem = { code: 'QUERY_INVALID', field: '', rule: message, value: '' };
      expect(extensions).toStrictEqual({ ...problem, status: 400, problems: [problem] });
    }
  });

  it('survives a fragment inside itself and nesting that no parser does', async () => {
    const cycle = await api.graphql('{stops{...P}} fragment P on StopConnection{...P}');
    expect(messages(cycle)).toStrictEqual(['Cannot spread fragment "P" within itself.']);
    const nested = await api.graphql(`${'{a'.repeat(100_000)}${'}'.repeat(100_000)}`);
    expect(messages(nested)).toStrictEqual(['A query has at most 64 brackets within one another.']);
    expect((await api.graphql('{__typename}')).body.data).toStrictEqual({ __typename: 'Query' });
  });

  it('has GraphiQL, whole and from here alone: it needs no network, and no stranger sees a token', async () => {
    const page = await api.get('/graphiql');
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.text).toContain('<title>GraphiQL</title>');
    const files = [...page.text.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, file]) => file ?? '');
    expect(files).toHaveLength(5);
    expect(files.filter((file) => !file.startsWith('/graphiql/'))).toStrictEqual([]);
    const texts = await Promise.all(
      files.map(async (file) => {
        const { status, headers, text } = await api.get(file);
        expect([file, status]).toStrictEqual([file, 200]);
        expect(headers.get('content-security-policy')).toMatch(
          /script-src 'self';.*connect-src 'self';/,
        );
        return text;
      }),
    );
    expect(texts.join()).toContain('GraphiQL.createFetcher');
  });
});

describe('the OpenAPI document', () => {
  it('lists every route of REST', async () => {
    const { body } = await api.get('/api/docs-json');
    const routes = Object.entries<object>(body.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(routes.sort()).toStrictEqual([
      'DELETE /api/v1/orders/{orderId}',
      'DELETE /api/v1/stops/{stopId}',
      'GET /api/v1/accounts',
      'GET /api/v1/accounts/{accountId}',
      'GET /api/v1/alarms',
      'GET /api/v1/audit',
      'GET /api/v1/coverage',
      'GET /api/v1/equity',
      'GET /api/v1/feeds',
      'GET /api/v1/feeds/health',
      'GET /api/v1/feeds/{feed}/quarantine',
      'GET /api/v1/feeds/{feed}/refused-frames',
      'GET /api/v1/fills',
      'GET /api/v1/instruments',
      'GET /api/v1/instruments/{instrumentId}',
      'GET /api/v1/instruments/{instrumentId}/book',
      'GET /api/v1/instruments/{instrumentId}/market',
      'GET /api/v1/latency',
      'GET /api/v1/orders',
      'GET /api/v1/orders/{orderId}',
      'GET /api/v1/pnl',
      'GET /api/v1/pnl/totals',
      'GET /api/v1/positions',
      'GET /api/v1/positions/{positionId}',
      'GET /api/v1/protection',
      'GET /api/v1/rates',
      'GET /api/v1/stops',
      'GET /api/v1/stops/{stopId}',
      'GET /api/v1/stops/{stopId}/events',
      'GET /api/v1/trades',
      'GET /health/live',
      'GET /health/ready',
      'GET /metrics',
      'PATCH /api/v1/stops/{stopId}',
      'POST /api/v1/accounts',
      'POST /api/v1/accounts/{accountId}/cancel-entries',
      'POST /api/v1/accounts/{accountId}/cash',
      'POST /api/v1/accounts/{accountId}/cost-basis',
      'POST /api/v1/accounts/{accountId}/halt',
      'POST /api/v1/accounts/{accountId}/kill',
      'POST /api/v1/accounts/{accountId}/rates',
      'POST /api/v1/accounts/{accountId}/resume',
      'POST /api/v1/instruments',
      'POST /api/v1/instruments/{instrumentId}/split',
      'POST /api/v1/orders',
      'POST /api/v1/positions',
      'POST /api/v1/positions/{positionId}/close',
      'POST /api/v1/signals',
      'POST /api/v1/stops',
      'POST /api/v1/stops/batch',
      'POST /api/v1/stops/{stopId}/resume',
      'POST /api/v1/stops/{stopId}/suspend',
    ]);
  });

  it('names every field of the rows that are answered', async () => {
    const { schemas } = (await api.get('/api/docs-json')).body.components;
    const nouns = {
      StopView: 'stops',
      StopStepView: 'stops/S0001/events',
      OrderView: 'orders',
      PositionView: 'positions',
      PnlView: 'pnl',
      CoverageView: 'coverage',
      FeedView: 'feeds',
      QuarantinedPriceView: 'feeds/main/quarantine',
      RefusedFrameView: 'feeds/main/refused-frames',
      InstrumentView: 'instruments',
      AccountView: 'accounts',
    };
    for (const [view, path] of Object.entries(nouns)) {
      const [row] = (await api.get(`/api/v1/${path}`)).body.items;
      const described = Object.keys(schemas[view].properties);
      expect([view, Object.keys(row).filter((key) => !described.includes(key))]).toStrictEqual([
        view,
        [],
      ]);
    }
  });

  it('is shown as a page', async () => {
    const { status, headers } = await api.get('/api/docs');
    expect([status, headers.get('content-type')]).toStrictEqual([200, 'text/html']);
  });
});

describe('operations', () => {
  it('are ready while engine, database and projector are there', async () => {
    expect((await api.get('/health/live')).body).toStrictEqual({ status: 'up' });
    const ready = await api.get('/health/ready');
    expect([ready.status, ready.body]).toStrictEqual([
      200,
      {
        status: 'ready',
        checks: { postgres: 'up', engine: 'up', projector: 'up' },
        asOfPosition: READ_SIDE_END,
        journal: AN_ENGINE_VIEW.journal,
        trouble: null,
        parked: 0,
        models: READ_MODELS.map(({ name }) => ({
          name,
          position: READ_SIDE_END,
          lagMs: 0,
          parked: 0,
        })),
      },
    ]);
  });

  it('are not ready without the engine, and say so', async () => {
    api.gateway.seen = undefined;
    const ready = await api.get('/health/ready');
    expect([ready.status, ready.body.status, ready.body.checks]).toStrictEqual([
      503,
      'not-ready',
      { postgres: 'up', engine: 'down', projector: 'up' },
    ]);
    expect((await api.get('/health/live')).status).toBe(200);
    expect((await figures())['stopledger_engine_up']).toBe(0);
    api.gateway.seen = AN_ENGINE_VIEW;
  });

  it('give figures that a scraper can read', async () => {
    const status = api.readSide.projectorStatus();
    expect(await figures()).toMatchObject({
      stopledger_projector_position: Number(READ_SIDE_END),
      stopledger_projector_caught_up: 1,
      stopledger_projector_facts_applied: status?.factsApplied,
      stopledger_projector_rows_parked: 0,
      stopledger_engine_up: 1,
      stopledger_engine_epoch: 3,
      stopledger_engine_inputs: 41,
      stopledger_engine_stops_armed: 2,
      stopledger_engine_journal_connected: 1,
      stopledger_engine_journal_in_flight: 1,
      stopledger_engine_journal_queued: 5,
    });
    expect(status?.factsApplied).toBeGreaterThan(READ_SIDE_LOG.length);
  });

  it('show how long each step of a tick and of its order took, as a histogram', async () => {
    const name = 'stopledger_tick_step_duration_seconds';
    const shown = await figures();
    const of = (step: string, le: string) => shown[`${name}_bucket{step="${step}",le="${le}"}`];
    expect([of('decided', '0.001'), of('decided', '0.0025'), of('decided', '+Inf')]).toStrictEqual([
      0, 1, 1,
    ]);
    expect([of('durable', '0.0025'), of('durable', '0.005')]).toStrictEqual([0, 1]);
    expect([of('acknowledged', '0.25'), of('acknowledged', '0.5')]).toStrictEqual([0, 1]);
    expect([shown[`${name}_count{step="sent"}`], shown[`${name}_sum{step="sent"}`]]).toStrictEqual([
      1, 0.001,
    ]);
    const { text } = await api.get('/metrics');
    expect(text).toContain(`# TYPE ${name} histogram`);
  });

  it('count requests by route and never by what a client wrote', async () => {
    await api.get('/api/v1/stops/S9');
    await api.get('/made-up-by-a-client');
    const names = Object.keys(await figures());
    expect(names).toContain(
      'stopledger_http_request_duration_seconds_count{method="GET",route="/api/v1/stops/:stopId",status="200"}',
    );
    expect(names.filter((name) => name.includes('made-up'))).toStrictEqual([]);
  });
});

/** The scrape, every line of it parsed: name with labels → value. */
async function figures(): Promise<Record<string, number>> {
  const answer = await api.get('/metrics');
  expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  const lines = answer.text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return Object.fromEntries(
    lines.map((line) => {
      const sample = /^([a-z_][a-z0-9_]*(?:\{[^{}]*\})?) (\S+)$/.exec(line);
      expect([line, sample === null]).toStrictEqual([line, false]);
      return [sample?.[1] ?? '', Number(sample?.[2])];
    }),
  );
}
