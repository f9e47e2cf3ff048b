import { WALL_TIME } from '../adapters/clock/wall-time.js';
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { EventStoreDBClient } from '@eventstore/db-client';
import { EventStoreFactFeed } from '../adapters/eventstoredb/eventstoredb.feed.js';
import { probeBroker } from '../application/broker-probe.js';
import type { BrokerProbe } from '../application/broker-probe.js';
import { readLog } from '../application/recovery.js';
import type { Config } from '../config/config-shape.js';
import { keyPlaces } from '../config/secret-key.js';
import { EngineBrokers } from '../engine-brokers.main.js';
import { Partition } from '../engine/partition.js';
import { WrongUse, endWith } from './command-run.js';
import { answersHelp } from './help-asked.parse.js';
import { runningLog } from './running-log.js';

const USAGE = `broker probe: what does the broker of an account really have of our orders? Changes nothing there.
  --account ID   a configured account of mode live
  --stop ID      orders of this stop alone
  --config FILE  configuration (default: STOPLEDGER_CONFIG, else ./stopledger.yaml)
  --json         one JSON document`;
const EXIT = { same: 0, differs: 3 } as const;

async function run(argv: readonly string[]): Promise<number> {
  if (answersHelp(argv, USAGE)) return EXIT.same;
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      account: { type: 'string' },
      stop: { type: 'string' },
      config: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  if (positionals.join(' ') !== 'probe' || values.account === undefined) throw new WrongUse(USAGE);
  const { config, eventStoreUri } = runningLog(values.config);
  const account = config.accounts.find(({ id }) => id === values.account);
  if (account?.mode !== 'live') {
    throw new WrongUse(`account must be a configured one of mode live, was ${values.account}`);
  }
  const { registry, unsettled } = await folded(eventStoreUri);
  const orders = unsettled.filter(
    ({ stamp, stopId }) =>
      stamp.accountId === account.id && (values.stop === undefined || stopId === values.stop),
  );
  const only = { ...config, accounts: [account] };
  const probe = await withBrokers(only, registry, async (brokers) => {
    const broker = brokers.of(account.id);
    if (!broker) throw new WrongUse(`account ${account.id} is not open yet`);
    return probeBroker(orders, broker);
  });
  const lines = values.json ? [JSON.stringify({ account: account.id, ...probe })] : told(probe);
  process.stdout.write(`${lines.join('\n')}\n`);
  return probe.orders.some(({ fault }) => fault !== undefined) ? EXIT.differs : EXIT.same;
}

async function folded(uri: string) {
  const client = EventStoreDBClient.connectionString(uri);
  const onTrouble = (reason: string) => void process.stderr.write(`the log: ${reason}\n`);
  const partition = new Partition({ partition: 'p0' });
  try {
    await readLog(
      new EventStoreFactFeed({ client, connectionString: uri, random: Math.random, onTrouble }),
      partition,
    );
  } finally {
    await client.dispose();
  }
  return { registry: partition.registry, unsettled: partition.unsettledOrders() };
}

/** The book of an adapter belongs to the engine that runs: a copy is looked at. */
async function withBrokers<Found>(
  config: Config,
  registry: Partition['registry'],
  ask: (brokers: EngineBrokers) => Promise<Found>,
): Promise<Found> {
  const dataDir = mkdtempSync(join(tmpdir(), 'stopledger-probe-'));
  const books = join(config.dataDir, 'openalgo');
  if (existsSync(books)) cpSync(books, join(dataDir, 'openalgo'), { recursive: true });
  const brokers = new EngineBrokers({
    config: { ...config, dataDir },
    keyPlaces: keyPlaces(),
    time: WALL_TIME,
    alarms: { raise: (_, about, text) => void process.stderr.write(`${about}: ${text}\n`) },
    report: () => undefined,
    registry,
    // The copy is thrown away: nothing is learnt for good.
    say: () => undefined,
    epoch: () => NaN,
    priceOf: () => undefined,
  });
  try {
    await brokers.load();
    return await ask(brokers);
  } finally {
    await brokers.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

function told({ orders, unread, strange, positions }: BrokerProbe): readonly string[] {
  const held = 'unknown' in positions ? [`unknown: ${positions.unknown}`] : positions;
  return [
    ...orders.flatMap(({ orderId, asked, atVenue, fault }) => [
      orderId,
      `  asked     ${asked}`,
      `  at venue  ${atVenue}`,
      ...(fault === undefined ? [] : [`  DIFFERS   ${fault}`]),
    ]),
    ...(unread === undefined ? [] : [`open orders: unknown: ${unread}`]),
    ...(orders.length === 0 ? ['no order of ours may be live'] : []),
    ...strange.map((order) => `not ours: ${order}`),
    ...held.map((position) => `held: ${position}`),
  ];
}

endWith(run);
