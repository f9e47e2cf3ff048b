import { mkdirSync, mkdtempSync, rmSync, rmdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Recording } from '../market-data/recorded-trades.js';
import { VenueCursor } from './venue-cursor.js';
import { venuePrints } from './venue-prints.js';

const T0 = 1_800_000_000_000;
const root = mkdtempSync(join(tmpdir(), 'venue-cursor-'));
let folders = 0;
afterAll(() => rmSync(root, { recursive: true }));

const PRINTS = venuePrints(
  Recording.parse(
    'three-prints',
    [
      'ts_ms,price,size,trade_id',
      ...['1750507467356,80,1,501', '1750507467366,81,1,503', '1750507467376,82,1,504', ''],
    ].join('\n'),
  ),
  'LTCUSDT',
);

function stateDir(): string {
  folders += 1;
  return join(root, String(folders));
}

function cursor(dir?: string, isOriginal = false): VenueCursor {
  return new VenueCursor(PRINTS, { isOriginal, stateDir: dir, saveMsMax: 500 });
}

function takeIds(venue: VenueCursor, count: number): number[] {
  return Array.from({ length: count }, () => {
    if (venue.isAtEnd) venue.beginAgain();
    return venue.take(T0, T0).numbers.id;
  });
}

describe('the cursor of a recorded venue', () => {
  it('lets ids rise over loops, gaps as recorded', () => {
    expect(takeIds(cursor(), 7)).toEqual([501, 503, 504, 505, 507, 508, 509]);
  });

  it('goes on with the next row and id after an orderly end', () => {
    const dir = stateDir();
    const first = cursor(dir);
    takeIds(first, 4);
    first.saveAtEnd(T0);
    const second = cursor(dir);
    expect(second.row).toBe(1);
    expect(takeIds(second, 3)).toEqual([507, 508, 509]);
  });

  it('goes on at the end of the recording after an orderly end there', () => {
    const dir = stateDir();
    const first = cursor(dir);
    takeIds(first, 3);
    first.saveAtEnd(T0);
    expect(takeIds(cursor(dir), 2)).toEqual([505, 507]);
  });

  it('never gives out an id twice after a kill, and leaves no row out', () => {
    const dir = stateDir();
    const given = takeIds(cursor(dir), 5);
    const after = cursor(dir);
    expect(after.row).toBe(0);
    expect(Math.min(...takeIds(after, 5))).toBeGreaterThan(Math.max(...given));
  });

  it('keeps recorded ids and times when they are to stay as they were', () => {
    const venue = cursor(undefined, true);
    expect([venue.take(T0, T0), venue.take(T0, T0)]).toEqual([
      {
        row: 0,
        numbers: { id: 501, tradeTimeMs: 1750507467356, eventTimeMs: 1750507467356 },
      },
      {
        row: 1,
        numbers: { id: 503, tradeTimeMs: 1750507467366, eventTimeMs: 1750507467366 },
      },
    ]);
    venue.beginAgain();
    expect(venue.take(T0, T0).numbers.id).toBe(501);
  });

  it('lets times rise when the clock steps back, over a restart too', () => {
    const dir = stateDir();
    const first = cursor(dir);
    expect(first.take(T0, T0 + 3).numbers).toMatchObject({
      tradeTimeMs: T0,
      eventTimeMs: T0 + 3,
    });
    first.saveAtEnd(T0);
    expect(cursor(dir).take(T0 - 60_000, T0 - 60_000).numbers).toMatchObject({
      tradeTimeMs: T0 + 3,
      eventTimeMs: T0 + 3,
    });
  });

  it('begins another recording at its first row, above the ids that were given out', () => {
    const dir = stateDir();
    const first = cursor(dir);
    takeIds(first, 4);
    first.saveAtEnd(T0);
    const other = venuePrints(
      Recording.parse('other', 'ts_ms,price,size,trade_id\n1750507467356,80,1,7\n'),
      'LTCUSDT',
    );
    const second = new VenueCursor(other, { isOriginal: false, stateDir: dir, saveMsMax: 500 });
    expect([second.row, second.take(T0, T0).numbers.id]).toEqual([0, 506]);
  });

  it.each(['', 'null', '[]', '{"recording":"x","row":-1}'])(
    'is not made from what is no cursor: %j',
    (text) => {
      const dir = stateDir();
      cursor(dir);
      writeFileSync(join(dir, 'ltcusdt-trade.cursor.json'), text);
      expect(() => cursor(dir)).toThrow(/ltcusdt-trade.cursor.json is no cursor/);
    },
  );
});

