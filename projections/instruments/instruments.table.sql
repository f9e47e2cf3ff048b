create table instruments_v4 (
  instrument_id text collate "C" primary key,
  instrument_version integer not null,
  venue text not null,
  symbol text not null,
  price_tick numeric not null,
  price_bands json,
  quantity_step numeric not null,
  quote_currency text not null,
  contract json,
  session_end text,
  trading_hours json,
  feeds json not null,
  revision integer not null,
  defined_at timestamptz not null,
  updated_at timestamptz not null
);
