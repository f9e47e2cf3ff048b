import type { Tick } from '../../engine/tick.js';
import type { PriceKind } from '../../domain/feed/feed.events.js';
import { markFeed } from '../../engine/price-source.js';
import { FAIL_OVER_RULES, FailOverDesk } from './fail-over-desk.js';
import type { SeatChange } from './fail-over-desk.js';

const T0 = 1_750_541_280_000;
const LTC = 'BINANCE:LTCUSDT';
const { failBackMsFirst, silence } = FAIL_OVER_RULES;

function price(feed: string, kind: Tick['kind'] = 'trade'): Tick {
  return { kind, feed, instrumentId: LTC } as Tick;
}

const KINDS: Readonly<Record<string, Tick['kind']>> = { T: 'trade', q: 'quote' };

/** Two feeds of one instrument by the second: which show something, for how long. */
class Bench {
  readonly read = new Map<string, ReadonlySet<PriceKind>>();
  readonly desk = new FailOverDesk(FAIL_OVER_RULES, () => this.read);
  readonly changes: SeatChange[] = [];
  nowMs = T0;

  constructor(feeds: readonly string[] = ['a', 'b']) {
    this.desk.seat(LTC, feeds);
    for (const feed of feeds) this.connect(feed);
  }

  run(seconds: number, ...feeds: readonly string[]): this {
    for (let second = 0; second < seconds; second += 1) {
      this.nowMs += 1_000;
      for (const feed of feeds) this.changes.push(...this.desk.onPrice(price(feed), this.nowMs));
      this.changes.push(...this.desk.check(this.nowMs));
    }
    return this;
  }

  reading(...kinds: readonly PriceKind[]): this {
    this.read.set(LTC, new Set(kinds));
    return this;
  }

  /** Each feed by the second; `T` a trade, `q` a quote, `m` a mark price. */
  show(seconds: number, shown: Readonly<Record<string, string>>): this {
    for (let second = 0; second < seconds; second += 1) {
      this.nowMs += 1_000;
      for (const [feed, kinds] of Object.entries(shown)) {
        for (const kind of kinds) {
          const tick = kind === 'm' ? price(markFeed(feed), 'quote') : price(feed, KINDS[kind]);
          this.changes.push(...this.desk.onPrice(tick, this.nowMs));
        }
      }
      this.changes.push(...this.desk.check(this.nowMs));
    }
    return this;
  }

  connect(feed: string): this {
    this.desk.onConnected(feed, this.nowMs);
    return this;
  }

  lose(feed: string): this {
    this.changes.push(...this.desk.onLost(feed, this.nowMs));
    return this;
  }

  get words(): string[] {
    return this.changes
      .splice(0)
      .map((change) =>
        change.kind === 'failed-over'
          ? `${change.feed} → ${change.to}: ${change.reason}`
          : `${change.feed} ${[change.priceKind, change.kind].join(' ').trim()} ${change.silentMs}`,
      );
  }
}

describe('the feed that decides', () => {
  it('is the preferred one while it is sound', () => {
    const bench = new Bench().run(600, 'a', 'b');
    expect(bench.words).toEqual([]);
    expect(bench.desk.activeFeed(LTC)).toBe('a');
  });

  it('is the standby at once when the preferred one is lost', () => {
    const bench = new Bench().run(10, 'a', 'b').lose('a');
    expect(bench.words).toEqual(['a → b: lost']);
    expect(bench.desk.activeFeed(LTC)).toBe('b');
  });

  it('is the standby when the preferred one is silent for longer than it usually is', () => {
    const bench = new Bench().run(300, 'a', 'b').run(20, 'b');
    expect(bench.words).toEqual([`a stale ${silence.msMin + 1_000}`, 'a → b: stale']);
  });

  it('stays when both are silent: the market is closed', () => {
    const bench = new Bench().run(300, 'a', 'b').run(20);
    expect(bench.words).toEqual(['a stale 6000', 'b stale 6000']);
    expect(bench.desk.activeFeed(LTC)).toBe('a');
    bench.run(1, 'b');
    expect(bench.words).toEqual(['b recovered 21000', 'a → b: stale']);
  });

  it('is the preferred one again only after that was sound for a while', () => {
    const bench = new Bench().run(10, 'a', 'b').lose('a').run(5, 'b');
    bench.connect('a');
    bench.run(failBackMsFirst / 1_000, 'a', 'b');
    expect(bench.words).toEqual(['a → b: lost']);
    bench.run(1, 'a', 'b');
    expect(bench.words).toEqual(['b → a: fail-back']);
  });

  it('does not swing: each failure soon after a return doubles the wait for the next', () => {
    const bench = new Bench().run(10, 'a', 'b');
    const waits: number[] = [];
    for (let round = 0; round < 6; round += 1) {
      bench.lose('a');
      bench.connect('a');
      const sinceMs = bench.nowMs;
      while (bench.desk.activeFeed(LTC) === 'b') bench.run(1, 'a', 'b');
      waits.push(Math.floor((bench.nowMs - sinceMs) / 60_000));
      bench.run(5, 'a', 'b');
    }
    expect(waits).toEqual([1, 2, 4, 8, 15, 15]);
  });

  it('is never one that lacks the kind of price that plans rest on', () => {
    const bench = new Bench(['a', 'b', 'c']).reading('trade').run(10, 'a', 'c');
    for (let second = 0; second < 10; second += 1) {
      bench.desk.onPrice(price('b', 'quote'), bench.nowMs);
    }
    bench.lose('a');
    expect(bench.words).toEqual(['a → c: lost']);
  });

  it('is none that was configured later under the same name: what decides is not exchanged by a second word', () => {
    const { desk } = new Bench();
    desk.seat(LTC, ['b']);
    expect(desk.activeFeed(LTC)).toBe('a');
  });
});

