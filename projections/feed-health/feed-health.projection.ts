import type {
  FeedConnected,
  FeedLost,
  FeedQualityReported,
} from '../../src/domain/feed/feed.events.js';
import type { UnixMs } from '../../src/domain/kernel/units.js';
import { isoTime } from '../projection.js';
import type { Projection } from '../projection.js';

/** A time without the feed. */
export interface FeedGap {
  readonly from: string;
  readonly to: string;
  readonly ms: number;
  readonly reason: string;
}

/**
 * Answers: how reliable is each feed, when was it away and what of it was refused?
 * Read by: the API's feed health. What it is like at this moment is asked of the engine.
 */
export interface FeedHealthRow {
  readonly feed: string;
  readonly url: string | null;
  readonly connected: boolean;
  /** Name of the recording when it replays one. */
  readonly recorded: string | null;
  readonly connects: number;
  readonly losses: number;
  /** Sum of all gaps that have ended. */
  readonly gapMs: number;
  /** The newest, oldest first. */
  readonly gaps: readonly FeedGap[];
  readonly lastLossReason: string | null;
  /** Refused input by reason. */
  readonly refused: Readonly<Record<string, number>>;
  readonly connectedAt: string | null;
  readonly lostAt: string | null;
  readonly updatedAt: string;
}

const GAPS_MAX = 100; // a feed that flaps must not make its row grow for ever: sums keep counting

export const feedHealth: Projection<FeedConnected | FeedLost | FeedQualityReported, FeedHealthRow> =
  {
    name: 'feed_health',
    version: 1,
    key: 'feed',
    consumes: { FeedConnected: true, FeedLost: true, FeedQualityReported: true },
    keyOf: ({ event }) => event.data.feed,
    evolve: (before, { event }) => {
      const row = before ?? unseen(event.data.feed);
      const updatedAt = isoTime(event.data.at);
      switch (event.type) {
        case 'FeedConnected':
          return { ...connected(row, event), updatedAt };
        case 'FeedLost':
          // Tries that fail one after the other are one gap: it began with the first.
          return {
            ...row,
            connected: false,
            losses: row.losses + (row.connected ? 1 : 0),
            lastLossReason: event.data.reason,
            lostAt: row.connected || row.lostAt === null ? updatedAt : row.lostAt,
            updatedAt,
          };
        case 'FeedQualityReported':
          return { ...row, refused: summed(row.refused, event.data.counts), updatedAt };
      }
    },
  };

function unseen(feed: string): FeedHealthRow {
  return {
    feed,
    url: null,
    connected: false,
    recorded: null,
    connects: 0,
    losses: 0,
    gapMs: 0,
    gaps: [],
    lastLossReason: null,
    refused: {},
    connectedAt: null,
    lostAt: null,
    updatedAt: '',
  };
}

function connected(row: FeedHealthRow, { data }: FeedConnected): FeedHealthRow {
  const gap = row.connected || row.lostAt === null ? undefined : gapOf(row, row.lostAt, data.at);
  return {
    ...row,
    url: data.url,
    recorded: data.recorded,
    connected: true,
    connects: row.connects + 1,
    connectedAt: isoTime(data.at),
    ...(gap && { gapMs: row.gapMs + gap.ms, gaps: [...row.gaps, gap].slice(-GAPS_MAX) }),
  };
}

function gapOf(row: FeedHealthRow, lostAt: string, at: UnixMs): FeedGap {
  const ms = at - Date.parse(lostAt);
  return { from: lostAt, to: isoTime(at), ms, reason: row.lastLossReason ?? '' };
}

function summed(sums: FeedHealthRow['refused'], counts: FeedHealthRow['refused']) {
  const added = Object.entries(counts).map(([reason, count]) => [
    reason,
    (sums[reason] ?? 0) + count,
  ]);
  return { ...sums, ...(Object.fromEntries(added) as Record<string, number>) };
}
