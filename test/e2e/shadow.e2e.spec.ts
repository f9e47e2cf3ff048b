import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
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
    const account = `{id: demo, broker: openalgo, mode: ${mode}, currency: INR, openalgo: {url: "${venue.url}", key: {env: OPENALGO_NO_KEY}, product: MIS}}`;
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
});
