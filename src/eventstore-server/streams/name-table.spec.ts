import { NameTable } from './name-table.js';

const LARGE = 'ü'.repeat(700_000);

function tableOf(names: Iterable<string>): NameTable {
  const table = new NameTable();
  for (const name of names) table.add(name);
  return table;
}

describe('a table of names', () => {
  it('knows each name by its number and each number by its name', () => {
    const names = Array.from({ length: 5000 }, (_, n) => `${n % 7}-größe-${n}-語`);
    const table = tableOf(names);
    expect(table.count).toBe(5000);
    expect(names.map((name) => table.noOf(name))).toEqual(names.map((_name, no) => no));
    expect(table.slice()).toEqual(names);
  });

  it('does not know what it was not given', () => {
    const table = tableOf(['a', 'b']);
    expect(['', 'A', 'ab', 'c'].map((name) => table.noOf(name))).toEqual([-1, -1, -1, -1]);
    expect(new NameTable().noOf('a')).toBe(-1);
  });

  it('takes names that are empty or larger than what it takes memory by', () => {
    const names = ['small', LARGE, '', `${LARGE}!`, 'last'];
    const table = tableOf(names);
    expect(table.slice()).toEqual(names);
    expect(names.map((name) => table.noOf(name))).toEqual([0, 1, 2, 3, 4]);
  });

  it('gives a part of them, in order', () => {
    const table = tableOf(['a', 'b', 'c', 'd']);
    expect([table.slice(1, 3), table.slice(3, 9), table.slice(9, 12)]).toEqual([
      ['b', 'c'],
      ['d'],
      [],
    ]);
  });
});
