import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { isBinanceArchive, parseBinanceTrades, readBinanceArchive } from './binance-archive.js';

const SPOT =
  '7,80.22,1.2,96.264,1750541280000,True,True\n8,80.23,3,240.69,1750541280001,False,True\n';
const FUTURES = `id,price,qty,quote_qty,time,is_buyer_maker\n${SPOT.replaceAll(',True\n', '\n')}`;
const dir = mkdtempSync(join(tmpdir(), 'archive-'));

afterAll(() => rmSync(dir, { recursive: true }));

/** An archive of one file, as zip programs write it. */
function zipped(text: string): Buffer {
  const name = Buffer.from('a.csv');
  const packed = deflateRawSync(text);
  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04034b50, 0);
  local.writeUInt16LE(name.length, 26);
  const entry = Buffer.alloc(46);
  entry.writeUInt32LE(0x02014b50, 0);
  entry.writeUInt16LE(8, 10);
  entry.writeUInt32LE(packed.length, 20);
  entry.writeUInt16LE(name.length, 28);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(30 + name.length + packed.length, 16);
  return Buffer.concat([local, name, packed, entry, name, end]);
}

function file(name: string, content: string | Buffer): string {
  const path = join(dir, name);
  writeFileSync(path, content);
  return path;
}

describe('a daily archive of Binance', () => {
  it.each([
    ['LTCUSDT-trades-2025-06-21.zip', true],
    ['BTCUSD_PERP-trades-2025-06.csv', true],
    ['LTCUSDT-aggTrades-2025-06-21.zip', false],
    ['binance-spot-ltcusdt-20250621.trades.csv.gz', false],
  ])('is told by its name: %s', (name, expected) => {
    expect(isBinanceArchive(name)).toBe(expected);
  });

  it.each([
    ['spot', SPOT],
    ['futures, with a header', FUTURES],
  ])('is read from a zip archive: %s', (_what, text) => {
    const recording = readBinanceArchive(file('LTCUSDT-trades-2025-06-21.zip', zipped(text)));
    expect(recording.rowCount).toBe(2);
    const columns = ['ts_ms', 'price', 'size', 'side', 'trade_id'];
    expect(columns.map((column) => recording.value(0, column))).toEqual([
      ...['1750541280000', '80.22', '1.2', 'sell', '7'],
    ]);
    expect(recording.value(1, 'side')).toBe('buy');
  });

  it.each([
    ['another count of columns', '7,80.22\n', 'line 1 is no trade'],
    ['no time', SPOT.replace('1750541280000', 'now'), 'line 1 is no trade'],
    ['two units of time', SPOT.replace('1750541280001', '1750541280001000'), 'line 2 has its time'],
    ['nothing', '', 'has no trade'],
  ])('is refused with %s', (_what, text, reason) => {
    expect(() => parseBinanceTrades('x', text)).toThrow(reason);
  });

  it.each([
    ['text', Buffer.from('hello'.repeat(20))],
    ['a cut archive', zipped(SPOT).subarray(0, 60)],
    ['damaged bytes', Buffer.concat([Buffer.alloc(50), zipped(SPOT).subarray(50)])],
  ])('is refused when it is no zip archive: %s', (_what, bytes) => {
    const path = file('BAD-trades-2025-06-21.zip', bytes);
    expect(() => readBinanceArchive(path)).toThrow('BAD-trades-2025-06-21: is no zip archive');
  });
});
