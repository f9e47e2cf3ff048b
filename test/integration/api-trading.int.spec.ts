import { startApi } from '../support/api-fixture.js';
import type { RunningApi } from '../support/api-fixture.js';
import { positionIdOf } from '../../src/domain/kernel/derived-id.js';
import { MemoryEventFeed } from '../support/memory-event-feed.js';
import { refusing } from '../support/scripted-gateway.js';

let api: RunningApi;

beforeAll(async () => {
  api = await startApi(new MemoryEventFeed());
}, 60_000);

afterAll(() => api.close(), 30_000);

const ULID = /^[0-9A-HJKMNP-TV-Z]{26}$/;
const HEAD = { commandId: expect.stringMatching(/^[0-9a-f]{64}$/), actor: 'api' };
const ORDER = {
  ...{ accountId: 'demo', instrumentId: 'BINANCE:LTCUSDT', side: 'buy', quantity: '2.50' },
  ...{ type: 'stop', stopPrice: '84.00', limitPrice: '84.10', timeInForce: 'day' },
  plan: { trail: { percent: '2' } },
};

const post = (path: string, body?: unknown, headers?: Record<string, string>) =>
  api.send('POST', `/api/v1/${path}`, body, headers);

describe('an entry', () => {
  it('is handed to the engine as it was written, and told with the position that it opens', async () => {
    const { status, body, headers } = await post('orders', ORDER);
    expect(status).toBe(201);
    const orderId = expect.stringMatching(ULID);
    expect(api.gateway.last).toStrictEqual({ kind: 'PlaceOrder', ...HEAD, orderId, ...ORDER });
    expect(body).toStrictEqual({
      ...{ orderId, positionId: positionIdOf(body.orderId), accountId: 'demo' },
      ...{ instrumentId: 'BINANCE:LTCUSDT', status: 'placed', revision: 4, asOfPosition: '7700' },
    });
    expect(headers.get('location')).toBe(`/api/v1/orders/${String(body.orderId)}`);
  });

  it('that adds to a position says to which', async () => {
    const { body } = await post('orders', { ...ORDER, positionId: 'P1' });
    expect([body.positionId, api.gateway.last]).toMatchObject(['P1', { positionId: 'P1' }]);
  });

  it.each([
    ['side', 'long'],
    ['type', 'iceberg'],
    ['timeInForce', 'forever'],
    ['quantity', 2.5],
    ['stopPrice', '84,00'],
    ['colour', 'red'],
  ])('is refused for a wrong %s', async (field, value) => {
    const before = api.gateway.commands.length;
    const { status, body } = await post('orders', { ...ORDER, [field]: value });
    expect([status, body.field, api.gateway.commands.length]).toStrictEqual([422, field, before]);
  });

  it('tells what the engine refuses', async () => {
    const halted = { code: 'TRADING_HALTED', field: 'accountId', rule: 'r', value: 'demo' };
    api.gateway.answerNext(refusing('conflict', halted));
    const { status, body } = await post('orders', ORDER);
    expect([status, body.code]).toStrictEqual([409, 'TRADING_HALTED']);
  });

  it('is taken back by its id', async () => {
    const { status, body } = await api.send('DELETE', '/api/v1/orders/O1');
    expect(api.gateway.last).toStrictEqual({ kind: 'CancelOrder', ...HEAD, orderId: 'O1' });
    expect([status, body.orderId, body.status]).toStrictEqual([200, 'O1', 'cancel-requested']);
  });
});

