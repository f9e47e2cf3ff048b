import { GRAPHQL_OWN_TYPE, shareReadSide } from '../support/api-fixture.js';
import type { RunningApi } from '../support/api-fixture.js';

let api: RunningApi;

shareReadSide((running) => (api = running));

const TWO_OPERATIONS = 'query a{__typename} query b{__typename}';
const WITH_VARIABLES = 'query($first:Int!,$at:String!){stops(first:$first,at:$at){nextCursor}}';
const TOO_DEAR = '{stops(limit:500){items{position{stops(limit:500){stopId}}}}}';
const A_SUBSCRIPTION = 'subscription{tick(instrumentIds:["BINANCE:LTCUSDT"]){version}}';

describe('the status of an answer in plain JSON and in the media type of GraphQL', () => {
  it.each([
    ['an answer', { query: '{stops(first:1){nextCursor}}' }, 200],
    ['data beside a problem', { query: '{a:__typename stop(stopId:"S9"){stopId}}' }, 200],
    ['a problem of REST', { query: '{stops(limit:-1){nextCursor}}' }, 422],
    ['what is not there', { query: '{stop(stopId:"NOPE"){stopId}}' }, 404],
    ['a text that is no GraphQL', { query: '{' }, 400],
    ['one thing wrong', { query: '{stops{zork}}' }, 400],
    ['two things wrong', { query: '{stops{zork zirk}}' }, 400],
    ['a variable too little', { query: WITH_VARIABLES, variables: { first: 1 } }, 400],
    ['two variables too little', { query: WITH_VARIABLES, variables: {} }, 400],
    ['no variables', { query: WITH_VARIABLES }, 400],
    ['an operation too little', { query: TWO_OPERATIONS }, 400],
    ['an unknown operation', { query: TWO_OPERATIONS, operationName: 'c' }, 400],
    ['the same with variables', { query: TWO_OPERATIONS, operationName: 'c', variables: {} }, 400],
    ['what asks for too much', { query: TOO_DEAR }, 400],
    ['a subscription', { query: A_SUBSCRIPTION }, 400],
  ])('of %s is 200 and what REST says', async (_what, body, status) => {
    const plain = await api.send('POST', '/graphql', body);
    const own = await api.send('POST', '/graphql', body, { accept: GRAPHQL_OWN_TYPE });
    expect([plain.status, own.status]).toStrictEqual([200, status]);
    expect(own.body).toStrictEqual(plain.body);
    expect(plain.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(own.headers.get('content-type')).toBe(`${GRAPHQL_OWN_TYPE}; charset=utf-8`);
    const said = (own.body.errors ?? []).map((each: any) => each.extensions.status);
    expect(said.filter((each: number) => each !== status)).toStrictEqual([]);
  });

  it.each([
    ['{"query":null}', 400],
    ['{"query":"{__typename}","variables":5}', 400],
    ['{"a":', 400],
  ])('of %s, which asks for nothing, is the same in both', async (body, status) => {
    for (const accept of ['application/json', GRAPHQL_OWN_TYPE]) {
      expect((await api.send('POST', '/graphql', body, { accept })).status).toBe(status);
    }
  });

  it.each([
    [`query=${TWO_OPERATIONS}&operationName=a`, 200, undefined],
    [`query=${TWO_OPERATIONS}&operationName=c`, 400, 'Unknown operation named "c".'],
    [
      `query=${TWO_OPERATIONS}`,
      400,
      'Must provide operation name if query contains multiple operations.',
    ],
    [
      'query=mutation{cancelStop(stopId:"S9"){id}}',
      405,
      'Operation cannot be performed via a GET request',
    ],
  ])('of GET with %s is %i', async (query, status, message) => {
    const accept = { accept: GRAPHQL_OWN_TYPE };
    const answer = await api.get(`/graphql?${query.replaceAll(' ', '%20')}`, accept);
    expect([answer.status, answer.body.errors?.[0].message]).toStrictEqual([status, message]);
    expect(api.gateway.commands).toStrictEqual([]);
  });

  it.each([
    [`${GRAPHQL_OWN_TYPE}, application/json`, GRAPHQL_OWN_TYPE],
    [`application/json;q=0.9, ${GRAPHQL_OWN_TYPE}; charset=utf-8`, GRAPHQL_OWN_TYPE],
    [`application/json, ${GRAPHQL_OWN_TYPE};q=0.5`, 'application/json'],
    [`${GRAPHQL_OWN_TYPE};q=0, */*`, 'application/json'],
    ['*/*', 'application/json'],
  ])('whoever accepts %s gets %s', async (accept, type) => {
    const { headers } = await api.graphql('{__typename}', undefined, { accept });
    expect(headers.get('content-type')).toBe(`${type}; charset=utf-8`);
  });
});
