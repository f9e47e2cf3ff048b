import { existsSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { segmentReports, tapeReport } from '../adapters/tape/tape-report.js';
import { TapeCorrupt, listSegments } from '../adapters/tape/tape-segment.js';
import { readTape } from '../adapters/tape/tape.reader.js';
import { TapeWriter } from '../adapters/tape/tape.writer.js';
import { priceGrid } from '../domain/instrument/price-grid.js';
import { isBinanceArchive, readBinanceArchive } from '../market-data/binance-archive.js';
import { gatedTicks } from '../market-data/gated-ticks.js';
import { RecordedTicks } from '../market-data/recorded-ticks.js';
import { Recording } from '../market-data/recorded-trades.js';
import { csvHeader, csvRow } from '../market-data/tape-csv.js';
import { answersHelp } from './help-asked.parse.js';

const USAGE = `tape ls DIR | stat DIR | verify DIR
  export DIR --instrument ID --out FILE [--kind trades|quotes] [--scale N] [--from TIME] [--to TIME]
  import FILE --to DIR --instrument ID [--scale N]
  --json  one JSON document a line
Exit codes: 0 done, 1 failed, 2 wrong use, 3 the tape is damaged or inputs are missing`;
const EXIT = { ok: 0, failed: 1, usage: 2, damaged: 3 } as const;
const SEGMENT_BYTES_MAX = 8 * 1024 * 1024;
const SCALE_MAX = 12;

class WrongUse extends Error {}

const OPTIONS = {
  json: { type: 'boolean', default: false },
  instrument: { type: 'string' },
  out: { type: 'string' },
  kind: { type: 'string', default: 'trades' },
  scale: { type: 'string' },
  from: { type: 'string' },
  to: { type: 'string' },
} as const;

type Asked = ReturnType<typeof askedIn>;

function askedIn(argv: readonly string[]) {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: OPTIONS,
  });
  const [command = '', place, ...more] = positionals;
  if (place === undefined || more.length > 0) throw new WrongUse(USAGE);
  return { ...values, command, place };
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function list({ place, json }: Asked): number {
  for (const one of segmentReports(place)) {
    const { path, bytes, records, first, last } = one;
    const span = first && last ? `${first.at} – ${last.at}` : 'empty';
    const line = `${basename(path).padEnd(24)} ${bytes.toString().padStart(10)} bytes ${records.toString().padStart(9)} inputs  ${span}`;
    say(json ? JSON.stringify(one) : line);
  }
  return EXIT.ok;
}

function stat({ place, json }: Asked): number {
  const found = tapeReport(place);
  if (json) {
    say(JSON.stringify(found));
    return EXIT.ok;
  }
  say(`${found.segments} segments, ${found.bytes} bytes, ${found.records} inputs`);
  for (const [kind, count] of Object.entries(found.inputs)) say(`  ${kind.padEnd(12)} ${count}`);
  for (const [key, count] of Object.entries(found.prices)) say(`  ${key.padEnd(48)} ${count}`);
  return EXIT.ok;
}

/** Reads everything, checksums and all, and looks whether the numbers go on. */
function verify({ place, json }: Asked): number {
  let gaps = 0;
  let records = 0;
  let torn = 0;
  for (const one of segmentReports(place)) {
    records += one.records;
    torn += one.tornBytes;
    gaps += one.gaps.length;
    for (const gap of one.gaps) say(`${one.path}: input ${gap}`);
  }
  if (json) {
    say(JSON.stringify({ records, gaps, tornBytes: torn }));
    return gaps === 0 ? EXIT.ok : EXIT.damaged;
  }
  if (torn > 0)
    say(`the last ${torn} bytes hold no whole inputs: torn off, damaged, or being written`);
  say(`${records} inputs are sound, ${gaps} gaps`);
  return gaps === 0 ? EXIT.ok : EXIT.damaged;
}

