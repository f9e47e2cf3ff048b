import { request } from 'node:http';
import { startApi } from '../support/api-fixture.js';
import type { Answer, RunningApi } from '../support/api-fixture.js';
import { MemoryEventFeed } from '../support/memory-event-feed.js';
import { refusing } from '../support/scripted-gateway.js';

let api: RunningApi;

beforeAll(async () => {
  api = await startApi(new MemoryEventFeed());
}, 60_000);

afterAll(() => api.close(), 30_000);

const ULID = /^[0-9A-HJKMNP-TV-Z]{26}$/;
const SHA256 = /^[0-9a-f]{64}$/;
const HEAD = { commandId: expect.stringMatching(SHA256), actor: 'api' };
const POSITION = {
  accountId: 'demo',
  instrumentId: 'BINANCE:LTCUSDT',
  side: 'long',
  quantity: '10',
  entryPrice: '83.29',
};
const INSTRUMENT = {
  instrumentId: 'BINANCE:LTCUSDT',
  symbol: 'LTCUSDT',
  priceTick: '0.01',
  quantityStep: '0.001',
  quoteCurrency: 'USDT',
  feeds: ['main'],
};
const ACCOUNT = { accountId: 'demo', broker: 'paper', mode: 'paper', currency: 'USDT' };
const PLAN = {
  stop: '81.00',
  trail: { percent: '2' },
  step: '0.10',
  activation: '83.50',
  targets: [{ price: '84.00', portion: '0.5' }],
  triggerBy: 'last',
};
const STOP = { positionId: 'P1', plan: PLAN };

function post(noun: string, body: unknown, headers?: Record<string, string>): Promise<Answer> {
  return api.send('POST', `/api/v1/${noun}`, body, headers);
}

function expectProblem(answer: Answer, status: number, ...problems: readonly string[][]): void {
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  expect([answer.status, answer.body.status]).toStrictEqual([status, status]);
  expect(
    answer.body.problems.map(({ code, field, value }: any) => [code, field, value]),
  ).toStrictEqual(problems);
  const { code, field, rule, value } = answer.body;
  expect(answer.body.problems[0]).toStrictEqual({ code, field, rule, value });
}

/** Sends what must be refused, and makes sure that no command came of it. */
async function refused(send: () => Promise<Answer>): Promise<Answer> {
  const before = api.gateway.commands.length;
  const answer = await send();
  expect(api.gateway.commands).toHaveLength(before);
  return answer;
}

describe('a POST', () => {
  it.each([
    ['instruments', INSTRUMENT, 'DefineInstrument', { instrumentId: 'BINANCE:LTCUSDT' }],
    ['accounts', ACCOUNT, 'OpenAccount', { accountId: 'demo' }],
  ])('of %s takes the id that it is given', async (noun, body, kind, id) => {
    const answer = await post(noun, body);
    expect(api.gateway.last).toStrictEqual({ kind, ...HEAD, ...body });
    expect(answer.status).toBe(201);
    expect(answer.body).toStrictEqual({ ...id, revision: 4, asOfPosition: '7700' });
    expect(answer.headers.get('etag')).toBe('"4"');
    const [idText = ''] = Object.values(id);
    expect(answer.headers.get('location')).toBe(`/api/v1/${noun}/${encodeURIComponent(idText)}`);
  });

  it('of positions makes an id and says where it is', async () => {
    const { status, body, headers } = await post('positions', POSITION);
    const positionId = expect.stringMatching(ULID);
    expect(api.gateway.last).toStrictEqual({
      kind: 'OpenPosition',
      ...HEAD,
      positionId,
      ...POSITION,
    });
    expect(status).toBe(201);
    expect(body).toStrictEqual({
      positionId,
      accountId: 'demo',
      instrumentId: 'BINANCE:LTCUSDT',
      status: 'open',
      revision: 4,
      asOfPosition: '7700',
    });
    expect(headers.get('location')).toBe(`/api/v1/positions/${String(body.positionId)}`);
    expect(headers.get('etag')).toBe('"4"');
  });

  it('of stops hands the whole plan to the engine, as it was written', async () => {
    const { status, body, headers } = await post('stops', { ...STOP, quantity: '2.50' });
    const stopId = expect.stringMatching(ULID);
    expect(api.gateway.last).toStrictEqual({
      kind: 'ArmStop',
      ...HEAD,
      stopId,
      positionId: 'P1',
      quantity: '2.50',
      plan: PLAN,
    });
    expect([status, headers.get('etag')]).toStrictEqual([201, '"4"']);
    expect(body).toStrictEqual({
      stopId,
      positionId: 'P1',
      status: 'armed',
      revision: 4,
      asOfPosition: '7700',
    });
    expect(headers.get('location')).toBe(`/api/v1/stops/${String(body.stopId)}`);
  });

  it.each([
    ['instruments', INSTRUMENT],
    ['accounts', ACCOUNT],
    ['positions', POSITION],
    ['stops', STOP],
  ])('of %s is the same command under the same Idempotency-Key only', async (noun, body) => {
    const idWith = async (key?: string) => {
      await post(noun, body, key === undefined ? {} : { 'idempotency-key': key });
      return api.gateway.last.commandId;
    };
    const first = await idWith('k-1');
    expect(await idWith('k-1')).toBe(first);
    const others = [await idWith('k-2'), await idWith(), await idWith()];
    expect(new Set([first, ...others]).size).toBe(4);
  });

  it.each(['', 'two words', 'x'.repeat(256)])('refuses the Idempotency-Key "%s"', async (key) => {
    const answer = await refused(() => post('stops', STOP, { 'idempotency-key': key }));
    expectProblem(answer, 422, ['WRONG_FORM', 'Idempotency-Key', '']);
  });
});

