create table pnl_v11 (
  pnl_id text collate "C" primary key,
  account_id text not null,
  instrument_id text,
  currency text not null,
  span text not null,
  starts_on text,
  realised_fifo numeric not null,
  realised_average numeric not null,
  fees numeric not null,
  funding numeric not null,
  dividends numeric not null,
  exits integer not null,
  closed_trades integer not null,
  open_quantity numeric,
  holding json,
  updated_at timestamptz not null
);
create index pnl_v11_span on pnl_v11 (span, pnl_id);
create index pnl_v11_account on pnl_v11 (account_id, span, pnl_id);
create index pnl_v11_instrument on pnl_v11 (instrument_id, span, pnl_id);
create index pnl_v11_currency on pnl_v11 (currency, span, pnl_id);
