create table open_stops_v8 (
  stop_id text collate "C" primary key,
  account_id text not null,
  instrument_id text not null,
  position_id text collate "C" not null,
  mode text not null,
  rules text not null,
  side text not null,
  status text not null,
  quantity numeric not null,
  armed_quantity numeric not null,
  entry_price numeric not null,
  plan json not null,
  activated boolean not null,
  level numeric,
  extreme numeric,
  trail_moves integer not null,
  limit_price numeric,
  targets_hit integer not null,
  triggered_by json,
  order_id text,
  unfilled_quantity numeric,
  revision integer not null,
  armed_at timestamptz not null,
  triggered_at timestamptz,
  ended_at timestamptz,
  updated_at timestamptz not null
);
create index open_stops_v8_status on open_stops_v8 (status, stop_id);
create index open_stops_v8_position on open_stops_v8 (position_id, stop_id);
create index open_stops_v8_account_status on open_stops_v8 (account_id, status, stop_id);
create index open_stops_v8_account on open_stops_v8 (account_id, stop_id);
create index open_stops_v8_instrument on open_stops_v8 (instrument_id, stop_id);
create index open_stops_v8_armed_at on open_stops_v8 (armed_at, stop_id);
create index open_stops_v8_status_at on open_stops_v8 (status, armed_at, stop_id);
create index open_stops_v8_account_at on open_stops_v8 (account_id, armed_at, stop_id);
create index open_stops_v8_instrument_at on open_stops_v8 (instrument_id, armed_at, stop_id);
