create table pnl_v1 (
  pnl_id text collate "C" primary key,
  account_id text not null,
  instrument_id text not null,
  currency text not null,
  gross numeric not null,
  fees numeric not null,
  net numeric not null,
  exits integer not null,
  closed_trades integer not null,
  updated_at timestamptz not null
);
