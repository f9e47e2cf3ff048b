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
const SET = { env: 'A_KEY' };

const BINANCE: AccountConfig = {
  ...{ id: 'real', broker: 'binance', mode: 'live', currency: 'USDT', maxOrderValue: '1000' },
  binance: { market: 'spot', key: KEY, secret: KEY, url: ADDRESS, streamUrl: 'ws://127.0.0.1:9' },
};
const OPENALGO = {
  ...{ id: 'real', broker: 'openalgo', mode: 'live', currency: 'USDT', maxOrderValue: '1000' },
  openalgo: { url: ADDRESS, key: KEY, product: 'MIS' },
} as const satisfies AccountConfig;

function openAccount(broker: 'binance' | 'openalgo', mode: 'live' | 'paper'): PartitionFixture {
  const fixture = PartitionFixture.ready();
  const account = { accountId: 'real', broker, mode, currency: 'USDT' } as const;
  fixture.command({ kind: 'OpenAccount', ...account, actor: 'configuration' });
  return fixture;
}

/** What the log came to: a position of 10 that a stop guards. */
function openTrade(
  mode: 'live' | 'paper',
  broker: 'binance' | 'openalgo' = 'binance',
  instrumentId = broker === 'binance' ? LTC : 'NSE:INFY',
) {
  const fixture = openAccount(broker, mode);
  const grid = { priceTick: '0.05', quantityStep: '1', quoteCurrency: 'INR', feeds: ['main'] };
  const infy = { instrumentId: 'NSE:INFY', symbol: 'INFY' };
  fixture.command({ kind: 'DefineInstrument', ...infy, ...grid });
  const position = { positionId: ulidOf(1), accountId: 'real', instrumentId } as const;
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

  const absent = (cause: string): string =>
    `BROKER_ABSENT real account real has no broker: ${cause}; open: positions 1, stops 1, orders 0`;

  const said: string[] = [];
  beforeEach(() => said.splice(0));

  /** A start of the engine on what the log came to. */
  function opened(accounts: readonly AccountConfig[], registry: ReturnType<typeof openTrade>) {
    const told: string[] = [];
    const brokers = new EngineBrokers({
      config: { dataDir, accounts, instruments: [] } as unknown as Config,
      keyPlaces: { env: { A_KEY: 'secret' }, cwd: dataDir },
      time: WALL_TIME,
      alarms: { raise: (...alarm) => void told.push(alarm.join(' ')) },
      report: () => undefined,
      say: (line) => void said.push(line),
      registry,
      epoch: () => 1,
      priceOf: () => undefined,
    });
    brokers.openAll();
    return { brokers, told };
  }

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
    const { brokers, told } = opened(accounts, openTrade('live'));
    expect(told).toStrictEqual([absent(cause)]);
    expect(await brokers.of('real')?.positions()).toMatchObject({ kind: 'unknown' });
    await brokers.close();
  });

  it('is missed where its venue does not trade what is open', async () => {
    const account = { ...OPENALGO, openalgo: { ...OPENALGO.openalgo, key: SET } };
    const { brokers, told } = opened([account], openTrade('live', 'openalgo', LTC));
    const text = `account real has ${LTC} open and trades at an exchange of openalgo: no exit of it can leave`;
    expect(told).toStrictEqual([`VENUE_MISMATCH real ${LTC} ${text}`]);
    await brokers.close();
  });

  it('is missed while what is open is at another book of the same venue, and there again once it is not', async () => {
    const toldOf = async (product: 'MIS' | 'NRML', registry = openTrade('live', 'openalgo')) => {
      const account = { ...OPENALGO, openalgo: { ...OPENALGO.openalgo, key: SET, product } };
      const { brokers, told } = opened([account], registry);
      await brokers.close();
      return told;
    };
    expect(await toldOf('MIS')).toStrictEqual([]);
    // Data of a version that kept no mark: it is learnt, and said.
    const learnt = 'account real: what is open is taken to be at openalgo product MIS';
    expect(said.splice(0)).toStrictEqual([learnt]);
    const [wrong, right] = ['openalgo product NRML', 'openalgo product MIS'];
    const cause = `what is open is at ${right}, and the configuration names ${wrong}`;
    expect(await toldOf('NRML')).toStrictEqual([absent(cause)]);
    expect(await toldOf('MIS')).toStrictEqual([]);
    expect(said).toStrictEqual([]);
    const flat = openAccount('openalgo', 'live').partition.registry;
    expect(await toldOf('NRML', flat)).toStrictEqual([]);
    expect(await toldOf('NRML')).toStrictEqual([]);
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
        brokers: {
          of: (accountId) => {
            found.push(accountId);
            return undefined;
          },
          isThere: () => true,
        },
        report: () => undefined,
        alarms: { raise: () => undefined, clear: () => undefined, settle: () => undefined },
      });
      await reconciliation.check();
      expect(found).toStrictEqual(asked);
    },
  );
});
