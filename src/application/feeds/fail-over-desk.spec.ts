import type { Tick } from '../../engine/tick.js';
import { FAIL_OVER_RULES, FailOverDesk } from './fail-over-desk.js';
import type { SeatChange } from './fail-over-desk.js';

const T0 = 1_750_541_280_000;
const LTC = 'BINANCE:LTCUSDT';
const { failBackMsFirst, silence } = FAIL_OVER_RULES;

function price(feed: string, kind: Tick['kind'] = 'trade'): Tick {
  return { kind, feed, instrumentId: LTC } as Tick;
}

/** Two feeds of one instrument by the second: which show something, for how long. */
class Bench {
  readonly desk = new FailOverDesk();
  readonly changes: SeatChange[] = [];
  nowMs = T0;

  constructor(feeds: readonly string[] = ['a', 'b']) {
    this.desk.seat(LTC, feeds);
    for (const feed of feeds) this.desk.onConnected(feed);
  }

  run(seconds: number, ...feeds: readonly string[]): this {
    for (let second = 0; second < seconds; second += 1) {
      this.nowMs += 1_000;
      for (const feed of feeds) this.changes.push(...this.desk.onPrice(price(feed), this.nowMs));
      this.changes.push(...this.desk.check(this.nowMs));
    }
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
          : `${change.feed} ${change.kind} ${change.silentMs}`,
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
    bench.desk.onConnected('a');
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
      bench.desk.onConnected('a');
      const sinceMs = bench.nowMs;
      while (bench.desk.activeFeed(LTC) === 'b') bench.run(1, 'a', 'b');
      waits.push(Math.floor((bench.nowMs - sinceMs) / 60_000));
      bench.run(5, 'a', 'b');
    }
    expect(waits).toEqual([1, 2, 4, 8, 15, 15]);
  });

  it('is never one that lacks the kind of price that plans rest on', () => {
    const bench = new Bench(['a', 'b', 'c']).run(10, 'a', 'c');
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
