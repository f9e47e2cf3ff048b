import { createHmac } from 'node:crypto';
import { join } from 'node:path';
import { TokenFile } from '../../src/adapters/token-file/token-file.js';
import { startApi } from '../support/api-fixture.js';
import type { RunningApi } from '../support/api-fixture.js';
import { MemoryEventFeed } from '../support/memory-event-feed.js';
import { temporaryFolder } from '../support/postgres-fixture.js';
import { READ_SIDE_END, READ_SIDE_LOG } from '../support/read-side-log.js';
import { refusing } from '../support/scripted-gateway.js';
import { A_SIGNAL_SOURCE } from '../support/signal-source.js';

jest.setTimeout(60_000);

const ADMIN = 'an-admin-token-of-the-environment';
const folder = temporaryFolder('signal-tokens');
const tokens = new TokenFile(join(folder.path, 'tokens.json'), ADMIN);
const TRADER = { authorization: `Bearer ${ADMIN}` };
const OTHER = { ...A_SIGNAL_SOURCE, id: 'other', accountId: 'other', secret: undefined };
const PATH = '/api/v1/signals?source=chart';
let api: RunningApi;

beforeAll(async () => {
  api = await startApi(
    new MemoryEventFeed(READ_SIDE_LOG),
    undefined,
    { tokens, requestsPerSecond: 10_000 },
    { signals: [A_SIGNAL_SOURCE, OTHER] },
  );
  await api.get(`/api/v1/stops?waitFor=${READ_SIDE_END}`, TRADER);
});

afterAll(async () => {
  await api.close();
  folder.remove();
});

function body(change: object = {}): Record<string, string> {
  return { alert: 'buy', ticker: 'LTCUSDT', time: new Date().toISOString(), ...change };
}

function signed(text: string, secret = 'a-secret-of-a-chart', atMs = Date.now()) {
  const stamp = String(Math.floor(atMs / 1_000));
  const digest = createHmac('sha256', secret).update(`${stamp}.${text}`).digest('hex');
  return { 'stopledger-timestamp': stamp, 'stopledger-signature': `v1=${digest}` };
}

function sentSince(before: number) {
  return api.gateway.commands.slice(before).map(({ kind, actor }) => [kind, actor]);
}

