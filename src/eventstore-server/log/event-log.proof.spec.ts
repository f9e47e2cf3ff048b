import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../../../test/support/until.js';
import { crc32 } from './crc32.js';
import { DEFAULT_SEGMENT_SIZE, EventLog, type EventLogOptions } from './event-log.js';
import type { StoredMessage } from './log-reader.js';
import { recoverTail, visitSealed } from './log-recovery.js';
import { EVENT_PREFIX_BYTES, eventsOf, FIRST_EVENT_AT, RECORD_TAIL_BYTES } from './record.codec.js';
import { SegmentDirectory } from './segment-directory.js';
import { FIRST_POSITION, SEGMENT_HEADER_BYTES } from './segment-header.codec.js';

let directory: string;
let path: string;
const opened: EventLog[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'event-log-'));
  path = join(directory, 'segments', '0000000000000016.0.log');
});

afterEach(async () => {
  await closeAll();
  rmSync(directory, { recursive: true });
});

interface Found {
  readonly log: EventLog;
  readonly tornBytes: number;
  readonly texts: string[];
  readonly places: StoredMessage[];
}

async function openLog(options: Partial<EventLogOptions> = {}): Promise<Found> {
  const texts: string[] = [];
  const places: StoredMessage[] = [];
  const visit: Parameters<typeof recoverTail>[1] = ({ bytes, format }) => {
    for (const { position, message, crc } of eventsOf(bytes, format)) {
      texts.push(message.toString('latin1'));
      places.push({ position, length: message.length, crc });
    }
  };
  const segments = SegmentDirectory.open(directory);
  for (const name of segments.segments.slice(0, -1)) visitSealed(segments, name, visit);
  const tail = recoverTail(segments, visit);
  const onFailure = (error: Error): void => {
    throw error;
  };
  const log = await EventLog.open(segments, tail, {
    onFailure,
    onFull: () => undefined,
    onRefused: () => undefined,
    size: DEFAULT_SEGMENT_SIZE,
    ...options,
  });
  opened.push(log);
  return { log, tornBytes: tail.tornBytes, texts, places };
}

async function closeAll(): Promise<void> {
  for (const log of opened.splice(0)) await log.close();
}

/** Writes a record that holds one event for each text. */
function stage(log: EventLog, ...texts: string[]): Promise<void> {
  const events = texts.map((text) => {
    const message = Buffer.from(text, 'latin1');
    const prefix = Buffer.alloc(EVENT_PREFIX_BYTES);
    prefix.writeUInt32LE(message.length, 0);
    prefix.writeUInt32LE(crc32(message), 4);
    return Buffer.concat([prefix, message]);
  });
  const head = Buffer.alloc(FIRST_EVENT_AT);
  const record = Buffer.concat([head, ...events, Buffer.alloc(RECORD_TAIL_BYTES)]);
  return new Promise((resolve, reject) => {
    log.stage(record, texts.length, (refusal) => (refusal ? reject(refusal) : resolve()));
  });
}

/** Each array is a group: its records are synced together. */
async function aLogOf(...groups: string[][]): Promise<Buffer> {
  const { log } = await openLog();
  for (const group of groups) await Promise.all(group.map((text) => stage(log, text)));
  await closeAll();
  return readFileSync(path);
}

const sizeOf = (...texts: string[]): number =>
  texts.reduce(
    (sum, text) => sum + EVENT_PREFIX_BYTES + text.length,
    FIRST_EVENT_AT + RECORD_TAIL_BYTES,
  );

/** Without the zeros at the end: those may be room for what comes. */
const dataBytesOf = (bytes: Buffer): number => bytes.findLastIndex((byte) => byte !== 0) + 1;

