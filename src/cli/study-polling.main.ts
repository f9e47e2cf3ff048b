import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pollingReport } from '../market-data/polling-report.js';
import type { StudyFindings } from '../market-data/polling-report.js';
import { studyOutcome, studyPrices, studyStops } from '../market-data/polling-study.js';
import { Recording } from '../market-data/recorded-trades.js';

const TICK_FILES = /\.(trades|quotes)\.csv\.gz$/;
const DOCS = join(__dirname, '..', '..', '..', 'docs', 'reference');
const STOPS_OF_SIDE = 200;
const SEED = 1;

/** Compares one-minute candles with ticks over all recordings below a folder and writes the page of the reference. */
function main(): void {
  const [folder] = process.argv.slice(2);
  if (folder === undefined) {
    process.stderr.write('study:polling: name the folder of the recordings\n');
    process.exit(2);
  }
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => TICK_FILES.test(file))
    .sort();
  const all = files.map((file): StudyFindings => {
    const prices = studyPrices(Recording.read(join(folder, file)));
    const stops = studyStops(prices, STOPS_OF_SIDE, SEED);
    const outcomes = stops.flatMap((stop) => studyOutcome(prices, stop) ?? []);
    const name = file.replace(/^.*[/\\]|\.csv\.gz$/g, '');
    process.stdout.write(`${name}: ${outcomes.length} of ${stops.length} stops were reached\n`);
    return { group: groupOf(file), name, stops: stops.length, outcomes };
  });
  const { page, plot, plotFile } = pollingReport(all, SEED);
  writeFileSync(join(DOCS, 'candle-polling.md'), page);
  writeFileSync(join(DOCS, plotFile), plot);
  process.stdout.write(`${join(DOCS, 'candle-polling.md')} written\n`);
}

/** The folder that a recording lies in says which market it is of. */
function groupOf(file: string): string {
  const [folder = ''] = file.split(/[/\\]/);
  const names: Record<string, string> = {
    trades: 'crypto',
    'us-equity': 'US shares',
    fx: 'FX, gold',
  };
  return names[folder] ?? folder;
}

main();
