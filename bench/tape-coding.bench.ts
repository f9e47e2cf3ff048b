import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readTape } from '../src/adapters/tape/tape.reader.js';
import { readTickColumns } from '../src/adapters/tape/tick-columns.js';
import { TapeWriter } from '../src/adapters/tape/tape.writer.js';
import type { TapeRecord } from '../src/application/ports/tape.port.js';
import { RecordedTicks } from '../src/market-data/recorded-ticks.js';
import { Recording } from '../src/market-data/recorded-trades.js';

export interface TapeCoding {
  readonly name: string;
  readonly ticks: number;
  /** Many ticks written at once, as in a burst. */
  readonly bytesPerTick: number;
  /** Each tick written through by itself, as on a quiet market. */
  readonly bytesPerTickAlone: number;
  readonly writesPerSecond: number;
  readonly readsPerSecond: number;
  /** As columns, without an object for each tick. */
  readonly columnReadsPerSecond: number;
  /** Of all ticks that were read back. */
  readonly checksum: number;
}

const TICKS_AT_ONCE = 256;
// The first rounds are read by code that is not compiled yet.
const COLUMN_ROUNDS = 5;

/** Writes the ticks of a recording to a tape and reads them back. */
export async function tapeCoding(file: string): Promise<TapeCoding> {
  const recording = Recording.read(file);
  const ticks = [...new RecordedTicks(recording, { instrumentId: 'BENCH:X', feed: 'bench' })];
  const records = ticks.map((tick, seq): TapeRecord => {
    return { epoch: 1, seq, at: tick.receivedAtMs, input: { kind: 'tick', tick } };
  });
  const burst = await written(records, TICKS_AT_ONCE);
  const alone = await written(records, 1);
  return {
    name: recording.name,
    ticks: records.length,
    bytesPerTick: burst.bytes / records.length,
    bytesPerTickAlone: alone.bytes / records.length,
    writesPerSecond: records.length / burst.writeSeconds,
    readsPerSecond: records.length / burst.readSeconds,
    columnReadsPerSecond: records.length / burst.columnSeconds,
    checksum: burst.checksum,
  };
}

/** How small is the tape, and how fast is it written and read? */
export async function tapeCodingReport(files: readonly string[]): Promise<string> {
  const lines = [
    '| recording | ticks | bytes a tick, 256 at once | one at a time | written M/s | read M/s | as columns M/s |',
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: |',
  ];
  for (const file of files) {
    const one = await tapeCoding(file);
    const [writes, reads] = [one.writesPerSecond / 1e6, one.readsPerSecond / 1e6];
    const columns = one.columnReadsPerSecond / 1e6;
    lines.push(
      `| \`${one.name}\` | ${one.ticks.toLocaleString('en-US')} | ${one.bytesPerTick.toFixed(2)} | ` +
        `${one.bytesPerTickAlone.toFixed(2)} | ${writes.toFixed(2)} | ${reads.toFixed(2)} | ${columns.toFixed(2)} |`,
    );
  }
  return lines.join('\n');
}

async function written(records: readonly TapeRecord[], atOnce: number) {
  const dir = mkdtempSync(join(tmpdir(), 'tape-coding-'));
  try {
    const writer = TapeWriter.open(dir, { segmentBytesMax: 8 * 1024 * 1024, fsyncIntervalMs: 0 });
    const beforeWrite = performance.now();
    for (const [place, record] of records.entries()) {
      writer.append(record);
      if (place % atOnce === atOnce - 1) writer.flush();
    }
    writer.flush();
    const writeSeconds = (performance.now() - beforeWrite) / 1_000;
    await writer.close();
    const files = readdirSync(dir).map((name) => statSync(join(dir, name)).size);
    const bytes = files.reduce((sum, size) => sum + size, 0);
    const beforeRead = performance.now();
    let checksum = 0;
    for (const { input } of readTape(dir)) {
      if (input.kind !== 'tick') throw new Error('Invariant: only ticks were written');
      const { tick } = input;
      checksum = (checksum * 31 + (tick.kind === 'trade' ? tick.priceUnits : tick.bidUnits)) | 0;
    }
    const readSeconds = (performance.now() - beforeRead) / 1_000;
    const columnSeconds = fastestOf(COLUMN_ROUNDS, () => {
      if (columnChecksum(dir) !== checksum) throw new Error('Invariant: both ways read the same');
    });
    return { bytes, checksum, writeSeconds, readSeconds, columnSeconds };
  } finally {
    rmSync(dir, { recursive: true });
  }
}

function columnChecksum(dir: string): number {
  let checksum = 0;
  for (const { count, priceUnits } of readTickColumns(dir)) {
    for (let place = 0; place < count; place += 1) {
      checksum = (checksum * 31 + (priceUnits[place] ?? 0)) | 0;
    }
  }
  return checksum;
}

function fastestOf(rounds: number, act: () => void): number {
  let fastest = Infinity;
  for (let round = 0; round < rounds; round += 1) {
    const before = performance.now();
    act();
    fastest = Math.min(fastest, (performance.now() - before) / 1_000);
  }
  return fastest;
}
