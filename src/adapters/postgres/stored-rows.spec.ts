import fc from 'fast-check';
import { types } from 'pg';
import { rowsTaken } from './prepared.js';
import { StoredRows } from './stored-rows.js';

const { BOOL, INT4, INT8, JSON: DOCUMENT, NUMERIC, TEXT, TIMESTAMPTZ } = types.builtins;

const FIELDS = [
  { name: 'stop_id', dataTypeID: TEXT },
  { name: 'quantity', dataTypeID: NUMERIC },
  { name: 'trail_moves', dataTypeID: INT4 },
  { name: 'uncovered_ms_max', dataTypeID: INT8 },
  { name: 'activated', dataTypeID: BOOL },
  { name: 'plan', dataTypeID: DOCUMENT },
  { name: 'armed_at', dataTypeID: TIMESTAMPTZ },
];
const NAMES = FIELDS.map(({ name }) => name);
const ROW = [
  'S-1',
  '0.10',
  '7',
  '9007199254740991',
  't',
  '{"stop":"70.00"}',
  '2025-06-21 21:25:00.1+00',
];

it('makes of the texts of a row what its columns hold', () => {
  const stored = new StoredRows(FIELDS, [ROW]);
  expect(stored.rows.map(stored.objects(NAMES))).toStrictEqual([
    {
      ...{ stopId: 'S-1', quantity: '0.10', trailMoves: 7, uncoveredMsMax: 9007199254740991 },
      ...{ activated: true, plan: { stop: '70.00' }, armedAt: '2025-06-21T21:25:00.100Z' },
    },
  ]);
});

it('writes in JSON what the objects would be, byte for byte, whatever the cells hold', () => {
  const text = fc.string({ unit: 'binary', maxLength: 20 });
  const cells = fc.tuple(
    text,
    fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }).map(String),
    fc.integer().map(String),
    fc.maxSafeInteger().map(String),
    fc.constantFrom('t', 'f'),
    fc.dictionary(fc.string(), text).map((document) => JSON.stringify(document)),
    fc.constant(ROW[6]!),
  );
  const row = fc.tuple(cells, fc.subarray([0, 1, 2, 3, 4, 5, 6]), fc.shuffledSubarray(NAMES));
  fc.assert(
    fc.property(row, ([whole, empty, names]) => {
      const cellsOrNull = whole.map((cell, at) => (empty.includes(at) ? null : cell));
      const stored = new StoredRows(FIELDS, [cellsOrNull]);
      const json = stored.json(names)(cellsOrNull);
      expect(json).toBe(JSON.stringify(stored.objects(names)(cellsOrNull)));
    }),
  );
});

it('leaves a column out that the rows do not have', () => {
  const stored = new StoredRows(FIELDS, [ROW]);
  expect(stored.json(['stop_id', 'not_yet'])(ROW, ',"suspect":true')).toBe(
    '{"stopId":"S-1","suspect":true}',
  );
  expect(stored.json(['not_yet'])(ROW, ',"suspect":true')).toBe('{"suspect":true}');
  expect(stored.value(ROW, 'not_yet')).toBe(null);
});

it('takes the rows out of the driver’s result, which outlives them', () => {
  const result = { rows: [ROW, ROW] };
  expect(rowsTaken(result)).toStrictEqual([ROW, ROW]);
  expect(result.rows).toStrictEqual([]);
});
