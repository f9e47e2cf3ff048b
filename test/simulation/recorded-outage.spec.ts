import { join } from 'node:path';
import { Recording } from '../../src/market-data/recorded-trades.js';
import { expectKeptPromises } from '../support/chaos-promises.js';
import { ChaosWorld } from '../support/chaos-world.js';
import type { ChaosScene } from '../support/chaos-world.js';
import { T0 } from '../support/partition-fixture.js';

const TICKS = '../fixtures/ticks/binance-spot-ltcusdt-20250621-first.trades.csv.gz';
/** 2025-06-21T21:24:00Z: in this minute LTCUSDT falls from 81.14 to 80.07, in 960 prints. */
const MINUTE_MS = 1_750_541_040_000;
const BEGINS_MS = 2_000;
const AWAY = { from: BEGINS_MS, to: BEGINS_MS + 60_000 };
const SEEDS = 5;
/** Half a second until a log that does not answer counts as slow, a quarter of it to notice, and the disk. */
const BUDGET_MS = 650;

function printsOfTheMinute(): ChaosScene['prints'] {
  const recording = Recording.read(join(__dirname, TICKS));
  const prints: { atMs: number; price: string; tradeId: string }[] = [];
  for (let row = 0; row < recording.rowCount; row += 1) {
    const sinceMs = recording.timeMs(row) - MINUTE_MS;
    if (sinceMs < 0 || sinceMs >= 60_000) continue;
    const cents = Number(recording.value(row, 'price')).toFixed(2);
    const tradeId = recording.value(row, 'trade_id');
    prints.push({ atMs: BEGINS_MS + sinceMs, price: cents, tradeId });
  }
  // The market goes on when the log is back: a limit that is left over fills.
  return [...prints, { atMs: AWAY.to + 1_000, price: '80.00', tradeId: '1' }];
}

describe('a log that is away for the whole minute in which the market falls', () => {
  const prints = printsOfTheMinute();
  const firing = prints.find(({ price }) => Number(price) <= 80.5);

  it.each(['down', 'hangs', 'loses answers'] as const)(
    'and %s: the exit leaves within its budget, and the log is whole and in order afterwards',
    async (kind) => {
      expect([prints.length, firing?.price]).toStrictEqual([961, '80.50']);
      for (let seed = 1; seed <= SEEDS; seed += 1) {
        const scene = { plan: { stop: '80.50' }, prints, logTrouble: { ...AWAY, kind } };
        const world = new ChaosWorld(seed, scene);
        await world.run();
        expectKeptPromises({ seed, world });
        const sent = world.story.find((line) => line.includes('-0101')) ?? '';
        const heldMs = Number(sent.split(' ')[0]) - (firing?.atMs ?? NaN);
        expect(heldMs).toBeLessThanOrEqual(BUDGET_MS);
        const [trigger] = world.log.events.filter(
          ({ decision }) => decision.fact.type === 'StopTriggered',
        );
        expect(trigger?.decision.fact.data.at).toBe(T0 + (firing?.atMs ?? NaN));
      }
    },
  );

  it.each(['down', 'hangs', 'loses answers'] as const)(
    'and %s: an account that asks for it leaves its stop to the venue, and acts itself before that',
    async (kind) => {
      for (let seed = 1; seed <= SEEDS; seed += 1) {
        const insurance = { margin: { amount: '0.10' } };
        const scene = { plan: { stop: '80.50', insurance }, prints, logTrouble: { ...AWAY, kind } };
        const sent = async (venueStopAfterMs: number): Promise<string[]> => {
          const world = new ChaosWorld(seed, { ...scene, venueStopAfterMs });
          await world.run();
          expectKeptPromises({ seed, world });
          const orders = world.story.filter((line) => line.includes('sends'));
          return orders.map((line) => line.slice(-4));
        };
        // Nothing was left for an exit when the log was back: the venue's own stop had sold.
        expect(await sent(5_000)).toStrictEqual(['zz01']);
        expect(await sent(59_000)).toContain('0101');
      }
    },
  );
});
