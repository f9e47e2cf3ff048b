import { once } from 'node:events';
import { connect } from 'node:net';
import { Client } from 'pg';
import { Validator } from '@seriousme/openapi-schema-validator';
import { shareReadSide } from '../support/api-fixture.js';
import type { RunningApi } from '../support/api-fixture.js';
import { MARKET_RULES, READ_SIDE_END } from '../support/read-side-log.js';
import { until } from '../support/until.js';

let api: RunningApi;

shareReadSide((running) => (api = running));

async function sql(text: string): Promise<void> {
  const client = new Client({ connectionString: api.postgres.url });
  await client.connect();
  await client.query(text);
  await client.end();
}

async function values(path: string, key: string): Promise<unknown[]> {
  const { status, body } = await api.get(`/api/v1/${path}`);
  expect([path, status]).toStrictEqual([path, 200]);
  return body.items.map((item: Record<string, unknown>) => item[key]);
}

/** Lists of the document that may be ordered, with the fields that they may be ordered by. */
function sortable(): readonly (readonly [path: string, fields: readonly string[]])[] {
  const paths = Object.entries<any>(api.openApi.document['paths']);
  return paths.flatMap(([path, methods]) => {
    const sort = methods.get?.parameters?.find(({ name }: { name: string }) => name === 'sort');
    if (!sort) return [];
    const fields = /^must be of ([^"]*), with/.exec(sort.schema.description ?? '')?.[1];
    return [[path.replace('{stopId}', 'S0001'), (fields ?? '').split(', ')] as const];
  });
}

describe('the order of a list', () => {
  it('is what was asked for, whole in pages of any size, both ways', async () => {
    expect(sortable().length).toBeGreaterThan(15);
    for (const [path, fields] of sortable()) {
      const key = fields[0]!;
      for (const field of fields) {
        const up = await pages(`${path}?sort=${field}`, key, 500);
        expect([path, await pages(`${path}?sort=${field}`, key, 2)]).toStrictEqual([path, up]);
        const down = await pages(`${path}?sort=-${field}`, key, 2);
        expect([path, down]).toStrictEqual([path, [...up].reverse()]);
      }
    }
  });

  it('is that of its key unless another is asked for', async () => {
    expect(await values('stops?sort=-stopId', 'stopId')).toStrictEqual([
      ...['SB', 'SA', 'S9', 'S0002', 'S0001'],
    ]);
    expect(await values('stops?status=closed,armed&sort=-armedAt&limit=3', 'stopId')).toStrictEqual(
      ['SA', 'S9', 'S0002'],
    );
  });

  it('may be by no other field', async () => {
    const { status, body } = await api.get('/api/v1/stops?sort=level');
    expect([status, body.code, body.field, body.value]).toStrictEqual([
      ...[422, 'NOT_ALLOWED', 'sort', 'level'],
    ]);
  });

  it('belongs to its cursors', async () => {
    const { body } = await api.get('/api/v1/stops?limit=1&sort=-stopId');
    for (const other of ['', '&sort=stopId', '&sort=-armedAt']) {
      const answer = await api.get(`/api/v1/stops?cursor=${String(body.nextCursor)}${other}`);
      expect([other, answer.status, answer.body.code]).toStrictEqual([
        ...[other, 422, 'CURSOR_UNREADABLE'],
      ]);
    }
  });

  it.each(['2025-02-30T00:00:00.000Z', '0000-01-01T00:00:00.000Z', '2025-02-29T24:00:00.000Z'])(
    'knows no time %s, which is none',
    async (time) => {
      const text = JSON.stringify(['open_stops', 'armed_at', time, 'S']);
      const cursor = Buffer.from(text).toString('base64url');
      const read = await api.get(`/api/v1/stops?sort=armedAt&cursor=${cursor}`);
      expect([read.status, read.body.code]).toStrictEqual([422, 'CURSOR_UNREADABLE']);
      const early = await api.get('/api/v1/stops?at=0000-01-01T00:00:00Z');
      expect([early.status, early.body.code]).toStrictEqual([422, 'OUT_OF_RANGE']);
    },
  );

  async function pages(path: string, key: string, limit: number): Promise<unknown[]> {
    const found: unknown[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const from: string = cursor === '' ? '' : `&cursor=${cursor}`;
      const { status, body } = await api.get(`${path}&limit=${String(limit)}${from}`);
      expect([path, status]).toStrictEqual([path, 200]);
      found.push(...body.items.map((item: Record<string, unknown>) => item[key]));
      cursor = body.nextCursor as string | null;
    }
    return found;
  }
});

describe('fields', () => {
  it('are those that were asked for, in lists and alone', async () => {
    const { body } = await api.get('/api/v1/stops?status=armed&fields=level,stopId');
    expect(body.items).toStrictEqual([
      { level: '81.7222', stopId: 'S9' },
      { level: '81.6242', stopId: 'SA' },
    ]);
    const one = await api.get('/api/v1/stops/S9?fields=status');
    expect(one.body).toStrictEqual({ status: 'armed', asOfPosition: READ_SIDE_END });
    expect(one.headers.get('etag')).toBe('"1.status"');
    const priced = await api.get('/api/v1/instruments/BINANCE:LTCUSDT?fields=last');
    expect(priced.body.last.price).toBe('81.54');
    const rules = Object.keys(MARKET_RULES).join();
    const other = await api.get(`/api/v1/instruments/BINANCE:ETHUSDT?fields=${rules}`);
    expect(other.body).toStrictEqual({ ...MARKET_RULES, asOfPosition: READ_SIDE_END });
    const steps = await api.get('/api/v1/stops/SB/events?fields=type');
    expect(steps.body.items).toStrictEqual([{ type: 'StopArmed' }, { type: 'StopCancelled' }]);
  });

  it.each(['stops?fields=plan,colour', 'stops/S9?fields=colour', 'stops/S9/events?fields=colour'])(
    'are known ones: %s',
    async (path) => {
      const { status, body } = await api.get(`/api/v1/${path}`);
      expect([status, body.code, body.field, body.value]).toStrictEqual([
        ...[422, 'NOT_ALLOWED', 'fields', 'colour'],
      ]);
    },
  );
});

describe('an export', () => {
  it('is every row of the list, as CSV and as JSON Lines', async () => {
    const query = 'stops?status=closed,armed&fields=stopId,quantity,triggeredAt';
    const csv = await api.get(`/api/v1/${query}&format=csv`);
    expect(csv.text.split('\r\n')).toStrictEqual([
      'stopId,quantity,triggeredAt',
      'S0001,10,2025-06-21T21:31:00.000Z',
      'S0002,10,2025-06-21T21:31:00.000Z',
      'S9,10,',
      'SA,4.5,',
      '',
    ]);
    expect(csv.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(csv.headers.get('content-disposition')).toBe('attachment; filename="stops.csv"');
    expect(csv.headers.get('x-as-of-position')).toBe(READ_SIDE_END);
    const lines = await api.get(`/api/v1/${query}&format=jsonl&sort=-stopId`);
    expect(lines.text.split('\n')[0]).toBe('{"stopId":"SA","quantity":"4.5","triggeredAt":null}');
  });

  it('of any list holds what its pages hold, field by field in their order', async () => {
    const paths = Object.entries<any>(api.openApi.document['paths']).flatMap(([path, { get }]) =>
      get?.responses['200']?.content?.['application/jsonl'] ? [path] : [],
    );
    expect(paths.length).toBeGreaterThan(13);
    for (const path of paths) {
      const { body } = await api.get(path);
      const { text } = await api.get(`${path}?format=jsonl`);
      const rows = text.split('\n').slice(0, -1);
      const listed = body.items.map((row: object) => JSON.stringify(row));
      expect([path, rows]).toStrictEqual([path, listed]);
    }
  });

  it('has no pages', async () => {
    const { status, body } = await api.get('/api/v1/stops?format=csv&limit=5');
    expect([status, body.code, body.field]).toStrictEqual([422, 'NOT_ALLOWED', 'limit']);
  });

  it('ends with its reader, and leaves room for the next', async () => {
    await sql(
      `insert into fills (fill_id, order_id, venue_trade_id, position_id, account_id, instrument_id, mode, quantity, price, fee_amount, fee_currency, filled_at)
       select 'Z' || i, 'O', 'T', 'P', 'bulk', 'V:X', 'paper', 1, 1, 0, 'USDT', now() from generate_series(1, 200000) i`,
    );
    const { port } = new URL(api.origin);
    for (let turn = 0; turn < 4; turn += 1) {
      const socket = connect(Number(port), '127.0.0.1');
      socket.write(
        'GET /api/v1/fills?accountId=bulk&format=csv HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n',
      );
      await once(socket, 'data');
      socket.destroy();
    }
    const whole = await until('the exports that were left have ended', async () => {
      const answer = await api.get('/api/v1/fills?accountId=bulk&format=csv');
      return answer.status === 200 ? answer : undefined;
    });
    expect(whole.text.split('\r\n')).toHaveLength(200_002);
    await sql("delete from fills where account_id = 'bulk'");
  }, 60_000);
});

describe('the OpenAPI document', () => {
  it('is valid OpenAPI 3.1', async () => {
    const result = await new Validator().validate(api.openApi.document);
    expect(result).toMatchObject({ valid: true });
    expect(api.openApi.document['openapi']).toBe('3.1.0');
  });

  it('has been held against every answer of this file', () => {
    expect(api.openApi.seen.size).toBeGreaterThan(15);
    expect(api.bugs).toStrictEqual([]);
  });
});
