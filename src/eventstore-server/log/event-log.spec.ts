import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from './crc32.js';
import { EventLog } from './event-log.js';
import { LOG_HEADER } from './log-recovery.js';
import { FIRST_EVENT_AT, RECORD_HEADER_BYTES } from './record.codec.js';

let directory: string;
let path: string;
const opened: EventLog[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'event-log-'));
  path = join(directory, 'events.log');
});

afterEach(async () => {
  for (const log of opened.splice(0)) await log.close();
  rmSync(directory, { recursive: true });
});

interface Found {
  readonly log: EventLog;
  readonly tornBytes: number;
  readonly texts: string[];
}

async function openLog(): Promise<Found> {
  const texts: string[] = [];
  const visit = (_position: number, record: Buffer): number =>
    texts.push(record.toString('latin1', FIRST_EVENT_AT));
  const { log, tornBytes } = await EventLog.open(path, visit, (error) => {
    throw error;
  });
  opened.push(log);
  return { log, tornBytes, texts };
}

async function closeAll(): Promise<void> {
  for (const log of opened.splice(0)) await log.close();
}

/** Writes a record that holds a text and no event. */
function stage(log: EventLog, text: string): Promise<void> {
  const record = Buffer.concat([Buffer.alloc(FIRST_EVENT_AT), Buffer.from(text, 'latin1')]);
  return new Promise((resolve) => log.stage(record, 0, resolve));
}

/** Each array is a group: its records are synced together. */
async function aLogOf(...groups: string[][]): Promise<Buffer> {
  const { log } = await openLog();
  for (const group of groups) await Promise.all(group.map((text) => stage(log, text)));
  await closeAll();
  return readFileSync(path);
}

const sizeOf = (text: string): number => FIRST_EVENT_AT + text.length;

describe('the event log', () => {
  it('gives back what was acknowledged, in order', async () => {
    await aLogOf(['one', 'two'], ['three']);
    const { texts, tornBytes, log } = await openLog();
    expect(texts).toStrictEqual(['one', 'two', 'three']);
    expect(tornBytes).toBe(0);
    expect(log.end).toBe(LOG_HEADER.length + sizeOf('one') + sizeOf('two') + sizeOf('three'));
  });

  it('goes on behind a last record that was cut at any byte', async () => {
    const whole = await aLogOf(['one'], ['two'], ['three']);
    const lastAt = whole.length - sizeOf('three');
    for (let size = lastAt; size < whole.length; size++) {
      writeFileSync(path, whole.subarray(0, size));
      const found = await openLog();
      expect([size, found.texts, found.tornBytes]).toStrictEqual([
        size,
        ['one', 'two'],
        size - lastAt,
      ]);
      await stage(found.log, 'four');
      await closeAll();
      expect((await openLog()).texts).toStrictEqual(['one', 'two', 'four']);
      await closeAll();
    }
  });

  it('treats a log that was cut inside its first bytes as new', async () => {
    const whole = await aLogOf(['one']);
    for (let size = 0; size < LOG_HEADER.length; size++) {
      writeFileSync(path, whole.subarray(0, size));
      expect((await openLog()).texts).toStrictEqual([]);
      await closeAll();
    }
  });

  it('refuses a log with a flipped bit before later groups, names the place and changes nothing', async () => {
    const whole = await aLogOf(['one'], ['two'], ['three']);
    const brokenAt = LOG_HEADER.length + sizeOf('one');
    const followsAt = brokenAt + sizeOf('two');
    for (let at = brokenAt; at < followsAt; at++) {
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] ?? 0) ^ 1;
      writeFileSync(path, damaged);
      await expect(openLog()).rejects.toThrow(
        `${path} is damaged at offset ${brokenAt}: the record there is broken, but intact records follow at ${followsAt}`,
      );
      expect(readFileSync(path).equals(damaged)).toBe(true);
    }
  });

  it('cuts a last group whose records reached the disk out of order: none was acknowledged', async () => {
    const whole = await aLogOf(['one'], ['two', 'three']);
    const brokenAt = LOG_HEADER.length + sizeOf('one');
    whole.fill(0, brokenAt, brokenAt + sizeOf('two'));
    writeFileSync(path, whole);
    const { texts, tornBytes } = await openLog();
    expect(texts).toStrictEqual(['one']);
    expect(tornBytes).toBe(sizeOf('two') + sizeOf('three'));
  });

  it('is not fooled by a record that is stored inside a record', async () => {
    const inner = (await aLogOf(['one'])).subarray(LOG_HEADER.length).toString('latin1');
    rmSync(path);
    const whole = await aLogOf(['zero'], [inner]);
    writeFileSync(path, whole.subarray(0, whole.length - 1));
    expect((await openLog()).texts).toStrictEqual(['zero']);
  });

  it('refuses a file that is something else', async () => {
    writeFileSync(path, 'x'.repeat(100));
    await expect(openLog()).rejects.toThrow(`${path} is not an event log`);
  });

  it('tells once that it cannot write, and acknowledges nothing from then on', async () => {
    const failures: Error[] = [];
    let tell: () => void = () => undefined;
    const told = new Promise<void>((resolve) => (tell = resolve));
    const { log } = await EventLog.open(
      path,
      () => undefined,
      (error) => {
        failures.push(error);
        tell();
      },
    );
    await log.close(); // Writing to a closed file fails like writing to a broken one.
    const acknowledged: string[] = [];
    void stage(log, 'one').then(() => acknowledged.push('one'));
    void stage(log, 'two').then(() => acknowledged.push('two'));
    await told;
    void stage(log, 'three').then(() => acknowledged.push('three'));
    expect(failures).toHaveLength(1);
    expect(acknowledged).toStrictEqual([]);
    expect((await openLog()).texts).toStrictEqual([]);
  });

  it('reads ranges in the order asked, recent or not', async () => {
    const { log } = await openLog();
    const start = log.end + RECORD_HEADER_BYTES + 4;
    await stage(log, 'abcdefgh');
    const ranges = [
      { position: start + 4, length: 2 },
      { position: start, length: 3 },
    ];
    expect((await log.read(ranges)).map(String)).toStrictEqual(['ef', 'abc']);
    await closeAll();
    const reopened = await openLog();
    expect(reopened.log.readRecent(ranges)).toBeUndefined();
    expect((await reopened.log.read(ranges)).map(String)).toStrictEqual(['ef', 'abc']);
  });
});

describe('crc32', () => {
  it.each<[string, number]>([
    ['', 0],
    ['a', 0xe8b7be43],
    ['123456789', 0xcbf43926],
    ['The quick brown fox jumps over the lazy dog', 0x414fa339],
  ])('of "%s" is the known one', (text, sum) => {
    const bytes = Buffer.from(text);
    expect(crc32(bytes)).toBe(sum);
    // In two steps it is the same.
    const half = Math.floor(bytes.length / 2);
    expect(crc32(bytes, half, bytes.length, crc32(bytes, 0, half))).toBe(sum);
  });
});
