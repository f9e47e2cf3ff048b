import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ALARM_SECRET, AlarmReceiver } from '../support/alarm-receiver.js';
import { AppProcess } from '../support/app-process.js';
import { filesHolding } from '../support/files-holding.js';
import { OPENALGO_KEY, OpenAlgoServer } from '../support/openalgo-server.js';
import { ScriptedVenue } from '../support/scripted-venue.js';
import { until } from '../support/until.js';

const RELIANCE = 'NSE:RELIANCE';
const INSTRUMENT = `{id: "${RELIANCE}", symbol: LTCUSDT, feeds: [main], priceTick: "0.01", quantityStep: "1", quoteCurrency: INR}`;

const LOG_LOSS_MS = 1_000;

function account(url: string, mode: string): string {
  return `{id: demo, broker: openalgo, mode: ${mode}, currency: INR, maxOrderValue: "50000", onLogLoss: venueStop, venueStopAfterMs: ${LOG_LOSS_MS}, openalgo: {url: "${url}", key: {env: OPENALGO_API_KEY}, product: MIS, timeoutMs: 300, pollMs: 20, agreePauseMs: 20, receiveWindowMs: 300}}`;
}

/** Prints of LTCUSDT stand for those of a share: what is tested is the way to the venue and back. */
describe('a live account at OpenAlgo, end to end', () => {
  let feed: ScriptedVenue;
  let venue: OpenAlgoServer;
  let app: AppProcess;
  let receiver: AlarmReceiver;

  beforeAll(async () => {
    receiver = await AlarmReceiver.open();
    feed = await ScriptedVenue.open();
    venue = await OpenAlgoServer.start();
    app = await AppProcess.prepare(feed.url, {}, undefined, {
      instrument: INSTRUMENT,
      account: account(venue.url, 'live'),
      env: { OPENALGO_API_KEY: OPENALGO_KEY, TEST_ALARM_SECRET: ALARM_SECRET },
    });
    const address = `url: "${receiver.url}", secretEnv: TEST_ALARM_SECRET`;
    app.configure(`alarms: {webhook: {${address}}, heartbeat: {${address}, everyMs: 1000}}\n`);
    await app.start();
  });

  afterAll(async () => {
    await app.dispose();
    await feed.close();
    await venue.close();
    await receiver.close();
  });

  const held = () => venue.positions.get(`${RELIANCE}:MIS`);

  async function fire(quantity: number, stop: string): Promise<string> {
    venue.hold(RELIANCE, quantity);
    const positionId = await app.openPosition('long', String(quantity), '83.29', RELIANCE);
    return app.armStop(positionId, { stop });
  }

  /** The order that has come to the venue after so many others. */
  const orderAfter = (count: number) =>
    until('the exit is at the venue', () => venue.orders[count]);

  it('takes an exit to the venue and its fill back to the position', async () => {
    await feed.sendThrough(0);
    await app.lastTradeIs('293517768', RELIANCE);
    const stopId = await fire(10, '82.50');
    await feed.sendThrough(8_500);
    const order = await orderAfter(0);
    expect(order).toMatchObject({ action: 'SELL', quantity: 10, pricetype: 'MARKET' });
    venue.trade(order.orderid, 4);
    venue.trade(order.orderid, 6);
    const closed = await app.stopWhen(stopId, 'closed');
    expect(closed).toMatchObject({ mode: 'live', unfilledQuantity: '0' });
    await until('PositionClosed is told', () => app.output.includes('PositionClosed'));
    expect(held()).toBe(0);
  });

  it('sends one order though its answer got lost, and finds what became of it', async () => {
    venue.failNext('lost-after');
    const stopId = await fire(5, '81.00');
    await feed.sendThrough(22_000);
    const order = await orderAfter(1);
    venue.trade(order.orderid, 5);
    await app.stopWhen(stopId, 'closed');
    await until('OrderUnknown is told', () => app.output.includes('OrderUnknown'));
    expect(venue.orders).toHaveLength(2);
    expect(held()).toBe(0);
  });

  it('finds after a restart what was filled while it was dead', async () => {
    const stopId = await fire(7, '80.40');
    await feed.sendThrough(30_300);
    const order = await orderAfter(2);
    await app.kill();
    venue.trade(order.orderid, 7);
    await app.start();
    await app.stopWhen(stopId, 'closed');
    expect(venue.orders).toHaveLength(3);
    expect(venue.asked.filter((path) => path === 'placeorder')).toHaveLength(3);
  });

  it('follows a position that was closed by hand: nothing is left that could fire', async () => {
    const stopId = await fire(3, '70.00');
    venue.hold(RELIANCE, 0);
    await app.stopWhen(stopId, 'cancelled');
    await until('the alarm is said', () => app.output.includes('code=POSITION_RECONCILED'));
    expect((await app.get('/api/v1/positions?status=open')).body['items']).toStrictEqual([]);
    expect(venue.orders).toHaveLength(3);
  });

  it('leaves a stop to the one at the venue once the log is lost for long, and sends nothing when it is back', async () => {
    const store = app.children()[0] ?? 0;
    venue.hold(RELIANCE, 4);
    const positionId = await app.openPosition('long', '4', '80.4', RELIANCE);
    const insurance = { margin: { amount: '0.30' } };
    const stopId = await app.armStop(positionId, { stop: '80.00', insurance });
    const resting = await orderAfter(3);
    expect(resting).toMatchObject({ pricetype: 'SL', trigger_price: 79.7, quantity: 4 });
    await until('it is known to rest', () =>
      new RegExp(`OrderAcked +${stopId}-zz01`).test(app.output),
    );
    const asked = () => venue.asked.filter((path) => /^(place|cancel)order$/.test(path)).length;
    const before = asked();
    process.kill(store, 'SIGSTOP');
    try {
      await until('the loss is seen', () => app.output.includes('code=LOG_SLOW'));
      // What is waited for is the time itself.
      await pause(LOG_LOSS_MS);
      await feed.sendPrint('79.95');
      await until('it is left', () => app.output.includes('code=EXIT_LEFT_TO_VENUE'));
      venue.trade(resting.orderid, 4);
      await until('its fill is known', () => app.output.includes('code=INSURANCE_FIRED'));
    } finally {
      process.kill(store, 'SIGCONT');
    }
    expect(await app.stopWhen(stopId, 'closed')).toMatchObject({ unfilledQuantity: '0' });
    expect([asked(), held()]).toStrictEqual([before, 0]);
  });

  it('tells of a refusal outside without the key that the venue repeats in it', async () => {
    venue.failNext('echoed');
    const entry = { accountId: 'demo', instrumentId: RELIANCE, side: 'buy', quantity: '1' };
    expect((await app.post('/api/v1/orders', { ...entry, type: 'market' })).status).toBe(201);
    const told = await until('it is told', () =>
      receiver.deliveries.find(({ body }) => body['alarm']?.code === 'ENTRY_REFUSED'),
    );
    expect(told.body['alarm'].text).toContain('"apikey":"(concealed)"');
    expect(JSON.stringify(receiver.deliveries)).not.toContain(OPENALGO_KEY);
  });

  it('adopts one that was opened by hand, and says that nothing guards it', async () => {
    venue.hold(RELIANCE, -2);
    // OpenAlgo tells no entry price: the market's stands for it.
    await feed.sendThrough(30_400);
    const [found] = await until('it is adopted', async () => {
      const { body } = await app.get('/api/v1/positions?status=open');
      return body['items'].length > 0 ? (body['items'] as Record<string, unknown>[]) : undefined;
    });
    expect(found).toMatchObject({ origin: 'adopted', side: 'short', quantity: '2' });
    expect((await app.get('/api/v1/coverage')).body['items']).toMatchObject([
      { uncoveredQuantity: '2' },
    ]);
  });

  it('has written its key nowhere: no file, no line, no answer', async () => {
    const answers = await Promise.all(
      ['accounts', 'orders', 'stops', 'positions'].map((list) => app.get(`/api/v1/${list}`)),
    );
    const { body: ready } = await app.get('/health/ready');
    const { body: metrics } = await app.get('/metrics');
    expect(JSON.stringify([answers, ready, metrics])).not.toContain(OPENALGO_KEY);
    expect(app.output).not.toContain(OPENALGO_KEY);
    expect(filesHolding(app.dir, OPENALGO_KEY)).toStrictEqual([]);
    // The search does find: a copy of the key is seen.
    writeFileSync(join(app.dataDir, 'copy'), `key ${OPENALGO_KEY}`);
    expect(filesHolding(app.dir, OPENALGO_KEY)).toStrictEqual([join(app.dataDir, 'copy')]);
  });
});
