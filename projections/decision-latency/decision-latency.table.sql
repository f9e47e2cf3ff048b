create table decision_latency_v3 (
  order_id text collate "C" primary key,
  stop_id text not null,
  account_id text not null,
  instrument_id text not null,
  branch text not null,
  venue_time timestamptz,
  received_at timestamptz,
  decided_at timestamptz not null,
  durable_at timestamptz not null,
  acked_at timestamptz,
  filled_at timestamptz,
  venue_to_received_ms bigint,
  received_to_decided_ms bigint,
  decided_to_durable_ms bigint not null,
  durable_to_acked_ms bigint,
  durable_to_filled_ms bigint
);
create index decision_latency_v3_account on decision_latency_v3 (account_id, order_id);
create index decision_latency_v3_stop on decision_latency_v3 (stop_id, order_id);
create index decision_latency_v3_instrument on decision_latency_v3 (instrument_id, order_id);
