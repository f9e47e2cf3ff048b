import type { RefusalKind } from '../../src/domain/order/refusal.js';
import { expectKeptPromises } from '../support/chaos-promises.js';
import { ChaosWorld } from '../support/chaos-world.js';
import type { ChaosScene } from '../support/chaos-world.js';

const SEEDS = 20;
const AWAY = { from: 1_200, to: 5_000, kind: 'down' } as const;
const TAKEN_OVER_MS = 4_500;
const PRINT_MS = 100;
const LAST_PRINT_MS = 12_000;

/** The owner's exit is refused and goes on while the log is away; the new owner, who fires the stop anew, knows of neither. */
function scene(refusals: readonly RefusalKind[]): ChaosScene {
  const prints = [{ atMs: 1_000, price: '83.29', tradeId: '1' }];
  for (let atMs = 1_500; atMs <= LAST_PRINT_MS; atMs += PRINT_MS) {
    prints.push({ atMs, price: '81.90', tradeId: String(atMs) });
  }
  return {
    plan: { stop: '82', limit: { offset: '0.20', unfilledAfter: 'PT5S', then: 'market' } },
    prints,
    logTrouble: AWAY,
    refusals,
    takeOverAtMs: TAKEN_OVER_MS,
  };
}

/** The target's exit is refused for good, the stop's sells the other half: the new owner fires the stop for the whole. */
function sceneOfTwoExits(): ChaosScene {
  const { prints, ...rest } = scene(['final']);
  const atTarget = { atMs: 1_400, price: '84.00', tradeId: 'target' };
  const plan = { stop: '82', targets: [{ price: '84', portion: '0.5' }] };
  return { ...rest, plan, prints: [...prints, atTarget] };
}

async function sold(seed: number, played: ChaosScene) {
  const world = new ChaosWorld(seed, played);
  await world.run();
  expectKeptPromises({ seed, world });
  const sent = world.story.filter((line) => line.includes('sends'));
  return sent.map((line) => line.replace(/^\d+ /, '').replace(/sends .*-/, ''));
}

describe('an exit of an owner that was cut off from the log, and then replaced', () => {
  it.each<[string, readonly RefusalKind[], readonly string[]]>([
    ['taken at once', [], ['engine 1 0101']],
    ['refused, and then taken', ['passing'], ['engine 1 0101', 'engine 1 0102']],
    [
      'refused on its limit, and then taken at market',
      ['unclassified'],
      ['engine 1 0101', 'engine 1 0102'],
    ],
    [
      'refused twice, and then taken',
      ['unclassified', 'passing'],
      ['engine 1 0101', 'engine 1 0102', 'engine 1 0103'],
    ],
  ])('and that was %s, is not sent again by the new owner', async (_, refusals, sent) => {
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      expect(await sold(seed, scene(refusals))).toStrictEqual(sent);
    }
  });

  it('and was a further one of the stop, is not sold again by the exit that fires it anew', async () => {
    const sent = ['engine 1 0101', 'engine 1 0201', 'engine 2 0101'];
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      expect(await sold(seed, sceneOfTwoExits())).toStrictEqual(sent);
    }
  });
});
