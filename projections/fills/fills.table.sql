create table fills_v4 (
  fill_id text collate "C" primary key,
  order_id text not null,
  venue_trade_id text not null,
  stop_id text,
  position_id text not null,
  account_id text not null,
  instrument_id text not null,
  mode text not null,
  side text,
  quantity numeric not null,
  price numeric not null,
  fee_amount numeric not null,
  fee_currency text not null,
  liquidity text,
  realised_pnl numeric,
  pnl_currency text,
  filled_at timestamptz not null
);
create index fills_v4_account on fills_v4 (account_id, fill_id);
create index fills_v4_position on fills_v4 (position_id, fill_id);
create index fills_v4_instrument on fills_v4 (instrument_id, fill_id);
create index fills_v4_order on fills_v4 (order_id, fill_id);
create index fills_v4_stop on fills_v4 (stop_id, fill_id);
create index fills_v4_filled_at on fills_v4 (filled_at, fill_id);
create index fills_v4_account_at on fills_v4 (account_id, filled_at, fill_id);
create index fills_v4_instrument_at on fills_v4 (instrument_id, filled_at, fill_id);
