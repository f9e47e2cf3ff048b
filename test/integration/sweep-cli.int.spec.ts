import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { columnsOf } from '../../src/market-data/recorded-columns.js';
import { RecordedTicks } from '../../src/market-data/recorded-ticks.js';
import { Recording } from '../../src/market-data/recorded-trades.js';
import { sweepPlans } from '../../src/simulation/plan-sweep.js';
import type { SweepCase } from '../../src/simulation/plan-sweep.js';
import { gainOf } from '../../src/simulation/sweep-gain.js';

jest.setTimeout(60_000);

const ROOT = join(__dirname, '../..');
const BTC = join(ROOT, 'test/fixtures/ticks/binance-usdm-btcusdt-20230405-0001.trades.csv.gz');
const INSTRUMENT = 'BINANCE_USDM:BTCUSDT';
const dir = mkdtempSync(join(tmpdir(), 'sweep-cli-'));
const plans = join(dir, 'plans.json');

afterAll(() => rmSync(dir, { recursive: true }));

function run(...args: string[]): { code: number | null; out: string; err: string } {
  const done = spawnSync(process.execPath, [join(ROOT, 'bin/stopledger.js'), ...args], {
    encoding: 'utf8',
  });
  return { code: done.status, out: done.stdout, err: done.stderr };
}

const CASES: readonly SweepCase[] = Array.from({ length: 40 }, (_case, number) => ({
  side: number % 2 === 0 ? ('long' as const) : ('short' as const),
  quantity: '2',
  plan: { trail: { amount: String(1 + number) }, ...(number % 3 === 0 && { step: '0.5' }) },
  ...(number % 5 === 0 && { afterRows: 10 * number + 1 }),
}));

describe('a sweep from the command line', () => {
  beforeAll(() => writeFileSync(plans, JSON.stringify(CASES)));

  const wanted = (): unknown[] => {
    const ticks = new RecordedTicks(Recording.read(BTC), {
      ...{ instrumentId: INSTRUMENT, feed: 'recorded', priceScale: 1 },
    });
    const market = { priceTick: '0.1', quantityStep: '1' };
    return sweepPlans(market, CASES, columnsOf(ticks)).map((outcome, number) => {
      const gain = gainOf(CASES[number]!, outcome);
      return { case: number, ...outcome, ...(gain !== undefined && { gain }) };
    });
  };

  it('comes to the same on one thread and on three, from a recording and from its tape', () => {
    const tape = join(dir, 'tape');
    const imported = run('tape', 'import', BTC, '--to', tape, '--instrument', INSTRUMENT);
    expect(imported.code).toBe(0);
    const documents = (...args: string[]): unknown[] => {
      const { out, err, code } = run('sweep', ...args, '--plans', plans, '--json');
      expect({ err, code }).toStrictEqual({ err: '', code: 0 });
      return out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown);
    };
    const found = documents(BTC, '--threads', '1');
    expect(found).toStrictEqual(wanted());
    expect(JSON.stringify(found)).toContain('"end":"triggered"');
    expect(documents(BTC, '--threads', '3')).toStrictEqual(found);
    const asked = ['--instrument', INSTRUMENT, '--price-tick', '0.1', '--threads', '2'];
    expect(documents(tape, ...asked)).toStrictEqual(found);
  });

  it('tells a person what each plan came to', () => {
    const { out } = run('sweep', BTC, '--plans', plans);
    expect(out.split('\n')[0]).toMatch(
      /^ {5}0 long {2}triggered entry [\d.]+ stop at [\d.]+, 2023-04-05T.*Z \| level [\d.]+, best [\d.]+, \d+ moves \| gain -?[\d.]+$/,
    );
  });

  it('names every mistake of the plans, and a market that the engine does not take', () => {
    const wrong = join(dir, 'wrong.json');
    writeFileSync(wrong, '[{"side":"up","quantity":"1","plan":{"trail":{}}}]');
    const refused = run('sweep', BTC, '--plans', wrong);
    expect(refused.code).toBe(2);
    expect(refused.err).toContain('0.side must be "long" or "short", was up');
    expect(refused.err).toContain('0.plan.trail must have exactly one of amount, percent');
    const market = run('sweep', BTC, '--plans', plans, '--quantity-step', '0');
    expect(market).toMatchObject({ code: 1, err: expect.stringContaining('quantityStep') });
    const usage = expect.stringContaining('sweep FILE|DIR --plans FILE');
    expect(run('sweep', BTC)).toMatchObject({ code: 2, err: usage });
  });
});
