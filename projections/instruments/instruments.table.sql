create table instruments_v3 (
  instrument_id text collate "C" primary key,
  instrument_version integer not null,
  venue text not null,
  symbol text not null,
  price_tick numeric not null,
  quantity_step numeric not null,
  quote_currency text not null,
  contract json,
  feeds json not null,
  revision integer not null,
  defined_at timestamptz not null,
  updated_at timestamptz not null
);
