import { AppProcess, isAlive } from '../support/app-process.js';
import { ScriptedVenue } from '../support/scripted-venue.js';
import { until } from '../support/until.js';

const STATED_MS = 20_000;

let venue: ScriptedVenue;
let app: AppProcess;
let store: number;

beforeEach(async () => {
  venue = await ScriptedVenue.open();
  app = await AppProcess.prepare(venue.url);
  await app.start();
  await venue.sendThrough(0);
  await app.lastTradeIs('293517768');
  store = app.children()[0] ?? 0;
});

afterEach(async () => {
  if (isAlive(store)) process.kill(store, 'SIGCONT');
  await app.dispose();
  await venue.close();
});

const stepsIn = (output: string): string[] =>
  [...output.matchAll(/^stopping: (.+)$/gm)].map(([, step = '']) =>
    step.replace(/ \(\d+ ms\)/, ''),
  );

describe('Ctrl-C', () => {
  it('takes entries back, says what stays open and unguarded, and tells each step and process', async () => {
    const naked = await app.openPosition('long', '3', '83.29');
    await app.armStop(await app.openPosition('long', '10', '83.29'), { stop: '82' });
    const entry = { side: 'buy', quantity: '4', type: 'limit', limitPrice: '82.9' };
    const answer = await app.post('/api/v1/orders', {
      ...{ accountId: 'demo', instrumentId: 'BINANCE:LTCUSDT', ...entry },
      plan: { trail: { amount: '0.5' } },
    });
    expect(answer.status).toBe(201);
    await until('the venue has the entry', () =>
      app.book().some((line) => line['kind'] === 'accepted'),
    );
    expect(await app.interrupt()).toBe(0);
    expect(app.output).toContain('SIGINT: stopping in order, within 20 s; once more to force');
    expect(stepsIn(app.output)).toStrictEqual([
      'projector+api ended',
      'no new commands',
      'entries taken back: 1',
      `protection looked at: 3 BINANCE:LTCUSDT of position ${naked} UNPROTECTED`,
      'feeds left',
      'end recorded, journal flushed',
      'snapshot made',
      'partition given back',
      'tape and spool closed',
      'brokers left',
      'log left',
      '1 stops are not guarded until the next start',
      'engine ended',
      'postgres ended',
      'event store ended',
    ]);
    expect(app.book().map((line) => line['kind'])).toStrictEqual(['accepted', 'cancelled']);
    expect(app.output).not.toContain('code=FEED_LOST');
    await app.start();
    await until('the engine is back', () => app.output.includes('EngineRecovered'));
    expect(app.output).toMatch(/EngineRecovered .* events read behind the snapshot/);
  });

  it('with a log that does not answer ends within the stated time, and says what was not done', async () => {
    process.kill(store, 'SIGSTOP');
    const begunMs = performance.now();
    expect(await app.interrupt()).toBe(0);
    expect(performance.now() - begunMs).toBeLessThan(STATED_MS);
    expect(stepsIn(app.output)).toContain('end recorded, journal flushed: NOT DONE within 4000 ms');
    expect(stepsIn(app.output).at(-1)).toMatch(/^event store ended: KILLED after \d+ ms$/);
    expect(isAlive(store)).toBe(false);
  });

  it('twice within half a second is once; after that it forces, and nothing is left behind', async () => {
    process.kill(store, 'SIGSTOP');
    const children = app.children();
    app.signal('SIGINT');
    app.signal('SIGINT');
    await until('the engine is being stopped', () => app.output.includes('stopping: feeds left'));
    const first = /SIGINT: stopping/g;
    expect(app.output.match(first)).toHaveLength(1);
    // The same signal until half a second has passed: only its passing can be awaited.
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(children.every((pid, place) => place === 3 || isAlive(pid))).toBe(true);
    app.signal('SIGINT');
    expect(await app.ended()).toBe(1);
    await until('no child is left', () => !children.some(isAlive));
    expect(app.output).toContain('SIGINT: forced');
    expect(app.output).not.toContain('\nstopped\n');
  });
});
