create table orders_v2 (
  order_id text collate "C" primary key,
  stop_id text not null,
  account_id text not null,
  instrument_id text not null,
  position_id text not null,
  mode text not null,
  side text not null,
  type text not null,
  limit_price numeric,
  reduce_only boolean not null,
  ordinal integer not null,
  attempt integer not null,
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
create index orders_v2_stop on orders_v2 (stop_id, order_id);
create index orders_v2_position on orders_v2 (position_id, order_id);
create index orders_v2_open on orders_v2 (position_id) where ended_at is null;
