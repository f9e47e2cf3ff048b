create table trades_v4 (
  position_id text collate "C" primary key,
  account_id text not null,
  instrument_id text not null,
  mode text not null,
  side text not null,
  status text not null,
  quantity numeric not null,
  entry_price numeric not null,
  exit_quantity numeric not null,
  exit_value numeric not null,
  realised numeric not null,
  currency text not null,
  fees json not null,
  net numeric not null,
  initial_stop numeric,
  initial_risk numeric,
  r_multiple numeric,
  best_price numeric not null,
  worst_price numeric not null,
  max_favourable numeric not null,
  max_adverse numeric not null,
  closed_by_stop text,
  closed_by text,
  slippage numeric not null,
  expected json not null,
  contract json,
  opened_at timestamptz not null,
  closed_at timestamptz,
  updated_at timestamptz not null
);
create index trades_v4_account on trades_v4 (account_id, position_id);
create index trades_v4_status on trades_v4 (status, position_id);
create index trades_v4_instrument on trades_v4 (instrument_id, position_id);
