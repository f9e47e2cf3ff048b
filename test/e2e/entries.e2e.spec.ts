import { AppProcess } from '../support/app-process.js';
import { ScriptedVenue } from '../support/scripted-venue.js';
import { until } from '../support/until.js';

/** The way in and out by orders alone, on the real processes. */
describe('an entry, end to end', () => {
  let venue: ScriptedVenue;
  let app: AppProcess;
  let order: Record<string, string>;

  beforeAll(async () => {
    venue = await ScriptedVenue.open();
    app = await AppProcess.prepare(venue.url);
    await app.start();
    await venue.sendPrint('83.29');
  });

  afterAll(async () => {
    await app.dispose();
    await venue.close();
  });

  const place = (more: Record<string, unknown>) =>
    app.post('/api/v1/orders', {
      ...{ accountId: 'demo', instrumentId: 'BINANCE:LTCUSDT', side: 'buy', quantity: '4' },
      ...more,
    });
  const position = async () => (await app.get(`/api/v1/positions/${order['positionId']}`)).body;
  const stopOf = async () => {
    const { body } = await app.get(`/api/v1/stops?positionId=${order['positionId']}`);
    return (body['items'] as Record<string, any>[])[0];
  };

  it('rests at the venue until its price trades, and is guarded with its fill', async () => {
    const { status, body } = await place({
      ...{ type: 'limit', limitPrice: '82.9', plan: { trail: { amount: '0.5' } } },
    });
    expect(status).toBe(201);
    order = body as Record<string, string>;
    await until('the venue has the order', () =>
      app.book().some((line) => line['kind'] === 'accepted'),
    );
    expect((await app.get(`/api/v1/positions/${order['positionId']}`)).status).toBe(404);
    await venue.sendPrint('82.9');
    await venue.sendPrint('82.88');
    const stop = await until('the fill is guarded', () => stopOf());
    expect(stop).toMatchObject({ status: 'armed', quantity: '4' });
    expect(await position()).toMatchObject({ origin: 'fill', status: 'open', quantity: '4' });
    expect((await app.get('/api/v1/coverage')).body['items']).toMatchObject([
      { uncoveredQuantity: '0' },
    ]);
  });

  it('is there after kill -9, guarded as before, and nothing is sent twice', async () => {
    await app.kill();
    await app.start();
    expect(await stopOf()).toMatchObject({ status: 'armed', quantity: '4' });
    expect(app.book().filter((line) => line['kind'] === 'accepted')).toHaveLength(1);
  });

  it('is refused while the account is halted, and again allowed', async () => {
    const steer = (word: string) => app.post(`/api/v1/accounts/demo/${word}`, { reason: 'news' });
    expect((await steer('halt')).status).toBe(200);
    const refused = await place({ type: 'market' });
    expect([refused.status, refused.body['code']]).toStrictEqual([409, 'TRADING_HALTED']);
    expect((await steer('resume')).status).toBe(200);
  });

  it('leaves by its stop', async () => {
    const { level, stopId } = (await stopOf())!;
    await venue.sendPrint(level as string);
    await until('the exit is in the book', () =>
      app
        .book()
        .some((line) => line['kind'] === 'accepted' && line['order'].orderId.startsWith(stopId)),
    );
    await venue.sendPrint(level as string);
    await app.stopWhen(stopId as string, 'closed');
    expect(await position()).toMatchObject({ status: 'closed', quantity: '0' });
  });

  it('at market leaves by the kill switch, whatever its stop says', async () => {
    const { body } = await place({ type: 'market', plan: { stop: '50' } });
    order = body as Record<string, string>;
    await until('the venue has the order', () =>
      app.book().some((line) => line['order']?.orderId === order['orderId']),
    );
    await venue.sendPrint('82.4');
    const stop = await until('the fill is guarded', () => stopOf());
    const killed = await app.post('/api/v1/accounts/demo/kill', { reason: 'enough' });
    expect(killed.status).toBe(200);
    await until('the exit is in the book', () =>
      app
        .book()
        .some(
          (line) => line['kind'] === 'accepted' && line['order'].orderId.startsWith(stop['stopId']),
        ),
    );
    await venue.sendPrint('82.41');
    await app.stopWhen(stop['stopId'] as string, 'closed');
    expect(await position()).toMatchObject({ status: 'closed' });
    expect((await app.get('/api/v1/accounts/demo')).body).toMatchObject({
      ...{ trading: 'killed', tradingReason: 'enough' },
    });
  });
});
