import { shareReadSide } from '../support/api-fixture.js';
import type { Answer, RunningApi } from '../support/api-fixture.js';
import { READ_SIDE_END, READ_SIDE_SEQUEL } from '../support/read-side-log.js';
import { AN_ENGINE_VIEW } from '../support/scripted-gateway.js';

let api: RunningApi;

shareReadSide((running) => (api = running));

const LTC = 'BINANCE:LTCUSDT';
const AT = '2025-06-21T21:31:00.000Z';

function listed(answer: Answer, key: string): unknown[] {
  expect(answer.status).toBe(200);
  expect(Object.keys(answer.body)).toStrictEqual(['items', 'nextCursor', 'asOfPosition']);
  return answer.body.items.map((item: Record<string, unknown>) => item[key]);
}

async function found(path: string, key: string): Promise<unknown[]> {
  return listed(await api.get(`/api/v1/${path}`), key);
}

function expectProblem(answer: Answer, status: number, code: string, field: string): void {
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  expect(answer.status).toBe(status);
  expect(answer.body).toMatchObject({ status, code, field });
  expect(answer.body.problems[0]).toStrictEqual({
    code,
    field,
    rule: answer.body.rule,
    value: answer.body.value,
  });
}

describe('a list', () => {
  it.each([
    ['stops', 'stopId', ['S0001', 'S0002', 'S9', 'SA', 'SB']],
    ['orders', 'orderId', ['S0001-1-1', 'S0002-1-1']],
    ['positions', 'positionId', ['P0001', 'P0002', 'P9', 'PA']],
    ['coverage', 'positionId', ['P9', 'PA']],
    [
      'pnl',
      'pnlId',
      [`demo|${LTC}|BNB|all`, `demo|${LTC}|USDT|all`, 'other|BINANCE:ETHUSDT|USDT|all'],
    ],
    ['pnl?span=day&accountId=demo', 'startsOn', ['2025-06-21', '2025-06-21']],
    ['fills', 'venueTradeId', ['V0001a', 'V0001b', 'V0002a', 'V0002b']],
    ['trades', 'positionId', ['P0001', 'P0002', 'P9', 'PA']],
    ['equity', 'equityId', ['demo|BNB|all', 'demo|USDT|all', 'other|USDT|all']],
    ['protection', 'uncoveredQuantity', ['0', '0', '0', '5.5']],
    ['latency', 'orderId', ['S0001-1-1', 'S0002-1-1']],
    ['audit?streamId=stop-SB', 'type', ['StopArmed', 'StopCancelled']],
    ['rates', 'rateId', []],
    ['feeds/health', 'feed', []],
    ['instruments', 'instrumentId', ['BINANCE:ETHUSDT', LTC]],
    ['accounts', 'accountId', ['demo', 'other']],
    ['feeds', 'feed', ['main']],
    [
      'stops/S0001/events',
      'type',
      ['StopArmed', 'StopActivated', 'StopTrailed', 'StopTriggered', 'StopClosed'],
    ],
  ])('of %s holds the rows of the log', async (path, key, expected) => {
    const answer = await api.get(`/api/v1/${path}`);
    expect(listed(answer, key)).toStrictEqual(expected);
    expect(answer.body).toMatchObject({ nextCursor: null, asOfPosition: READ_SIDE_END });
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
  });

  it.each([
    ['stops?status=armed', 'stopId', ['S9', 'SA']],
    ['stops?status=closed,cancelled', 'stopId', ['S0001', 'S0002', 'SB']],
    ['stops?accountId=other', 'stopId', ['SA', 'SB']],
    ['stops?instrumentId=BINANCE:LTCUSDT&status=armed', 'stopId', ['S9']],
    ['stops?positionId=P0002', 'stopId', ['S0002']],
    ['stops?accountId=nobody', 'stopId', []],
    ['orders?stopId=S0002', 'orderId', ['S0002-1-1']],
    ['orders?status=placed,unknown', 'orderId', []],
    ['orders?status=filled&positionId=P0001', 'orderId', ['S0001-1-1']],
    ['orders?accountId=other', 'orderId', []],
    ['positions?status=open', 'positionId', ['P9', 'PA']],
    ['positions?accountId=other', 'positionId', ['PA']],
    ['positions?instrumentId=BINANCE:ETHUSDT', 'positionId', ['PA']],
    ['coverage?accountId=demo', 'positionId', ['P9']],
    ['pnl?currency=USDT', 'currency', ['USDT', 'USDT']],
    ['pnl?accountId=other', 'currency', ['USDT']],
    ['pnl?span=week&currency=BNB', 'startsOn', ['2025-06-16']],
    ['fills?positionId=P0002', 'realisedPnl', ['-7', '-10.5']],
    ['trades?status=open', 'positionId', ['P9', 'PA']],
    ['equity?span=day&accountId=other', 'exposure', ['832.9']],
    ['protection?accountId=other', 'positionId', ['PA']],
    ['latency?stopId=S0002', 'branch', ['stop']],
    ['audit?actor=nobody', 'auditId', []],
  ])('is filtered: %s', async (path, key, expected) => {
    expect(await found(path, key)).toStrictEqual(expected);
  });

  it.each([
    ['stops', 'stopId'],
    ['positions', 'positionId'],
    ['instruments', 'instrumentId'],
    ['stops/S0001/events', 'revision'],
    ['coverage', 'positionId'],
  ])('of %s comes whole in pages of any size', async (path, key) => {
    const whole = await found(path, key);
    for (const limit of [1, 2, whole.length]) {
      const pages: unknown[][] = [];
      let cursor: string | null = '';
      while (cursor !== null) {
        const from = cursor === '' ? '' : `&cursor=${cursor}`;
        const answer = await api.get(`/api/v1/${path}?limit=${String(limit)}${from}`);
        pages.push(listed(answer, key));
        cursor = answer.body.nextCursor;
      }
      expect(pages.flat()).toStrictEqual(whole);
      expect(pages).toHaveLength(Math.ceil(whole.length / limit));
    }
  });

  it.each([
    ['limit=0', 'OUT_OF_RANGE', 'limit', '0'],
    ['limit=501', 'OUT_OF_RANGE', 'limit', '501'],
    ['limit=-1', 'WRONG_FORM', 'limit', '-1'],
    ['limit=1e3', 'WRONG_FORM', 'limit', '1e3'],
    ['limit=1&limit=2', 'WRONG_TYPE', 'limit', 'an array of 2'],
    ['cursor=!', 'WRONG_FORM', 'cursor', '!'],
    ['cursor=abcd', 'CURSOR_UNREADABLE', 'cursor', 'abcd'],
    ['status=bogus', 'NOT_ALLOWED', 'status', 'bogus'],
    ['status=armed,', 'NOT_ALLOWED', 'status', 'armed,'],
    ['instrumentId=LTC', 'WRONG_FORM', 'instrumentId', 'LTC'],
    ['accountId=%00', 'WRONG_FORM', 'accountId', '\0'],
    ['stopid=S1', 'UNKNOWN_FIELD', 'stopid', 'S1'],
    ['waitFor=abc', 'WRONG_FORM', 'waitFor', 'abc'],
    ['waitFor=-5', 'WRONG_FORM', 'waitFor', '-5'],
    ['waitFor=', 'WRONG_FORM', 'waitFor', ''],
  ])('refuses ?%s', async (query, code, field, value) => {
    const answer = await api.get(`/api/v1/stops?${query}`);
    expectProblem(answer, 422, code, field);
    expect(answer.body.value).toBe(value);
  });

  it('refuses the cursor of another list and a forged one', async () => {
    const { body } = await api.get('/api/v1/positions?limit=1');
    const refused = await api.get(`/api/v1/stops?cursor=${String(body.nextCursor)}`);
    expectProblem(refused, 422, 'CURSOR_UNREADABLE', 'cursor');
    for (const value of [5, 'a\0b', null, { a: 1 }]) {
      const forged = Buffer.from(JSON.stringify(['open_stops', 'stop_id', value]));
      const answer = await api.get(`/api/v1/stops?cursor=${forged.toString('base64url')}`);
      expectProblem(answer, 422, 'CURSOR_UNREADABLE', 'cursor');
    }
  });
});

