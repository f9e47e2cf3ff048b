import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Recording, RecordingUnreadable, recordingName } from './recorded-trades.js';

const FIXTURE = join(
  __dirname,
  '../../test/fixtures/ticks/binance-spot-ltcusdt-20250621-first.trades.csv.gz',
);
const root = mkdtempSync(join(tmpdir(), 'recording-'));
afterAll(() => rmSync(root, { recursive: true }));

describe('a recording', () => {
  it('is read from a gzip file, rows counted from 0 after the header', () => {
    const recording = Recording.read(FIXTURE);
    expect(recording.name).toBe('binance-spot-ltcusdt-20250621-first');
    expect(recording.columns).toEqual(['ts_ms', 'price', 'size', 'side', 'trade_id']);
    expect(recording.rowCount).toBe(30_901);
    const row = (at: number): string[] =>
      recording.columns.map((column) => recording.value(at, column));
    expect(row(0)).toEqual(['1750507467356', '83.29', '0.107', 'buy', '293517768']);
    expect(row(30_879).slice(0, 2)).toEqual(['1750541100823', '80']);
    expect(recording.value(30_879, 'trade_id')).toBe('293548809');
    expect(recording.timeMs(30_879)).toBe(1_750_541_100_823);
  });

  it('is read from plain text too, with texts exactly as they stand there', () => {
    const path = join(root, 'gc.trades.csv');
    writeFileSync(path, 'ts_ms,price,size\n1381153846661,1323.60,0\n1381153846662,1323.6,\n');
    const recording = Recording.read(path);
    expect([recording.value(0, 'price'), recording.value(1, 'price')]).toEqual([
      '1323.60',
      '1323.6',
    ]);
    expect([recording.value(0, 'size'), recording.value(1, 'size')]).toEqual(['0', '']);
  });

  it.each([
    ['ts_ms', '1750507467356', 1_750_507_467_356],
    ['ts_us', '1582329602111999', 1_582_329_602_111],
    ['ts_ns', '1398988800046204200', 1_398_988_800_046],
  ])('has its times in ms when the column is %s', (column, text, timeMs) => {
    const recording = Recording.parse('x', `${column},bid,ask\n${text},1.1,1.2\n`);
    expect(recording.timeMs(0)).toBe(timeMs);
    expect(recording.value(0, 'ask')).toBe('1.2');
  });

  it('needs no end of line after the last row, and may have no row', () => {
    const recording = Recording.parse('x', 'ts_ms,price\n1750507467356,80\n1750507467357,81');
    expect([recording.rowCount, recording.value(1, 'price')]).toEqual([2, '81']);
    expect(Recording.parse('x', 'ts_ms,price\n').rowCount).toBe(0);
  });

  it.each([
    ['', 'x: has no header line'],
    ['time,price\n', "x: the first column must be ts_ms, ts_us or ts_ns, was 'time'"],
    ['ts_ms,price,price\n', 'x: a column stands twice in the header'],
    ['ts_ms,price\n1750507467356,80\n1750507467356\n', 'x: row 1 has 1 cells, not 2'],
    ['ts_ms,price\n1750507467356,80,1\n', 'x: row 0 has 3 cells, not 2'],
    ['ts_ms,price\n\n', 'x: row 0 has 1 cells, not 2'],
    ['ts_ms,price\nyesterday,80\n', 'x: row 0 does not begin with a time'],
    ['ts_ms,price\n-1750507467356,80\n', 'x: row 0 does not begin with a time'],
  ])('is refused as a whole when it is not of the form: %j', (text, line) => {
    expect(() => Recording.parse('x', text)).toThrow(new RecordingUnreadable(line));
  });

  it('is refused when it is no sound gzip file or is not there', () => {
    const path = join(root, 'torn.csv.gz');
    writeFileSync(path, gzipSync('ts_ms,price\n1750507467356,80\n').subarray(0, 20));
    expect(() => Recording.read(path)).toThrow(RecordingUnreadable);
    expect(() => Recording.read(join(root, 'none.csv.gz'))).toThrow(/none.csv.gz: cannot be read/);
  });

  it('names its columns when one is asked for that it does not have', () => {
    const recording = Recording.parse('x', 'ts_ms,bid,ask\n');
    expect(() => recording.place('price')).toThrow(
      new RecordingUnreadable("x: has no column 'price', only ts_ms, bid, ask"),
    );
  });

  it('is called as its file without the endings', () => {
    expect(recordingName('/a/b/spy-20131010.trades.csv.gz')).toBe('spy-20131010');
    expect(recordingName('eurusd.quotes.csv')).toBe('eurusd');
    expect(recordingName('plain.csv.gz')).toBe('plain');
  });
});
