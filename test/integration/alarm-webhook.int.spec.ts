import { WALL_TIME } from '../../src/adapters/clock/wall-time.js';
import { createHmac } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AlarmBoardReader } from '../../src/adapters/alarm-board/alarm-board.reader.js';
import { WebhookClient } from '../../src/adapters/webhook/webhook.client.js';
import { signatureOf } from '../../src/adapters/webhook/webhook.sign.js';
import { PartAlarms, alarmBoardsDir } from '../../src/alarms.main.js';
import { Heartbeat } from '../../src/application/alarms/heartbeat.js';
import { ALARM_SECRET, AlarmReceiver } from '../support/alarm-receiver.js';
import type { Behaviour } from '../support/alarm-receiver.js';
import { until } from '../support/until.js';

const TIMEOUT_MS = 200;

let receiver: AlarmReceiver;
let dataDir: string;
let lines: string[];
let part: PartAlarms;

function openPart(minimumSeverity: 'info' | 'warning' | 'critical' = 'warning'): PartAlarms {
  const webhook = {
    url: receiver.url,
    secret: ALARM_SECRET,
    timeoutMs: TIMEOUT_MS,
    minimumSeverity,
  };
  const alarms = { webhook, heartbeat: undefined, unprotectedAfterMs: 0 };
  return new PartAlarms({
    config: { dataDir, alarms },
    part: 'engine',
    say: (line) => lines.push(line),
  });
}

beforeEach(async () => {
  receiver = await AlarmReceiver.open();
  dataDir = mkdtempSync(join(tmpdir(), 'stopledger-alarms-'));
  lines = [];
  part = openPart();
});

afterEach(async () => {
  await part.close();
  await receiver.close();
  rmSync(dataDir, { recursive: true, force: true });
});

const delivered = (count: number) =>
  until(`${count} alarms have arrived`, () => receiver.alarms.length >= count);

describe('the signature', () => {
  it('is the HMAC-SHA256 of timestamp, dot and body, as the documentation says', () => {
    const wanted = createHmac('sha256', 'key').update('1750541480.{"a":1}').digest('hex');
    expect(signatureOf('key', 1_750_541_480, '{"a":1}')).toBe(`v1=${wanted}`);
  });
});

