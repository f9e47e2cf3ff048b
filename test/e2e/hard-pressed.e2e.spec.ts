import { join } from 'node:path';
import { AppProcess } from '../support/app-process.js';
import { liveBinanceAccount } from '../support/live-binance-account.js';
import type { LiveBinanceAccount } from '../support/live-binance-account.js';
import { ScriptedVenue } from '../support/scripted-venue.js';
import { until } from '../support/until.js';

const TROUBLE = join(__dirname, '..', 'support', 'trouble.cjs');
// Enough for everything the app opens itself, and soon used up.
const HANDLES_MAX = 256;

describe('an engine that its machine presses hard', () => {
  let feed: ScriptedVenue;
  let account: LiveBinanceAccount;
  let app: AppProcess;

  beforeAll(async () => {
    feed = await ScriptedVenue.open();
    account = await liveBinanceAccount('spot');
    app = await AppProcess.prepare(feed.url, {}, undefined, {
      account: account.yaml,
      env: { ...account.env, NODE_OPTIONS: `--require ${TROUBLE}` },
      limits: `ulimit -n ${HANDLES_MAX}`,
    });
    await app.start();
  });

  afterAll(async () => {
    await app.dispose();
    await feed.close();
    await account.close();
  });

  const engine = () => app.children()[2] ?? 0;
  const ordersOf = (stopId: string) =>
    account.venue.book.orders.filter(({ clientOrderId }) => clientOrderId.startsWith(stopId));

  async function armed(): Promise<string> {
    await feed.sendPrint('83.20');
    await until('the price is there', async () => {
      const { body } = await app.get('/api/v1/instruments/BINANCE:LTCUSDT');
      return body['last']?.price === '83.2';
    });
    return app.armStop(await app.openPosition('long', '10', '83.29'), { stop: '82' });
  }

  async function leaves(stopId: string): Promise<number> {
    const order = await until('the exit is at the venue', () => ordersOf(stopId)[0]);
    account.venue.book.trade(order, '10');
    await app.stopWhen(stopId, 'closed');
    return ordersOf(stopId).length;
  }

  it('sends one exit though its event loop stands still for two seconds around the trigger', async () => {
    const stopId = await armed();
    await feed.sendPrint('82.20');
    process.kill(engine(), 'SIGUSR2');
    await feed.sendPrint('81.90');
    expect(await leaves(stopId)).toBe(1);
    expect(app.output).toContain('stood still for 2000 ms');
    expect(app.output).not.toContain('PROCESS_ENDED');
  });

  it('sends an exit without a file handle left, and finds its feed and its account again once there are some', async () => {
    const stopId = await armed();
    process.kill(engine(), 'SIGPWR');
    await until('no handle is left', () => app.output.includes('handles taken: EMFILE'));
    await feed.sendPrint('81.90');
    expect(await leaves(stopId)).toBe(1);

    const next = await armed();
    process.kill(engine(), 'SIGPWR');
    feed.drop();
    account.venue.dropStreams();
    await until('the feed cannot be reached', () => app.output.includes('FEED'));
    process.kill(engine(), 'SIGIO');
    await until('the account is streamed again', () => account.venue.listeners > 0);
    await feed.sendPrint('81.90');
    expect(await leaves(next)).toBe(1);
    expect(app.output).not.toContain('PROCESS_ENDED');
  });
});
