import type {
  FeedConnected,
  FeedEvent,
  FeedFailedOver,
  FeedRecovered,
  FeedStale,
  PriceKind,
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

/** A time in which the feed was connected and showed nothing of one instrument. */
export interface FeedSilence {
  readonly instrumentId: string;
  /** Of these prices alone; null where none of any kind came. */
  readonly priceKind: PriceKind | null;
  readonly from: string;
  /** Null while it lasts, and when the connection ended first: then it is part of a gap. */
  readonly to: string | null;
  /** So far, while it lasts. */
  readonly ms: number;
  /** The longest silence that was usual; null while too little was known. */
  readonly usualMs: number | null;
}

/** Another feed decides for an instrument from here on. */
export interface FeedFailOver {
  readonly at: string;
  readonly instrumentId: string;
  readonly to: string;
  readonly reason: string;
}

/**
 * Answers: how reliable is each feed, when was it away, silent or replaced, and what of it was refused?
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
  /** Connected and not, up to the newest fact of the feed. Time without an engine is neither. */
  readonly upMs: number;
  readonly downMs: number;
  /** Share of the two that it was connected, from 0 to 1; null before there is any. */
  readonly uptimeShare: string | null;
  /** Sum of all gaps that have ended. */
  readonly gapMs: number;
  /** The newest, oldest first. */
  readonly gaps: readonly FeedGap[];
  readonly lastLossReason: string | null;
  readonly stales: number;
  /** Sum of all silences that have ended, over all instruments. */
  readonly silentMs: number;
  /** The newest, oldest first. */
  readonly silences: readonly FeedSilence[];
  /** How often another feed was put in its place, and the newest of these, oldest first. */
  readonly failedOver: number;
  readonly failOvers: readonly FeedFailOver[];
  /** How often it was put in the place of another. */
  readonly tookOver: number;
  /** Refused input by reason. */
  readonly refused: Readonly<Record<string, number>>;
  readonly connectedAt: string | null;
  readonly lostAt: string | null;
  /** Epoch of the engine that told the newest fact. */
  readonly epoch: number;
  readonly updatedAt: string;
}

// A feed that flaps must not make its row grow for ever: sums keep counting.
const KEPT_MAX = 100;
const SHARE_DIGITS = 6;

export const feedHealth: Projection<FeedEvent, FeedHealthRow> = {
  name: 'feed_health',
  version: 3,
  key: 'feed',
  consumes: {
    FeedConnected: true,
    FeedLost: true,
    FeedStale: true,
    FeedRecovered: true,
    FeedFailedOver: true,
    FeedQualityReported: true,
  },
  keyOf: ({ event }) =>
    event.type === 'FeedFailedOver' ? [event.data.feed, event.data.to] : event.data.feed,
  evolve: (before, { event }, key) => told(timed(before ?? unseen(key), event), event),
};

/** What the fact itself says; times are counted already. */
function told(row: FeedHealthRow, event: FeedEvent): FeedHealthRow {
  switch (event.type) {
    case 'FeedConnected':
      return connected(row, event);
    case 'FeedLost':
      // Tries that fail one after the other are one gap: it began with the first.
      return {
        ...row,
        connected: false,
        losses: row.losses + (row.connected ? 1 : 0),
        lastLossReason: event.data.reason,
        lostAt: row.connected || row.lostAt === null ? row.updatedAt : row.lostAt,
      };
    case 'FeedStale':
      return fellSilent(row, event);
    case 'FeedRecovered':
      return spokeAgain(row, event);
    case 'FeedFailedOver':
      return replaced(row, event);
    case 'FeedQualityReported':
      return { ...row, refused: summed(row.refused, event.data.counts) };
  }
}

