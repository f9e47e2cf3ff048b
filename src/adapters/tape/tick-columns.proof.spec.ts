import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { engineInputs, inputTimes } from '../../../test/support/tape-inputs.js';
import type { TapeRecord } from '../../application/ports/tape.port.js';
import { RecordedTicks } from '../../market-data/recorded-ticks.js';
import { Recording } from '../../market-data/recorded-trades.js';
import { crc32 } from './crc32.js';
import { encodePayload } from './tape-record.codec.js';
import { BLOCK_HEADER_BYTES, TapeCorrupt, segmentHeader } from './tape-segment.js';
import { readTape } from './tape.reader.js';
import { TapeWriter } from './tape.writer.js';
import { COLUMN_TICKS, VERDICT_NAMES, readTickColumns } from './tick-columns.js';

const RECORDED = join(
  __dirname,
  '../../../test/fixtures/ticks/binance-spot-ltcusdt-20250621-first.trades.csv.gz',
);
const root = mkdtempSync(join(tmpdir(), 'columns-'));
let folders = 0;

afterAll(() => rmSync(root, { recursive: true }));

function folder(): string {
  folders += 1;
  return join(root, String(folders));
}

async function write(all: readonly TapeRecord[], atOnce: number): Promise<string> {
  const dir = folder();
  const writer = TapeWriter.open(dir, { segmentBytesMax: 100_000, fsyncIntervalMs: 0 });
  for (const [place, record] of all.entries()) {
    writer.append(record);
    if (place % atOnce === 0) writer.flush();
  }
  await writer.close();
  return dir;
}

/** What columns tell of a tick. */
function rowOf({ seq, at, input }: TapeRecord): readonly unknown[] {
  if (input.kind !== 'tick') return [input.kind];
  const { tick } = input;
  const { kind, feed, instrumentId, verdict, venueTimeMs, receivedAtMs } = tick;
  const prices =
    tick.kind === 'trade' ? [tick.priceUnits, tick.priceUnits] : [tick.bidUnits, tick.askUnits];
  return [kind, feed, instrumentId, verdict, seq, at, venueTimeMs, receivedAtMs, ...prices];
}

function rowsOfColumns(dir: string, others: string[] = []): (readonly unknown[])[] {
  const rows: (readonly unknown[])[] = [];
  for (const columns of readTickColumns(dir, (kind) => others.push(kind))) {
    for (let place = 0; place < columns.count; place += 1) {
      const line = columns.lines[columns.line[place] ?? -1];
      rows.push([
        ...[line?.kind, line?.feed, line?.instrumentId],
        VERDICT_NAMES[columns.verdict[place] ?? -1],
        ...[columns.seq[place], columns.atMs[place], columns.venueTimeMs[place]],
        ...[columns.receivedAtMs[place], columns.priceUnits[place], columns.askUnits[place]],
      ]);
    }
  }
  return rows;
}

describe('a tape as columns', () => {
  it('is what its records are, for every kind of input, over segments and epochs', async () => {
    const drawn = fc.array(fc.tuple(engineInputs, inputTimes, fc.boolean()), { maxLength: 30 });
    const property = fc.asyncProperty(drawn, async (all) => {
      let epoch = 1;
      const records = all.map(([input, at, isNewEpoch], seq): TapeRecord => {
        if (isNewEpoch) epoch += 1;
        return { epoch, seq, at, input };
      });
      const dir = await write(records, 3);
      const others: string[] = [];
      const rows = records.map(rowOf);
      expect(rowsOfColumns(dir, others)).toEqual(rows.filter(({ length }) => length > 1));
      expect(others).toEqual(rows.filter(({ length }) => length === 1).flat());
    });
    await fc.assert(property, { numRuns: 60 });
  });

  it('is what its records are, for more recorded prints than fit at once', async () => {
    const ticks = new RecordedTicks(Recording.read(RECORDED), {
      instrumentId: 'A:B',
      feed: 'main',
    });
    const records = [...ticks].map((tick, seq): TapeRecord => {
      return { epoch: 1, seq, at: tick.receivedAtMs, input: { kind: 'tick', tick } };
    });
    const dir = await write(records, 256);
    expect(records.length).toBeGreaterThan(COLUMN_TICKS);
    const rows = [...readTape(dir)].map(rowOf);
    const columns = rowsOfColumns(dir);
    expect(columns).toHaveLength(rows.length);
    // Row by row: the difference of two lists of this length takes minutes to be printed.
    for (const [place, row] of rows.entries()) expect(columns[place]).toEqual(row);
  });

  it('is read from the segments of an older program as well', () => {
    const dir = folder();
    mkdirSync(dir);
    const tick = [
      ...new RecordedTicks(Recording.read(RECORDED), { instrumentId: 'A:B', feed: 'm' }),
    ];
    const records = tick.slice(0, 3).map((one, seq): TapeRecord => {
      return { epoch: 4, seq, at: one.receivedAtMs, input: { kind: 'tick', tick: one } };
    });
    const blocks = records.map((record) => {
      const payload = Buffer.from(encodePayload(record));
      const header = Buffer.alloc(BLOCK_HEADER_BYTES);
      header.writeUInt32LE(payload.length, 0);
      header.writeUInt32LE(crc32(payload), 4);
      return Buffer.concat([header, payload]);
    });
    const bytes = Buffer.concat([segmentHeader(4, 'SLTAPE01'), ...blocks]);
    writeFileSync(join(dir, 'tape-4-0.log'), bytes);
    expect(rowsOfColumns(dir)).toEqual(records.map(rowOf));
  });

  it('names file and byte of damage', async () => {
    const ticks = [
      ...new RecordedTicks(Recording.read(RECORDED), { instrumentId: 'A:B', feed: 'm' }),
    ];
    const dir = await write(
      ticks.slice(0, 50).map((tick, seq) => {
        return { epoch: 1, seq, at: tick.receivedAtMs, input: { kind: 'tick', tick } };
      }),
      10,
    );
    const path = join(dir, 'tape-1-0.log');
    const bytes = readFileSync(path);
    bytes[40] = (bytes[40] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    expect(() => rowsOfColumns(dir)).toThrow(TapeCorrupt);
    expect(() => rowsOfColumns(dir)).toThrow(path);
  });
});
