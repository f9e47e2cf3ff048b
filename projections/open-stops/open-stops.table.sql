create table open_stops_v9 (
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
-- A stop that trails is written again and again, and no index has what it changes: with room on its page none is touched.
alter table open_stops_v9 set (fillfactor = 60);
create index open_stops_v9_status on open_stops_v9 (status, stop_id);
create index open_stops_v9_position on open_stops_v9 (position_id, stop_id);
create index open_stops_v9_account_status on open_stops_v9 (account_id, status, stop_id);
create index open_stops_v9_account on open_stops_v9 (account_id, stop_id);
create index open_stops_v9_instrument on open_stops_v9 (instrument_id, stop_id);
create index open_stops_v9_armed_at on open_stops_v9 (armed_at, stop_id);
create index open_stops_v9_status_at on open_stops_v9 (status, armed_at, stop_id);
create index open_stops_v9_account_at on open_stops_v9 (account_id, armed_at, stop_id);
create index open_stops_v9_instrument_at on open_stops_v9 (instrument_id, armed_at, stop_id);
