import { renameSync } from 'node:fs';
import { AppProcess } from '../support/app-process.js';
import { liveBinanceAccount } from '../support/live-binance-account.js';
import type { LiveBinanceAccount } from '../support/live-binance-account.js';
import { ScriptedVenue } from '../support/scripted-venue.js';
import { until } from '../support/until.js';

let feed: ScriptedVenue;
let live: LiveBinanceAccount;
let app: AppProcess;

beforeAll(async () => {
  feed = await ScriptedVenue.open();
  live = await liveBinanceAccount('spot');
});

afterEach(() => app.dispose());

afterAll(async () => {
  await feed.close();
  await live.close();
});

/** A position of 10 that a stop guards, at the venue too where the account is live. */
async function guarded(account: string | undefined): Promise<string> {
  app = await AppProcess.prepare(feed.url, {}, undefined, {
    ...(account !== undefined && { account }),
    env: live.env,
  });
  await app.start();
  await priceIs('80.00');
  return app.armStop(await app.openPosition('long', '10', '80'), { stop: '79' });
}

async function priceIs(print: string): Promise<void> {
  await feed.sendPrint(print);
  await until(`a print of ${print} has come`, async () => {
    const { body } = await app.get('/api/v1/instruments/BINANCE:LTCUSDT');
    return Number(body['last']?.price) === Number(print);
  });
}

async function restartWith(config: string): Promise<void> {
  expect(await app.interrupt()).toBe(0);
  feed.drop();
  app.reconfigure(config);
  await app.start();
}

/** The section of that name without its only line. */
const without = (section: string, config: string) =>
  config.replace(new RegExp(`^${section}:\\n {2}- .*\\n`, 'm'), '');

/** Once the venue's book was read thrice: what was said twice is believed by then. */
async function booksAreCompared(): Promise<void> {
  const readings = () => live.venue.asked.filter((call) => call === 'GET account').length;
  const before = readings();
  await until('the book is read again and again', () => readings() >= before + 3, 30_000);
}

describe('a live account whose configuration was changed between two starts', () => {
  const exitAtVenue = (stopId: string) =>
    until('the exit is at the venue', () =>
      live.venue.book.orders.find(({ clientOrderId }) => clientOrderId.startsWith(stopId)),
    );

  async function leaves(stopId: string): Promise<void> {
    live.venue.book.trade(await exitAtVenue(stopId), '10');
    expect(await app.stopWhen(stopId, 'closed')).toMatchObject({ unfilledQuantity: '0' });
  }

  it('keeps its stop when the instrument is gone, and the stop fires', async () => {
    const stopId = await guarded(live.yaml);
    await restartWith(without('instruments', app.config));
    await booksAreCompared();
    expect(await app.rows('positions')).toMatchObject([{ status: 'open', quantity: '10' }]);
    await priceIs('79.00');
    await leaves(stopId);
  });

  it('is told of at the start when it is gone with open stops, and its exit waits until it is back', async () => {
    const stopId = await guarded(live.yaml);
    const whole = app.config;
    await restartWith(without('accounts', whole));
    expect(app.output).toContain(
      'ALARM account demo has no broker: the configuration does not name it; open: positions 1, stops 1, orders 0 [code=BROKER_ABSENT',
    );
    await feed.sendPrint('79.00');
    await until('the exit is held', () => app.output.includes('code=EXIT_HELD'));
    await restartWith(whole);
    await leaves(stopId);
  });

  it('is told of under its old name when it has another, and leaves though no order may be worth as much by then', async () => {
    const stopId = await guarded(live.yaml);
    const whole = app.config;
    await restartWith(whole.replace('{id: demo,', '{id: renamed,'));
    expect(app.output).toContain(
      'ALARM account demo has no broker: the configuration does not name it; open: positions 1, stops 1, orders 0 [code=BROKER_ABSENT',
    );
    await booksAreCompared();
    expect(await app.rows('positions')).toMatchObject([
      { accountId: 'demo', status: 'open', quantity: '10' },
    ]);
    await restartWith(whole.replace('maxOrderValue: "5000"', 'maxOrderValue: "1"'));
    await priceIs('79.00');
    await leaves(stopId);
  });

  it('is told of when its address leads to the account of another, where nothing is sent', async () => {
    const stopId = await guarded(live.yaml);
    const whole = app.config;
    const other = await liveBinanceAccount('spot');
    other.venue.owner = '354937869';
    await restartWith(
      whole.replaceAll(new URL(live.venue.url).host, new URL(other.venue.url).host),
    );
    await until('it is told', () => app.output.includes('code=BROKER_ABSENT'));
    expect(app.output).toContain(
      'what is open is in account 354937868 of its venue, and its key opens account 354937869; open: positions 1',
    );
    await priceIs('79.00');
    await until('the exit is held', () => app.output.includes('code=EXIT_HELD'));
    expect(other.venue.book.orders).toStrictEqual([]);
    expect(await app.rows('positions')).toMatchObject([{ status: 'open', quantity: '10' }]);
    await restartWith(whole);
    await other.close();
    await leaves(stopId);
  });

  it('is not started without its secret, which is named, and guarded again once that is back', async () => {
    const stopId = await guarded(live.yaml);
    const { config } = app;
    renameSync(live.secretPath, `${live.secretPath}.away`);
    await expect(restartWith(config)).rejects.toThrow(
      /the app ended with 1:\nstopledger: accounts\.0\.binance\.secret: file \S+: cannot be read \(ENOENT\)/,
    );
    renameSync(`${live.secretPath}.away`, live.secretPath);
    await app.start();
    await priceIs('79.00');
    await leaves(stopId);
  });
});

describe('a paper account', () => {
  it('stays one when the configuration makes it live under an armed stop, which goes on guarding', async () => {
    const stopId = await guarded(undefined);
    await restartWith(app.config.replace(/^accounts:\n {2}- .*$/m, `accounts:\n  - ${live.yaml}`));
    expect(app.output).toContain(
      `ALARM configuration of demo was not applied, the log's is kept: broker must stay "paper", with which the account was opened, was binance; mode must stay "paper", with which the account was opened, was live [code=CONFIG_NOT_APPLIED`,
    );
    const asked = live.venue.asked.length;
    await priceIs('79.00');
    await feed.sendPrint('78.99');
    expect(await app.stopWhen(stopId, 'closed')).toMatchObject({ unfilledQuantity: '0' });
    expect(live.venue.asked).toHaveLength(asked);
  });

  it('is told to be blind when its feed is gone with the instrument', async () => {
    await guarded(undefined);
    await restartWith(without('feeds', without('instruments', app.config)));
    expect(app.output).toContain(
      'ALARM a stop on BINANCE:LTCUSDT fires by last, which none of its feeds shows: it cannot fire [code=PRICE_NOT_SHOWN',
    );
  });
});
