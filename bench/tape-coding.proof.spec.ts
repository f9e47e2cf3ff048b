import { join } from 'node:path';
import { tapeCoding } from './tape-coding.bench.js';

it('keeps ticks as small as ever, and reads back what was written', async () => {
  const file = join(
    __dirname,
    '../test/fixtures/ticks/binance-spot-ltcusdt-20250621-first.trades.csv.gz',
  );
  const { ticks, checksum, bytesPerTick } = await tapeCoding(file);
  expect({ ticks, checksum }).toStrictEqual({ ticks: 30_901, checksum: -1_468_036_760 });
  expect(bytesPerTick).toBeLessThan(10);
});
