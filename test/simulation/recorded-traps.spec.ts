import { join } from 'node:path';
import { formatUnits } from '../../src/domain/instrument/price-grid.js';
import { QualityGate } from '../../src/engine/quality-gate.js';
import type { GateVerdict, Tick } from '../../src/engine/tick.js';
import { gateFindings, gateReport } from '../../src/market-data/gate-report.js';
import { RecordedTicks } from '../../src/market-data/recorded-ticks.js';
import { Recording } from '../../src/market-data/recorded-trades.js';

const FOLDER = join(__dirname, '../fixtures/ticks');

interface Judged {
  readonly tick: Tick;
  readonly verdict: GateVerdict;
  readonly price: string;
}

function judged(file: string, gate = new QualityGate()): Judged[] {
  const ticks = new RecordedTicks(Recording.read(join(FOLDER, `${file}.csv.gz`)), {
    instrumentId: 'X:Y',
    feed: 'recorded',
  });
  const found: Judged[] = [];
  for (const tick of ticks) {
    const verdict = gate.judge(tick);
    const units = tick.kind === 'trade' ? tick.priceUnits : tick.bidUnits;
    found.push({ tick, verdict, price: formatUnits(units, ticks.priceScale) });
  }
  return found;
}

function notGood(all: readonly Judged[], but: readonly GateVerdict[] = []): string[] {
  return all
    .filter(({ verdict }) => verdict !== 'good' && !but.includes(verdict))
    .map(({ verdict, price }) => `${verdict} ${price}`);
}

function countsOf(all: readonly Judged[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { verdict } of all) counts[verdict] = (counts[verdict] ?? 0) + 1;
  return counts;
}

describe('what the recordings are known to trap a stop with', () => {
  it('the print of the insurance fund, 2 % above the market, is no trade; the next price is good', () => {
    const all = judged('binance-usdm-btcusdt-20230405-0001.trades');
    expect(notGood(all)).toEqual(['not-a-trade 28722.5']);
  });

  it('average-price prints are no last price', () => {
    const all = judged('spy-20131010-1750.trades');
    const at16559 = all.filter(({ price }) => price === '165.59');
    expect(at16559.map(({ verdict }) => verdict)).toEqual(['not-a-trade', 'not-a-trade']);
  });

  it.each([
    ['bac-20131009-1943.trades', '13.56'],
    ['ibm-20131009-1943.trades', '179.69'],
  ])('%s: %s far off the market is no last price', (file, price) => {
    const all = judged(file);
    expect(all.filter((one) => one.price === price).map(({ verdict }) => verdict)).toEqual([
      'not-a-trade',
    ]);
    expect(countsOf(all)['outlier']).toBeUndefined();
  });

  it('the block of 1,002,300 shares at 167.51, whose conditions say regular, is held and not borne out', () => {
    const all = judged('spy-20131008-1936.trades');
    expect(notGood(all, ['not-a-trade'])).toEqual(['outlier 167.51']);
    const block = all.find(({ verdict }) => verdict === 'outlier')?.tick;
    expect(block).toMatchObject({ size: '1002300' });
  });

  it('169.2 in a market of 170.06, which no condition tells, is held and not borne out', () => {
    expect(notGood(judged('spy-20131011-1900.trades'), ['not-a-trade'])).toEqual(['outlier 169.2']);
  });

  it('the crossed rows of fxcm decide nothing, locked ones only from the second in a row', () => {
    const all = judged('fxcm-eurusd-20140508-1250.quotes');
    expect(countsOf(all)).toEqual({ good: 7856, 'crossed-book': 1008, 'locked-book': 467 });
  });

  it('after the hole of 3 h 56 min the first price, 231 bps higher, is a gap and decides', () => {
    const all = judged('binance-spot-ltcusdt-20250622-hole.trades');
    const gap = all.findIndex(({ price }) => price === '80.18');
    expect(all[gap - 1]?.price).toBe('78.37');
    expect(all[gap]?.verdict).toBe('gap');
  });

  it('rows of COMEX gold without a size are no price', () => {
    const all = judged('comex-gc-201312-20131009-1404.trades');
    expect(new Set(notGood(all).map((line) => line.split(' ')[0]))).toEqual(new Set(['zero-size']));
  });
});

describe('a real fast move', () => {
  it('of gold, 43 bps in one quote, is good at once', () => {
    const all = judged('oanda-xauusd-20140502-1229.quotes');
    expect(notGood(all)).toEqual([]);
    const leap = all.findIndex(
      ({ price }, at) => price === '1278.738' && all[at - 1]?.price === '1284.306',
    );
    expect(leap).toBeGreaterThan(0);
  });

  it('of EUR/USD at the ECB is good at once', () => {
    expect(notGood(judged('oanda-eurusd-20140508-1250.quotes'))).toEqual([]);
  });
});

it('a page for the reference counts what waited for one tick, and what was kept out', () => {
  const file = join(FOLDER, 'spy-20131008-1936.trades.csv.gz');
  const page = gateReport([gateFindings('spy', Recording.read(file))]);
  expect(page).toContain('**0 false positives in 536 prices** with a limit of 50 bps.');
  expect(page).toContain('- `spy`: 2013-10-08T19:36:10.115Z 167.51');
});
