import { join } from 'node:path';
import { mayDecide } from '../../src/engine/tick.js';
import type { Tick, TradeTick } from '../../src/engine/tick.js';
import { RecordedTicks } from '../../src/market-data/recorded-ticks.js';
import { Recording } from '../../src/market-data/recorded-trades.js';
import { MarketFixture } from '../support/market-fixture.js';
import { LTC, PartitionFixture, T0 } from '../support/partition-fixture.js';
import { ScriptedFeed } from '../support/scripted-feed.js';

const FILE = join(__dirname, '../fixtures/ticks/binance-spot-ltcusdt-20250621-first.trades.csv.gz');
const DAY_MS = 24 * 3_600_000;
const STOPS = 200;

/** mulberry32: the same seed gives the same day. */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** The recorded prints of 9.5 h, on end, until a day is full: ids and times go on rising. */
function dayOfPrints(): TradeTick[] {
  const once = [
    ...new RecordedTicks(Recording.read(FILE), { instrumentId: LTC, feed: 'venue', priceScale: 2 }),
  ].filter((tick): tick is TradeTick => tick.kind === 'trade');
  const [first, last] = [once[0], once.at(-1)];
  if (!first || !last) throw new Error('the recording has prints');
  const spanMs = last.venueTimeMs - first.venueTimeMs + 1_000;
  const ids = Number(last.tradeId) - Number(first.tradeId) + 1;
  const day: TradeTick[] = [];
  for (let round = 0; ; round += 1) {
    for (const tick of once) {
      const venueTimeMs = T0 + (tick.venueTimeMs - first.venueTimeMs) + round * spanMs;
      if (venueTimeMs >= T0 + DAY_MS) return day;
      const tradeId = String(Number(tick.tradeId) + round * ids);
      day.push({ ...tick, venueTimeMs, receivedAtMs: venueTimeMs, tradeId });
    }
  }
}

type Trouble = 'drop' | 'mute';

interface Outage {
  readonly fromMs: number;
  readonly toMs: number;
  readonly trouble: Trouble;
}

/** Troubles of one line after another, never of both at once: nothing could be shown then. */
function outages(random: () => number): Record<'a' | 'b', Outage[]> {
  const found: Record<'a' | 'b', Outage[]> = { a: [], b: [] };
  let atMs = T0 + 600_000;
  while (atMs < T0 + DAY_MS - 600_000) {
    const line = random() < 0.6 ? 'a' : 'b';
    const lastsMs = 1_000 + Math.floor(random() * 240_000);
    const trouble = random() < 0.5 ? 'drop' : 'mute';
    found[line].push({ fromMs: atMs, toMs: atMs + lastsMs, trouble });
    atMs += lastsMs + 150_000 + Math.floor(random() * 900_000);
  }
  return found;
}

class HostileDay {
  readonly engine = PartitionFixture.ready();
  readonly fired = new Map<string, string[]>();

  constructor(random: () => number) {
    for (let number = 1; number <= STOPS; number += 1) {
      const isLong = number % 2 === 0;
      this.engine.position(number, isLong ? 'long' : 'short', '1', '82');
      // From just beside the market to the far end of the day, fixed and trailing.
      const far = 0.3 + random() * 5;
      const level = (isLong ? 83 - far : 83 + far).toFixed(2);
      const plan =
        number % 4 < 2 ? { stop: level } : { trail: { percent: (0.2 + random() * 3).toFixed(2) } };
      const result = this.engine.arm(STOPS + number, number, {
        ...plan,
        dialect: 'stopledger',
      });
      if (result.kind === 'rejected') throw new Error(JSON.stringify(result.problems));
    }
  }

  take(tick: Tick): void {
    this.engine.at = Math.max(this.engine.at, tick.receivedAtMs);
    for (const fact of this.engine.input({ kind: 'tick', tick }).facts) {
      if (fact.type !== 'StopTriggered') continue;
      const { stopId, cause } = fact.data;
      this.fired.set(stopId, [...(this.fired.get(stopId) ?? []), cause?.tradeId ?? 'none']);
    }
  }
}

function undisturbed(prints: readonly TradeTick[], seed: number): HostileDay {
  const day = new HostileDay(chance(seed));
  for (const tick of prints) day.take(tick);
  return day;
}

/** Whether a line shows this print; ends and makes its connection as the troubles say. */
function isThere(
  feed: ScriptedFeed,
  { venueTimeMs }: TradeTick,
  { troubles, counts }: { troubles: readonly Outage[]; counts: Record<Trouble, number> },
): boolean {
  const found = troubles.find(({ fromMs, toMs }) => venueTimeMs >= fromMs && venueTimeMs < toMs);
  if (!found && !feed.isConnected) feed.connect();
  if (found?.trouble === 'mute') counts.mute += 1;
  if (found?.trouble === 'drop' && feed.isConnected) {
    counts.drop += 1;
    feed.lose('dropped');
  }
  return !found;
}

function disturbed(prints: readonly TradeTick[], seed: number) {
  const day = new HostileDay(chance(seed));
  const random = chance(seed + 1);
  const troubles = outages(random);
  const feeds = { a: new ScriptedFeed('a', 'venue'), b: new ScriptedFeed('b', 'venue') };
  const market = new MarketFixture([feeds.a, feeds.b], {
    ...{ instrumentId: LTC, priceScale: 2, nowMs: T0 },
  });
  const seen: string[] = [];
  market.onTick = (tick) => {
    if (tick.kind === 'trade' && mayDecide(tick)) seen.push(tick.tradeId);
    day.take(tick);
  };
  feeds.a.connect();
  feeds.b.connect();
  const counts = { drop: 0, mute: 0, repeated: 0, reordered: 0 };
  let old: TradeTick | undefined;
  for (const print of prints) {
    market.time.advance(Math.max(0, print.venueTimeMs - market.time.clock()));
    for (const line of ['a', 'b'] as const) {
      if (!isThere(feeds[line], print, { troubles: troubles[line], counts })) continue;
      feeds[line].show(print);
      if (random() < 0.01) {
        counts.repeated += 1;
        feeds[line].show(print);
      }
      if (!old || random() > 0.2) continue;
      counts.reordered += 1;
      feeds[line].show(old);
    }
    if (random() < 0.005) old = print;
  }
  return { day, market, seen, counts };
}

describe('24 hours of a venue that drops, falls mute, repeats and reorders', () => {
  const prints = dayOfPrints();

  it.each([20_250_621])('fire the stops of an undisturbed day, each once (seed %i)', (seed) => {
    const calm = undisturbed(prints, seed);
    const { day, market, seen, counts } = disturbed(prints, seed);
    expect(calm.fired.size).toBeGreaterThan(STOPS / 4);
    expect([...day.fired.keys()].sort()).toEqual([...calm.fired.keys()].sort());
    for (const [stopId, causes] of day.fired) {
      expect(causes).toHaveLength(1);
      expect(causes).toEqual(calm.fired.get(stopId));
    }
    // Every print decided exactly once, whichever line showed it.
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.length).toBe(prints.length);
    const overs = market.words.filter((word) => word.includes('→'));
    expect(overs.filter((word) => word.endsWith('lost')).length).toBeGreaterThan(5);
    expect(overs.filter((word) => word.endsWith('stale')).length).toBeGreaterThan(5);
    expect(overs.filter((word) => word.endsWith('fail-back')).length).toBeGreaterThan(5);
    expect(Math.min(...Object.values(counts))).toBeGreaterThan(10);
  });
});