describe('the event log', () => {
  it('gives back what was acknowledged, in order', async () => {
    await aLogOf(['one', 'two'], ['three']);
    const { texts, tornBytes, log } = await openLog();
    expect(texts).toStrictEqual(['one', 'two', 'three']);
    expect(tornBytes).toBe(0);
    expect(log.end).toBe(FIRST_POSITION + sizeOf('one') + sizeOf('two') + sizeOf('three'));
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
        dataBytesOf(whole.subarray(lastAt, size)),
      ]);
      await stage(found.log, 'four');
      await closeAll();
      expect((await openLog()).texts).toStrictEqual(['one', 'two', 'four']);
      await closeAll();
    }
  });

  it('goes on where the records end, whatever room behind them a crash has left', async () => {
    const { log } = await openLog();
    await stage(log, 'one');
    await stage(log, 'two');
    await until('room behind the records', () => statSync(path).size > 1024 * 1024);
    const crashed = readFileSync(path);
    expect(crashed.length - dataBytesOf(crashed)).toBeGreaterThan(512 * 1024);
    await closeAll();
    const whole = readFileSync(path);
    writeFileSync(path, crashed);
    const found = await openLog();
    expect([found.texts, found.tornBytes]).toStrictEqual([['one', 'two'], 0]);
    expect(readFileSync(path).equals(whole)).toBe(true);
    await stage(found.log, 'three');
    await closeAll();
    expect((await openLog()).texts).toStrictEqual(['one', 'two', 'three']);
  });

  it('treats a segment that was cut inside its first bytes as new', async () => {
    const whole = await aLogOf(['one']);
    for (let size = 0; size < SEGMENT_HEADER_BYTES; size++) {
      writeFileSync(path, whole.subarray(0, size));
      expect((await openLog()).texts).toStrictEqual([]);
      await closeAll();
    }
  });

  it('refuses a log with a flipped bit before later groups, names the place and changes nothing', async () => {
    const whole = await aLogOf(['one'], ['two'], ['three']);
    const brokenAt = SEGMENT_HEADER_BYTES + sizeOf('one');
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
    const brokenAt = SEGMENT_HEADER_BYTES + sizeOf('one');
    whole.fill(0, brokenAt, brokenAt + sizeOf('two'));
    writeFileSync(path, whole);
    const { texts, tornBytes } = await openLog();
    expect(texts).toStrictEqual(['one']);
    expect(tornBytes).toBe(dataBytesOf(whole) - brokenAt);
  });

  it('is not fooled by a record that is stored inside a record', async () => {
    const inner = (await aLogOf(['one'])).subarray(SEGMENT_HEADER_BYTES).toString('latin1');
    rmSync(join(directory, 'segments'), { recursive: true });
    const whole = await aLogOf(['zero'], [inner]);
    writeFileSync(path, whole.subarray(0, whole.length - 1));
    expect((await openLog()).texts).toStrictEqual(['zero']);
  });

  it('refuses a file that is something else', async () => {
    await aLogOf(['one']);
    writeFileSync(path, 'x'.repeat(100));
    await expect(openLog()).rejects.toThrow(`${path} is not an event log`);
  });

  it('tells once that it cannot write, and acknowledges nothing from then on', async () => {
    const failures: Error[] = [];
    let tell: () => void = () => undefined;
    const told = new Promise<void>((resolve) => (tell = resolve));
    const { log } = await openLog({
      onFailure: (error) => {
        failures.push(error);
        tell();
      },
    });
    await log.close(); // Writing to a closed file fails like writing to a broken one.
    const acknowledged: string[] = [];
    void stage(log, 'one').then(() => acknowledged.push('one'));
    void stage(log, 'two').then(() => acknowledged.push('two'));
    await told;
    void stage(log, 'three').then(() => acknowledged.push('three'));
    expect(failures).toHaveLength(1);
    expect(acknowledged).toStrictEqual([]);
    opened.length = 0;
    expect((await openLog()).texts).toStrictEqual([]);
  });

  it('keeps all events of a record or none, wherever the file is cut', async () => {
    await aLogOf(['one']);
    const { log } = await openLog();
    await stage(log, 'two', 'three', 'four');
    await closeAll();
    const whole = readFileSync(path);
    const lastAt = whole.length - sizeOf('two', 'three', 'four');
    for (let size = lastAt; size < whole.length; size++) {
      writeFileSync(path, whole.subarray(0, size));
      expect([size, (await openLog()).texts]).toStrictEqual([size, ['one']]);
      await closeAll();
    }
  });

  it('reads messages in the order asked, recent or not', async () => {
    const { log } = await openLog();
    await stage(log, 'abcd', 'efg');
    await closeAll();
    const { log: again, places } = await openLog();
    const asked = places.toReversed();
    expect(again.readRecent(asked)).toBeUndefined();
    expect((await again.read(asked)).map(String)).toStrictEqual(['efg', 'abcd']);
    await stage(again, 'h');
    const fresh = { position: again.end - sizeOf('h') + FIRST_EVENT_AT, length: 1, crc: 0 };
    expect(again.readRecent([fresh])?.map(String)).toStrictEqual(['h']);
  });

  it('never serves an event that was damaged after the start, and names it', async () => {
    await aLogOf(['one', 'two']);
    const { log, places } = await openLog();
    const bytes = readFileSync(path);
    const offset = SEGMENT_HEADER_BYTES + sizeOf('one') + FIRST_EVENT_AT + EVENT_PREFIX_BYTES;
    bytes[offset] = (bytes[offset] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    await expect(log.read(places)).rejects.toThrow(
      `${path} is damaged at offset ${offset}: the event there is broken`,
    );
    expect((await log.read(places.slice(0, 1))).map(String)).toStrictEqual(['one']);
  });
});

