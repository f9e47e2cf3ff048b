import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { AppProcess } from '../support/app-process.js';
import { until } from '../support/until.js';

const README = join(__dirname, '..', '..', 'README.md');
/** What a new user is promised, from the start on. */
const WITHIN_MS = 60_000;

const run = promisify(execFile);

let app: AppProcess;

beforeEach(async () => {
  app = await AppProcess.demo();
});

afterEach(async () => {
  await app.dispose();
});

/** The requests of the README's section on REST, each with what it goes on to in the next lines. */
function readmeRequests(): string[] {
  const section = readFileSync(README, 'utf8').split('## REST, in short')[1] ?? '';
  const block = section.split('```')[1] ?? '';
  return block.split(/^(?=curl )/m).slice(1);
}

describe('the demo', () => {
  it('shows the way of a stop on the console, over REST and over GraphQL, within a minute', async () => {
    const startMs = performance.now();
    await app.start();
    await until('the stop is closed', () => app.output.includes('StopClosed'), WITHIN_MS);
    expect(performance.now() - startMs).toBeLessThan(WITHIN_MS);
    const way = [
      ...['PositionOpened', 'StopArmed', 'StopTrailed', 'StopTriggered', 'OrderPlaced'],
      ...['OrderAcked', 'OrderFilled', 'PositionClosed', 'StopClosed'],
    ];
    const places = way.map((step) => app.output.indexOf(step));
    expect(places).toStrictEqual(places.toSorted((a, b) => a - b));
    expect(places).not.toContain(-1);

    const position = await until('its rows are there', async () => {
      const [closed] = (await app.rows('positions')) as Record<string, unknown>[];
      return closed?.['status'] === 'closed' && closed;
    });
    const { positionId, realisedPnl } = position;
    expect(app.output).toContain(String(realisedPnl));
    const { body } = await app.post('/graphql', {
      query: `{ stops { items { positionId status } } positions { items { realisedPnl } } }`,
    });
    expect(body['data']).toStrictEqual({
      stops: { items: [{ positionId, status: 'closed' }] },
      positions: { items: [{ realisedPnl }] },
    });
  });

  it('stopped as soon as it runs, before it has played, ends in order and complains of nothing', async () => {
    await app.start();
    expect(await app.interrupt()).toBe(0);
    expect(app.output).not.toMatch(/^stopledger: (?!running|effective)/m);
  });

  it('protects the position that the run before has left without a stop, and opens no other', async () => {
    await app.start();
    await until('it plays', () => app.output.includes('demo: long 10'));
    const stopId = await until('its stop is listed', async () => {
      const [stop] = (await app.rows('stops')) as Record<string, unknown>[];
      return stop && String(stop['stopId']);
    });
    await fetch(`${app.base}/api/v1/stops/${stopId}`, { method: 'DELETE' });
    await app.kill();
    await app.start();
    await until('it has one now', () => app.output.includes('had no stop; it has one now'));
    expect(await app.rows('positions')).toHaveLength(1);
    // The console speaks from the engine's answer; the row follows when the read side has folded it.
    const stops = await until('both stops are listed', async () => {
      const rows = (await app.rows('stops')) as { status: string }[];
      return rows.length > 1 && rows;
    });
    expect(stops.map((stop) => stop.status).toSorted()).toStrictEqual(['armed', 'cancelled']);
    await app.kill();
    await app.start();
    await until('it is protected', () => app.output.includes('run before is still protected'));
    expect(await app.rows('stops')).toHaveLength(2);
  });
});

describe('the requests of the README', () => {
  it('are answered as it says, in their order', async () => {
    await app.start();
    await until('the demo plays', () => app.output.includes('trailing 0.5 %'));
    const ids = { positions: '', stops: '', etag: '' };
    const statuses: string[] = [];
    for (const request of readmeRequests()) {
      const command = request
        .replace('curl ', `curl -s -w '\\n%{http_code}' `)
        .replaceAll('"positionId":"…"', `"positionId":"${ids.positions}"`)
        .replaceAll('positions/…', `positions/${ids.positions}`)
        .replaceAll('stops/…', `stops/${ids.stops}`)
        .replace('If-Match: "0"', `If-Match: ${ids.etag}`);
      const setting = `B=${app.base}/api/v1; J='content-type: application/json'\n`;
      const { stdout } = await run('bash', ['-c', setting + command]);
      const status = stdout.slice(stdout.lastIndexOf('\n') + 1);
      statuses.push(`${request.split('\n')[0]} → ${status}${status < '300' ? '' : stdout}`);
      ids.positions ||= /"positionId":"([^"]+)"/.exec(stdout)?.[1] ?? '';
      ids.stops ||= /"stopId":"([^"]+)"/.exec(stdout)?.[1] ?? '';
      ids.etag = /^etag: (.*)$/im.exec(stdout)?.[1]?.trim() ?? ids.etag;
      const position = /"asOfPosition":"(\d+)"/.exec(stdout)?.[1];
      if (position) await app.get(`/api/v1/stops?waitFor=${position}&limit=1`);
    }
    expect(statuses.filter((line) => !/ → 20[0-2]$/.test(line))).toStrictEqual([]);
    expect(statuses).toHaveLength(12);
  });
});
