import type { FeedConnected, FeedEvent } from '../../src/domain/feed/feed.events.js';
import { T0 } from '../../test/support/event-builders.js';
import { rowOf } from '../../test/support/folding.js';
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
      refused: {},
      connectedAt: '2025-06-21T21:31:04.000Z',
      lostAt: '2025-06-21T21:31:01.000Z',
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
});
