import { join } from 'node:path';
import { parseOutcomeCases } from './outcome-cases.js';
import type { OutcomeCase } from './outcome-cases.js';
import { checkOutcome } from './outcome-run.js';
import { Recording } from './recorded-trades.js';

const T0 = 1_750_507_467_000;

function recordingOf(prices: readonly string[]): Recording {
  const rows = prices.map((price, row) => `${T0 + row},${price},1,${900 + row}`);
  return Recording.parse('x', ['ts_ms,price,size,trade_id', ...rows, ''].join('\n'));
}

function caseOf(params: object, expected: object, more: object = {}): OutcomeCase {
  const found = { id: 'T', file: 'x', side: 'long', start_row: 0, params, expected, ...more };
  const [entry] = parseOutcomeCases(JSON.stringify({ cases: [found] }));
  if (entry?.kind !== 'case') throw new Error(JSON.stringify(entry));
  return entry.outcomeCase;
}

function checked(prices: readonly string[], params: object, expected: object): string | undefined {
  return checkOutcome(caseOf(params, expected), recordingOf(prices));
}

/** 100 → 103 → 102: a trail of 1 moves twice and is touched. */
const RISE = ['100.0', '100.50', '99.80', '103', '102.5', '102'];
const FIRED = {
  outcome: 'stop',
  entry_price: '100',
  trigger_row: 5,
  ts_ms: String(T0 + 5),
  trade_id: '905',
  trigger_price: '102.00',
  beyond_stop_by: '0',
  trail_moves: 2,
  water_mark: '103',
  final_stop: '102',
};

describe('an outcome case', () => {
  it('passes when the engine gives every value that is expected', () => {
    expect(checked(RISE, { trail: '1' }, FIRED)).toBeUndefined();
  });

  it.each([
    ['outcome', 'target', 'stop'],
    ['entry_price', '100.01', '100'],
    ['trigger_row', 4, '5'],
    ['ts_ms', String(T0), String(T0 + 5)],
    ['ts_us', String(T0 + 5), 'none'],
    ['trade_id', '904', '905'],
    ['trigger_price', '102.01', '102'],
    ['beyond_stop_by', '0.01', '0'],
    ['trail_moves', 3, '2'],
    ['water_mark', '103.01', '103'],
    ['activated_row', 1, 'none'],
    ['final_stop', '102.0000001', '102'],
  ])('fails with its first difference when %s is another', (field, value, was) => {
    expect(checked(RISE, { trail: '1' }, { ...FIRED, [field]: value })).toBe(
      `${field} expected ${value}, was ${was}`,
    );
  });

  it('ends with the file where nothing fires, and still knows the best price', () => {
    const params = { trail: '5', step: '10' };
    const expected = { outcome: 'none', trail_moves: 0, final_stop: '95', water_mark: '103' };
    expect(checked(RISE, params, expected)).toBeUndefined();
  });

  it('neither triggers nor activates on its start row', () => {
    const stop = { outcome: 'stop', trigger_row: 1, final_stop: '101', beyond_stop_by: '0.5' };
    expect(checked(RISE, { stop: '101' }, stop)).toBeUndefined();
    const activated = { outcome: 'stop', activated_row: 3, trigger_row: 5, trail_moves: 0 };
    expect(checked(RISE, { trail: '1', activation: '100.6' }, activated)).toBeUndefined();
    const again = { outcome: 'none', activated_row: 1, water_mark: '103' };
    expect(checked(RISE, { trail: '20', activation: '99.9' }, again)).toBeUndefined();
  });

  it('takes no price from a side of a quote that did not change', () => {
    const text = `ts_us,bid,ask\n${T0}001,10.1,10.2\n${T0}002,0,10.3\n${T0}003,10.0,0\n`;
    const recording = Recording.parse('q', text);
    const expected = { outcome: 'stop', trigger_row: 2, ts_us: `${T0}003` };
    const found = caseOf({ stop: '10.05' }, expected, { price_column: 'bid' });
    expect(checkOutcome(found, recording)).toBeUndefined();
  });

  it.each([
    [RISE, { trail: '1', trail_percent: '1' }, /^params: trail and trail_percent exclude/],
    [RISE, { step: '1', stop: '90' }, /^refused: plan.step needs a trail/],
    [['100', 'x', '101'], { stop: '90' }, /^row 1: 'x' is no price$/],
  ])('says why it cannot be run', (prices, params, reason) => {
    expect(checked(prices, params, { outcome: 'none' })).toMatch(reason);
  });

  it('is judged on the real recording, row by row', () => {
    const file = '../../test/fixtures/ticks/binance-spot-ltcusdt-20250621-first.trades.csv.gz';
    const recording = Recording.read(join(__dirname, file));
    const expected = { outcome: 'stop', trigger_row: 30_879, trade_id: '293548809' };
    expect(checkOutcome(caseOf({ stop: '80' }, expected), recording)).toBeUndefined();
    const wrong = { ...expected, trigger_row: 30_878 };
    expect(checkOutcome(caseOf({ stop: '80' }, wrong), recording)).toBe(
      'trigger_row expected 30878, was 30879',
    );
  });
});