function unseen(feed: string): FeedHealthRow {
  return {
    feed,
    url: null,
    connected: false,
    recorded: null,
    connects: 0,
    losses: 0,
    upMs: 0,
    downMs: 0,
    uptimeShare: null,
    gapMs: 0,
    gaps: [],
    lastLossReason: null,
    stales: 0,
    silentMs: 0,
    silences: [],
    failedOver: 0,
    failOvers: [],
    tookOver: 0,
    refused: {},
    connectedAt: null,
    lostAt: null,
    epoch: 0,
    updatedAt: '',
  };
}

/** The row with the time since its newest fact counted, unless the engine was away in it: that is no time of the feed. */
function timed(row: FeedHealthRow, { data }: FeedEvent): FeedHealthRow {
  const isSameRun = row.updatedAt !== '' && row.epoch === data.input.epoch;
  const passedMs = isSameRun ? Math.max(0, data.at - Date.parse(row.updatedAt)) : 0;
  const upMs = row.upMs + (row.connected ? passedMs : 0);
  const downMs = row.downMs + (row.connected ? 0 : passedMs);
  return {
    ...row,
    upMs,
    downMs,
    uptimeShare: shareOf(upMs, upMs + downMs),
    epoch: data.input.epoch,
    updatedAt: isoTime(data.at),
  };
}

/** Rounded down: 1 is said of a feed that was never away. */
function shareOf(partMs: number, wholeMs: number): string | null {
  if (wholeMs === 0) return null;
  const digits = (BigInt(partMs) * 10n ** BigInt(SHARE_DIGITS)) / BigInt(wholeMs);
  const text = digits.toString().padStart(SHARE_DIGITS + 1, '0');
  return `${text.slice(0, -SHARE_DIGITS)}.${text.slice(-SHARE_DIGITS)}`;
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
    ...(gap && { gapMs: row.gapMs + gap.ms, gaps: kept(row.gaps, gap) }),
  };
}

function gapOf(row: FeedHealthRow, lostAt: string, at: UnixMs): FeedGap {
  const ms = at - Date.parse(lostAt);
  return { from: lostAt, to: isoTime(at), ms, reason: row.lastLossReason ?? '' };
}

function fellSilent(row: FeedHealthRow, { data }: FeedStale): FeedHealthRow {
  const { instrumentId, silentMs, usualMs, priceKind = null, at } = data;
  const span = { from: isoTime(at - silentMs), to: null, ms: silentMs };
  const silence = { instrumentId, priceKind, ...span, usualMs };
  return { ...row, stales: row.stales + 1, silences: kept(row.silences, silence) };
}

function spokeAgain(row: FeedHealthRow, { data }: FeedRecovered): FeedHealthRow {
  const { instrumentId, silentMs, priceKind = null, at } = data;
  const silences = [...row.silences];
  const place = silences.findLastIndex(
    (one) => one.instrumentId === instrumentId && one.priceKind === priceKind && !one.to,
  );
  const open = silences[place];
  // Of many instruments that fall silent together the oldest silences are not kept.
  if (open) silences[place] = { ...open, to: isoTime(at), ms: silentMs };
  return { ...row, silentMs: row.silentMs + silentMs, silences };
}

function replaced(row: FeedHealthRow, { data }: FeedFailedOver): FeedHealthRow {
  const { feed, instrumentId, to, reason, at } = data;
  if (row.feed !== feed) return { ...row, tookOver: row.tookOver + 1 };
  const failOver = { at: isoTime(at), instrumentId, to, reason };
  return { ...row, failedOver: row.failedOver + 1, failOvers: kept(row.failOvers, failOver) };
}

function kept<Item>(items: readonly Item[], newest: Item): readonly Item[] {
  return [...items, newest].slice(-KEPT_MAX);
}

function summed(sums: FeedHealthRow['refused'], counts: FeedHealthRow['refused']) {
  const added = Object.entries(counts).map(([reason, count]) => [
    reason,
    (sums[reason] ?? 0) + count,
  ]);
  return { ...sums, ...(Object.fromEntries(added) as Record<string, number>) };
}
