import fc from 'fast-check';
import { RowCache } from './row-cache.js';

const KEYS = ['a', 'b', 'c', 'd'];

const acts = fc.array(
  fc.oneof(
    fc.record({ do: fc.constantFrom('set', 'delete'), key: fc.constantFrom(...KEYS) }),
    fc.record({ do: fc.constantFrom('write', 'trim') }),
  ),
  { maxLength: 40 },
);

interface Table {
  readonly rows: Map<string, object>;
}

/** As the table takes it: a row that it holds already has to be told, or it would be there twice. */
function write(cache: RowCache, { rows }: Table): void {
  const changes = cache.changes();
  for (const key of [...changes.replaced, ...changes.gone]) expect(rows.delete(key)).toBe(true);
  for (const row of changes.rows as { key: string }[]) {
    expect(rows.has(row.key)).toBe(false);
    rows.set(row.key, row);
  }
}

describe('rows in memory', () => {
  it('are what a table without them would hold, whatever is forgotten on the way', () => {
    fc.assert(
      fc.property(acts, fc.boolean(), (steps, beginsEmpty) => {
        const table: Table = { rows: new Map() };
        if (!beginsEmpty) table.rows.set('a', { key: 'a', number: -1 });
        const expected = new Map(table.rows);
        const cache = new RowCache(beginsEmpty ? 'whole' : 'part');
        for (const [number, step] of steps.entries()) {
          if (step.do === 'write' || step.do === 'trim') write(cache, table);
          if (step.do === 'trim') cache.trim();
          if (!('key' in step)) continue;
          const { key } = step;
          const found = cache.unknown([key]).flatMap((each) => {
            const row = table.rows.get(each);
            return row ? [[each, row] as const] : [];
          });
          cache.admit(new Map(found));
          expect(cache.get(key)).toBe(expected.get(key));
          if (step.do === 'delete') cache.delete(key);
          else cache.set(key, { key, number });
          if (step.do === 'delete') expected.delete(key);
          else expected.set(key, cache.get(key) ?? {});
        }
        write(cache, table);
        expect(table.rows).toStrictEqual(expected);
      }),
    );
  });

  it('are not looked up where the table began empty, until some are forgotten', () => {
    const cache = new RowCache('whole');
    cache.set('a', { key: 'a' });
    expect(cache.unknown(['a', 'b'])).toStrictEqual([]);
    cache.changes();
    cache.trim();
    expect(cache.unknown(['a', 'b'])).toStrictEqual([]);
    cache.trim();
    expect(cache.unknown(['a', 'b', 'b'])).toStrictEqual(['a', 'b']);
  });

  it('are not kept where each fact makes a row of its own', () => {
    const cache = new RowCache('appended');
    cache.set('a', { key: 'a' });
    expect(cache.changes()).toStrictEqual({ rows: [{ key: 'a' }], replaced: [], gone: [] });
    expect([cache.size, cache.unknown(['a', 'b'])]).toStrictEqual([0, []]);
  });

  it('are told once, and not at all when nothing became of them', () => {
    const cache = new RowCache('part');
    const row = { key: 'a' };
    cache.admit(new Map([['a', row]]));
    cache.set('a', row);
    cache.delete('b');
    expect(cache.changes()).toStrictEqual({ rows: [], replaced: [], gone: [] });
    cache.delete('a');
    expect(cache.changes()).toStrictEqual({ rows: [], replaced: [], gone: ['a'] });
    expect(cache.changes()).toStrictEqual({ rows: [], replaced: [], gone: [] });
  });
});
