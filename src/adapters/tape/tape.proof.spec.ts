import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import type { TapeRecord } from '../../application/ports/tape.port.js';
import type { EngineInput } from '../../engine/inputs.js';
import { engineInputs, inputTimes } from '../../../test/support/tape-inputs.js';
import { crc32 } from './crc32.js';
import { BLOCK_HEADER_BYTES, SEGMENT_HEADER_BYTES, TapeCorrupt } from './tape-segment.js';
import { encodePayload } from './tape-record.codec.js';
import { readTape } from './tape.reader.js';
import type { TapePlace } from './tape.reader.js';
import { TapeWriter } from './tape.writer.js';
import type { TapeWriterOptions } from './tape.writer.js';

const T0 = 1_750_541_280_000;
const OPTIONS = { segmentBytesMax: 1_000_000, fsyncIntervalMs: 0 };
const root = mkdtempSync(join(tmpdir(), 'tape-'));
let folders = 0;

afterAll(() => rmSync(root, { recursive: true }));

function folder(): string {
  folders += 1;
  return join(root, `tape-${folders}`);
}

function tickInput(tradeId: string): EngineInput {
  return {
    kind: 'tick',
    tick: {
      kind: 'trade',
      instrumentId: 'BINANCE:LTCUSDT',
      feed: 'main',
      priceUnits: 8022,
      size: '1.2',
      tradeId,
      venueTimeMs: T0,
      receivedAtMs: T0 + 5,
      verdict: 'good',
    },
  };
}

function records(epoch: number, count: number, from = 0): TapeRecord[] {
  return Array.from({ length: count }, (_, index) => ({
    epoch,
    seq: from + index,
    at: T0 + from + index,
    input: tickInput(String(from + index)),
  }));
}

async function write(
  dir: string,
  all: readonly TapeRecord[],
  options: TapeWriterOptions = OPTIONS,
): Promise<TapeWriter> {
  const writer = TapeWriter.open(dir, options);
  for (const record of all) {
    writer.append(record);
    writer.flush();
  }
  await writer.close();
  return writer;
}

/** A tape as the program wrote it before records were coded as differences. */
function writeAsText(dir: string, epoch: number, all: readonly TapeRecord[]): void {
  const blocks = all.map((record) => {
    const payload = Buffer.from(encodePayload(record));
    const header = Buffer.alloc(BLOCK_HEADER_BYTES);
    header.writeUInt32LE(payload.length, 0);
    header.writeUInt32LE(crc32(payload), 4);
    return Buffer.concat([header, payload]);
  });
  const header = Buffer.alloc(SEGMENT_HEADER_BYTES);
  header.write('SLTAPE01', 'latin1');
  header.writeUInt32LE(epoch, 8);
  header.writeUInt32LE(crc32(header, 0, 12), 12);
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, `tape-${epoch}-0.log`), Buffer.concat([header, ...blocks]));
}

function read(dir: string, place?: TapePlace): TapeRecord[] {
  return [...readTape(dir, place)];
}

function segments(dir: string): string[] {
  return readdirSync(dir).sort();
}

describe('what is put on the tape', () => {
  it('has the checksum that the world agrees on', () => {
    expect(crc32(Buffer.from('123456789'))).toBe(0xcbf43926);
    expect(crc32(Buffer.alloc(0))).toBe(0);
  });

  it('is read back exactly, every kind of input, over segments and epochs', async () => {
    const property = fc.asyncProperty(
      fc.array(fc.tuple(engineInputs, inputTimes, fc.boolean()), { maxLength: 30 }),
      async (drawn) => {
        const dir = folder();
        let epoch = 1;
        const all = drawn.map(([input, time, isNewEpoch], seq): TapeRecord => {
          if (isNewEpoch) epoch += 1;
          return { epoch, seq, at: time, input };
        });
        await write(dir, all, { ...OPTIONS, segmentBytesMax: 500 });
        expect(read(dir)).toEqual(all);
      },
    );
    await fc.assert(property, { numRuns: 40 });
  });

  it('is on the tape after a flush, without a close', async () => {
    const dir = folder();
    const writer = TapeWriter.open(dir, OPTIONS);
    const all = records(1, 3);
    for (const record of all) writer.append(record);
    expect(read(dir)).toEqual([]);
    writer.flush();
    expect(read(dir)).toEqual(all);
    await writer.close();
  });

  it('may be larger than the buffer', async () => {
    const dir = folder();
    const command = { text: 'é'.repeat(2_000_000) };
    const large = { epoch: 1, seq: 0, at: T0, input: { kind: 'command', command } } as unknown;
    await write(dir, [large as TapeRecord, ...records(1, 2, 1)]);
    expect(read(dir)).toEqual([large, ...records(1, 2, 1)]);
  });
});

