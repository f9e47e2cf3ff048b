create table audit_trail_v2 (
  audit_id text collate "C" primary key,
  stream_id text not null,
  revision integer not null,
  type text not null,
  actor text not null,
  command_id text,
  correlation_id text not null,
  causation_id text not null,
  build text not null,
  account_id text,
  instrument_id text,
  at timestamptz not null,
  recorded_at timestamptz not null
);
create index audit_trail_v2_account on audit_trail_v2 (account_id, audit_id);
create index audit_trail_v2_stream on audit_trail_v2 (stream_id, audit_id);
create index audit_trail_v2_actor on audit_trail_v2 (actor, audit_id);
create index audit_trail_v2_type on audit_trail_v2 (type, audit_id);
create index audit_trail_v2_recorded_at on audit_trail_v2 (recorded_at, audit_id);
