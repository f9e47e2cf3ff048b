import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LTC, PartitionFixture, ulidOf } from '../test/support/partition-fixture.js';
import { WALL_TIME } from './adapters/clock/wall-time.js';
import type { AccountConfig } from './config/account-shape.js';
import type { Config } from './config/config-shape.js';
import { EngineBrokers } from './engine-brokers.main.js';
import { EngineReconciliation } from './engine-reconciliation.main.js';

const ADDRESS = 'http://127.0.0.1:9';
const KEY = { env: 'NOT_SET' };

const BINANCE: AccountConfig = {
  ...{ id: 'real', broker: 'binance', mode: 'live', currency: 'USDT', maxOrderValue: '1000' },
  binance: { market: 'spot', key: KEY, secret: KEY, url: ADDRESS, streamUrl: 'ws://127.0.0.1:9' },
};
const OPENALGO: AccountConfig = {
  ...{ id: 'real', broker: 'openalgo', mode: 'live', currency: 'USDT', maxOrderValue: '1000' },
  openalgo: { url: ADDRESS, key: KEY, product: 'MIS' },
};

/** What the log came to: an account at Binance, with a position of 10 that a stop guards. */
function openTrade(mode: 'live' | 'paper') {
  const fixture = PartitionFixture.ready();
  const account = { accountId: 'real', broker: 'binance', mode, currency: 'USDT' } as const;
  fixture.command({ kind: 'OpenAccount', ...account, actor: 'configuration' });
  const position = { positionId: ulidOf(1), accountId: 'real', instrumentId: LTC } as const;
  const size = { side: 'long', quantity: '10', entryPrice: '83' } as const;
  fixture.command({ kind: 'OpenPosition', ...position, ...size });
  const { positionId } = position;
  fixture.command({ kind: 'ArmStop', stopId: ulidOf(2), positionId, plan: { stop: '80' } });
  return fixture.partition.registry;
}

describe('the broker of a live account', () => {
  let dataDir: string;
  beforeEach(() => (dataDir = mkdtempSync(join(tmpdir(), 'engine-brokers-'))));
  afterEach(() => rmSync(dataDir, { recursive: true }));

  const AS_OPENED = 'it was opened with broker binance in mode live, and the configuration names';

  it.each<readonly [string, readonly AccountConfig[], string]>([
    ['is gone', [], 'the configuration does not name it'],
    ['is at another venue', [OPENALGO], `${AS_OPENED} broker openalgo in mode live`],
    ['is on paper', [{ ...BINANCE, mode: 'paper' }], `${AS_OPENED} broker binance in mode paper`],
    [
      'sends nothing',
      [{ ...BINANCE, mode: 'shadow' }],
      `${AS_OPENED} broker binance in mode shadow`,
    ],
    ['has no key', [BINANCE], 'environment variable NOT_SET: must hold a key, was empty'],
  ])('is missed at the start when the account now %s', async (_, accounts, cause) => {
    const told: string[] = [];
    const brokers = new EngineBrokers({
      config: { dataDir, accounts, instruments: [] } as unknown as Config,
      keyPlaces: { env: {}, cwd: dataDir },
      time: WALL_TIME,
      alarms: { raise: (...alarm) => void told.push(alarm.join(' ')) },
      report: () => undefined,
      registry: openTrade('live'),
      epoch: () => 1,
      priceOf: () => undefined,
    });
    brokers.openAll();
    expect(told).toStrictEqual([
      `BROKER_ABSENT real account real has no broker: ${cause}; open: positions 1, stops 1, orders 0`,
    ]);
    expect(await brokers.of('real')?.positions()).toMatchObject({ kind: 'unknown' });
    await brokers.close();
  });
});

describe('the book of a venue', () => {
  it.each([
    ['live', ['real']],
    ['paper', []],
  ] as const)(
    'is compared where the account was opened as one of mode %s: %j',
    async (mode, asked) => {
      const found: string[] = [];
      const reconciliation = new EngineReconciliation({
        config: { accounts: [BINANCE] } as unknown as Config,
        registry: openTrade(mode),
        brokerOf: (accountId) => {
          found.push(accountId);
          return undefined;
        },
        report: () => undefined,
        alarms: { raise: () => undefined, clear: () => undefined, settle: () => undefined },
      });
      await reconciliation.check();
      expect(found).toStrictEqual(asked);
    },
  );
});
