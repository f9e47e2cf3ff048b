import { AppProcess } from '../support/app-process.js';
import { BINANCE_KEY, BINANCE_SECRET } from '../support/binance-server.js';
import type { BinanceServer } from '../support/binance-server.js';
import { filesHolding } from '../support/files-holding.js';
import { liveBinanceAccount } from '../support/live-binance-account.js';
import type { LiveBinanceAccount } from '../support/live-binance-account.js';
import { ScriptedVenue } from '../support/scripted-venue.js';
import { until } from '../support/until.js';

describe('a live account at Binance spot, end to end', () => {
  let feed: ScriptedVenue;
  let account: LiveBinanceAccount;
  let venue: BinanceServer;
  let app: AppProcess;

  beforeAll(async () => {
    feed = await ScriptedVenue.open();
    account = await liveBinanceAccount('spot');
    venue = account.venue;
    const { yaml, env } = account;
    app = await AppProcess.prepare(feed.url, {}, undefined, { account: yaml, env });
    await app.start();
  });

  afterAll(async () => {
    await app.dispose();
    await feed.close();
    await account.close();
  });

  async function fire(quantity: string, stop: string): Promise<string> {
    venue.book.held.set('LTC', quantity);
    const positionId = await app.openPosition('long', quantity, '83.29');
    return app.armStop(positionId, { stop });
  }

  const orderAfter = (count: number) =>
    until('the exit is at the venue', () => venue.book.orders[count]);

  it('takes an exit to the venue, and its fills back by the stream of the account', async () => {
    await feed.sendThrough(0);
    await app.lastTradeIs('293517768');
    await until('the account is streamed', () => venue.listeners > 0);
    const stopId = await fire('10.5', '82.50');
    await feed.sendThrough(8_500);
    const order = await orderAfter(0);
    expect(order).toMatchObject({ clientOrderId: `${stopId}-0101`, quantity: '10.5' });
    venue.book.trade(order, '4');
    venue.book.trade(order, '6.5');
    expect(await app.stopWhen(stopId, 'closed')).toMatchObject({ unfilledQuantity: '0' });
    await until('PositionClosed is told', () => app.output.includes('PositionClosed'));
  });

  it('sends one order though its answer got lost', async () => {
    venue.failNext('error-after');
    const stopId = await fire('5', '81.00');
    await feed.sendThrough(22_000);
    const order = await orderAfter(1);
    await until('it is unclear', () => app.output.includes('OrderUnknown'));
    venue.book.trade(order, '5');
    await app.stopWhen(stopId, 'closed');
    expect(venue.book.orders).toHaveLength(2);
  });

  it('finds after a restart what was filled while it was dead', async () => {
    const stopId = await fire('7', '80.40');
    await feed.sendThrough(30_300);
    const order = await orderAfter(2);
    await app.kill();
    venue.book.trade(order, '7');
    await app.start();
    await app.stopWhen(stopId, 'closed');
    expect(venue.asked.filter((call) => call === 'POST order')).toHaveLength(3);
  });

  it('closes a stop of which fees have left the venue less than it guards', async () => {
    const stopId = await fire('10.5', '80.20');
    venue.book.held.set('LTC', '10.4895');
    await feed.sendThrough(30_600);
    const order = await orderAfter(3);
    expect(order).toMatchObject({ quantity: '10.489' });
    venue.book.trade(order, '10.489');
    expect(await app.stopWhen(stopId, 'closed')).toMatchObject({ unfilledQuantity: '0.011' });
    expect(venue.book.orders).toHaveLength(4);
  });

  it('sends what an order left that was taken back by hand while it was dead', async () => {
    const stopId = await fire('3', '80.00');
    await feed.sendThrough(30_890);
    const order = await orderAfter(4);
    expect(app.output).not.toContain('EXIT_CANCELLED');
    await app.kill();
    venue.book.trade(order, '1');
    venue.book.end(order, 'CANCELED');
    await app.start();
    await until('a human is asked', () => app.output.includes('code=EXIT_CANCELLED'));
    const next = await orderAfter(5);
    expect(next).toMatchObject({ quantity: '2' });
    venue.book.trade(next, '2');
    expect(await app.stopWhen(stopId, 'closed')).toMatchObject({ unfilledQuantity: '0' });
    expect(venue.book.orders).toHaveLength(6);
  });

  it('lets no entry leave that is worth more than the account may, and one that is not', async () => {
    const entry = {
      accountId: 'demo',
      instrumentId: 'BINANCE:LTCUSDT',
      side: 'buy',
      type: 'market',
    };
    const ask = async (quantity: string) => {
      const { status, body } = await app.post('/api/v1/orders', { ...entry, quantity });
      expect(status).toBe(201);
      return body['orderId'] as string;
    };
    const orderWhen = (orderId: string, wanted: string) =>
      until(`order ${orderId} is ${wanted}`, async () => {
        const rows = (await app.rows('orders')) as Record<string, unknown>[];
        const row = rows.find((one) => one['orderId'] === orderId);
        return row?.['status'] === wanted ? row : undefined;
      });
    // The first price after the restart.
    await feed.sendThrough(30_895);
    await app.lastTradeIs('293548825');
    expect(await orderWhen(await ask('70'), 'denied')).toMatchObject({
      reason: 'order-value: must be worth at most 5000, was 5600',
    });
    const orderId = await ask('2');
    const order = await orderAfter(6);
    expect(order).toMatchObject({ clientOrderId: orderId, side: 'BUY', quantity: '2' });
    venue.book.trade(order, '2');
    await orderWhen(orderId, 'filled');
    expect(venue.book.orders).toHaveLength(7);
  });

  it('lets a stop rest behind the engine’s own, and a probe tells what rests there', async () => {
    venue.book.held.set('LTC', '10');
    const positionId = await app.openPosition('long', '10', '80');
    const insurance = { margin: { amount: '1' } };
    const stopId = await app.armStop(positionId, { stop: '70', insurance });
    const resting = await orderAfter(7);
    expect(resting).toMatchObject({
      ...{ clientOrderId: `${stopId}-zz01`, type: 'STOP_LOSS_LIMIT', side: 'SELL' },
      ...{ stopPrice: '69', price: '68', quantity: '10' },
    });
    await until('the venue has acknowledged it', () => app.output.includes(`${stopId}-zz01 venue`));
    const probe = () => app.command('broker', 'probe', '--account', 'demo', '--stop', stopId);
    const { code, lines } = await probe();
    expect(lines).toStrictEqual([
      `${stopId}-zz01`,
      '  asked     sell 10 stop at 69 limit 68',
      '  at venue  sell 10 stop at 69 limit 68',
      'held: BINANCE:LTCUSDT net 10',
    ]);
    expect(code).toBe(0);
    Object.assign(resting, { stopPrice: '69.5' });
    const differs = await probe();
    expect(differs.lines[3]).toBe(`  DIFFERS   ${stopId}-zz01 rests with stop price 69.5, not 69`);
    expect(differs.code).toBe(3);
    await until('it is an alarm', () => app.output.includes('INSURANCE_DIFFERS'));
    expect(await app.command('broker', 'probe', '--account', 'nobody')).toMatchObject({ code: 2 });
  });

  it('lets stop and target rest as one, and finds what the target sold while it was dead', async () => {
    venue.book.held.set('LTC', '15');
    const positionId = await app.openPosition('long', '5', '80');
    const insurance = { margin: { amount: '1' }, withTarget: true };
    const plan = { stop: '70', targets: [{ price: '95' }], insurance };
    const stopId = await app.armStop(positionId, plan);
    const target = await orderAfter(9);
    expect(venue.book.orders.slice(8)).toMatchObject([
      { clientOrderId: `${stopId}-zz01`, type: 'STOP_LOSS_LIMIT', stopPrice: '69', quantity: '5' },
      { clientOrderId: `${stopId}-zz01-tgt`, type: 'LIMIT_MAKER', price: '95', quantity: '5' },
    ]);
    await until('the venue has acknowledged it', () => app.output.includes(`${stopId}-zz01 venue`));
    await app.kill();
    venue.book.trade(target, '5');
    await app.start();
    await until('its target is told', () => app.output.includes('code=INSURANCE_TARGET_HIT'));
    await app.stopWhen(stopId, 'cancelled');
    await until('the position is closed', async () => {
      const { body } = await app.get(`/api/v1/positions/${positionId}`);
      return body['status'] === 'closed';
    });
    expect(venue.book.orders).toHaveLength(10);
    expect(app.output).not.toContain('code=INSURANCE_FIRED');
  });

  it('has written key, secret and signatures nowhere', async () => {
    const lists = ['accounts', 'orders', 'stops', 'positions'];
    const answers = await Promise.all(lists.map((list) => app.get(`/api/v1/${list}`)));
    const more = await Promise.all(['/health/ready', '/metrics'].map((path) => app.get(path)));
    const shown = JSON.stringify([answers, more]) + app.output;
    for (const secret of [BINANCE_KEY, BINANCE_SECRET]) {
      expect(shown).not.toContain(secret);
      expect(filesHolding(app.dir, secret)).toStrictEqual([]);
    }
    expect(shown).not.toContain('signature=');
    expect(filesHolding(app.dir, 'signature=')).toStrictEqual([]);
  });
});
