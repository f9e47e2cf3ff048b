create table protection_v8 (
  position_id text collate "C" primary key,
  account_id text not null,
  instrument_id text not null,
  mode text not null,
  side text not null,
  open_quantity numeric not null,
  guarded_by json not null,
  without_level json not null,
  asleep json not null,
  exiting json not null,
  covered_quantity numeric not null,
  uncovered_quantity numeric not null,
  uncovered_since timestamptz,
  uncovered_quantity_seconds numeric not null,
  uncovered_ms_max bigint not null,
  updated_at timestamptz not null
);
create index protection_v8_account on protection_v8 (account_id, position_id);
create index protection_v8_uncovered on protection_v8 (position_id) where uncovered_since is not null;
create index protection_v8_instrument on protection_v8 (instrument_id, position_id);
