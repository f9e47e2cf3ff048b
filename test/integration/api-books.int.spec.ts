import { startApi } from '../support/api-fixture.js';
import type { RunningApi } from '../support/api-fixture.js';
import {
  cashMoved,
  conversionRateStated,
  costBasisChosen,
  d,
  recordedLog,
} from '../support/event-builders.js';
import { MemoryEventFeed } from '../support/memory-event-feed.js';
import { READ_SIDE_FACTS } from '../support/read-side-log.js';

const LOG = recordedLog([
  ...READ_SIDE_FACTS,
  cashMoved(),
  cashMoved({ entryId: 'E2', kind: 'deposit', amount: d('1000') }),
  costBasisChosen(),
  conversionRateStated(),
  conversionRateStated({ currency: 'USDT', inCurrency: 'EUR', rate: d('0.8') }),
  conversionRateStated({ currency: 'EUR', inCurrency: 'BNB', rate: d('0.002') }),
]);
const END = LOG.at(-1)!.position.toString();

let api: RunningApi;

beforeAll(async () => {
  api = await startApi(new MemoryEventFeed(LOG));
  expect((await api.get(`/api/v1/pnl?waitFor=${END}`)).status).toBe(200);
}, 60_000);

afterAll(() => api.close(), 30_000);

describe('the books of an account', () => {
  it('are counted as the account chose, with its funding', async () => {
    const { body } = await api.get('/api/v1/pnl?accountId=demo&currency=USDT');
    expect(body.items).toMatchObject([
      { costBasis: 'average', gross: '-35', funding: '-0.25', net: '-35.90232' }, // - 0.65232 - 0.25
    ]);
  });

  it('know what was paid in', async () => {
    const { body } = await api.get('/api/v1/equity?accountId=demo&currency=USDT');
    expect(body.items).toMatchObject([
      { deposits: '1000', balance: '964.09768', exposure: '832.9' }, // 1000 - 35 - 0.65232 - 0.25
    ]);
  });

  it('are converted at the rates that were stated, either way round', async () => {
    const { body } = await api.get('/api/v1/pnl/totals?accountId=demo&in=EUR');
    expect(body).toMatchObject({
      inCurrency: 'EUR',
      currencies: [
        {
          currency: 'BNB',
          net: '-0.002',
          rate: { rate: '0.002', inverted: true, source: 'venue close' },
          converted: '-1', // -0.002 / 0.002
        },
        {
          currency: 'USDT',
          rate: { rate: '0.8', inverted: false },
          converted: '-42.721856', // (-35.90232 - 17.5) x 0.8
        },
      ],
      total: '-43.721856',
      asOfPosition: END,
    });
  });

  it.each([
    [
      'cash',
      {
        entryId: 'f-1',
        kind: 'funding',
        amount: '-0.5',
        currency: 'USDT',
        bookedAt: '2025-06-21T16:00:00Z',
      },
      {
        kind: 'MoveCash',
        entryId: 'f-1',
        cashKind: 'funding',
        amount: '-0.5',
        currency: 'USDT',
        bookedAtMs: 1_750_521_600_000,
      },
    ],
    ['cost-basis', { costBasis: 'fifo' }, { kind: 'ChooseCostBasis', costBasis: 'fifo' }],
    [
      'rates',
      { currency: 'BNB', inCurrency: 'USDT', rate: '642', source: 'me' },
      {
        kind: 'StateConversionRate',
        currency: 'BNB',
        inCurrency: 'USDT',
        rate: '642',
        source: 'me',
      },
    ],
  ])('take %s by command', async (noun, body, command) => {
    const answer = await api.send('POST', `/api/v1/accounts/demo/${noun}`, body);
    expect(answer.status).toBe(201);
    expect(answer.body).toStrictEqual({ accountId: 'demo', revision: 4, asOfPosition: '7700' });
    expect(api.gateway.last).toMatchObject({ accountId: 'demo', ...command });
  });

  it.each([
    ['cash', { entryId: 'f-1', kind: 'gift', amount: '1', currency: 'USDT' }, 'kind'],
    ['cash', { entryId: 'f-1', kind: 'fee', amount: 1, currency: 'USDT' }, 'amount'],
    ['cost-basis', { costBasis: 'lifo' }, 'costBasis'],
    ['rates', { currency: 'BNB', inCurrency: 'USDT', rate: '642' }, 'source'],
  ])('refuse %s that are not well formed', async (noun, body, field) => {
    const answer = await api.send('POST', `/api/v1/accounts/demo/${noun}`, body);
    expect([answer.status, answer.body.field]).toStrictEqual([422, field]);
  });
});
