import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ShadowReport } from '../../src/simulation/shadow-report.js';
import { AppProcess } from '../support/app-process.js';
import { OpenAlgoServer } from '../support/openalgo-server.js';
import { ScriptedVenue } from '../support/scripted-venue.js';
import { until } from '../support/until.js';

describe.each(['shadow', 'paper'])('an account of a real broker in mode %s', (mode) => {
  let feed: ScriptedVenue;
  let venue: OpenAlgoServer;
  let app: AppProcess;

  beforeAll(async () => {
    feed = await ScriptedVenue.open();
    venue = await OpenAlgoServer.start();
    // The key is nowhere: who sends nothing needs none.
    const account = `{id: demo, broker: openalgo, mode: ${mode}, currency: INR, openalgo: {url: "${venue.url}", key: {env: OPENALGO_NO_KEY}, product: MIS}}
  - {id: beside, broker: paper, mode: paper, currency: INR}`;
    app = await AppProcess.prepare(feed.url, {}, undefined, { account });
    await app.start();
  });

  afterAll(async () => {
    await app.dispose();
    await feed.close();
    await venue.close();
  });

  it('decides, records and fills by itself, and sends nothing out of the house', async () => {
    await feed.sendThrough(0);
    await app.lastTradeIs('293517768');
    const positionId = await app.openPosition('long', '10', '83.29');
    const stopId = await app.armStop(positionId, { stop: '82.50' });
    await feed.sendThrough(8_500);
    const book = join(app.dataDir, mode, 'demo.jsonl');
    await until('the exit is in its own book', () => {
      return existsSync(book) && readFileSync(book, 'utf8').includes(`${stopId}-0101`);
    });
    await feed.sendThrough(8_510);
    const closed = await app.stopWhen(stopId, 'closed');
    expect(closed).toMatchObject({ mode, unfilledQuantity: '0' });
    const orders = await app.rows('orders');
    expect(orders).toMatchObject([{ mode, status: 'filled', orderId: `${stopId}-0101` }]);
    expect(venue.asked).toStrictEqual([]);
  });

  if (mode === 'paper') return;

  it('is compared with the account beside it, exit by exit, and with its own stops on the tape', async () => {
    const arm = async (accountId: string, stop: string): Promise<string> => {
      const position = { accountId, instrumentId: 'BINANCE:LTCUSDT', side: 'long', quantity: '10' };
      const { body } = await app.post('/api/v1/positions', { ...position, entryPrice: '82.4' });
      return app.armStop(body['positionId'] as string, { stop });
    };
    await feed.sendPrint('82.40');
    const [here, there] = [await arm('demo', '82.1'), await arm('beside', '82.1')];
    const [early, late] = [await arm('demo', '82'), await arm('beside', '81.9')];
    await feed.sendPrint('82.05');
    await feed.sendPrint('81.95');
    await app.stopWhen(early, 'triggered');
    await feed.sendPrint('81.85');
    for (const stopId of [here, there, late]) await app.stopWhen(stopId, 'triggered');
    await feed.sendPrint('81.80');
    for (const stopId of [here, there, early, late]) await app.stopWhen(stopId, 'closed');

    const beside = await app.command('shadow', 'report', 'demo', '--against', 'beside', '--json');
    const report = JSON.parse(beside.lines.join('')) as ShadowReport;
    expect(beside.code).toBe(3);
    expect(report.exits).toMatchObject([
      { hereStopId: here, thereStopId: there, likeness: 'same', ticksHigher: '0' },
      {
        ...{ hereStopId: early, thereStopId: late, likeness: 'later', ticksHigher: '-10' },
        ...{ here: { traded: '10' }, there: { traded: '10' }, gain: { of: 'fills' } },
      },
    ]);
    expect(report.summary).toMatchObject({ pairs: 2, otherPlans: 1, onlyHere: 1, onlyThere: 0 });

    const again = await app.command('shadow', 'report', 'demo');
    expect(again.lines.at(-1)).toBe('the same was decided');
    expect(again.lines).toContain('exits: 3 same');
    expect(again.code).toBe(0);
    const nobody = await app.command('shadow', 'report', 'nobody');
    expect(nobody).toStrictEqual({
      code: 2,
      lines: ['stopledger: the log knows no account nobody'],
    });
  });
});
