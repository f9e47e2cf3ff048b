import { createHash } from 'node:crypto';
import { Client } from 'pg';
import { GRAPHQL_OWN_TYPE, shareReadSide } from '../support/api-fixture.js';
import type { RunningApi } from '../support/api-fixture.js';

let api: RunningApi;

shareReadSide((running) => (api = running));

/** What is asked of the database meanwhile. */
async function statementsOf(asked: () => Promise<unknown>): Promise<number> {
  const spy = jest.spyOn(Client.prototype, 'query');
  try {
    await asked();
    return spy.mock.calls.length;
  } finally {
    spy.mockRestore();
  }
}

describe('connections', () => {
  it('lead through a list row by row', async () => {
    const query = `query($after:String){stops(first:1,after:$after){
      edges{cursor node{stopId}} pageInfo{hasNextPage hasPreviousPage startCursor endCursor}}}`;
    const found: string[] = [];
    let after: string | null = null;
    for (let hasNextPage = true; hasNextPage;) {
      const { body } = await api.graphql(query, { after });
      const { edges, pageInfo } = body.data.stops;
      expect(pageInfo).toStrictEqual({
        hasNextPage: pageInfo.hasNextPage,
        hasPreviousPage: after !== null,
        startCursor: edges[0].cursor,
        endCursor: edges[0].cursor,
      });
      found.push(edges[0].node.stopId);
      after = pageInfo.endCursor as string;
      hasNextPage = pageInfo.hasNextPage as boolean;
    }
    expect(found).toStrictEqual(['S0001', 'S0002', 'S9', 'SA', 'SB']);
  });

  it('go on behind any row', async () => {
    const whole = await api.graphql('{orders(first:100){edges{cursor node{orderId}}}}');
    const { edges } = whole.body.data.orders;
    const query = `{orders(after:"${String(edges[0].cursor)}"){items{orderId}}}`;
    const rest = (await api.graphql(query)).body.data.orders.items;
    expect(rest).toStrictEqual(edges.slice(1).map(({ node }: { node: object }) => node));
    expect(rest.length).toBeGreaterThan(0);
  });

  it('price their lines as the list does', async () => {
    const query = '{pnl{items{pnlId unrealised} edges{node{pnlId unrealised}}}}';
    const { items, edges } = (await api.graphql(query)).body.data.pnl;
    expect(edges.map(({ node }: { node: object }) => node)).toStrictEqual(items);
    expect(items.length).toBeGreaterThan(1);
  });

  it('refuse a size by both of its names', async () => {
    const [error] = (await api.graphql('{stops(first:1,limit:2){nextCursor}}')).body.errors;
    expect([error.extensions.code, error.extensions.status]).toStrictEqual(['NOT_ALLOWED', 422]);
  });
});

describe('rows that rows point to', () => {
  it('are read by one statement for each kind and level, however many rows there are', async () => {
    const query = `query($first:Int){orders(first:$first){items{
      orderId position{positionId} stop{stopId position{positionId} instrument{instrumentId}}}}}`;
    const of = (first: number) => statementsOf(() => api.graphql(query, { first }));
    const answer = await api.graphql(query, { first: 100 });
    expect(answer.body.data.orders.items).toContainEqual({
      orderId: 'S0002-1-1',
      position: { positionId: 'P0002' },
      stop: {
        stopId: 'S0002',
        position: { positionId: 'P0002' },
        instrument: { instrumentId: 'BINANCE:LTCUSDT' },
      },
    });
    // Orders, their positions and stops, and of those positions and instruments.
    expect([await of(1), await of(100)]).toStrictEqual([5, 5]);
  });

  it('may be many: the stops of each position, read together', async () => {
    const query = `query($first:Int){positions(first:$first){items{positionId
      stops(limit:5){stopId} one:stops(limit:1){stopId status}}}}`;
    const of = (first: number) => statementsOf(() => api.graphql(query, { first }));
    expect([await of(1), await of(100)]).toStrictEqual([2, 2]);
    const { body } = await api.graphql(query, { first: 100 });
    const two = body.data.positions.items.find((row: any) => row.positionId === 'PA');
    expect(two).toStrictEqual({
      ...{ positionId: 'PA', stops: [{ stopId: 'SA' }, { stopId: 'SB' }] },
      one: [{ stopId: 'SA', status: 'armed' }],
    });
  });

  it('ask the engine once for the prices of a page', async () => {
    const view = jest.spyOn(api.gateway, 'view');
    const { body } = await api.graphql('{instruments{items{instrumentId last{price}}}}');
    expect(body.data.instruments.items).toHaveLength(2);
    expect(view).toHaveBeenCalledTimes(1);
    view.mockRestore();
  });
});

describe('a document', () => {
  it.each([
    [
      'that asks for too much',
      `query($n:Int){${Array.from({ length: 20 }, (_, at) => `a${String(at)}:stops(limit:$n){items{stopId status side level extreme mode rules plan{triggerBy} quantity armedQuantity revision}}`).join(' ')}}`,
      'A query asks for at most 50000 values, this one for up to 52020.',
    ],
    [
      'that is brackets within brackets',
      `${'{a'.repeat(1_900)}${'}'.repeat(1_900)}`,
      'A query has at most 64 brackets within one another.',
    ],
    [
      'whose argument is lists within lists',
      `{stops(status:${'['.repeat(3_900)}`,
      'A query has at most 64 brackets within one another.',
    ],
  ])('%s is refused', async (_what, query, message) => {
    const answer = await api.graphql(query, { n: 200 }, { accept: GRAPHQL_OWN_TYPE });
    const said = answer.body.errors.map((each: { message: string }) => each.message);
    expect([answer.status, said]).toStrictEqual([400, [message]]);
    expect((await api.graphql('{stops(limit:200){items{stopId}}}')).status).toBe(200);
  });

  it('that was sent once is asked for by its hash', async () => {
    const query = '{stops(first:1){items{stopId}}}';
    const hashed = (text: string) => ({
      extensions: {
        persistedQuery: { version: 1, sha256Hash: createHash('sha256').update(text).digest('hex') },
      },
    });
    const ask = async (body: object) => (await api.send('POST', '/graphql', body)).body;
    const data = { stops: { items: [{ stopId: 'S0001' }] } };
    expect((await ask(hashed(query))).errors[0].message).toBe('PersistedQueryNotFound');
    expect((await ask({ query, ...hashed('other') })).errors[0].message).toBe(
      'provided sha does not match query',
    );
    expect((await ask({ query, ...hashed(query) })).data).toStrictEqual(data);
    expect((await ask(hashed(query))).data).toStrictEqual(data);
  });
});
