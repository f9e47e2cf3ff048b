import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ReplayFeed } from '../../src/adapters/feed-replay/replay.feed.js';
import { SimulatedFeed } from '../../src/adapters/feed-simulated/simulated.feed.js';
import { TapeWriter } from '../../src/adapters/tape/tape.writer.js';
import type { MarketFeed } from '../../src/application/ports/market-feed.port.js';
import type { Tick } from '../../src/engine/tick.js';
import { RecordedTicks } from '../../src/market-data/recorded-ticks.js';
import { Recording } from '../../src/market-data/recorded-trades.js';
import { openFeed } from '../../src/market-feeds.main.js';
import { VirtualTime } from '../support/virtual-time.js';

const FILE = join(__dirname, '../fixtures/ticks/bac-20131009-1943.trades.csv.gz');
const BAC = { instrumentId: 'US:BAC', symbol: 'BAC', priceScale: 2 };
const T0 = 1_750_541_280_000;

function listen(feed: MarketFeed): { ticks: Tick[]; recorded: (string | null)[] } {
  const heard = { ticks: [] as Tick[], recorded: [] as (string | null)[] };
  feed.follow([BAC]);
  feed.start({
    onTick: (tick) => heard.ticks.push(tick),
    onConnected: ({ recorded }) => heard.recorded.push(recorded),
    onLost: () => undefined,
    onRefused: (reason) => {
      throw new Error(reason);
    },
  });
  return heard;
}

describe('a recording as a feed', () => {
  const all = [
    ...new RecordedTicks(Recording.read(FILE), {
      instrumentId: 'US:BAC',
      feed: 'r',
      priceScale: 2,
    }),
  ];
  const spanMs = (all.at(-1)?.venueTimeMs ?? 0) - (all[0]?.venueTimeMs ?? 0);

  function replay(speed: number | 'max', time: VirtualTime): ReplayFeed {
    return new ReplayFeed({ id: 'r', recorded: 'bac', ticksOf: () => all, speed, time });
  }

  it.each([1, 10])('keeps the recorded spacing at speed %i', (speed) => {
    const time = new VirtualTime(T0);
    const { ticks, recorded } = listen(replay(speed, time));
    expect(recorded).toEqual(['bac']);
    time.advance(Math.ceil(spanMs / speed) - 1);
    expect(ticks.length).toBeLessThan(all.length);
    time.advance(1);
    expect(ticks.map(({ venueTimeMs }) => venueTimeMs)).toEqual(
      all.map(({ venueTimeMs }) => venueTimeMs),
    );
    const shifts = ticks.map((tick) => {
      return (tick.receivedAtMs - T0) * speed - (tick.venueTimeMs - (all[0]?.venueTimeMs ?? 0));
    });
    // Timers have milliseconds; none leaves early, and what is late does not add up.
    expect(Math.min(...shifts)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...shifts)).toBeLessThan(speed);
  });

  it('plays all at once at full speed, and carries what the message says of a print', () => {
    const { ticks } = listen(replay('max', new VirtualTime(T0)));
    expect(ticks).toHaveLength(all.length);
    expect(ticks.filter(({ verdict }) => verdict === 'not-a-trade')).toHaveLength(
      all.filter(({ verdict }) => verdict === 'not-a-trade').length,
    );
  });

  it('shows nothing after it was closed', async () => {
    const time = new VirtualTime(T0);
    const feed = replay(1, time);
    const { ticks } = listen(feed);
    const { length } = ticks;
    await feed.close();
    time.advance(spanMs);
    expect(ticks).toHaveLength(length);
    expect(time.running).toBe(0);
  });
});

describe('a tape as a feed', () => {
  const dir = mkdtempSync(join(tmpdir(), 'played-tape-'));
  afterAll(() => rmSync(dir, { recursive: true }));

  it('plays what came from the deciding feed once, to be judged anew', async () => {
    const verdicts = ['good', 'outlier', 'confirmed', 'not-a-trade', 'standby'] as const;
    const tape = TapeWriter.open(dir, { segmentBytesMax: 1_000_000, fsyncIntervalMs: 0 });
    for (const [seq, verdict] of verdicts.entries()) {
      const tick: Tick = {
        ...{ kind: 'trade', instrumentId: 'US:BAC', feed: 'a', priceUnits: 1387 + seq, size: '1' },
        ...{ tradeId: String(seq), venueTimeMs: T0 + seq, receivedAtMs: T0 + seq, verdict },
      };
      tape.append({ epoch: 1, seq, at: T0 + seq, input: { kind: 'tick', tick } });
    }
    await tape.close();
    const time = new VirtualTime(T0);
    const feed = openFeed({ id: 'r', type: 'replay', file: dir, speed: 'max' }, time);
    const { ticks } = listen(feed);
    expect(ticks.map(({ feed: id, verdict }) => [id, verdict])).toEqual([
      ['r', 'good'],
      ['r', 'good'],
      ['r', 'not-a-trade'],
    ]);
  });

  it('is refused when there is none', () => {
    const feed = openFeed(
      { id: 'r', type: 'replay', file: join(dir, 'none.csv.gz'), speed: 1 },
      new VirtualTime(T0),
    );
    expect(() => listen(feed)).toThrow('unreadable');
  });
});

describe('a simulated feed', () => {
  function run(seed: number): { ticks: Tick[]; recorded: (string | null)[] } {
    const time = new VirtualTime(T0);
    const feed = new SimulatedFeed({
      ...{ id: 's', seed, startPrice: '13.87', ticksPerSecond: 10, time },
    });
    const heard = listen(feed);
    time.advance(60_000);
    return heard;
  }

  it('says that it is no market, and walks on whole units', () => {
    const { ticks, recorded } = run(7);
    expect(recorded).toEqual(['simulated, seed 7: no market']);
    expect(ticks).toHaveLength(1_200);
    const units = ticks.flatMap((tick) => (tick.kind === 'trade' ? [tick.priceUnits] : []));
    expect(units.every((one) => Number.isSafeInteger(one) && one > 0)).toBe(true);
    expect(new Set(units).size).toBeGreaterThan(5);
  });

  it('gives the same prices for the same seed, and others for another', () => {
    expect(run(7).ticks).toEqual(run(7).ticks);
    expect(run(8).ticks).not.toEqual(run(7).ticks);
  });
});

describe('a simulated feed whose start is no price of the instrument', () => {
  it('says so', () => {
    const refused: string[] = [];
    const time = new VirtualTime(T0);
    const feed = new SimulatedFeed({
      ...{ id: 's', seed: 1, startPrice: '13.875', ticksPerSecond: 1, time },
    });
    feed.follow([BAC]);
    feed.start({
      onTick: () => refused.push('a price'),
      onConnected: () => undefined,
      onLost: () => undefined,
      onRefused: (reason, sample) => refused.push(`${reason} ${sample}`),
    });
    time.advance(5_000);
    expect(refused).toEqual(['bad-price 13.875 for US:BAC']);
  });
});
