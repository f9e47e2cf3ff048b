import { randomBytes } from 'node:crypto';
import { readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ALARM_SECRET, AlarmReceiver } from '../support/alarm-receiver.js';
import { AppProcess, isAlive } from '../support/app-process.js';
import { ScriptedVenue } from '../support/scripted-venue.js';
import { until } from '../support/until.js';

const BEAT_MS = 1_000;

let receiver: AlarmReceiver;
let venue: ScriptedVenue;
let app: AppProcess;
let stopId: string;

beforeEach(async () => {
  receiver = await AlarmReceiver.open();
  venue = await ScriptedVenue.open();
  const env = { TEST_ALARM_SECRET: ALARM_SECRET };
  app = await AppProcess.prepare(venue.url, {}, undefined, { env });
  const address = `url: "${receiver.url}", secretEnv: TEST_ALARM_SECRET`;
  app.configure(`alarms: {webhook: {${address}}, heartbeat: {${address}, everyMs: ${BEAT_MS}}}\n`);
  await app.start();
  await venue.sendThrough(0);
  await app.lastTradeIs('293517768');
  stopId = await app.armStop(await app.openPosition('long', '10', '83.29'), { stop: '82' });
});

afterEach(async () => {
  await app.dispose();
  await venue.close();
  await receiver.close();
});

const accepted = () => app.book().filter((line) => line['kind'] === 'accepted');

/** The exit is decided, leaves once, and is settled. */
async function stillProtects(): Promise<void> {
  await venue.sendPrint('82.00');
  await until('the exit is in the book', () => accepted().length === 1);
  await venue.sendPrint('81.99');
  const closed = await app.stopWhen(stopId, 'closed');
  expect(closed['unfilledQuantity']).toBe('0');
  expect(app.book().map((line) => line['kind'])).toStrictEqual(['accepted', 'filled']);
}

async function reconnected(times: number): Promise<void> {
  await until(`connected ${times} times`, () => {
    return app.output.split('FeedConnected').length > times;
  });
}

function everythingWritten(dir: string): string {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    .join('\n');
}

describe('the parent', () => {
  it('starts with a price tick that cannot be applied under an armed stop, says so, and the stop is guarded', async () => {
    expect(await app.interrupt()).toBe(0);
    app.reconfigure(app.config.replace('priceTick: "0.01"', 'priceTick: "0.001"'));
    await app.start();
    expect(app.output).toMatch(
      /ALARM configuration of BINANCE:LTCUSDT was not applied, the log's is kept: priceTick must not change while stops are armed on the instrument, was 0\.001 \[code=CONFIG_NOT_APPLIED/,
    );
    await venue.sendThrough(0);
    await stillProtects();
  });

  it('starts again whichever process is killed, tells of it outside, and the stop is guarded on', async () => {
    const named = [
      [3, 'projector+api'],
      [1, 'postgres'],
      [0, 'event store'],
      [2, 'engine'],
    ] as const;
    for (const [place, name] of named) {
      const pid = app.children()[place] ?? 0;
      process.kill(pid, 'SIGKILL');
      await until(`the end of ${name} is told`, () =>
        receiver.alarms.includes(`alarm.raised PROCESS_ENDED ${name}`),
      );
      await until(`that ${name} runs again is told`, () =>
        receiver.alarms.includes(`alarm.cleared PROCESS_ENDED ${name}`),
      );
      expect([isAlive(pid), app.children()[place] === pid]).toStrictEqual([false, false]);
      const line = `ALARM ${name} ended with SIGKILL; starting it again in 200 ms [code=PROCESS_ENDED`;
      await until('the line is there', () => app.output.includes(line));
    }
    await reconnected(2);
    await stillProtects();
    // The parent keeps its board a moment after it has told of the last end.
    const ended = await until('the board holds every end', async () => {
      const { body } = await app.get('/api/v1/alarms?state=over');
      const over = (body['items'] as { code: string; part: string; about: string }[])
        .filter(({ code }) => code === 'PROCESS_ENDED')
        .map(({ part, about }) => `${part}: ${about}`);
      return over.length >= named.length ? over : undefined;
    });
    expect(ended.sort()).toStrictEqual(named.map(([, name]) => `supervisor: ${name}`).sort());
    const { body: metrics } = await app.get('/metrics');
    expect(metrics['text']).toContain('stopledger_alarms_total{code="PROCESS_ENDED"} 4');
    expect(receiver.deliveries.every(({ isGenuine }) => isGenuine)).toBe(true);
    expect(everythingWritten(app.dir) + app.output).not.toContain(ALARM_SECRET);
  });

  it('starts engine and read side with a heap that grows in small steps', () => {
    const flags = app
      .children()
      .map((pid) => readFileSync(`/proc/${String(pid)}/cmdline`, 'utf8').split('\0'))
      .map((words) => words.filter((word) => /heap-growing|semi-space/.test(word)).length);
    expect(flags).toStrictEqual([0, 0, 2, 2]);
  });

  it('leaves an engine alone that stood still for 2 s: it works off what it missed, and says so', async () => {
    const engine = app.children()[2] ?? 0;
    process.kill(engine, 'SIGSTOP');
    await venue.sendPrint('82.00');
    // It is the time that passes that is tested.
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    expect(app.book()).toStrictEqual([]);
    process.kill(engine, 'SIGCONT');
    await until('the exit is in the book', () => accepted().length === 1);
    await until('the stall is told', () =>
      receiver.alarms.includes('alarm.raised ENGINE_STALLED engine'),
    );
    await venue.sendPrint('81.99');
    const closed = await app.stopWhen(stopId, 'closed');
    expect(closed['triggeredBy'].price).toBe('82');
    expect(app.book().map((line) => line['kind'])).toStrictEqual(['accepted', 'filled']);
    expect(app.children()[2]).toBe(engine);
    const stall = /ALARM the engine stood still for (1[5-9]|2|3)\d{2,3} ms/;
    await until('the stall is said', () => stall.test(app.output));
  });

  it('ends an engine that lives but does not move, and the next one guards', async () => {
    const engine = app.children()[2] ?? 0;
    process.kill(engine, 'SIGSTOP');
    await until(
      'the frozen engine is told',
      () => receiver.alarms.includes('alarm.raised PROCESS_FROZEN engine'),
      60_000,
    );
    await reconnected(2);
    expect(isAlive(engine)).toBe(false);
    await stillProtects();
  });
});

