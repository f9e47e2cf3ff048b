create table positions_v3 (
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
create index positions_v3_status on positions_v3 (status, position_id);
create index positions_v3_account_status on positions_v3 (account_id, status, position_id);
create index positions_v3_account on positions_v3 (account_id, position_id);
create index positions_v3_instrument on positions_v3 (instrument_id, position_id);
create index positions_v3_opened_at on positions_v3 (opened_at, position_id);
create index positions_v3_status_at on positions_v3 (status, opened_at, position_id);