describe('one thing', () => {
  it('is a stop with all that is known of it, and its revision as ETag', async () => {
    const { body, headers } = await api.get('/api/v1/stops/S0001');
    expect(headers.get('etag')).toBe('"4"');
    expect(body).toMatchObject({
      stopId: 'S0001',
      positionId: 'P0001',
      status: 'closed',
      level: '81.732',
      extreme: '83.4',
      trailMoves: 3,
      orderId: 'S0001-1-1',
      unfilledQuantity: '0',
      revision: 4,
      armedAt: AT,
      asOfPosition: READ_SIDE_END,
    });
    expect(body.triggeredBy).toStrictEqual({
      price: '81.55',
      tradeId: '104',
      venueTime: '2025-06-21T21:31:00.500Z',
      receivedAt: '2025-06-21T21:31:00.503Z',
      feed: 'main',
      source: 'last',
      branch: 'stop',
    });
  });

  it('is an order with its fills', async () => {
    const { body } = await api.get('/api/v1/orders/S0001-1-1');
    expect(body).toMatchObject({
      status: 'filled',
      quantity: '10',
      filledQuantity: '10',
      remainingQuantity: '0',
      filledValue: '815.4',
      venueOrderId: 'X1',
      asOfPosition: READ_SIDE_END,
    });
    expect(body.fills.map((fill: { quantity: string }) => fill.quantity)).toStrictEqual(['4', '6']);
  });

  it('is a position with its exits', async () => {
    expect((await api.get('/api/v1/positions/P0001')).body).toMatchObject({
      status: 'closed',
      quantity: '0',
      realisedPnl: '-17.5',
      exits: 2,
      lastExitPrice: '81.54',
      asOfPosition: READ_SIDE_END,
    });
  });

  it('is an account', async () => {
    expect((await api.get('/api/v1/accounts/other')).body).toStrictEqual({
      accountId: 'other',
      broker: 'paper',
      mode: 'shadow',
      currency: 'USDT',
      costBasis: 'fifo',
      trading: 'open',
      tradingReason: null,
      revision: 0,
      openedAt: AT,
      updatedAt: AT,
      asOfPosition: READ_SIDE_END,
    });
  });

  it('is an instrument with its last price, while the engine can be asked', async () => {
    const path = `/api/v1/instruments/${encodeURIComponent(LTC)}`;
    expect((await api.get(path)).body).toMatchObject({
      instrumentId: LTC,
      priceTick: '0.01',
      last: {
        price: '81.54',
        tradeId: '104',
        venueTime: '2025-06-21T21:31:00.500Z',
        recorded: 'ltc-minute',
      },
    });
    api.gateway.seen = undefined;
    expect((await api.get(path)).body.last).toBeNull();
    expect(await found('instruments', 'last')).toStrictEqual([null, null]);
    api.gateway.seen = AN_ENGINE_VIEW;
  });

  it.each([
    ['stops/NOPE', 'STOP_NOT_FOUND', 'stopId'],
    ['stops/NOPE/events', 'STOP_NOT_FOUND', 'stopId'],
    ['stops/%00', 'STOP_NOT_FOUND', 'stopId'],
    ['stops/%00/events', 'STOP_NOT_FOUND', 'stopId'],
    ['stops/%27%3B--', 'STOP_NOT_FOUND', 'stopId'],
    ['orders/NOPE', 'ORDER_NOT_FOUND', 'orderId'],
    ['positions/NOPE', 'POSITION_NOT_FOUND', 'positionId'],
    ['accounts/NOPE', 'ACCOUNT_NOT_FOUND', 'accountId'],
    ['instruments/BINANCE:NOPE', 'INSTRUMENT_NOT_FOUND', 'instrumentId'],
    ['nothing', 'NO_SUCH_ROUTE', ''],
  ])('that is not there is 404: %s', async (path, code, field) => {
    expectProblem(await api.get(`/api/v1/${path}`), 404, code, field);
  });

  it('refuses a path that cannot be decoded', async () => {
    expectProblem(await api.get('/api/v1/stops/%zz'), 400, 'MALFORMED_REQUEST', '');
  });
});

