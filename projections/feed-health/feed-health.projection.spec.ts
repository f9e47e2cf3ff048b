import type { FeedConnected, FeedEvent, PriceKind } from '../../src/domain/feed/feed.events.js';
import { T0 } from '../../test/support/event-builders.js';
import { folding, rowOf } from '../../test/support/folding.js';
import { feedHealth } from './feed-health.projection.js';

const input = { partition: 'main', epoch: 1, seq: 7 };
const stampAt = (ms: number) => ({ feed: 'main', input, at: T0 + ms });

function connected(ms: number): FeedConnected {
  return {
    type: 'FeedConnected',
    version: 1,
    data: { ...stampAt(ms), url: 'ws://venue', recorded: null },
  };
}
function lost(ms: number, reason: string): FeedEvent {
  return { type: 'FeedLost', version: 1, data: { ...stampAt(ms), reason } };
}
function stale(ms: number, instrumentId: string, silentMs: number): FeedEvent {
  const data = { ...stampAt(ms), instrumentId, silentMs, usualMs: 900 };
  return { type: 'FeedStale', version: 1, data };
}
function recovered(ms: number, instrumentId: string, silentMs: number): FeedEvent {
  return { type: 'FeedRecovered', version: 1, data: { ...stampAt(ms), instrumentId, silentMs } };
}
function refused(counts: Record<string, number>): FeedEvent {
  return { type: 'FeedQualityReported', version: 1, data: { ...stampAt(0), counts } };
}

describe('the health of a feed', () => {
  it('counts tries that fail one after the other as one gap', () => {
    const facts = [connected(0), lost(1000, 'reset'), lost(1500, 'refused'), connected(4000)];
    expect(rowOf(feedHealth, facts)).toStrictEqual({
      feed: 'main',
      url: 'ws://venue',
      connected: true,
      recorded: null,
      connects: 2,
      losses: 1,
      upMs: 1000,
      downMs: 3000,
      uptimeShare: '0.250000',
      gapMs: 3000,
      gaps: [
        {
          from: '2025-06-21T21:31:01.000Z',
          to: '2025-06-21T21:31:04.000Z',
          ms: 3000,
          reason: 'refused',
        },
      ],
      lastLossReason: 'refused',
      stales: 0,
      silentMs: 0,
      silences: [],
      failedOver: 0,
      failOvers: [],
      tookOver: 0,
      refused: {},
      connectedAt: '2025-06-21T21:31:04.000Z',
      lostAt: '2025-06-21T21:31:01.000Z',
      epoch: 1,
      updatedAt: '2025-06-21T21:31:04.000Z',
    });
  });

  it('says that it is away', () => {
    expect(rowOf(feedHealth, [connected(0), lost(1000, 'reset')])).toMatchObject({
      connected: false,
      losses: 1,
      gapMs: 0,
      lastLossReason: 'reset',
    });
  });

  it('adds up what was refused, by reason', () => {
    const facts = [refused({ duplicate: 2 }), refused({ duplicate: 1, 'not-json': 4 })];
    expect(rowOf(feedHealth, facts).refused).toStrictEqual({ duplicate: 3, 'not-json': 4 });
  });

  it('keeps the newest hundred gaps and the sum of all', () => {
    const flapping = Array.from({ length: 120 }, (_, at) => [
      connected(at * 1000),
      lost(at * 1000 + 500, 'reset'),
    ]).flat();
    const row = rowOf(feedHealth, [...flapping, connected(120_000)]);
    expect([row.gaps.length, row.gapMs, row.losses]).toStrictEqual([100, 60_000, 120]);
  });

  it('counts no time in which there was no engine', () => {
    const restarted = connected(60_000);
    const other = { ...restarted, data: { ...restarted.data, input: { ...input, epoch: 2 } } };
    const later = { ...other, data: { ...other.data, at: T0 + 70_000 } };
    const row = rowOf(feedHealth, [connected(0), refused({}), other, later]);
    expect([row.upMs, row.downMs, row.uptimeShare]).toStrictEqual([10_000, 0, '1.000000']);
  });

  it('tells silences of one kind of price from those of another', () => {
    const mute = (kind: PriceKind | null, ms: number): FeedEvent => {
      const data = { ...stampAt(ms), instrumentId: 'a', silentMs: 5_000, usualMs: 900 };
      return { type: 'FeedStale', version: 2, data: { ...data, priceKind: kind } };
    };
    const heard: FeedEvent = {
      ...{ type: 'FeedRecovered', version: 2 },
      data: { ...stampAt(30_000), instrumentId: 'a', silentMs: 15_000, priceKind: 'trade' },
    };
    const facts = [connected(0), mute('trade', 20_000), mute('quote', 20_000), mute(null, 21_000)];
    const { silences } = rowOf(feedHealth, [...facts, heard]);
    expect(silences.map(({ priceKind, to }) => [priceKind, to !== null])).toStrictEqual([
      ['trade', true],
      ['quote', false],
      [null, false],
    ]);
  });

  it('shows when it was connected and silent, instrument by instrument', () => {
    const facts = [
      connected(0),
      stale(20_000, 'a', 15_000),
      stale(21_000, 'b', 16_000),
      recovered(30_000, 'a', 25_000),
    ];
    expect(rowOf(feedHealth, facts)).toMatchObject({
      stales: 2,
      silentMs: 25_000,
      silences: [
        {
          instrumentId: 'a',
          from: '2025-06-21T21:31:05.000Z',
          to: '2025-06-21T21:31:30.000Z',
          ms: 25_000,
          usualMs: 900,
        },
        {
          instrumentId: 'b',
          from: '2025-06-21T21:31:05.000Z',
          to: null,
          ms: 16_000,
          usualMs: 900,
        },
      ],
    });
  });

  it('shows which feed took its place, and that one that it did', () => {
    const change: FeedEvent = {
      type: 'FeedFailedOver',
      version: 1,
      data: { ...stampAt(5000), instrumentId: 'a', to: 'spare', reason: 'stale' },
    };
    const [main, spare] = folding(feedHealth, [connected(0), change]);
    expect(main).toMatchObject({
      feed: 'main',
      failedOver: 1,
      failOvers: [
        { at: '2025-06-21T21:31:05.000Z', instrumentId: 'a', to: 'spare', reason: 'stale' },
      ],
      tookOver: 0,
    });
    expect(spare).toMatchObject({ feed: 'spare', failedOver: 0, failOvers: [], tookOver: 1 });
  });
});
