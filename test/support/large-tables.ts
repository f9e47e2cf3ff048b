import type { QueryRunner } from 'typeorm';

interface Column {
  readonly name: string;
  readonly type: string;
  readonly nullable: boolean;
}

/** Values of columns whose spread decides what an index is worth. `i` is the number of the row. */
const BY_NAME: Readonly<Record<string, string>> = {
  // The first tenth is of an account and an instrument that are silent since: nothing newer is theirs.
  account_id: "case when i <= n / 10 then 'ASILENT' else 'A' || lpad((i % 1000)::text, 4, '0') end",
  instrument_id:
    "case when i <= n / 10 then 'V:SILENT' else 'V:S' || lpad((i % 500)::text, 4, '0') end",
  position_id: "'K' || lpad((i / 2)::text, 10, '0')",
  stop_id: "'S' || lpad((i / 2)::text, 10, '0')",
  order_id: "'S' || lpad((i / 2)::text, 10, '0') || '-1-1'",
  stream_id: "'stop-S' || lpad((i / 5)::text, 10, '0')",
  actor: "'token:' || (i % 50)",
  type: "(array['StopTrailed','StopArmed','StopClosed','OrderFilled'])[1 + i % 4]",
  // One in twenty is of what is looked at most: armed stops, open positions, orders under way.
  status:
    "case when i % 20 = 0 then (array['armed','open','placed','suspended'])[1 + (i / 20) % 4] else 'closed' end",
  span: "case when i % 10 = 0 then 'all' else 'day' end",
  feed: "'feed' || i",
  currency: "(array['USDT','BTC','EUR'])[1 + i % 3]",
  quantity: '1',
  ended_at: "timestamptz '2025-06-21' + i * interval '1 second'",
};

const BY_TYPE: Readonly<Record<string, string>> = {
  text: "'x' || (i % 7)",
  numeric: 'i',
  integer: 'i % 100',
  bigint: 'i % 1000',
  boolean: 'i % 2 = 0',
  json: "'{}'",
  'timestamp with time zone': "timestamptz '2025-06-21' + i * interval '1 second'",
};

/** Fills the table behind a view with made-up rows, in the order of their keys. */
export async function fillTable(
  database: QueryRunner,
  view: string,
  key: string,
  rows: number,
): Promise<void> {
  const [serving] = (await database.query(
    'select version from projection_checkpoints where name = $1 and serving',
    [view],
  )) as { version: number }[];
  const table = `${view}_v${String(serving!.version)}`;
  const columns = (await database.query(
    `select column_name as name, data_type as type, is_nullable = 'YES' as nullable
     from information_schema.columns where table_name = $1 order by ordinal_position`,
    [table],
  )) as Column[];
  const values = columns.map(({ name, type, nullable }) => {
    if (name === key) return `'K' || lpad(i::text, 10, '0')`;
    return BY_NAME[name] ?? (nullable ? 'null' : BY_TYPE[type]!);
  });
  await database.query(
    `insert into ${table} select ${values.join(', ')} from (select i, ${String(rows)} as n from generate_series(1, ${String(rows)}) i) made`,
  );
  await database.query(`analyze ${table}`);
}
