import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Fact } from '../src/domain/facts.js';
import { foldingLog } from '../test/support/folding.js';
import { recordedStream } from '../test/support/recorded-stream.js';
import { READ_MODELS } from './catalogue.js';
import type { Projection } from './projection.js';

const MODELS = READ_MODELS as unknown as readonly Projection<Fact, object>[];

describe('every read model of the catalogue', () => {
  it.each(READ_MODELS.map(({ name, version }) => [name, version] as const))(
    '%s makes the table of its own version',
    (name, version) => {
      const folder = name.replaceAll('_', '-');
      const sql = readFileSync(join(__dirname, folder, `${folder}.table.sql`), 'utf8');
      expect(/^create table (\w+)/.exec(sql)?.[1]).toBe(`${name}_v${version}`);
    },
  );

  it.each(
    MODELS.filter(({ isAppendOnly }) => isAppendOnly).map((model) => [model.name, model] as const),
  )('%s makes a row of its own of each fact, as it says', (_, model) => {
    const log = recordedStream('demo-day');
    const own = log.filter(({ event }) => Object.hasOwn(model.consumes, event.type));
    expect(own.length).toBeGreaterThan(0);
    expect(foldingLog(model, log).size).toBe(own.length);
    for (const fact of own) {
      const key = model.keyOf(fact) as string;
      const [alone, behind] = [undefined, {}].map((row) => model.evolve(row, fact, key, () => row));
      expect(behind).toStrictEqual(alone);
    }
  });
});
