create table positions_v5 (
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
create index positions_v5_status on positions_v5 (status, position_id);
create index positions_v5_account_status on positions_v5 (account_id, status, position_id);
create index positions_v5_account on positions_v5 (account_id, position_id);
create index positions_v5_instrument on positions_v5 (instrument_id, position_id);
create index positions_v5_opened_at on positions_v5 (opened_at, position_id);
create index positions_v5_status_at on positions_v5 (status, opened_at, position_id);
create index positions_v5_account_at on positions_v5 (account_id, opened_at, position_id);
create index positions_v5_instrument_at on positions_v5 (instrument_id, opened_at, position_id);
