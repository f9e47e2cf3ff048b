create table audit_trail_v7 (
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
create index audit_trail_v7_account on audit_trail_v7 (account_id, audit_id);
create index audit_trail_v7_stream on audit_trail_v7 (stream_id, audit_id);
create index audit_trail_v7_actor on audit_trail_v7 (actor, audit_id);
create index audit_trail_v7_type on audit_trail_v7 (type, audit_id);
create index audit_trail_v7_recorded_at on audit_trail_v7 (recorded_at, audit_id);
create index audit_trail_v7_account_at on audit_trail_v7 (account_id, recorded_at, audit_id);
