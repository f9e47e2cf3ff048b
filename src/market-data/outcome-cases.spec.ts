import { join } from 'node:path';
import { CaseFileUnreadable, parseOutcomeCases, rowsOf } from './outcome-cases.js';
import type { OutcomeCase } from './outcome-cases.js';
import { Recording } from './recorded-trades.js';

const V1 = {
  id: 'V1',
  file: 'trades/binance-spot-ltcusdt-20250621.trades.csv.gz',
  side: 'long',
  start_row: 0,
  params: { stop: '80.00' },
  note: 'fixed stop',
  expected: { outcome: 'stop', trigger_row: 30879, ts_ms: '1750541100823', final_stop: '80' },
};

function caseOf(change: object): OutcomeCase {
  const [entry] = parseOutcomeCases(JSON.stringify({ cases: [{ ...V1, ...change }] }));
  if (entry?.kind !== 'case') throw new Error(JSON.stringify(entry));
  return entry.outcomeCase;
}

function problemOf(found: unknown): string {
  const [entry] = parseOutcomeCases(JSON.stringify({ cases: [found] }));
  return entry?.kind === 'unreadable' ? `${entry.id}: ${entry.problem}` : 'readable';
}

const PRINTS = Recording.parse(
  'x',
  [
    'ts_ms,price,size,sale_condition,suspicious',
    '1381432338360,167.0000,1,1,0',
    '1381432338361,167.1000,1,100000,0',
    '1381432338362,167.2000,1,21,1',
    '1381432338363,167.3000,1,20000021,0',
    '1381432338364,167.4000,1,,0',
    '1381432338365,167.5000,1,801,0',
    '1381432338366,169.0000,1,0,0',
    '',
  ].join('\n'),
);

describe('a file of outcome cases', () => {
  it('gives its cases with what they leave out filled in', () => {
    expect(parseOutcomeCases(JSON.stringify({ about: 'x', rules: {}, cases: [V1] }))).toEqual([
      { kind: 'case', outcomeCase: { ...V1, price_column: 'price', filter: [] } },
    ]);
  });

  it('keeps a case that cannot be read in the list, with the reason', () => {
    const entries = parseOutcomeCases(JSON.stringify({ cases: [V1, { id: 'W' }, 7] }));
    expect(entries.map((entry) => (entry.kind === 'case' ? 'case' : entry.id))).toEqual([
      'case',
      'W',
      '#2',
    ]);
  });

  it.each([
    [{ params: { stop: 80 } }, /^V1: params.stop: /],
    [{ params: { trail: '-1' } }, /^V1: params.trail: must be decimal text, not negative$/],
    [{ params: { chandelier: '3' } }, /^V1: params: .*chandelier/],
    [{ side: 'both' }, /^V1: side: /],
    [{ start_row: -1 }, /^V1: start_row: /],
    [{ filter: [{ column: 'x', above: '1' }] }, /^V1: filter.0: /],
    [{ filter: [{ column: 'x', hex_bits_clear: 'xyz' }] }, /^V1: filter.0.hex_bits_clear: must be/],
    [{ expected: { outcome: 'stop', final_level: '80' } }, /^V1: expected: .*final_level/],
  ])('refuses %j', (change, problem) => {
    expect(problemOf({ ...V1, ...change })).toMatch(problem);
  });

  it('is refused as a whole when it is not of the form', () => {
    expect(() => parseOutcomeCases('{')).toThrow(CaseFileUnreadable);
    expect(() => parseOutcomeCases('{"cases":{}}')).toThrow(CaseFileUnreadable);
  });
});

describe('the rows of a case', () => {
  it('begin at the start row and keep their numbers when others are filtered out', () => {
    const outcome = caseOf({
      start_row: 0,
      filter: [
        { column: 'suspicious', equals: '0' },
        { column: 'sale_condition', hex_bits_clear: '02506e0e' },
      ],
    });
    // 100000 is in the mask, 21 is suspicious, nothing is no number, 800 is in the mask.
    expect([...rowsOf(outcome, PRINTS)]).toEqual([
      {
        row: 0,
        time: '1381432338360',
        timeMs: 1381432338360,
        price: '167.0000',
        tradeId: undefined,
      },
      {
        row: 3,
        time: '1381432338363',
        timeMs: 1381432338363,
        price: '167.3000',
        tradeId: undefined,
      },
      {
        row: 6,
        time: '1381432338366',
        timeMs: 1381432338366,
        price: '169.0000',
        tradeId: undefined,
      },
    ]);
  });

  it('are refused when the start row is filtered out or is not there', () => {
    const filter = [{ column: 'suspicious', equals: '0' }];
    expect(() => [...rowsOf(caseOf({ start_row: 2, filter }), PRINTS)]).toThrow(
      new CaseFileUnreadable('start_row 2 does not pass the filter of the case'),
    );
    expect(() => [...rowsOf(caseOf({ start_row: 7 }), PRINTS)]).toThrow(
      new CaseFileUnreadable('start_row 7 is not one of the 7 rows'),
    );
  });

  it('lead to the print that fires in the real recording', () => {
    const path = '../../test/fixtures/ticks/binance-spot-ltcusdt-20250621-first.trades.csv.gz';
    const recording = Recording.read(join(__dirname, path));
    const rows = rowsOf(caseOf({}), recording);
    const fired = [...rows].find(({ price }) => Number(price) <= 80);
    expect(fired).toEqual({
      row: 30879,
      time: '1750541100823',
      timeMs: 1750541100823,
      price: '80',
      tradeId: '293548809',
    });
  });
});