describe('the heartbeat', () => {
  it('tells of the epoch and the stops, and falls silent with the machine', async () => {
    const beat = await until('a beat of a guarded stop', () =>
      receiver.beats.find(({ body }) => body['stopsArmed'] === 1),
    );
    expect(beat.body).toMatchObject({ state: 'guarding', epoch: 1, logReachable: true });
    const children = app.children();
    await app.kill();
    await until('no child outlives its parent', () => !children.some(isAlive));
    const beats = receiver.beats.length;
    // Nothing can be awaited but that nothing comes.
    await new Promise((resolve) => setTimeout(resolve, 3 * BEAT_MS));
    expect(receiver.beats).toHaveLength(beats);
    await app.start();
    await until('the next engine beats', () =>
      receiver.beats.some(({ body }) => body['epoch'] === 2),
    );
  });
});

describe('a start', () => {
  /** Begins one, and waits for neither the read side nor the end. */
  async function begun(): Promise<{ readonly running: Promise<unknown> }> {
    const running = app.start();
    running.catch(() => undefined);
    await until('the engine guards again', () => app.output.includes('1 stops guarded'), 60_000);
    return { running };
  }

  it('whose disk is full waits for room, one whose read side is killed goes on, and the stop is guarded throughout', async () => {
    await app.interrupt();
    // The first try to write there finds no room, and takes it away.
    symlinkSync('/dev/full', join(app.dataDir, 'room'));
    const { running } = await begun();
    expect(app.output).toMatch(
      /ALARM data directory \S+ has no room \(ENOSPC\): the event log needs 64 KiB to start; starting it again in \d+ ms \[code=PROCESS_ENDED/,
    );
    await until('the full disk and its end are told', () =>
      receiver.alarms.includes('alarm.cleared PROCESS_ENDED event store'),
    );
    expect(receiver.alarms).toContain('alarm.raised PROCESS_ENDED event store');
    const readSide = await until('the read side is being started', () => app.children()[3]);
    process.kill(readSide, 'SIGKILL');
    await until('that it ended is told', () =>
      app.output.includes('ALARM projector+api ended with SIGKILL; starting it again in 200 ms'),
    );
    await running;
    await reconnected(1);
    await stillProtects();
  });

  it('whose PostgreSQL cannot run guards the stop all the same, and shows it once PostgreSQL is mended', async () => {
    await app.interrupt();
    const control = join(app.postgresDir, 'cluster', 'global', 'pg_control');
    const whole = readFileSync(control);
    writeFileSync(control, randomBytes(whole.length));
    const before = app.children();
    const beginning = begun();
    // PostgreSQL has ended before there is a log in which anybody could see what is to be guarded.
    const [store = 0, postgres = 0] = await until('both are being started', () => {
      const children = app.children().filter((pid) => !before.includes(pid));
      return children.length >= 2 && children;
    });
    process.kill(store, 'SIGSTOP');
    await until('PostgreSQL has ended', () => !isAlive(postgres));
    process.kill(store, 'SIGCONT');
    const { running } = await beginning;
    await until('that it cannot run is told', () =>
      /ALARM postgres ended with code 1/.test(app.output),
    );
    await reconnected(1);
    await venue.sendPrint('82.00');
    await until('the exit is in the book', () => accepted().length === 1);
    writeFileSync(control, whole);
    await running;
    await venue.sendPrint('81.99');
    expect(await app.stopWhen(stopId, 'closed')).toMatchObject({ unfilledQuantity: '0' });
  });

  it('whose PostgreSQL cannot run ends with its word when nothing is to be guarded', async () => {
    await venue.sendPrint('82.00');
    await until('the exit is in the book', () => accepted().length === 1);
    await venue.sendPrint('81.99');
    await app.stopWhen(stopId, 'closed');
    await app.interrupt();
    writeFileSync(join(app.postgresDir, 'cluster', 'global', 'pg_control'), 'x');
    await expect(app.start()).rejects.toThrow(
      /the app ended with 1:[^]*postgres ended with code 1/,
    );
  });
});