describe('the messages of a recorded venue', () => {
  const numbers = { id: 9, tradeTimeMs: T0, eventTimeMs: T0 + 1 };

  it('are trades of futures when the recording has order types', () => {
    const text =
      'ts_ms,price,size,side,trade_id,order_type\n1680652874400,28722.50,0.001,sell,5,INSURANCE_FUND\n';
    const prints = venuePrints(Recording.parse('x', text), 'BTCUSDT');
    expect(JSON.parse(prints.message(0, numbers))).toEqual({
      ...{ e: 'trade', E: T0 + 1, s: 'BTCUSDT', t: 9, p: '28722.50', q: '0.001', T: T0 },
      ...{ X: 'INSURANCE_FUND', m: true },
    });
  });

  it('are book tickers of quotes; a side that did not change goes on as it was', () => {
    const text = [
      'ts_ms,bid,bid_size,ask,ask_size',
      ...['1381392000874,180.17,400,180.20,100', '1381392000874,0,0,184.83,300', ''],
    ].join('\n');
    const prints = venuePrints(Recording.parse('x', text), 'IBM');
    expect(prints.stream).toBe('ibm@bookTicker');
    expect(JSON.parse(prints.message(1, numbers))).toEqual({
      ...{ e: 'bookTicker', u: 9, s: 'IBM', b: '180.17', B: '400', a: '184.83', A: '300' },
      ...{ T: T0, E: T0 + 1 },
    });
  });

  it('are numbered by row where no id was recorded', () => {
    const text = 'ts_ms,price,size\n1381392000874,1320,1\n1381392000875,1321,1\n';
    const prints = venuePrints(Recording.parse('x', text), 'GC');
    expect([prints.id(0), prints.id(1), prints.firstId, prints.lastId]).toEqual([1, 2, 1, 2]);
  });

  it.each([
    ['ts_ms,price,size\n', 'x: has no rows'],
    ['ts_ms,open\n1381392000874,1\n', 'x: needs a column price, or bid and ask; has ts_ms, open'],
    ['ts_ms,price\n1381392000874,1\n', "x: has no column 'size', only ts_ms, price"],
    ['ts_ms,price,size,trade_id\n1381392000874,1,1,abc\n', "x: trade_id of row 0 is 'abc'"],
  ])('are not made of %j', (text, line) => {
    expect(() => venuePrints(Recording.parse('x', text), 'X')).toThrow(line);
  });

  it('goes on while it cannot be stored, says so once, and stores it when it can', () => {
    const dir = stateDir();
    const told: (string | undefined)[] = [];
    const venue = new VenueCursor(PRINTS, {
      ...{ isOriginal: false, stateDir: dir, saveMsMax: 500 },
      onTrouble: (reason) => told.push(reason),
    });
    const inTheWay = join(dir, 'ltcusdt-trade.cursor.json.new');
    mkdirSync(inTheWay);
    const ids = [0, 1_000, 2_000].map((ms) => venue.take(T0 + ms, T0 + ms).numbers.id);
    expect(ids).toEqual([501, 503, 504]);
    expect(told).toEqual([expect.stringContaining('EISDIR')]);
    rmdirSync(inTheWay);
    venue.saveAtEnd(T0 + 3_000);
    expect(told[1]).toBeUndefined();
    expect(told).toHaveLength(2);
    expect(takeIds(cursor(dir), 2)).toEqual([505, 507]);
  });
});