describe('a tape of an older program', () => {
  it('is read, from a place on as well, and goes on in the form of today', async () => {
    const dir = folder();
    writeAsText(dir, 1, records(1, 4));
    await write(dir, records(2, 3));
    expect(read(dir)).toEqual([...records(1, 4), ...records(2, 3)]);
    expect(read(dir, { afterEpoch: 1, afterSeq: 2 })).toEqual([
      ...records(1, 4).slice(3),
      ...records(2, 3),
    ]);
  });
});

describe('many records that are written at once', () => {
  it('are read back in blocks, and take few bytes each', async () => {
    const dir = folder();
    const writer = TapeWriter.open(dir, OPTIONS);
    const all = records(1, 20_000);
    for (const record of all) writer.append(record);
    writer.flush();
    await writer.close();
    expect(read(dir)).toEqual(all);
    expect(read(dir, { afterEpoch: 1, afterSeq: 19_998 })).toEqual(all.slice(19_999));
    expect(statSync(join(dir, 'tape-1-0.log')).size / all.length).toBeLessThan(10);
  });
});

describe('the segments of a tape', () => {
  /** A segment is full with the third record. */
  let segmentBytesMax: number;

  beforeAll(async () => {
    const dir = folder();
    await write(dir, records(1, 2));
    // The numbers of a later segment's first record are longer by some bytes.
    segmentBytesMax = statSync(join(dir, 'tape-1-0.log')).size + 8;
  });

  it('are followed by a new one when they are full, and by one of its own for every epoch', async () => {
    const dir = folder();
    await write(dir, [...records(1, 6), ...records(12, 2)], { ...OPTIONS, segmentBytesMax });
    expect(segments(dir)).toEqual(['tape-1-0.log', 'tape-1-1.log', 'tape-12-0.log']);
    expect(read(dir)).toEqual([...records(1, 6), ...records(12, 2)]);
  });

  it('are not written to again by a later run', async () => {
    const dir = folder();
    await write(dir, records(9, 2));
    await write(dir, records(10, 2));
    await write(dir, records(10, 2, 2));
    expect(segments(dir)).toEqual(['tape-10-0.log', 'tape-10-1.log', 'tape-9-0.log']);
    expect(read(dir)).toEqual([...records(9, 2), ...records(10, 4)]);
  });

  it('are read from a place on, and those wholly before it are not opened', async () => {
    const dir = folder();
    await write(dir, [...records(1, 6), ...records(2, 6)], { ...OPTIONS, segmentBytesMax });
    writeFileSync(join(dir, 'tape-1-0.log'), 'this would throw');
    expect(read(dir, { afterEpoch: 1, afterSeq: 3 })).toEqual([
      ...records(1, 6).slice(4),
      ...records(2, 6),
    ]);
    expect(read(dir, { afterEpoch: 1, afterSeq: 99 })).toEqual(records(2, 6));
    expect(read(dir, { afterEpoch: 2, afterSeq: 4 })).toEqual(records(2, 6).slice(5));
    expect(read(dir, { afterEpoch: 2, afterSeq: 5 })).toEqual([]);
  });

  it('are deleted, the oldest first, when together they take more than the limit', async () => {
    const dir = folder();
    const options = {
      ...OPTIONS,
      segmentBytesMax,
      keptBytesMax: 16 + Math.floor(2.5 * segmentBytesMax),
    };
    await write(dir, [...records(1, 12), ...records(2, 2)], options);
    expect(segments(dir)).toEqual(['tape-1-2.log', 'tape-1-3.log', 'tape-2-0.log']);
    expect(read(dir)).toEqual([...records(1, 12).slice(6), ...records(2, 2)]);
  });

  it('are deleted when nothing was written to them for longer than the limit', async () => {
    const dir = folder();
    await write(dir, [...records(1, 2), ...records(2, 2), ...records(3, 2)]);
    const now = Date.now() / 1_000;
    utimesSync(join(dir, 'tape-1-0.log'), now, now - 7_201);
    utimesSync(join(dir, 'tape-2-0.log'), now, now - 7_000);
    await write(dir, records(4, 1), { ...OPTIONS, keptMsMax: 7_200_000 });
    expect(segments(dir)).toEqual(['tape-2-0.log', 'tape-3-0.log', 'tape-4-0.log']);
    expect(read(dir)).toEqual([...records(2, 2), ...records(3, 2), ...records(4, 1)]);
  });

  it('are none in a folder that is not there', () => {
    expect(read(folder())).toEqual([]);
  });

  it('leave other files of the folder alone', async () => {
    const dir = folder();
    await write(dir, records(1, 1));
    writeFileSync(join(dir, 'notes.txt'), 'mine');
    expect(read(dir)).toEqual(records(1, 1));
  });
});

