create table accounts_v3 (
  account_id text collate "C" primary key,
  broker text not null,
  mode text not null,
  currency text not null,
  cost_basis text not null,
  trading text not null,
  trading_reason text,
  revision integer not null,
  opened_at timestamptz not null,
  updated_at timestamptz not null
);