describe('figures', () => {
  it('of coverage add up to the open quantity', async () => {
    const { body } = await api.get('/api/v1/coverage');
    expect(body.items).toStrictEqual([
      {
        positionId: 'P9',
        accountId: 'demo',
        instrumentId: LTC,
        mode: 'paper',
        side: 'long',
        quantity: '10',
        coveredQuantity: '10',
        exitingQuantity: '0',
        uncoveredQuantity: '0',
        stopIds: ['S9'],
      },
      {
        positionId: 'PA',
        accountId: 'other',
        instrumentId: 'BINANCE:ETHUSDT',
        mode: 'paper',
        side: 'short',
        quantity: '10',
        coveredQuantity: '4.5',
        exitingQuantity: '0',
        uncoveredQuantity: '5.5',
        stopIds: ['SA'],
      },
    ]);
  });

  it('of profit and loss are exact, by currency', async () => {
    const { body } = await api.get('/api/v1/pnl');
    const figures = body.items.map(({ currency, gross, fees, net, exits, closedTrades }: any) => [
      currency,
      [gross, fees, net],
      [exits, closedTrades],
    ]);
    expect(figures).toStrictEqual([
      ['BNB', ['0', '0.002', '-0.002'], [0, 0]],
      ['USDT', ['-35', '0.65232', '-35.65232'], [4, 2]],
      ['USDT', ['0', '0', '0'], [0, 0]],
    ]);
  });

  it('of what is held are valued at the last price, and say at which', async () => {
    const { body } = await api.get('/api/v1/pnl?currency=USDT');
    const figures = body.items.map(({ openQuantity, unrealised, lastPrice }: any) => [
      openQuantity,
      unrealised,
      lastPrice,
    ]);
    expect(figures).toStrictEqual([
      ['10', '-17.5', '81.54'], // 10 x (81.54 - 83.29)
      ['-10', null, null], // no price is known of it
    ]);
  });

  it('of an account add up in one currency only when every rate is stated', async () => {
    const { body } = await api.get('/api/v1/pnl/totals?accountId=demo');
    expect(body).toMatchObject({ accountId: 'demo', inCurrency: 'USDT', total: null });
    expect(body.currencies).toMatchObject([
      { currency: 'BNB', net: '-0.002', rate: null, converted: null },
      { currency: 'USDT', net: '-35.65232', unrealised: '-17.5', converted: '-53.15232' },
    ]);
    expectProblem(
      await api.get('/api/v1/pnl/totals?accountId=nobody'),
      404,
      'ACCOUNT_NOT_FOUND',
      'accountId',
    );
  });

  it('of feeds come from the engine, and are away with it', async () => {
    expect((await api.get('/api/v1/feeds')).body.items).toStrictEqual([
      {
        ...AN_ENGINE_VIEW.feeds[0],
        lastTickAt: '2025-06-21T21:31:00.503Z',
        gaps: [
          {
            from: '2025-06-21T21:31:00.000Z',
            to: '2025-06-21T21:31:00.250Z',
            reason: 'not connected yet',
          },
        ],
      },
    ]);
    api.gateway.seen = undefined;
    const answer = await api.get('/api/v1/feeds');
    expectProblem(answer, 503, 'ENGINE_UNAVAILABLE', '');
    expect(answer.headers.get('retry-after')).toBe('1');
    api.gateway.seen = AN_ENGINE_VIEW;
  });
});