describe('the end of a tape that was cut short', () => {
  it('is cut off at every byte of the last record and reported, and the tape goes on', async () => {
    const dir = folder();
    await write(dir, records(1, 3));
    const path = join(dir, 'tape-1-0.log');
    const whole = readFileSync(path);
    await write(folder(), records(1, 2));
    const before = statSync(join(root, `tape-${folders}`, 'tape-1-0.log')).size;
    for (let length = before + 1; length < whole.length; length += 1) {
      writeFileSync(path, whole.subarray(0, length));
      expect(read(dir)).toEqual(records(1, 2));
      const writer = TapeWriter.open(dir, OPTIONS);
      expect(writer.bytesLost).toBe(length - before);
      await writer.close();
      expect(statSync(path).size).toBe(before);
    }
    await write(dir, records(2, 1));
    expect(read(dir)).toEqual([...records(1, 2), ...records(2, 1)]);
  });

  it('is nothing at all when not even the header was written', async () => {
    for (let length = 0; length < SEGMENT_HEADER_BYTES; length += 1) {
      const dir = folder();
      await write(dir, records(1, 1));
      const path = join(dir, 'tape-1-0.log');
      const header = readFileSync(path).subarray(0, length);
      writeFileSync(path, header);
      expect(read(dir)).toEqual([]);
      const writer = await write(dir, records(2, 1));
      expect(writer.bytesLost).toBe(length);
      expect(segments(dir)).toEqual(['tape-2-0.log']);
    }
  });

  it('is cut off when the file was made longer but not written', async () => {
    const dir = folder();
    await write(dir, records(1, 2));
    appendFileSync(join(dir, 'tape-1-0.log'), Buffer.alloc(4096));
    const writer = TapeWriter.open(dir, OPTIONS);
    expect(writer.bytesLost).toBe(4096);
    await writer.close();
    expect(read(dir)).toEqual(records(1, 2));
  });

  it('loses nothing when it was not cut short', async () => {
    const dir = folder();
    await write(dir, records(1, 2));
    const writer = TapeWriter.open(dir, OPTIONS);
    expect(writer.bytesLost).toBe(0);
    await writer.close();
  });
});

describe('damage before the end of a tape', () => {
  it('is named with file and byte, for a flipped bit in any byte', async () => {
    const dir = folder();
    await write(dir, records(1, 3));
    const path = join(dir, 'tape-1-0.log');
    const whole = readFileSync(path);
    const starts = [SEGMENT_HEADER_BYTES];
    for (let at = SEGMENT_HEADER_BYTES; at < whole.length; starts.push(at)) {
      at += BLOCK_HEADER_BYTES + whole.readUInt32LE(at);
    }
    expect(starts).toHaveLength(4);
    for (let at = 0; at < (starts[2] ?? 0); at += 1) {
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] ?? 0) ^ 0x10;
      writeFileSync(path, damaged);
      const offset = starts.findLast((start) => start <= at) ?? 0;
      for (const act of [() => read(dir), () => TapeWriter.open(dir, OPTIONS)]) {
        const error = thrownBy(act);
        expect(error).toBeInstanceOf(TapeCorrupt);
        expect(error).toMatchObject({ path, offset });
      }
      expect(readFileSync(path)).toEqual(damaged);
    }
  });

  it('is a segment that breaks off while another follows', async () => {
    const dir = folder();
    await write(dir, [...records(1, 2), ...records(2, 1)]);
    const path = join(dir, 'tape-1-0.log');
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.subarray(0, bytes.length - 1));
    expect(thrownBy(() => read(dir))).toMatchObject({ path });
  });
});

describe('a disk that takes nothing', () => {
  it('is told once and throws nothing; what could not be kept is counted; it goes on when the disk does', async () => {
    const dir = folder();
    const told: (string | undefined)[] = [];
    const writer = TapeWriter.open(dir, { ...OPTIONS, onTrouble: (reason) => told.push(reason) });
    rmSync(dir, { recursive: true });
    const all = records(1, 3);
    for (const record of all.slice(0, 2)) writer.append(record);
    writer.flush();
    expect([writer.recordsLost, told]).toEqual([2, [expect.stringContaining('ENOENT')]]);
    mkdirSync(dir);
    for (const record of all.slice(2)) writer.append(record);
    writer.flush();
    expect([writer.recordsLost, told.length, told[1]]).toEqual([2, 2, undefined]);
    expect(read(dir)).toEqual(all.slice(2));
    await writer.close();
  });
});

function thrownBy(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return undefined;
}