describe('a signal', () => {
  it('by token is an order with its protection', async () => {
    const { status, body: answer } = await api.send('POST', PATH, body({ qty: '3' }), TRADER);
    expect([status, answer.action, answer.asOfPosition]).toStrictEqual([200, 'buy', '7700']);
    expect(api.gateway.last).toMatchObject({
      ...{ kind: 'PlaceOrder', accountId: 'demo', instrumentId: 'BINANCE:LTCUSDT', side: 'buy' },
      ...{ quantity: '3', type: 'market', plan: { trail: { percent: '2' } } },
    });
  });

  it('that comes again is the same command', async () => {
    const again = body({ limit: '80.5' });
    for (let count = 0; count < 2; count += 1) await api.send('POST', PATH, again, TRADER);
    const [one, two] = api.gateway.commands.slice(-2);
    expect(two?.commandId).toBe(one?.commandId);
    const [first, second] = api.gateway.requestHashes.slice(-2);
    expect(second).toBe(first);
    expect(one).toMatchObject({ type: 'limit', limitPrice: '80.5' });
  });

  it('closes every open position of the instrument, and cancels entries', async () => {
    const before = api.gateway.commands.length;
    const closed = await api.send('POST', PATH, body({ alert: 'exit' }), TRADER);
    expect(closed.body.commands).toStrictEqual([
      { kind: 'ClosePosition', id: 'P9', asOfPosition: '7700' },
    ]);
    await api.send('POST', PATH, body({ alert: 'flat' }), TRADER);
    expect(sentSince(before).map(([kind]) => kind)).toStrictEqual([
      'ClosePosition',
      'CancelEntries',
    ]);
    const none = await api.send(
      'POST',
      '/api/v1/signals?source=other',
      body({ alert: 'exit' }),
      TRADER,
    );
    expect([none.status, none.body.code]).toStrictEqual([404, 'POSITION_NOT_FOUND']);
  });

  it.each([
    ['application/json', (fields: object) => JSON.stringify(fields)],
    ['text/plain', (fields: object) => JSON.stringify(fields)],
    [
      'application/x-www-form-urlencoded',
      (fields: Record<string, string>) => new URLSearchParams(fields).toString(),
    ],
  ])('signed as %s acts for the account of its source alone', async (type, write) => {
    const before = api.gateway.commands.length;
    const text = write(body({ limit: '70' }));
    const headers = { 'content-type': type, ...signed(text) };
    expect((await api.send('POST', PATH, text, headers)).status).toBe(200);
    expect(sentSince(before)).toStrictEqual([['PlaceOrder', 'signal:chart']]);
  });

  it.each([
    ['of another body', () => signed('{}'), 'SIGNATURE_WRONG'],
    ['by another secret', (text: string) => signed(text, 'another-secret!!'), 'SIGNATURE_WRONG'],
    ['long ago', (text: string) => signed(text, undefined, Date.now() - 60_000), 'SIGNATURE_OLD'],
    ['that is none', () => ({ 'stopledger-signature': 'x' }), 'SIGNATURE_WRONG'],
  ])('with a signature %s does nothing', async (_what, sign, code) => {
    const before = api.gateway.commands.length;
    const text = JSON.stringify(body());
    const answer = await api.send('POST', PATH, text, sign(text));
    expect([answer.status, answer.body.code]).toStrictEqual([401, code]);
    expect(sentSince(before)).toStrictEqual([]);
  });

  it('with a signature for a source that has no secret does nothing', async () => {
    const text = JSON.stringify(body());
    const answer = await api.send('POST', '/api/v1/signals?source=other', text, signed(text, ''));
    expect([answer.status, answer.body.code]).toStrictEqual([401, 'SIGNATURE_WRONG']);
  });

  it('is refused by what is wrong with it', async () => {
    const before = api.gateway.commands.length;
    const codes = [];
    const NOBODYS = '/api/v1/signals?source=zork';
    const old = { time: '2020-01-01T00:00:00Z' };
    for (const [path, change] of [
      [NOBODYS, {}],
      [PATH, old],
      [PATH, { qty: '1,5' }],
    ] as const) {
      const answer = await api.send('POST', path, body(change), TRADER);
      codes.push([answer.status, answer.body.code]);
    }
    expect(codes).toStrictEqual([
      [404, 'SOURCE_NOT_FOUND'],
      [422, 'SIGNAL_TOO_OLD'],
      [422, 'NOT_A_DECIMAL'],
    ]);
    expect(sentSince(before)).toStrictEqual([]);
    const problem = {
      code: 'TRADING_HALTED',
      field: 'accountId',
      rule: 'is halted',
      value: 'demo',
    };
    api.gateway.answerNext(refusing('conflict', problem));
    const refused = await api.send('POST', PATH, body({ qty: '9' }), TRADER);
    expect([refused.status, refused.body.code]).toStrictEqual([409, 'TRADING_HALTED']);
  });

  it('is refused in the words of its sender', async () => {
    for (const [qty, limit, field] of [
      ['x', '80', 'qty'],
      ['9', 'x', 'limit'],
    ]) {
      const answer = await api.send('POST', PATH, body({ qty, limit }), TRADER);
      expect(answer.body).toMatchObject({ code: 'NOT_A_DECIMAL', field, value: 'x' });
    }
  });

  it('may be as long as a signal is, and forms are taken nowhere else', async () => {
    const long = await api.send('POST', PATH, body({ note: 'x'.repeat(20_000) }), TRADER);
    expect([long.status, long.body.code]).toStrictEqual([413, 'BODY_TOO_LARGE']);
    const form = { ...TRADER, 'content-type': 'application/x-www-form-urlencoded' };
    const elsewhere = await api.send('POST', '/api/v1/positions', 'a=b', form);
    expect([elsewhere.status, elsewhere.body.code]).toStrictEqual([
      415,
      'MEDIA_TYPE_NOT_SUPPORTED',
    ]);
  });
});
