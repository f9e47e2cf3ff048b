create table account_equity_v6 (
  equity_id text collate "C" primary key,
  account_id text not null,
  currency text not null,
  span text not null,
  day text,
  deposits numeric not null,
  withdrawals numeric not null,
  realised numeric not null,
  fees numeric not null,
  funding numeric not null,
  dividends numeric not null,
  balance numeric not null,
  exposure numeric not null,
  exposure_max numeric not null,
  updated_at timestamptz not null
);
create index account_equity_v6_account on account_equity_v6 (account_id, span, equity_id);
create index account_equity_v6_span on account_equity_v6 (span, equity_id);
