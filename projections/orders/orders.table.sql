create table orders_v7 (
  order_id text collate "C" primary key,
  stop_id text collate "C",
  account_id text not null,
  instrument_id text not null,
  position_id text collate "C" not null,
  mode text not null,
  side text not null,
  type text not null,
  limit_price numeric,
  stop_price numeric,
  target_price numeric,
  time_in_force text,
  reduce_only boolean not null,
  ordinal integer,
  attempt integer,
  status text not null,
  quantity numeric not null,
  filled_quantity numeric not null,
  remaining_quantity numeric not null,
  filled_value numeric not null,
  last_fill_price numeric,
  fills json not null,
  disputed_fills integer not null,
  venue_order_id text,
  reason text,
  revision integer not null,
  placed_at timestamptz not null,
  acked_at timestamptz,
  ended_at timestamptz,
  updated_at timestamptz not null
);
create index orders_v7_stop on orders_v7 (stop_id, order_id);
create index orders_v7_position on orders_v7 (position_id, order_id);
create index orders_v7_open on orders_v7 (position_id) where ended_at is null;
create index orders_v7_status on orders_v7 (status, order_id);
create index orders_v7_account on orders_v7 (account_id, order_id);
create index orders_v7_instrument on orders_v7 (instrument_id, order_id);
create index orders_v7_placed_at on orders_v7 (placed_at, order_id);
create index orders_v7_status_at on orders_v7 (status, placed_at, order_id);
create index orders_v7_account_at on orders_v7 (account_id, placed_at, order_id);
create index orders_v7_instrument_at on orders_v7 (instrument_id, placed_at, order_id);
