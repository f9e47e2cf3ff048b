create table audit_trail_v5 (
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
create index audit_trail_v5_account on audit_trail_v5 (account_id, audit_id);
create index audit_trail_v5_stream on audit_trail_v5 (stream_id, audit_id);
create index audit_trail_v5_actor on audit_trail_v5 (actor, audit_id);
create index audit_trail_v5_type on audit_trail_v5 (type, audit_id);
create index audit_trail_v5_recorded_at on audit_trail_v5 (recorded_at, audit_id);
create index audit_trail_v5_account_at on audit_trail_v5 (account_id, recorded_at, audit_id);
