import { AppProcess } from '../support/app-process.js';
import { ScriptedVenue } from '../support/scripted-venue.js';
import { TraceReceiver } from '../support/trace-receiver.js';
import { until } from '../support/until.js';

/** The way in and out by orders alone, on the real processes. */
describe('an entry, end to end', () => {
  let venue: ScriptedVenue;
  let app: AppProcess;
  let order: Record<string, string>;
  let traces: TraceReceiver;

  beforeAll(async () => {
    venue = await ScriptedVenue.open();
    traces = await TraceReceiver.open();
    const env = { STOPLEDGER_LOG_FORMAT: 'json', OTEL_EXPORTER_OTLP_ENDPOINT: traces.url };
    app = await AppProcess.prepare(venue.url, {}, undefined, { env });
    await app.start();
    await venue.sendPrint('83.29');
  });

  afterAll(async () => {
    await app.dispose();
    await venue.close();
    await traces.close();
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

  it('is one story in the log, in the lines and in the traces', async () => {
    const audit = await app.get(`/api/v1/audit?limit=200&sort=-recordedAt`);
    const events = (audit.body['items'] as Record<string, any>[]).filter(
      ({ correlationId }) => correlationId === order['positionId'],
    );
    expect(await app.interrupt()).toBe(0);
    const lines = app.output
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Record<string, any>);
    const told = lines.filter(({ correlationId }) => correlationId === order['positionId']);
    const named = ({ streamId, revision, causationId }: Record<string, any>) =>
      `${streamId} ${revision} ${causationId}`;
    expect(events.length).toBeGreaterThan(8);
    expect(told.map(named).toSorted()).toStrictEqual(events.map(named).toSorted());

    const trigger = told.find(({ event }) => event === 'StopTriggered')!;
    const placed = told.find(({ orderId }) => orderId === order['orderId'])!;
    const way = (orderId: string) =>
      traces
        .about('order_id', orderId)
        .map((span) => `${traces.parentOf(span) ?? ''} > ${span.name}`);
    for (const orderId of [order['orderId']!, trigger['orderId'] as string]) {
      expect(way(orderId)).toEqual(
        expect.arrayContaining(['journal append > order sent', 'order sent > fill']),
      );
    }
    const [first] = traces.about('order_id', order['orderId']!);
    const asked = traces.about('command_id', placed['commandId'] as string);
    const atEngine = asked.find(({ name }) => name === 'PlaceOrder at the engine')!;
    expect(first?.links).toStrictEqual([{ traceId: atEngine.traceId, spanId: atEngine.spanId }]);
    expect([atEngine.part, traces.parentOf(atEngine)]).toStrictEqual([
      'engine',
      'PlaceOrder at the edge',
    ]);
    const spans = traces.about('correlation_id', order['positionId']!);
    const known = new Set(told.map(({ eventId }) => eventId as string));
    const strange = spans.filter(
      ({ attributes }) => !known.has(attributes['stopledger.event_id'] ?? ''),
    );
    expect(spans.length).toBeGreaterThan(8);
    expect(strange).toStrictEqual([]);
  });
});
