create table positions_v2 (
  position_id text collate "C" primary key,
  account_id text not null,
  instrument_id text not null,
  mode text not null,
  origin text not null,
  side text not null,
  status text not null,
  quantity numeric not null,
  opened_quantity numeric not null,
  entry_price numeric not null,
  quote_currency text not null,
  realised_pnl numeric not null,
  exits integer not null,
  last_exit_price numeric,
  revision integer not null,
  opened_at timestamptz not null,
  closed_at timestamptz,
  updated_at timestamptz not null
);
create index positions_v2_status on positions_v2 (status, position_id);