describe('a kind of price that falls mute while another of the same feed goes on', () => {
  it.each([
    ['trade', 'Tq', 'q'],
    ['quote', 'Tq', 'T'],
    ['mark', 'qm', 'q'],
  ] as const)('is noticed where a stop reads it: %s', (kind, all, rest) => {
    const bench = new Bench().reading(kind).show(300, { a: all, b: all });
    expect(bench.show(20, { a: rest, b: all }).words).toEqual([
      `a ${kind} stale ${silence.msMin + 1_000}`,
      'a → b: stale',
    ]);
    expect(bench.show(1, { a: all, b: all }).words).toEqual([`a ${kind} recovered 21000`]);
    bench.show(failBackMsFirst / 1_000 - 1, { a: all, b: all });
    expect(bench.words).toEqual([]);
    expect(bench.show(1, { a: all, b: all }).words).toEqual(['b → a: fail-back']);
  });

  it('is noticed from when a stop is armed on it', () => {
    const bench = new Bench().show(300, { a: 'Tq', b: 'Tq' }).show(60, { a: 'q', b: 'Tq' });
    expect(bench.words).toEqual([]);
    expect(bench.reading('trade').show(1, { a: 'q', b: 'Tq' }).words).toEqual([
      'a trade stale 61000',
      'a → b: stale',
    ]);
  });

  it('is not looked at where nothing that is armed reads it', () => {
    const bench = new Bench().reading('quote').show(300, { a: 'Tq', b: 'Tq' });
    expect(bench.show(600, { a: 'q', b: 'q' }).words).toEqual([]);
  });

  it('is mute only beyond its own usual silence: rare trades beside many quotes do not swing', () => {
    const bench = new Bench().reading('trade');
    for (let hour = 0; hour < 24; hour += 1) {
      for (const seconds of [60, 240, 90, 1_200, 30, 300, 600, 1_080]) {
        bench.show(1, { a: 'Tq', b: 'Tq' }).show(seconds - 1, { a: 'q', b: 'q' });
      }
    }
    // While nothing was known about them: three times in a day, each silence longer than the ones before.
    expect(bench.words.filter((word) => word.includes('stale')).length).toBeLessThanOrEqual(3);
    expect(bench.show(4 * 1_200, { a: 'q', b: 'q' }).words.slice(0, 1)).toEqual([
      expect.stringMatching(/^a trade stale 4[78]\d{5}$/),
    ]);
  });

  it('does not take an outage of hours for what is usual', () => {
    const bench = new Bench().reading('trade').show(300, { a: 'T', b: '' });
    bench.show(4 * 3_600, { a: '', b: '' }).show(300, { a: 'T', b: '' });
    expect(bench.words).toHaveLength(2);
    bench.show(8 * 60 + 1, { a: '', b: '' });
    expect(bench.words).toEqual([expect.stringMatching(/^a trade stale/)]);
  });

  it('is not called mute for the time in which there was no connection', () => {
    const bench = new Bench(['a']).reading('trade').show(300, { a: 'T' }).lose('a');
    bench.show(600, {}).connect('a').show(5, {});
    expect(bench.words).toEqual([]);
    expect(bench.show(1, {}).words).toEqual(['a trade stale 6000']);
  });
});

describe('a standby that lacks a kind of price', () => {
  it('takes over where nothing that is armed reads that kind, and where nothing is armed at all', () => {
    for (const kinds of [['trade'], []] as const) {
      const bench = new Bench().reading(...kinds).show(10, { a: 'Tq', b: 'T' });
      expect(bench.lose('a').words).toEqual(['a → b: lost']);
    }
  });

  it('takes over when what is armed does not read that kind any more', () => {
    const bench = new Bench().reading('trade').show(10, { a: 'Tq', b: 'q' }).lose('a');
    expect(bench.show(1, { b: 'q' }).words).toEqual([]);
    expect(bench.reading('quote').show(1, { b: 'q' }).words).toEqual(['a → b: lost']);
  });

  it('takes over for what it has when the other shows nothing, and gives back what it lacks', () => {
    const bench = new Bench().reading('trade', 'quote').show(10, { a: 'Tq', b: 'T' }).lose('a');
    expect(bench.show(5, { b: 'T' }).words).toEqual(['a → b: lost']);
    expect(bench.connect('a').show(1, { a: 'q', b: 'T' }).words).toEqual([]);
    expect(bench.show(1, { a: 'Tq', b: 'T' }).words).toEqual(['b → a: stale']);
  });

  it('does not take over for one kind what another stop would lose', () => {
    const bench = new Bench().reading('trade', 'quote').show(300, { a: 'Tq', b: 'T' });
    expect(bench.show(20, { a: 'q', b: 'T' }).words).toEqual(['a trade stale 6000']);
    expect(bench.desk.activeFeed(LTC)).toBe('a');
  });

  it('gives back as ever, though a kind is read that no feed shows', () => {
    const bench = new Bench().reading('trade', 'mark').show(10, { a: 'T', b: 'T' }).lose('a');
    bench.connect('a').show(failBackMsFirst / 1_000, { a: 'T', b: 'T' });
    expect(bench.words).toEqual(['a → b: lost']);
    expect(bench.show(1, { a: 'T', b: 'T' }).words).toEqual(['b → a: fail-back']);
  });
});
