import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSchema, isObjectType } from 'graphql';
import { toColumn } from '../../adapters/postgres/row-codec.js';
import { schemaText } from './schema-text.js';

const ROOT = join(__dirname, '..', '..', '..');

const NOUNS: readonly {
  folder: string;
  type: string;
  /** What the API adds. */
  beside: readonly string[];
  /** What is counted with and not shown. */
  inside?: readonly string[];
}[] = [
  { folder: 'open-stops', type: 'Stop', beside: ['position', 'instrument'] },
  { folder: 'stop-timeline', type: 'StopStep', beside: [] },
  { folder: 'orders', type: 'Order', beside: ['stop', 'position'] },
  { folder: 'positions', type: 'Position', beside: ['stops'] },
  {
    folder: 'pnl',
    type: 'Pnl',
    beside: ['costBasis', 'gross', 'net', 'unrealised', 'lastPrice'],
    inside: ['holding'],
  },
  { folder: 'instruments', type: 'Instrument', beside: ['last'] },
  { folder: 'accounts', type: 'Account', beside: [] },
  { folder: 'fills', type: 'FillRecord', beside: [] },
  { folder: 'trades', type: 'Trade', beside: [] },
  { folder: 'account-equity', type: 'AccountEquity', beside: [] },
  { folder: 'conversion-rates', type: 'ConversionRate', beside: [] },
  { folder: 'protection', type: 'Protection', beside: [] },
  { folder: 'decision-latency', type: 'DecisionLatency', beside: [] },
  { folder: 'feed-health', type: 'FeedHealth', beside: [] },
  { folder: 'audit-trail', type: 'AuditEntry', beside: [] },
];

describe('the GraphQL schema', () => {
  it('is the one that is committed', async () => {
    const committed = readFileSync(join(__dirname, 'schema.graphql'), 'utf8');
    expect(committed).toBe(await schemaText());
  });

  it.each(NOUNS)(
    'shows of $folder every column and nothing else',
    ({ folder, type, beside, inside }) => {
      const sql = readFileSync(join(ROOT, 'projections', folder, `${folder}.table.sql`), 'utf8');
      const columns = [...sql.matchAll(/^ {2}([a-z_]+) /gm)]
        .map((match) => match[1])
        .filter((column) => column && !inside?.includes(column));
      const schema = buildSchema(readFileSync(join(__dirname, 'schema.graphql'), 'utf8'));
      const noun = schema.getType(type);
      if (!isObjectType(noun)) throw new Error(`${type} is no object type`);
      const fields = Object.keys(noun.getFields())
        .filter((field) => field !== 'asOfPosition' && !beside.includes(field))
        .map(toColumn);
      expect(fields.sort()).toStrictEqual(columns.sort());
    },
  );
});
