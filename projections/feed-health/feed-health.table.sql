create table feed_health_v1 (
  feed text collate "C" primary key,
  url text,
  connected boolean not null,
  recorded text,
  connects integer not null,
  losses integer not null,
  gap_ms bigint not null,
  gaps json not null,
  last_loss_reason text,
  refused json not null,
  connected_at timestamptz,
  lost_at timestamptz,
  updated_at timestamptz not null
);
