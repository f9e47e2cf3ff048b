import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Recording } from '../../src/market-data/recorded-trades.js';

jest.setTimeout(60_000);

const ROOT = join(__dirname, '../..');
const FIXTURES = join(ROOT, 'test/fixtures/ticks');
const BTC = join(FIXTURES, 'binance-usdm-btcusdt-20230405-0001.trades.csv.gz');
const dir = mkdtempSync(join(tmpdir(), 'tape-cli-'));
const tape = join(dir, 'tape');

afterAll(() => rmSync(dir, { recursive: true }));

function run(...args: string[]): { code: number | null; out: string; err: string } {
  const done = spawnSync(process.execPath, [join(ROOT, 'bin/stopledger.js'), 'tape', ...args], {
    encoding: 'utf8',
  });
  return { code: done.status, out: done.stdout, err: done.stderr };
}

describe('a recording that is imported', () => {
  beforeAll(() => {
    const done = run('import', BTC, '--to', tape, '--instrument', 'BINANCE_USDM:BTCUSDT');
    expect(done).toMatchObject({ code: 0, err: '' });
  });

  it('is listed, counted with its verdicts, and sound', () => {
    const { rowCount } = Recording.read(BTC);
    expect(run('ls', tape).out).toMatch(/^tape-1-0\.log .* 2023-04-05T00:01:/);
    const stat = JSON.parse(run('stat', tape, '--json').out) as {
      prices: Record<string, number>;
      records: number;
    };
    expect(stat.records).toBe(rowCount);
    expect(stat.prices['BINANCE_USDM:BTCUSDT imported not-a-trade']).toBe(1);
    expect(run('verify', tape)).toMatchObject({
      code: 0,
      out: `${rowCount} inputs are sound, 0 gaps\n`,
    });
  });

  it('comes out as it went in', () => {
    const out = join(dir, 'out.trades.csv.gz');
    const args = ['--instrument', 'BINANCE_USDM:BTCUSDT', '--out', out];
    expect(run('export', tape, ...args)).toMatchObject({ code: 2 });
    expect(run('export', tape, ...args, '--scale', '1')).toMatchObject({ code: 0 });
    const before = Recording.read(BTC);
    const after = Recording.read(out);
    expect(after.rowCount).toBe(before.rowCount);
    for (let row = 0; row < before.rowCount; row += 97) {
      for (const column of ['trade_id', 'ts_ms']) {
        expect(after.value(row, column)).toBe(before.value(row, column));
      }
      expect(Number(after.value(row, 'price'))).toBe(Number(before.value(row, 'price')));
    }
  });

  it('is cut to a span of time', () => {
    const out = join(dir, 'span.csv');
    const span = ['--from', '2023-04-05T00:01:14Z', '--to', '2023-04-05T00:01:15Z'];
    run(
      'export',
      tape,
      '--instrument',
      'BINANCE_USDM:BTCUSDT',
      '--out',
      out,
      '--scale',
      '1',
      ...span,
    );
    const rows = readFileSync(out, 'utf8').trimEnd().split('\n').slice(1);
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.every((row) => row.startsWith('1680652874'))).toBe(true);
  });

  it('is sound up to its end, and how much of that is torn is said', () => {
    const [file = ''] = readdirSync(tape);
    const bytes = readFileSync(join(tape, file));
    writeFileSync(join(tape, file), bytes.subarray(0, -7));
    const { code, out } = run('verify', tape);
    const found = JSON.parse(run('verify', tape, '--json').out) as Record<string, number>;
    expect([code, found['gaps']]).toStrictEqual([0, 0]);
    expect(found['tornBytes']).toBeGreaterThan(0);
    expect(out.split('\n')[0]).toBe(
      `the last ${found['tornBytes']} bytes hold no whole inputs: torn off, damaged, or being written`,
    );
    expect(found['records']).toBeLessThan(Recording.read(BTC).rowCount);
    writeFileSync(join(tape, file), bytes);
  });

  it('is named when it is damaged', () => {
    const [file = ''] = readdirSync(tape);
    const bytes = readFileSync(join(tape, file));
    const damaged = Buffer.from(bytes);
    damaged[100] = (damaged[100] ?? 0) ^ 1;
    writeFileSync(join(tape, file), damaged);
    expect(run('verify', tape)).toMatchObject({ code: 3, err: expect.stringContaining(file) });
    writeFileSync(join(tape, file), bytes);
  });
});

describe('a daily archive of Binance', () => {
  const archive = join(dir, 'LTCUSDT-trades-2025-06-21.csv');

  it('is imported, with times in µs, and refused where it is none', () => {
    const row = '293551001,80.22000000,1.20000000,96.26400000,1750541280000123,True,True';
    writeFileSync(
      archive,
      `${row}\n${row.replace('293551001', '293551002').replace('80.22', '80.23')}\n`,
    );
    const to = join(dir, 'archive');
    const done = run('import', archive, '--to', to, '--instrument', 'BINANCE:LTCUSDT');
    expect(done.out).toBe('2 prices of LTCUSDT-trades-2025-06-21 imported, 2 digits; epoch 1\n');
    writeFileSync(archive, 'hello\n');
    const refused = run('import', archive, '--to', to, '--instrument', 'BINANCE:LTCUSDT');
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('line 1 is no trade') });
  });

  it('says how it is used', () => {
    expect(run('export', tape)).toMatchObject({
      code: 2,
      err: expect.stringContaining('--instrument'),
    });
    expect(run('ls', join(dir, 'nowhere'))).toMatchObject({ code: 2 });
  });
});