describe('the segments of a log', () => {
  const size = { bytesMax: 200, eventsMax: 1000 };
  const files = (): string[] => readdirSync(join(directory, 'segments')).sort();
  const texts = Array.from({ length: 20 }, (_, n) => `event ${String(n)}`);

  it('follow each other without a gap, also when they are full within one group', async () => {
    const { log } = await openLog({ size });
    await Promise.all(texts.map((text) => stage(log, text)));
    await stage(log, 'last');
    const { end } = log;
    await closeAll();
    const perSegment = Math.ceil(size.bytesMax / sizeOf('event 0'));
    expect(files()).toHaveLength(Math.ceil(21 / perSegment) + 1);
    const again = await openLog({ size });
    expect(again.texts).toStrictEqual([...texts, 'last']);
    expect(again.log.end).toBe(end);
    expect((await again.log.read(again.places)).map(String)).toStrictEqual([...texts, 'last']);
  });

  it('end after so many events, however small they are', async () => {
    const { log } = await openLog({ size: { bytesMax: 1e9, eventsMax: 4 } });
    for (const text of texts) await stage(log, text);
    await closeAll();
    expect(files()).toHaveLength(5 + 1);
    expect((await openLog()).texts).toStrictEqual(texts);
  });

  it('are refused if one is missing, cut short or changed, and nothing is touched', async () => {
    const { log } = await openLog({ size });
    for (const text of texts) await stage(log, text);
    await closeAll();
    const [, second = ''] = files();
    const damaged = join(directory, 'segments', second);
    const whole = readFileSync(damaged);
    rmSync(damaged);
    await expect(openLog()).rejects.toThrow(`${damaged} is missing, but the manifest lists it`);
    const first = SEGMENT_HEADER_BYTES;
    for (const [bytes, message] of [
      [whole.subarray(0, -1), `damaged at offset ${whole.length - sizeOf('event 9')}`],
      [whole.subarray(0, first), `damaged at offset ${first}`],
      [Buffer.from(whole).fill(0, first, first + 4), `damaged at offset ${first}`],
    ] as const) {
      writeFileSync(damaged, bytes);
      await expect(openLog()).rejects.toThrow(message);
      expect(readFileSync(damaged).equals(bytes)).toBe(true);
    }
    writeFileSync(damaged, whole);
    expect((await openLog()).texts).toStrictEqual(texts);
  });

  it('that a crash left behind unlisted are removed if empty, refused if not', async () => {
    await aLogOf(['one']);
    const later = join(directory, 'segments', '0000000000009999.0.log');
    writeFileSync(later, readFileSync(path).subarray(0, SEGMENT_HEADER_BYTES));
    writeFileSync(join(directory, 'segments', 'manifest.new'), 'half');
    expect((await openLog()).texts).toStrictEqual(['one']);
    expect(files()).toStrictEqual(['0000000000000016.0.log', 'manifest']);
    copyFileSync(path, later);
    expect(() => SegmentDirectory.open(directory)).toThrow(
      `${later} holds records, but the manifest does not list it`,
    );
  });

  it('are refused if their manifest is damaged or lost', async () => {
    const { log } = await openLog({ size });
    for (const text of texts) await stage(log, text);
    await closeAll();
    const manifest = join(directory, 'segments', 'manifest');
    const whole = readFileSync(manifest);
    for (let at = 0; at < whole.length; at++) {
      const bytes = Buffer.from(whole);
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      writeFileSync(manifest, bytes);
      expect(() => SegmentDirectory.open(directory)).toThrow('its checksum is wrong');
    }
    rmSync(manifest);
    expect(() => SegmentDirectory.open(directory)).toThrow('but its manifest is missing');
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