describe('what an earlier run left', () => {
  it('is said again by the next one while it still is so, and only that', async () => {
    part.desk.raise('POSITION_UNPROTECTED', 'P1', '1 of position P1 is unprotected');
    part.desk.raise('POSITION_UNPROTECTED', 'P2', '1 of position P2 is unprotected');
    part.desk.raise('VENUE_SILENT', 'a1', 'the venue of account a1 gives no clear answers');
    await part.close();
    lines = [];
    part = openPart();
    part.desk.clear('POSITION_UNPROTECTED', 'P1', 'P1 is protected or closed');
    part.desk.raise('POSITION_UNPROTECTED', 'P3', '1 of position P3 is unprotected');
    part.sayStanding();
    expect(lines.filter((line) => line.startsWith('ALARM STANDS'))).toEqual([
      expect.stringMatching(/^ALARM STANDS 1 of position P2 is unprotected \[code=POSITION_UN/),
    ]);
  });
});

describe('an alarm', () => {
  it('arrives signed, as a line, and over the same way when it is over', async () => {
    part.desk.raise('LOG_AWAY', 'log', 'event log away: no answer');
    part.desk.clear('LOG_AWAY', 'log', 'event log reachable again');
    await delivered(2);
    expect(receiver.alarms).toStrictEqual([
      'alarm.raised LOG_AWAY log',
      'alarm.cleared LOG_AWAY log',
    ]);
    const [raised, cleared] = receiver.deliveries;
    expect(receiver.deliveries.map(({ isGenuine }) => isGenuine)).toStrictEqual([true, true]);
    const { id, alarm } = raised?.body ?? {};
    expect([id, raised?.deliveryId]).toStrictEqual([`${alarm.id}-raised`, id]);
    expect(alarm).toMatchObject({
      ...{ severity: 'critical', text: 'event log away: no answer', times: 1 },
      ...{ clearedAt: null, raisedAt: expect.stringMatching(/^\d{4}-.*Z$/) },
    });
    expect(cleared?.body['alarm']).toMatchObject({
      id: alarm.id,
      clearedBy: 'event log reachable again',
    });
    expect(lines).toStrictEqual([
      `ALARM event log away: no answer [code=LOG_AWAY severity=critical about=log id=${alarm.id}]`,
      `ALARM OVER event log reachable again [code=LOG_AWAY severity=critical about=log id=${alarm.id}]`,
    ]);
  });

  it.each<[string, Behaviour]>([
    ['is told 500', { answer: 'status', status: 500 }],
    [
      'is told 429 with a time to come again',
      { answer: 'status', status: 429, headers: { 'retry-after': '1' } },
    ],
    ['is sent elsewhere', { answer: 'status', status: 302, headers: { location: '/elsewhere' } }],
    ['gets no answer', { answer: 'mute' }],
    ['loses the connection', { answer: 'dropped' }],
  ])('that %s is sent again until it arrives, and is known for the same', async (_, behaviour) => {
    receiver.behaviours = [behaviour, behaviour];
    part.desk.raise('ORDER_REFUSED', 'o1', 'o1 refused');
    await delivered(1);
    expect(receiver.deliveries.map(({ answer }) => answer)).toStrictEqual([
      ...[behaviour.answer, behaviour.answer, 'ok'],
    ]);
    expect(new Set(receiver.deliveries.map(({ deliveryId }) => deliveryId)).size).toBe(1);
  });

  it('whose answer does not end has arrived', async () => {
    receiver.behaviours = [{ answer: 'slow' }];
    part.desk.raise('ORDER_REFUSED', 'o1', 'o1 refused');
    part.desk.raise('ORDER_REFUSED', 'o2', 'o2 refused');
    await delivered(1);
    expect(receiver.deliveries.map(({ body }) => body['alarm'].about)).toStrictEqual(['o1', 'o2']);
  });

  it('arrives in order once somebody listens again, and the silence is an alarm of its own', async () => {
    await receiver.close();
    part.desk.raise('LOG_AWAY', 'log', 'away');
    part.desk.raise('ORDER_REFUSED', 'o1', 'o1 refused');
    await until('the trouble is said', () =>
      lines.some((line) => line.includes('ALARMS_UNDELIVERED')),
    );
    await receiver.reopen();
    await delivered(2);
    expect(receiver.alarms).toStrictEqual([
      'alarm.raised LOG_AWAY log',
      'alarm.raised ORDER_REFUSED o1',
    ]);
    await until('its end is said', () =>
      lines.some((line) => line.includes('alarms arrive [code')),
    );
  });

  it('below the least severity that is wanted is a line and nothing more', async () => {
    await part.close();
    part = openPart('critical');
    part.desk.raise('FEED_LOST', 'main', 'feed main lost');
    part.desk.raise('LOG_AWAY', 'log', 'away');
    await delivered(1);
    expect(receiver.alarms).toStrictEqual(['alarm.raised LOG_AWAY log']);
    expect(lines).toHaveLength(2);
  });
});

describe('a restart', () => {
  it('sends what had not arrived, ends what ended with the run, and keeps the rest', async () => {
    await receiver.close();
    part.desk.raise('LOG_AWAY', 'log', 'away');
    part.desk.raise('VENUE_SILENT', 'a1', 'silent');
    part.desk.raise('STOP_SUSPENDED', 's1', 's1 suspended');
    await part.close();
    await receiver.reopen();
    part = openPart();
    await delivered(4);
    expect(receiver.alarms).toStrictEqual([
      'alarm.raised LOG_AWAY log',
      'alarm.raised VENUE_SILENT a1',
      'alarm.raised STOP_SUSPENDED s1',
      'alarm.cleared VENUE_SILENT a1',
    ]);
    const active = part.desk.kept.active.map(({ code }) => code);
    expect(active).toStrictEqual(['LOG_AWAY', 'STOP_SUSPENDED']);
  });

  it('is not kept from by a board that cannot be read', async () => {
    part.desk.raise('STOP_SUSPENDED', 's1', 's1 suspended');
    await part.close();
    writeFileSync(join(alarmBoardsDir(dataDir), 'engine.json'), '{"format":1,"act');
    part = openPart();
    expect(part.desk.kept.active).toStrictEqual([]);
    expect(await new AlarmBoardReader(alarmBoardsDir(dataDir)).read()).toStrictEqual([]);
  });
});

describe('the board', () => {
  it('is there for others within a moment, for the owner alone, and without the secret', async () => {
    part.desk.raise('LOG_AWAY', 'log', 'away');
    const reader = new AlarmBoardReader(alarmBoardsDir(dataDir));
    const [board] = await until('the board is written', async () => {
      const boards = await reader.read();
      return boards.length > 0 && boards;
    });
    expect(board).toMatchObject({ part: 'engine', raised: { LOG_AWAY: 1 }, lost: 0 });
    expect(board?.active.map(({ code }) => code)).toStrictEqual(['LOG_AWAY']);
    await delivered(1);
    await part.close();
    const dir = alarmBoardsDir(dataDir);
    expect(readdirSync(dir)).toStrictEqual(['engine.json']);
    const path = join(dir, 'engine.json');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(path, 'utf8') + lines.join('')).not.toMatch(
      new RegExp(`${ALARM_SECRET}|hooks/4711`),
    );
  });
});

describe('the heartbeat', () => {
  it('beats signed and numbered; a beat that fails is not repeated; three in a row are told, and their end', async () => {
    const troubles: (string | undefined)[] = [];
    receiver.behaviours = [
      { answer: 'ok' },
      ...Array<Behaviour>(3).fill({ answer: 'status', status: 503 }),
    ];
    const heartbeat = new Heartbeat({
      post: new WebhookClient({
        ...{ url: receiver.url, secret: ALARM_SECRET, timeoutMs: TIMEOUT_MS },
        clock: WALL_TIME.clock,
      }),
      ...{ time: WALL_TIME, everyMs: 50, idStem: 'engine-x' },
      state: () => ({ stopsArmed: 3 }),
      onTrouble: (reason) => void troubles.push(reason),
    });
    await until('the end of the trouble is told', () => troubles.length === 2);
    heartbeat.close();
    expect(troubles).toStrictEqual(['the address answered 503', undefined]);
    const beats = receiver.beats.slice(0, 5);
    expect(beats.map(({ body, isGenuine }) => [body['beat'], isGenuine])).toStrictEqual([
      ...[1, 2, 3, 4, 5].map((beat) => [beat, true]),
    ]);
    expect(beats[0]?.body).toMatchObject({ id: 'engine-x-beat-1', everyMs: 50, stopsArmed: 3 });
  });
});