describe('a PATCH of a stop', () => {
  const patch = (headers: Record<string, string>, body: unknown = { plan: PLAN }) =>
    api.send('PATCH', '/api/v1/stops/S1', body, headers);

  it('needs If-Match', async () => {
    const answer = await refused(() => patch({}));
    expectProblem(answer, 428, ['IF_MATCH_REQUIRED', 'If-Match', '']);
  });

  it.each(['"3"', '"3.stopId.level"'])('passes on the revision of If-Match: %s', async (etag) => {
    const { status, body, headers } = await patch({ 'if-match': etag });
    expect(api.gateway.last).toStrictEqual({
      kind: 'AmendStop',
      ...HEAD,
      stopId: 'S1',
      plan: PLAN,
      expectedRevision: 3,
    });
    expect([status, headers.get('etag')]).toStrictEqual([200, '"4"']);
    expect(body).toStrictEqual({ stopId: 'S1', revision: 4, asOfPosition: '7700' });
  });

  it.each(['*', '"x"', '-1', '3', '"3', '3"', '"3."', '"1", "2"'])(
    'refuses If-Match: %s',
    async (etag) => {
      const answer = await refused(() => patch({ 'if-match': etag }));
      expectProblem(answer, 422, ['WRONG_FORM', 'If-Match', etag]);
    },
  );

  it('never takes a weak tag for a revision', async () => {
    const answer = await refused(() => patch({ 'if-match': 'W/"3"' }));
    expectProblem(answer, 412, ['WEAK_ETAG', 'If-Match', 'W/"3"']);
  });

  it('takes a plan and nothing else', async () => {
    const answer = await refused(() =>
      patch({ 'if-match': '"3"' }, { plan: { stop: 81 }, quantity: '1' }),
    );
    expectProblem(
      answer,
      422,
      ['WRONG_TYPE', 'plan.stop', '81'],
      ['UNKNOWN_FIELD', 'quantity', '1'],
    );
  });

  it('of an id that cannot be is 404', async () => {
    const answer = await refused(() =>
      api.send('PATCH', '/api/v1/stops/%00', { plan: PLAN }, { 'if-match': '"3"' }),
    );
    expectProblem(answer, 404, ['STOP_NOT_FOUND', 'stopId', '?']);
  });
});

describe('a DELETE of a stop', () => {
  it.each([
    [undefined, {}],
    ['"7"', { expectedRevision: 7 }],
  ])('cancels it, with If-Match %s', async (etag, expected) => {
    const headers = etag === undefined ? undefined : { 'if-match': etag };
    const answer = await api.send('DELETE', '/api/v1/stops/S1', undefined, headers);
    expect(api.gateway.last).toStrictEqual({
      kind: 'CancelStop',
      ...HEAD,
      stopId: 'S1',
      ...expected,
    });
    expect([answer.status, answer.headers.get('etag')]).toStrictEqual([200, '"4"']);
    expect(answer.body).toStrictEqual({
      stopId: 'S1',
      status: 'cancelled',
      revision: 4,
      asOfPosition: '7700',
    });
  });
});

