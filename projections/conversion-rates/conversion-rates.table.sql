create table conversion_rates_v1 (
  rate_id text collate "C" primary key,
  account_id text not null,
  currency text not null,
  in_currency text not null,
  rate numeric not null,
  source text not null,
  stated_at timestamptz not null
);
create index conversion_rates_v1_account on conversion_rates_v1 (account_id, rate_id);
