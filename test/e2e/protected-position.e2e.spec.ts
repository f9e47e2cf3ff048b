import { existsSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { READ_MODELS } from '../../projections/catalogue.js';
import { AppProcess, isAlive } from '../support/app-process.js';
import { ScriptedVenue } from '../support/scripted-venue.js';
import { until } from '../support/until.js';

/** Rows, trade ids and levels are those of the published outcomes of these recorded prints. */
describe('a position on recorded prints, end to end', () => {
  let venue: ScriptedVenue;
  let app: AppProcess;
  const stops: Record<string, string> = {};

  beforeAll(async () => {
    venue = await ScriptedVenue.open();
    app = await AppProcess.prepare(venue.url);
    await app.start();
  });

  afterAll(async () => {
    await app.dispose();
    await venue.close();
  });

  /** The paper venue fills at the print after the one that triggered, once it has the order. */
  async function closedByNextPrint(stopId: string): Promise<Record<string, unknown>> {
    await until('the exit is in the book', () =>
      app
        .book()
        .some((line) => line['kind'] === 'accepted' && line['order'].orderId.startsWith(stopId)),
    );
    await venue.sendThrough(venue.row);
    return app.stopWhen(stopId, 'closed');
  }

  it('arms a fixed and a trailing stop at the first print', async () => {
    await venue.sendThrough(0);
    await app.lastTradeIs('293517768');
    const fixed = await app.openPosition('long', '10', '83.29');
    stops['fixed'] = await app.armStop(fixed, { stop: '80.00' });
    const trailing = await app.openPosition('long', '5', '83.29');
    stops['trailing'] = await app.armStop(trailing, { trail: { amount: '1.25' } });
    const armed = await app.stopWhen(stops['trailing'], 'armed');
    expect([armed['level'], armed['extreme'], armed['trailMoves']]).toStrictEqual([
      '82.04',
      '83.29',
      0,
    ]);
  });

  it('arms a short and fires it on the print that touches its stop exactly', async () => {
    await venue.sendThrough(1576);
    await until('the start row is the last', async () => {
      const { body } = await app.get('/api/v1/instruments/BINANCE:LTCUSDT');
      return body['last']?.price === '83.09';
    });
    const short = await app.openPosition('short', '2', '83.09');
    stops['short'] = await app.armStop(short, { trail: { amount: '0.7' } });
    await venue.sendThrough(10_130);
    const closed = await closedByNextPrint(stops['short']);
    expect(closed).toMatchObject({
      level: '82.96',
      extreme: '82.26',
      trailMoves: 82,
      triggeredBy: { price: '82.96', tradeId: '293527920', venueTime: '2025-06-21T16:02:33.986Z' },
    });
  });

  it('fires the trailing stop after ten moves and the fixed stop in the minute of 21:25', async () => {
    await venue.sendThrough(30_890);
    const trailing = await closedByNextPrint(stops['trailing'] ?? '');
    expect(trailing).toMatchObject({
      level: '82.14',
      extreme: '83.39',
      trailMoves: 10,
      triggeredBy: { price: '82.14', tradeId: '293532876' },
    });
    const fixed = await closedByNextPrint(stops['fixed'] ?? '');
    expect(fixed).toMatchObject({
      level: '80',
      triggeredBy: { price: '80', tradeId: '293548809' },
    });
  });

  it("left exactly one order for each stop in the venue's own book", () => {
    const accepted = app.book().filter((line) => line['kind'] === 'accepted');
    const orders = accepted.map((line) => line['order'].orderId as string).sort();
    expect(orders).toStrictEqual(
      Object.values(stops)
        .map((stopId) => `${stopId}-0101`)
        .sort(),
    );
    expect(app.book().filter((line) => line['kind'] === 'repeated')).toStrictEqual([]);
  });

  it('shows the same rows by GraphQL and by REST', async () => {
    const query = '{ stops(limit: 200) { items { stopId status level extreme trailMoves } } }';
    const { body } = await app.post('/graphql', { query });
    const rest = (await app.rows('stops')) as Record<string, unknown>[];
    const fields = rest.map(({ stopId, status, level, extreme, trailMoves }) => ({
      stopId,
      status,
      level,
      extreme,
      trailMoves,
    }));
    expect(body['data'].stops.items).toStrictEqual(fields);
    expect(rest).toHaveLength(3);
  });

  it('counts hostile frames and lets them change nothing', async () => {
    const before = await app.rows('stops');
    const hostile = [
      'not json',
      '[]',
      '{"stream":"ltcusdt@trade","data":{"e":"trade","s":"LTCUSDT","t":1,"p":"-1","q":"1","T":1}}',
      '{"stream":"ltcusdt@trade","data":{"e":"trade","s":"LTCUSDT","t":1,"p":"NaN","q":"1","T":1}}',
      `{"stream":"ltcusdt@trade","data":"${'x'.repeat(1_000_000)}"}`,
      '['.repeat(10_000),
    ];
    for (const frame of hostile) await venue.sendRaw(frame);
    await until('every hostile frame is counted', async () => {
      const { body } = await app.get('/api/v1/feeds');
      const refused = (body['items'][0].refused ?? {}) as Record<string, number>;
      return Object.values(refused).reduce((sum, count) => sum + count, 0) === hostile.length;
    });
    const kept = (await app.get('/api/v1/feeds/main/refused-frames')).body['items'] as {
      sample: string;
    }[];
    expect(kept.map(({ sample }) => sample).toSorted()).toStrictEqual(
      hostile.map((frame) => frame.slice(0, 200)).toSorted(),
    );
    expect(await app.rows('stops')).toStrictEqual(before);
  });

  it('gives the same rows after the read model was deleted', async () => {
    const lists = ['stops', 'orders', 'positions', 'pnl'];
    const before = await Promise.all(lists.map((list) => app.rows(list)));
    expect(await app.interrupt()).toBe(0);
    deletePostgresData(app);
    await app.start();
    const rebuilt = await until('the read side has caught up', async () => {
      const { body } = await app.get('/health/ready');
      if (body['status'] !== 'ready') return undefined;
      return Promise.all(lists.map((list) => app.rows(list)));
    });
    expect(rebuilt).toStrictEqual(before);
  });

  it('verifies every read model against the log, and builds one anew, while it runs', async () => {
    const verified = await app.command('projections', 'verify', '--jobs', '2', '--json');
    expect(verified.code).toBe(0);
    const done = verified.lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(done.filter(({ event }) => event === 'done')).toHaveLength(READ_MODELS.length);
    expect(
      done.filter(({ differing }) => differing !== undefined && differing !== 0),
    ).toStrictEqual([]);
    const all = await app.command('projections', 'rebuild', '--jobs', '3', '--json');
    expect(all.lines.filter((line) => line.includes('"done"'))).toHaveLength(READ_MODELS.length);
    const rebuilt = await app.command('projections', 'rebuild', 'open-stops', '--json');
    expect(rebuilt.code).toBe(0);
    expect(JSON.parse(rebuilt.lines.at(-1) ?? '')).toMatchObject({ event: 'done', rows: 3 });
    const listed = await app.command('projections', 'list');
    expect(listed.lines[3]).toMatch(/^open_stops +v\d+ +position +\d+ +rows 3$/);
    expect((await app.command('projections', 'dead-letters')).lines).toStrictEqual(['']);
    expect((await app.command('projections', 'rebuild', 'no-such')).code).toBe(2);
  }, 120_000);

  it('notices that the log is another one, and shows nothing of the old', async () => {
    expect(await app.interrupt()).toBe(0);
    for (const folder of ['eventstore', 'tape', 'paper']) {
      rmSync(join(app.dataDir, folder), { recursive: true, force: true });
    }
    await app.start();
    await until('the tables are empty', async () => (await app.rows('stops')).length === 0);
    await until('it is said', () => app.output.includes('the log is not the one that the tables'));
    await until('it is ready', async () => (await app.get('/health/ready')).status === 200);
  });

  it('leaves no process behind after Ctrl-C', async () => {
    const children = app.children();
    expect(children).toHaveLength(4);
    expect(await app.interrupt()).toBe(0);
    expect(children.filter(isAlive)).toStrictEqual([]);
    expect(existsSync(join(app.dataDir, 'lock'))).toBe(false);
  });
});

/** PostgreSQL's data may lie elsewhere when its user cannot reach the data directory; the start says where. */
function deletePostgresData(app: AppProcess): void {
  rmSync(join(app.dataDir, 'postgres'), { recursive: true, force: true });
  const elsewhere = new RegExp(`${tmpdir()}/stopledger-postgres-[0-9a-f]+`).exec(app.output)?.[0];
  if (elsewhere === undefined) return;
  rmSync(elsewhere, { recursive: true, force: true });
  expect(readdirSync(tmpdir()).map((name) => join(tmpdir(), name))).not.toContain(elsewhere);
}
