import { EventTable } from './event-table.js';
import { StreamRuns } from './stream-runs.js';
import { StreamTable } from './stream-table.js';

let table: StreamTable;

beforeEach(() => {
  table = new StreamTable(new StreamRuns(new EventTable()));
});

describe('a table of streams', () => {
  it('gives everybody the same entry, by name and by number, held or not', () => {
    const lent = table.entry('a');
    expect(table.find('a')).toBe(lent);
    expect(table.at(lent.no)).toBe(lent);
    table.hold(lent);
    expect(table.entry('a')).toBe(lent);
    expect(table.holdEntry('a')).toBe(lent);
    expect(table.at(lent.no)).toBe(lent);
    table.release(lent);
    expect(table.find('a')).toBe(lent);
    expect(table.holdEntry('a')).toBe(lent);
  });

  it('makes no stream by looking for one', () => {
    expect(table.find('nowhere')).toBeUndefined();
    expect(table.count).toBe(0);
    expect(table.holdEntry('somewhere').no).toBe(0);
    expect(table.count).toBe(1);
  });

  it('keeps what the index on disk has of a stream, whoever has its entry', () => {
    const no = table.noOf('sealed');
    table.addSealed(no, 7);
    const entry = table.entry('sealed');
    expect([entry.last, entry.visibleCount]).toEqual([6, 7]);
    entry.append(100);
    entry.show();
    expect([entry.last, entry.visibleCount, entry.isPlain]).toEqual([7, 8, false]);
    entry.seal(1);
    expect([entry.last, entry.visibleCount, entry.isPlain]).toEqual([7, 8, true]);
    expect(table.sealedCount(no)).toBe(8);
  });

  it('counts for more streams than it has room for at first', () => {
    const nos = Array.from({ length: 3000 }, (_, n) => table.noOf(`s-${n}`));
    for (const no of nos) table.addSealed(no, no);
    expect(nos.map((no) => table.at(no).visibleCount)).toEqual(nos);
  });
});