describe('what the engine answers', () => {
  const problem = { code: 'SOME_CODE', field: 'plan.stop', rule: 'must be below', value: '99' };
  const second = { code: 'OTHER_CODE', field: 'quantity', rule: 'is too large', value: '11' };

  it.each([
    ['invalid', 422],
    ['conflict', 409],
    ['stale', 412],
    ['not-found', 404],
  ] as const)('%s is %d, with every problem', async (rejection, status) => {
    api.gateway.answerNext(refusing(rejection, problem, second));
    const answer = await api.send('DELETE', '/api/v1/stops/S1');
    expectProblem(
      answer,
      status,
      ['SOME_CODE', 'plan.stop', '99'],
      ['OTHER_CODE', 'quantity', '11'],
    );
    expect(answer.body).toMatchObject({
      type: 'urn:stopledger:problem:some-code',
      detail: 'plan.stop must be below, was 99; quantity is too large, was 11',
      ...problem,
      problems: [problem, second],
    });
  });

  it('that it cannot be reached is 503 with Retry-After in seconds', async () => {
    api.gateway.answerNext({ kind: 'unavailable', reason: 'the log is away', retryAfterMs: 2_100 });
    const answer = await post('stops', STOP);
    expectProblem(answer, 503, ['ENGINE_UNAVAILABLE', '', '']);
    expect([answer.body.rule, answer.headers.get('retry-after')]).toStrictEqual([
      'the log is away',
      '3',
    ]);
  });

  it('by a fault is 500, told to us and not to the client', async () => {
    const fault = new Error('secret of the inside');
    api.gateway.answerNext(fault);
    const answer = await post('stops', STOP);
    expectProblem(answer, 500, ['INTERNAL_ERROR', '', '']);
    expect(answer.text).not.toContain('secret');
    expect(api.bugs.splice(0)).toStrictEqual([fault]);
  });
});

describe('a plan', () => {
  it('may have every part there is', async () => {
    const plan = {
      stop: '81.00',
      trail: { atr: { period: 14, multiple: '2.5', interval: 'PT1M' } },
      tighten: { from: '84', touch: 'strict', trail: { percent: '1' } },
      activation: '83.50',
      step: '0.10',
      breakEven: { trigger: '83.90', offset: '0.05' },
      targets: [{ price: '84.00', portion: '0.5' }],
      limit: { offset: { bps: '5' }, price: '80', unfilledAfter: 'PT2S', then: 'market' },
      timeStop: { after: 'PT30M', unlessInProfit: true, then: 'exit' },
      sessionEnd: { before: 'PT5M' },
      triggerBy: 'mid',
      confirm: 'double',
      dialect: { name: 'nautilus', touch: 'strict' },
    };
    const answer = await post('stops', { ...STOP, plan });
    expect(answer.status).toBe(201);
    expect(api.gateway.last).toMatchObject({ kind: 'ArmStop', plan });
  });

  it.each([
    ['suspend', 'SuspendStop', 'suspended'],
    ['resume', 'ResumeStop', 'armed'],
  ])('is told to %s its stop', async (verb, kind, status) => {
    const answer = await post(`stops/S1/${verb}`, undefined, { 'if-match': '"3"' });
    expect(answer.status).toBe(200);
    expect(answer.body).toStrictEqual({
      ...{ stopId: 'S1', status, revision: 4, asOfPosition: '7700' },
    });
    expect(api.gateway.last).toStrictEqual({
      ...{ kind, ...HEAD, stopId: 'S1', expectedRevision: 3 },
    });
  });
});