describe('an account', () => {
  it.each([
    ['halt', 'HaltTrading', 'halted'],
    ['resume', 'ResumeTrading', 'open'],
    ['kill', 'PullKillSwitch', 'killed'],
  ])('is steered by %s', async (word, kind, trading) => {
    const { status, body } = await post(`accounts/demo/${word}`, { reason: 'news' });
    expect(api.gateway.last).toStrictEqual({ kind, ...HEAD, accountId: 'demo', reason: 'news' });
    expect([status, body.trading]).toStrictEqual([200, trading]);
    const lacking = await post(`accounts/demo/${word}`, {});
    expect([lacking.status, lacking.body.field]).toStrictEqual([422, 'reason']);
  });

  it('has its entries taken back, all or those of an instrument', async () => {
    await post('accounts/demo/cancel-entries', {});
    expect(api.gateway.last).toStrictEqual({ kind: 'CancelEntries', ...HEAD, accountId: 'demo' });
    await post('accounts/demo/cancel-entries', { instrumentId: 'BINANCE:LTCUSDT' });
    expect(api.gateway.last).toMatchObject({ instrumentId: 'BINANCE:LTCUSDT' });
  });

  it('is the same command under the same Idempotency-Key only', async () => {
    const idOf = async (key: string) => {
      await post('accounts/demo/kill', { reason: 'news' }, { 'idempotency-key': key });
      return api.gateway.last.commandId;
    };
    expect(await idOf('a')).toBe(await idOf('a'));
    expect(await idOf('a')).not.toBe(await idOf('b'));
  });
});

it('lets a position leave now', async () => {
  const { status, body } = await post('positions/P1/close');
  expect(api.gateway.last).toStrictEqual({ kind: 'ClosePosition', ...HEAD, positionId: 'P1' });
  expect([status, body]).toStrictEqual([
    200,
    { positionId: 'P1', status: 'leaving', asOfPosition: '7700' },
  ]);
});

describe('a command', () => {
  const STOP = { positionId: 'P1', plan: { stop: '79.00' } };

  it.each<[string, [string, object?], [string, object?]]>([
    ['account', ['orders', ORDER], ['accounts/demo/halt', { reason: 'news' }]],
    ['other account', ['orders', ORDER], ['orders', { ...ORDER, accountId: 'other' }]],
    ['stop', ['stops/S1/suspend'], ['stops/S1/resume']],
    ['stop of the account', ['orders', ORDER], ['stops/S1/suspend']],
    ['position of the account', ['accounts/demo/halt', { reason: 'x' }], ['positions/P1/close']],
    [
      'batch of stops',
      ['stops', STOP],
      ['stops/batch', { stops: [{ ...STOP, positionId: 'P2' }] }],
    ],
  ])(
    'under a key that was used before, about the %s, is the same command with other words',
    async (_, ...calls) => {
      const headers = { 'idempotency-key': 'once' };
      for (const [noun, body] of calls) await post(noun, body, headers);
      const [first, second] = api.gateway.commands.slice(-2);
      expect(second?.commandId).toBe(first?.commandId);
      expect(new Set(api.gateway.requestHashes.slice(-2)).size).toBe(2);
    },
  );

  it('names the key that was used for another request', async () => {
    const field = 'Idempotency-Key';
    const problem = { code: 'IDEMPOTENCY_KEY_REUSED', field, rule: 'must be new', value: '' };
    const again = refusing('invalid', problem);
    api.gateway.answerNext(again);
    const answer = await post('orders', ORDER, { 'idempotency-key': 'k-7' });
    expect([answer.status, answer.body.value]).toStrictEqual([422, 'k-7']);
    api.gateway.answerNext(again);
    const query = 'mutation{haltTrading(accountId:"demo",reason:"x",idempotencyKey:"k-8"){id}}';
    const { body } = await api.send('POST', '/graphql', { query });
    expect(body).toMatchObject({ errors: [{ extensions: { value: 'k-8' } }] });
  });

  it('too long is refused by the limit, and one with a forbidden name by that', async () => {
    const long = await post('stops', { a: 'x'.repeat(1_500_000) });
    expect(long.body).toMatchObject({
      ...{ status: 413, code: 'BODY_TOO_LARGE', field: 'Content-Length' },
      rule: 'must not be more than 1048576 bytes',
    });
    const forbidden = await post('stops', JSON.parse('{"__proto__":{"a":1}}') as object);
    expect(forbidden.body.rule).toMatch('without a field __proto__');
  });
});
