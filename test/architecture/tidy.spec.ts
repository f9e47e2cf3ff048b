import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FACT_TYPES, decodeFact, versionsOf } from '../../src/codecs/fact.codec.js';
import { ROOT, projectFiles, within } from './project-files.js';
import type { ProjectFile } from './project-files.js';
import { HASHES_PATH, currentHashes, unraised } from './projection-hashes.js';
import type { ProjectionHashes } from './projection-hashes.js';
import {
  focusedTests,
  incompleteProjections,
  lostReferences,
  misnamed,
  pathsOfAMachine,
  promisesWithoutIssue,
  rowsUnlikeTables,
  undescribedFolders,
} from './tidy-checks.js';

const FILES = projectFiles();

function file(path: string, text = ''): ProjectFile {
  return { path, text };
}

const ROW = 'export interface ARow {\n  readonly stopId: string;\n  readonly level: string;\n}\n';
const TABLE = 'create table a_v1 (\n  stop_id text primary key,\n  level numeric\n);\n';

describe.each([
  {
    rule: 'files are called noun.role.ts, in kebab-case, by a role that everybody knows',
    check: misnamed,
    broken: [
      file('src/engine/StopBook.ts'),
      file('src/engine/stop-book.thing.ts'),
      file('src/engine/utils.ts'),
      file('src/engine/order-manager.ts'),
      file('src/api/index.ts'),
    ],
    found: [
      'src/engine/StopBook.ts: must be kebab-case',
      'src/engine/stop-book.thing.ts: "thing" is no known role',
      'src/engine/utils.ts: "utils" says nothing: name what the file holds',
      'src/engine/order-manager.ts: "order-manager" says nothing: name what the file holds',
      'src/api/index.ts: "index" says nothing: name what the file holds',
    ],
  },
  {
    rule: 'a read model is whole: projection, table and spec',
    check: incompleteProjections,
    broken: [file('projections/a/a.projection.ts'), file('projections/a/notes.txt')],
    found: [
      'projections/a/a.projection.spec.ts is missing',
      'projections/a/a.table.sql is missing',
    ],
  },
  {
    rule: 'the keys of a row are the columns of its table',
    check: rowsUnlikeTables,
    broken: [
      file('projections/a/a.projection.ts', ROW.replace('level', 'levelNow')),
      file('projections/a/a.table.sql', TABLE),
      file('projections/b/b.projection.ts', ROW),
      file('projections/b/b.table.sql', TABLE),
    ],
    found: ['projections/a/a: row (stop_id, level_now) and table (stop_id, level) differ'],
  },
  {
    rule: 'ARCHITECTURE.md has a section for every folder of src/',
    check: undescribedFolders,
    broken: [
      file('src/engine/stop-book.ts'),
      file('src/new/thing.ts'),
      file('ARCHITECTURE.md', '### `src/engine/`\n### `projections/`\n'),
    ],
    found: ['ARCHITECTURE.md has no section "### `src/new/`"'],
  },
  {
    rule: 'documents name only files that are there',
    check: lostReferences,
    broken: [
      file('src/a.spec.ts'),
      file('docs/adr/0001-a.md', '[a](../../README.md) `a.spec.ts` `gone.spec.ts` [x](#y)'),
    ],
    found: [
      'docs/adr/0001-a.md names README.md, which is not there',
      'docs/adr/0001-a.md names gone.spec.ts, which is not there',
    ],
  },
  {
    rule: 'what is put off carries the number of its issue',
    check: promisesWithoutIssue,
    broken: [file('src/a.ts', `// TODO later\n// TODO(#12): later`), file('src/b.sql', `-- FIXME`)],
    found: [
      'src/a.ts:1: TODO without an issue number',
      'src/b.sql:1: FIXME without an issue number',
    ],
  },
  {
    rule: 'no test is focused or left out',
    check: focusedTests,
    broken: [
      file('src/a.spec.ts', `it.only('x', f);\nit('y', f);\ndescribe.each.skip([])`),
      file('test/b.contract.ts', `xit('x', f);`),
    ],
    found: [
      `src/a.spec.ts:1: it.only`,
      `src/a.spec.ts:3: describe.each.skip`,
      `test/b.contract.ts:1: xit(`,
    ],
  },
  {
    rule: 'nothing knows the folders of one machine',
    check: pathsOfAMachine,
    broken: [
      file('README.md', `cd /home/ann/stops\nsee src/work/x and https://x.io/home/y`),
      file('src/a.ts', `const dir = 'C:\\\\Users\\\\ann';`),
    ],
    found: [
      `README.md:1: "/home/a…" exists on one machine only`,
      `src/a.ts:1: "C:\\\\Users\\…" exists on one machine only`,
    ],
  },
])('$rule', ({ check, broken, found }) => {
  it('holds', () => {
    expect(check(FILES)).toStrictEqual([]);
  });

  it('is broken by an example that breaks it', () => {
    expect(check(broken)).toStrictEqual(found);
  });
});

describe('every event that was ever written', () => {
  const samples = within(FILES, 'test/fixtures/events');
  const written = FACT_TYPES.flatMap((type) =>
    versionsOf(type).map((version) => `test/fixtures/events/${type}.v${version}.json`),
  );

  it('has a frozen sample, and no sample is of anything else', () => {
    expect(samples.map(({ path }) => path)).toStrictEqual([...written].sort());
  });

  it.each(samples)('$path is still read', ({ path, text }) => {
    const { type, version, data } = JSON.parse(text) as Record<'type' | 'version' | 'data', never>;
    expect(path).toBe(`test/fixtures/events/${String(type)}.v${String(version)}.json`);
    expect(decodeFact(type, version, data).kind).toBe('fact');
  });
});

describe('a read model that was changed', () => {
  const path = join(ROOT, HASHES_PATH);
  const current = currentHashes(FILES);
  const locked = JSON.parse(
    FILES.find((one) => one.path === HASHES_PATH)?.text ?? '{}',
  ) as ProjectionHashes;

  it('has a higher version, and the new hash is committed (REFRESH_PROJECTION_HASHES=1)', () => {
    expect(unraised(locked, current)).toStrictEqual([]);
    if (process.env['REFRESH_PROJECTION_HASHES'] === '1') {
      writeFileSync(path, `${JSON.stringify(current, null, 2)}\n`);
      return;
    }
    expect(locked).toStrictEqual(current);
  });

  it('is found out', () => {
    const changed = FILES.map((one) =>
      one.path === 'projections/pnl/pnl.table.sql'
        ? { ...one, text: one.text.replace('numeric not null', 'numeric') }
        : one,
    );
    expect(unraised(current, currentHashes(changed))).toStrictEqual([
      `pnl was changed: raise its version above ${String(current['pnl']?.version)}`,
    ]);
    const raised = Object.fromEntries(
      Object.entries(current).map(([name, one]) => [name, { ...one, version: one.version - 1 }]),
    );
    expect(unraised(raised, currentHashes(changed))).toStrictEqual([]);
  });

  it('is not one whose comments or layout alone were changed', () => {
    const commented = FILES.map((one) => ({
      ...one,
      text: one.path.startsWith('projections/')
        ? `// a new remark\n${one.text}\n/** and another */\n`
        : one.text,
    }));
    expect(currentHashes(commented)).toStrictEqual(current);
  });
});
