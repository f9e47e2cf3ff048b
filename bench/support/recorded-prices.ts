import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parsePriceUnits } from '../../src/domain/instrument/price-grid.js';

export const FIXTURE = join(
  'test',
  'fixtures',
  'ticks',
  'binance-spot-ltcusdt-20250621-first.trades.csv.gz',
);

/** A recorded print as the benches need it. */
export interface RecordedPrint {
  readonly text: string;
  readonly units: number;
  readonly time: number;
  readonly id: number;
}

/** Prints of LTCUSDT of 2025-06-21, on a grid of 0.01. Run from the root of the project. */
export function recordedPrints(): readonly RecordedPrint[] {
  const lines = gunzipSync(readFileSync(FIXTURE)).toString('utf8').trim().split('\n').slice(1);
  return lines.map((line) => {
    const [time = '', text = '', , , id = ''] = line.split(',');
    const units = parsePriceUnits(text, 2);
    if (units === undefined) throw new Error(`not a price on the grid: ${text}`);
    return { text, units, time: Number(time), id: Number(id) };
  });
}