describe('?waitFor=', () => {
  it('answers at once for what is read already', async () => {
    expect((await api.get(`/api/v1/stops/S9?waitFor=${READ_SIDE_END}`)).status).toBe(200);
  });

  it('answers every route only when the position has been read', async () => {
    const wanted = READ_SIDE_SEQUEL[0]!.position.toString();
    const paths = ['stops/S9', 'stops', 'stops/S9/events', 'orders', 'positions/P9', 'feeds'];
    let answered = 0;
    const answers = paths.map(async (path) => {
      const answer = await api.get(`/api/v1/${path}?waitFor=${wanted}`);
      answered += 1;
      return answer;
    });
    // Another request that came later has been answered: these have had their chance.
    expect((await api.get('/api/v1/stops/S9')).body.level).toBe('81.7222');
    expect(answered).toBe(0);
    api.feed.append(...READ_SIDE_SEQUEL);
    const [stop, ...others] = await Promise.all(answers);
    expect(stop?.body).toMatchObject({ level: '81.83', trailMoves: 3, asOfPosition: wanted });
    for (const other of others) expect(other.body.asOfPosition).toBe(wanted);
  });

  it('says 503 and when to come again for a position that does not come', async () => {
    const answer = await api.get('/api/v1/stops?waitFor=99999999999999999999');
    expectProblem(answer, 503, 'NOT_CAUGHT_UP', 'waitFor');
    expect(answer.body.value).toBe('99999999999999999999');
    expect(answer.headers.get('retry-after')).toBe('1');
  }, 20_000);
});

describe('the database away', () => {
  it('is 503 for reads and not ready, while the process lives', async () => {
    await api.postgres.stop();
    const answer = await api.get('/api/v1/stops');
    expectProblem(answer, 503, 'READ_SIDE_UNAVAILABLE', '');
    expect(answer.headers.get('retry-after')).toBe('1');
    const ready = await api.get('/health/ready');
    expect([ready.status, ready.body.checks.postgres]).toStrictEqual([503, 'down']);
    expect((await api.get('/health/live')).body).toStrictEqual({ status: 'up' });
    expect(api.bugs).toStrictEqual([]);
  }, 30_000);
});
