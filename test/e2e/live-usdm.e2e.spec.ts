import { AppProcess } from '../support/app-process.js';
import type { BinanceServer } from '../support/binance-server.js';
import { liveBinanceAccount } from '../support/live-binance-account.js';
import type { LiveBinanceAccount } from '../support/live-binance-account.js';
import { ScriptedVenue } from '../support/scripted-venue.js';
import { until } from '../support/until.js';

const LTC = 'BINANCE_USDM:LTCUSDT';
const CONTRACT = '{kind: linear, multiplier: "1", baseCurrency: LTC, settlementCurrency: USDT}';
const GRID = 'priceTick: "0.01", quantityStep: "0.001", quoteCurrency: USDT';

describe('a live account at Binance USDⓈ-M, end to end', () => {
  let feed: ScriptedVenue;
  let account: LiveBinanceAccount;
  let venue: BinanceServer;
  let app: AppProcess;

  beforeAll(async () => {
    feed = await ScriptedVenue.open();
    account = await liveBinanceAccount('usdm');
    venue = account.venue;
    const instrument = `{id: "${LTC}", symbol: LTCUSDT, feeds: [main], ${GRID}, contract: ${CONTRACT}}`;
    const { yaml, env } = account;
    app = await AppProcess.prepare(feed.url, {}, undefined, { instrument, account: yaml, env });
    await app.start();
    await priceIs('80.00', '80');
  });

  afterAll(async () => {
    await app.dispose();
    await feed.close();
    await account.close();
  });

  async function priceIs(print: string, shown: string): Promise<void> {
    await feed.sendPrint(print);
    await until(`the price is ${shown}`, async () => {
      const { body } = await app.get(`/api/v1/instruments/${LTC}`);
      return body['last']?.price === shown;
    });
  }

  const orderAtVenue = (tail: string) =>
    until(`an order …${tail} is at the venue`, () =>
      venue.book.orders.findLast(({ clientOrderId }) => clientOrderId.endsWith(tail)),
    );

  /** The stop that rests there for the engine's own, once it is alone and of this quantity. */
  const rests = (quantity: string) =>
    until(`a stop of ${quantity} rests`, () => {
      const [one, another] = venue.book.open(true);
      return !another && one?.quantity === quantity && one.reduceOnly;
    });

  it('guards an entry fill by fill, hits its target and stops it, whatever is killed in between', async () => {
    const target = { price: '82', portion: '0.5' };
    const plan = { stop: '78', targets: [target], insurance: { margin: { percent: '1' } } };
    const asked = { side: 'buy', quantity: '6', type: 'limit', limitPrice: '80.00', plan };
    const placed = await app.post('/api/v1/orders', {
      ...{ accountId: 'demo', instrumentId: LTC },
      ...asked,
    });
    expect(placed.status).toBe(201);
    const entry = await orderAtVenue(placed.body['orderId'] as string);
    venue.book.trade(entry, '2');
    await rests('2');
    // Nobody hears of this fill: it is found by looking the entry up.
    process.kill(app.children()[2] ?? 0, 'SIGKILL');
    venue.book.trade(entry, '1');
    await rests('3');
    venue.book.trade(entry, '3');
    await rests('6');

    await feed.connected();
    await feed.sendPrint('82.00');
    const first = await orderAtVenue('-0101');
    venue.book.trade(first, '1');
    await app.kill();
    venue.book.trade(first, '2');
    await app.start();
    await rests('3');

    venue.clockAheadMs = -3_000;
    await feed.sendPrint('78.00');
    const second = await orderAtVenue('-0201');
    venue.book.trade(second, '3');
    await app.stopWhen(second.clientOrderId.slice(0, 26), 'closed');
    await until('nothing rests any more', () => venue.book.open(true).length === 0);
    expect(venue.book.held.get('LTCUSDT')).toBe('0');
    const sold = venue.book.orders.filter(
      ({ side, executed }) => side === 'SELL' && executed !== '0',
    );
    expect(sold.map(({ quantity }) => quantity)).toStrictEqual(['3', '3']);
    venue.clockAheadMs = 0;
  });

  it('takes back what rests before an exit that shares its book with another position', async () => {
    await priceIs('80.00', '80');
    venue.book.held.set('LTCUSDT', '20');
    const one = await app.openPosition('long', '10', '80', LTC);
    await app.openPosition('long', '10', '80', LTC);
    await app.armStop(one, { stop: '79', insurance: { margin: { percent: '0.5' } } });
    await rests('10');
    const resting = venue.book.open(true)[0];
    await feed.sendPrint('79.00');
    await until('the exit is at the venue', () => venue.book.open(false).length === 1);
    expect(resting?.status).toBe('CANCELED');
  });

  it('takes no position and no order of spot, whose exits it could not send', async () => {
    const spot = 'BINANCE:LTCUSDT';
    const grid = { priceTick: '0.01', quantityStep: '0.001', quoteCurrency: 'USDT' };
    const defined = { instrumentId: spot, symbol: 'LTCUSDT', feeds: ['main'], ...grid };
    expect((await app.post('/api/v1/instruments', defined)).status).toBe(201);
    const traded = { accountId: 'demo', instrumentId: spot, quantity: '1' };
    const refused = await Promise.all([
      app.post('/api/v1/positions', { ...traded, side: 'long', entryPrice: '80' }),
      app.post('/api/v1/orders', { ...traded, side: 'buy', type: 'market' }),
    ]);
    const rule = 'must be of the venue of account demo: binance market usdm (BINANCE_USDM:)';
    const problem = { code: 'INSTRUMENT_OF_OTHER_VENUE', field: 'instrumentId', rule, value: spot };
    for (const { status, body } of refused) {
      expect(status).toBe(422);
      expect(body).toMatchObject(problem);
    }
  });
});
