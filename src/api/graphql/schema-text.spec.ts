import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSchema, isObjectType } from 'graphql';
import { toColumn } from '../../adapters/postgres/row-codec.js';
import { schemaText } from './schema-text.js';

const ROOT = join(__dirname, '..', '..', '..');

const NOUNS: readonly { folder: string; type: string; beside: readonly string[] }[] = [
  { folder: 'open-stops', type: 'Stop', beside: [] },
  { folder: 'stop-timeline', type: 'StopStep', beside: [] },
  { folder: 'orders', type: 'Order', beside: [] },
  { folder: 'positions', type: 'Position', beside: [] },
  { folder: 'pnl', type: 'Pnl', beside: [] },
  { folder: 'instruments', type: 'Instrument', beside: ['last'] },
  { folder: 'accounts', type: 'Account', beside: [] },
];

describe('the GraphQL schema', () => {
  it('is the one that is committed', async () => {
    const committed = readFileSync(join(__dirname, 'schema.graphql'), 'utf8');
    expect(committed).toBe(await schemaText());
  });

  it.each(NOUNS)('shows of $folder every column and nothing else', ({ folder, type, beside }) => {
    const sql = readFileSync(join(ROOT, 'projections', folder, `${folder}.table.sql`), 'utf8');
    const columns = [...sql.matchAll(/^ {2}([a-z_]+) /gm)].map((match) => match[1]);
    const schema = buildSchema(readFileSync(join(__dirname, 'schema.graphql'), 'utf8'));
    const noun = schema.getType(type);
    if (!isObjectType(noun)) throw new Error(`${type} is no object type`);
    const fields = Object.keys(noun.getFields())
      .filter((field) => field !== 'asOfPosition' && !beside.includes(field))
      .map(toColumn);
    expect(fields.sort()).toStrictEqual(columns.sort());
  });
});
