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
      // Even ones: between any two there is room for a print that never was.
      const tradeId = String(2 * (Number(tick.tradeId) + round * ids));
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

/** A print that never was, far off. */
function outlierAt(print: TradeTick): TradeTick {
  const tradeId = String(Number(print.tradeId) - 1);
  return { ...print, tradeId, priceUnits: Math.round(print.priceUnits * 0.9) };
}

/** How long prints of the venue waited to be decided on; one that never was waited for the next that was. */
class Uptime {
  private readonly waiting = new Map<string, number>();
  private downMs = 0;
  private downUntilMs = -Infinity;

  shown({ tradeId, venueTimeMs }: TradeTick): void {
    this.waiting.set(tradeId, venueTimeMs);
  }

  decided(tradeId: string, nowMs: number): void {
    if (!this.waiting.has(tradeId)) return;
    for (const [id, shownAtMs] of this.waiting) {
      this.waiting.delete(id);
      this.downMs += Math.max(0, nowMs - Math.max(shownAtMs, this.downUntilMs));
      this.downUntilMs = nowMs;
      if (id === tradeId) return;
    }
  }

  get share(): number {
    return 1 - this.downMs / DAY_MS;
  }
}

/** `like`: a second line to the same venue; `unlike`: another venue that shows the same prices; `none`: nobody. */
type Standby = 'like' | 'unlike' | 'none';

interface Hostility {
  readonly prints: readonly TradeTick[];
  readonly seed: number;
  readonly standby: Standby;
}

function disturbed({ prints, seed, standby }: Hostility) {
  const day = new HostileDay(chance(seed));
  const random = chance(seed + 1);
  const troubles = outages(random);
  const a = new ScriptedFeed('a', 'venue');
  const b = new ScriptedFeed('b', standby === 'like' ? 'venue' : 'elsewhere');
  const lines = standby === 'none' ? [a] : [a, b];
  const instrument = { instrumentId: LTC, priceScale: 2, nowMs: T0 };
  const pricesRead = () => day.engine.partition.pricesRead();
  const market = new MarketFixture(lines, instrument, undefined, pricesRead);
  const uptime = new Uptime();
  const seen: string[] = [];
  const qualityAtMs: Record<string, number[]> = { a: [], b: [] };
  market.onTick = (tick) => {
    if (tick.kind === 'trade' && mayDecide(tick)) {
      seen.push(tick.tradeId);
      uptime.decided(tick.tradeId, market.time.clock());
    }
    day.take(tick);
  };
  market.onChange = (feed, { change }) => {
    if (change === 'quality') qualityAtMs[feed]?.push(market.time.clock());
  };
  for (const line of lines) line.connect();
  const counts = { drop: 0, mute: 0, repeated: 0, reordered: 0, outlier: 0 };
  let old: TradeTick | undefined;
  for (const print of prints) {
    market.time.advance(Math.max(0, print.venueTimeMs - market.time.clock()));
    uptime.shown(print);
    for (const line of lines) {
      const own = troubles[line === a ? 'a' : 'b'];
      if (!isThere(line, print, { troubles: own, counts })) continue;
      if (random() < 0.002) {
        counts.outlier += 1;
        line.show(outlierAt(print));
      }
      line.show(print);
      if (random() < 0.01) {
        counts.repeated += 1;
        line.show(print);
      }
      if (!old || random() > 0.2) continue;
      counts.reordered += 1;
      line.show(old);
    }
    if (random() < 0.005) old = print;
  }
  return { day, market, seen, counts, uptime, qualityAtMs };
}

describe('24 hours of a venue that drops, falls mute, repeats, reorders and makes prints up', () => {
  const prints = dayOfPrints();
  const seed = 20_250_621;
  const calm = undisturbed(prints, seed);
  const alone = disturbed({ prints, seed, standby: 'none' });
  const like = disturbed({ prints, seed, standby: 'like' });
  const unlike = disturbed({ prints, seed, standby: 'unlike' });

  it('are hostile: without a standby a tenth of the day is lost, and stops with it', () => {
    expect(alone.uptime.share).toBeLessThan(0.9);
    const byThatPrint = [...calm.fired].filter(
      ([stopId, causes]) => alone.day.fired.get(stopId)?.[0] === causes[0],
    );
    expect(byThatPrint.length).toBeLessThan(calm.fired.size);
    const { counts } = like;
    expect(Math.min(...Object.values(counts))).toBeGreaterThan(10);
  });

  it('are up for 99.9 % with a second line, and fire the stops of a calm day, each once', () => {
    const { day, market, seen, uptime } = like;
    expect(uptime.share).toBeGreaterThanOrEqual(0.999);
    expect(calm.fired.size).toBeGreaterThan(STOPS / 4);
    const missed = [...calm.fired.keys()].filter((stopId) => !day.fired.has(stopId));
    const doubled = [...day.fired.values()].filter((causes) => causes.length > 1);
    expect([missed.length, doubled.length]).toEqual([0, 0]);
    // Each by the print that fires it on a calm day, and no other stop.
    expect([...day.fired].sort()).toEqual([...calm.fired].sort());
    // Every print decided exactly once, whichever line showed it, and none that was made up.
    expect([...seen].sort()).toEqual(prints.map(({ tradeId }) => tradeId).sort());
    const overs = market.words.filter((word) => word.includes('→'));
    expect(overs.filter((word) => word.endsWith('lost')).length).toBeGreaterThan(5);
    expect(overs.filter((word) => word.endsWith('stale')).length).toBeGreaterThan(5);
    expect(overs.filter((word) => word.endsWith('fail-back')).length).toBeGreaterThan(5);
  });

  it('miss no stop and double none with another venue to stand by, whose ids are its own', () => {
    const { day, seen, uptime } = unlike;
    const missed = [...calm.fired.keys()].filter((stopId) => !day.fired.has(stopId));
    const doubled = [...day.fired.values()].filter((causes) => causes.length > 1);
    expect([missed.length, doubled.length]).toEqual([0, 0]);
    expect([...day.fired.keys()].sort()).toEqual([...calm.fired.keys()].sort());
    expect(seen.filter((tradeId) => Number(tradeId) % 2 === 1)).toEqual([]);
    // Prints of a line that has fallen mute wait until that is longer than is usual for it.
    expect(uptime.share).toBeGreaterThan(0.97);
  });

  it('are told of once a minute at most, feed by feed', () => {
    for (const timesMs of Object.values(like.qualityAtMs)) {
      expect(timesMs.length).toBeGreaterThan(100);
      const pausesMs = timesMs.slice(1).map((atMs, index) => atMs - (timesMs[index] ?? 0));
      expect(Math.min(...pausesMs)).toBeGreaterThanOrEqual(60_000);
    }
  });
});