function exportCsv(asked: Asked): number {
  const { place, instrument, out, kind } = asked;
  if (instrument === undefined || out === undefined) throw new WrongUse(USAGE);
  if (kind !== 'trades' && kind !== 'quotes') throw new WrongUse(`--kind: no ${kind}\n${USAGE}`);
  const [fromMs, toMs] = [timeOf('from', asked.from, 0), timeOf('to', asked.to, Infinity)];
  let scale = scaleOf(asked.scale);
  const rows = [csvHeader(kind)];
  for (const { input } of readTape(place)) {
    if (input.kind === 'command' && input.command.kind === 'DefineInstrument') {
      const { instrumentId, priceTick } = input.command;
      if (instrumentId === instrument) scale ??= priceGrid(priceTick).scale;
    }
    if (input.kind !== 'tick' || input.tick.instrumentId !== instrument) continue;
    if (scale === undefined) {
      throw new WrongUse(`the tape does not say the digits of ${instrument}: give --scale`);
    }
    const { venueTimeMs } = input.tick;
    const row = csvRow(input.tick, kind, scale);
    if (row !== undefined && venueTimeMs >= fromMs && venueTimeMs < toMs) rows.push(row);
  }
  const text = `${rows.join('\n')}\n`;
  writeFileSync(out, out.endsWith('.gz') ? gzipSync(text) : text);
  say(`${rows.length - 1} ${kind} written to ${out}`);
  return EXIT.ok;
}

async function importFile(asked: Asked): Promise<number> {
  const { place, instrument, to } = asked;
  if (instrument === undefined || to === undefined) throw new WrongUse(USAGE);
  const recording = isBinanceArchive(place) ? readBinanceArchive(place) : Recording.read(place);
  const given = scaleOf(asked.scale);
  const options = { instrumentId: instrument, feed: 'imported' };
  const ticks = new RecordedTicks(recording, {
    ...options,
    ...(given !== undefined && { priceScale: given }),
  });
  const epoch = (existsSync(to) ? (listSegments(to).at(-1)?.epoch ?? 0) : 0) + 1;
  const tape = TapeWriter.open(to, { segmentBytesMax: SEGMENT_BYTES_MAX, fsyncIntervalMs: 0 });
  let [seq, at] = [-1, 0];
  for (const tick of gatedTicks(ticks)) {
    seq += 1;
    at = Math.max(at, tick.receivedAtMs);
    tape.append({ epoch, seq, at, input: { kind: 'tick', tick } });
    if (seq % 256 === 255) tape.flush();
  }
  await tape.close();
  say(
    `${seq + 1} prices of ${recording.name} imported, ${ticks.priceScale} digits; epoch ${epoch}`,
  );
  return tape.recordsLost === 0 ? EXIT.ok : EXIT.failed;
}

function scaleOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const scale = Number(text);
  if (!/^\d{1,2}$/.test(text) || scale > SCALE_MAX) {
    throw new WrongUse(`--scale: must be a whole number from 0 to ${SCALE_MAX}, was ${text}`);
  }
  return scale;
}

function timeOf(name: string, text: string | undefined, none: number): number {
  if (text === undefined) return none;
  const timeMs = Date.parse(text);
  if (Number.isNaN(timeMs))
    throw new WrongUse(`--${name}: must be a time of ISO 8601, was ${text}`);
  return timeMs;
}

const COMMANDS: Readonly<Record<string, (asked: Asked) => number | Promise<number>>> = {
  ls: list,
  ...{ stat, verify, export: exportCsv, import: importFile },
};

async function run(argv: readonly string[]): Promise<number> {
  if (answersHelp(argv, USAGE)) return EXIT.ok;
  const asked = askedIn(argv);
  const command = COMMANDS[asked.command];
  if (!command) throw new WrongUse(USAGE);
  if (asked.command !== 'import' && !existsSync(asked.place)) {
    throw new WrongUse(`${asked.place} is not there`);
  }
  return await command(asked);
}

run(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`stopledger: ${error instanceof Error ? error.message : String(error)}\n`);
    if (error instanceof TapeCorrupt) process.exit(EXIT.damaged);
    const isUse = error instanceof WrongUse || String(error).includes('ERR_PARSE_ARGS');
    process.exit(isUse ? EXIT.usage : EXIT.failed);
  },
);
