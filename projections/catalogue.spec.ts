import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { READ_MODELS } from './catalogue.js';

describe('every read model of the catalogue', () => {
  it.each(READ_MODELS.map(({ name, version }) => [name, version] as const))(
    '%s makes the table of its own version',
    (name, version) => {
      const folder = name.replaceAll('_', '-');
      const sql = readFileSync(join(__dirname, folder, `${folder}.table.sql`), 'utf8');
      expect(/^create table (\w+)/.exec(sql)?.[1]).toBe(`${name}_v${version}`);
    },
  );
});