describe('bad input', () => {
  const deep = (open: string, close: string) => open.repeat(100_000) + close.repeat(100_000);

  it.each([
    ['malformed JSON', '{"a":', {}, 400, 'MALFORMED_REQUEST'],
    ['an empty body', '', {}, 400, 'MALFORMED_REQUEST'],
    ['a poisoned prototype', '{"__proto__":{"a":1}}', {}, 400, 'MALFORMED_REQUEST'],
    [
      'a form',
      'a=b',
      { 'content-type': 'application/x-www-form-urlencoded' },
      415,
      'MEDIA_TYPE_NOT_SUPPORTED',
    ],
    ['plain text', '{}', { 'content-type': 'text/plain' }, 415, 'MEDIA_TYPE_NOT_SUPPORTED'],
  ] as const)('of %s is refused', async (...[, body, headers, status, code]) => {
    for (const noun of ['stops', 'positions', 'instruments', 'accounts']) {
      const answer = await refused(() => post(noun, body, headers));
      expectProblem(answer, status, [code, '', '']);
    }
  });

  it.each([
    ['an array', '[]', 'WRONG_TYPE', 'an array of 0'],
    ['null', 'null', 'WRONG_TYPE', 'null'],
    ['a text', '"x"', 'WRONG_TYPE', 'x'],
    ['a number', '5', 'WRONG_TYPE', '5'],
    ['deep arrays', deep('[', ']'), 'WRONG_TYPE', 'an array of 1'],
    ['no body at all', undefined, 'REQUIRED', ''],
  ])('of %s as body is refused', async (_what, body, code, value) => {
    for (const noun of ['stops', 'positions', 'instruments', 'accounts']) {
      const answer = await refused(() => post(noun, body));
      expectProblem(answer, 422, [code, '', value]);
    }
  });

  it('nested deep is named, never written out', async () => {
    const plan = `{"stop":${deep('[', ']')},"trail":${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}}`;
    const answer = await refused(() => post('stops', `{"positionId":"P1","plan":${plan}}`));
    expectProblem(
      answer,
      422,
      ['WRONG_TYPE', 'plan.stop', 'an array of 1'],
      ['UNKNOWN_FIELD', 'plan.trail.a', 'an object'],
      ['TRAIL_NOT_ONE_DISTANCE', 'plan.trail', 'an object'],
    );
  });

  it('of unknown fields and of numbers for decimals is named all at once', async () => {
    const body = { ...POSITION, quantity: 10, entryPrice: '8e1', side: 'up', leverage: 5 };
    const answer = await refused(() => post('positions', body));
    expectProblem(
      answer,
      422,
      ['NOT_ALLOWED', 'side', 'up'],
      ['WRONG_TYPE', 'quantity', '10'],
      ['NOT_A_DECIMAL', 'entryPrice', '8e1'],
      ['UNKNOWN_FIELD', 'leverage', '5'],
    );
  });

  it.each(['NaN', 'Infinity', '0x10', '1,5', ' 1', '1'.repeat(41), '', '--1'])(
    'of "%s" for a decimal is refused',
    async (quantity) => {
      const answer = await refused(() => post('stops', { ...STOP, quantity }));
      expectProblem(answer, 422, ['NOT_A_DECIMAL', 'quantity', quantity]);
    },
  );

  it.each([
    ['breakEven', { offset: '1' }, 'plan.breakEven.trigger'],
    ['timeStop', { after: 5 }, 'plan.timeStop.after'],
    ['sessionEnd', 'PT5M', 'plan.sessionEnd'],
    ['limit', { offset: '1', then: 'hope' }, 'plan.limit.then'],
    ['exit', { type: 'stop' }, 'plan.exit.type'],
    ['insurance', { margin: { atr: {} } }, 'plan.insurance.margin'],
    ['exit', { type: 'limit', collar: { atr: {} } }, 'plan.exit.collar'],
    ['exit', { type: 'limit', timeInForce: 'gtd' }, 'plan.exit.timeInForce'],
    ['confirm', 'triple', 'plan.confirm'],
    ['triggerBy', 'moon', 'plan.triggerBy'],
    ['trail', { atr: { period: 14, multiple: '2' } }, 'plan.trail.atr.interval'],
    ['trail', { ema: { period: 20, interval: 'PT1M', multiple: '2' } }, 'plan.trail.ema'],
    ['trail', { donchian: { period: 20 }, ticks: 5 }, 'plan.trail.donchian.interval'],
    ['tighten', { from: '1', trail: { atr: {} } }, 'plan.tighten.trail'],
    ['limit', { offset: { chandelier: {} } }, 'plan.limit.offset'],
  ])('in the part %s of a plan is named by its place', async (part, value, field) => {
    const answer = await refused(() =>
      post('stops', { ...STOP, plan: { ...PLAN, [part]: value } }),
    );
    expect(answer.status).toBe(422);
    expect(answer.body.problems[0].field).toContain(field);
  });

  it.each([
    ['POST', '/api/v1/nothing'],
    ['PUT', '/api/v1/stops'],
    ['PATCH', '/api/v1/stops'],
    ['DELETE', '/api/v1/positions/P1'],
    ['POST', '/api/v1/orders/O1'],
  ])('%s %s is no route', async (method, path) => {
    const answer = await refused(() => api.send(method, path, {}));
    expectProblem(answer, 404, ['NO_SUCH_ROUTE', '', '']);
  });

  it('of a strange Host is refused, since only this machine is served', async () => {
    const status = await new Promise((done, fail) => {
      const headers = { host: 'evil.example' };
      request(`${api.origin}/api/v1/stops`, { headers }, (response) => {
        response.resume();
        done(response.statusCode);
      })
        .on('error', fail)
        .end();
    });
    expect(status).toBe(403);
  });

  it('was never a fault of ours', () => {
    expect(api.bugs).toStrictEqual([]);
  });
});
