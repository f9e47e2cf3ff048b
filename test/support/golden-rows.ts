import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { READ_MODELS } from '../../projections/catalogue.js';
import type { Projection } from '../../projections/projection.js';
import type { Fact } from '../../src/domain/facts.js';
import type { Recorded } from '../../src/domain/kernel/event.js';
import { foldingLog } from './folding.js';
import { STREAMS } from './recorded-stream.js';

/** Rows by read model, in the order of their keys. */
export type AllRows = Readonly<Record<string, readonly object[]>>;

/** What the read models make of a log, without any database. */
export function rowsFoldedFrom(log: readonly Recorded<Fact>[]): AllRows {
  const models = READ_MODELS as unknown as readonly Projection<Fact, object>[];
  return Object.fromEntries(
    models.map((model) => {
      const rows = [...foldingLog(model, log)].sort(([one], [other]) => (one < other ? -1 : 1));
      return [model.name, rows.map(([, row]) => row)];
    }),
  );
}

/** The rows that were looked at and found right; `REFRESH_GOLDEN_ROWS=1` writes them anew, for whoever looks at the change. */
export function goldenRows(name: string, found: () => AllRows): AllRows {
  const path = join(STREAMS, `${name}.rows.json`);
  if (process.env['REFRESH_GOLDEN_ROWS'] === '1') writeFileSync(path, asText(found()));
  return JSON.parse(readFileSync(path, 'utf8')) as AllRows;
}

/** One row, one line: a change shows as the rows that it concerns. */
function asText(all: AllRows): string {
  const models = Object.entries(all).map(([name, rows]) => {
    const lines = rows.map((row) => `    ${JSON.stringify(row)}`).join(',\n');
    return `  ${JSON.stringify(name)}: [\n${lines}\n  ]`;
  });
  return `{\n${models.join(',\n')}\n}\n`;
}
