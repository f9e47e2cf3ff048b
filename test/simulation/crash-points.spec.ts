import type { EngineCommand } from '../../src/engine/engine-commands.js';
import { CrashWorld } from '../support/crash-world.js';
import type { CrashProcess } from '../support/crash-world.js';
import { LTC, ulidOf } from '../support/partition-fixture.js';

const head = (commandId: string) => ({ commandId, actor: 'test' });
const COMMANDS: readonly EngineCommand[] = [
  {
    kind: 'DefineInstrument',
    instrumentId: LTC,
    symbol: 'LTCUSDT',
    priceTick: '0.01',
    quantityStep: '0.001',
    quoteCurrency: 'USDT',
    feeds: ['main'],
    ...head('c1'),
  },
  {
    kind: 'OpenAccount',
    accountId: 'demo',
    broker: 'paper',
    mode: 'paper',
    currency: 'USDT',
    ...head('c2'),
  },
  {
    kind: 'OpenPosition',
    positionId: ulidOf(1),
    accountId: 'demo',
    instrumentId: LTC,
    side: 'long',
    quantity: '10',
    entryPrice: '83.29',
    ...head('c3'),
  },
  {
    kind: 'ArmStop',
    stopId: ulidOf(2),
    positionId: ulidOf(1),
    plan: { trail: { amount: '1.25' }, targets: [{ price: '84', portion: '0.5' }] },
    ...head('c4'),
  },
];
// A move, a target (partial exit), another move, the trigger at 82.80, then prints for fills.
const PRICES = ['83.29', '83.39', '84.00', '84.05', '82.80', '82.79', '82.78'];
const LAST_WORDS = ['82.70', '82.70', '82.70'];

/** The client repeats what was not answered: a command that is known already changes nothing. */
async function setUp(process: CrashProcess): Promise<void> {
  await process.price('83.29');
  for (const command of COMMANDS) {
    const { registry } = process.partition;
    const isKnown =
      (command.kind === 'OpenPosition' && registry.positions.has(command.positionId)) ||
      (command.kind === 'ArmStop' && registry.stops.has(command.stopId));
    if (!isKnown) await process.command(command);
  }
}

async function live(process: CrashProcess, prices: readonly string[]): Promise<void> {
  await process.recover();
  await setUp(process);
  for (const price of prices) await process.price(price);
}

async function runWithDeaths(deaths: readonly number[]): Promise<CrashWorld> {
  const world = new CrashWorld();
  for (const dieAt of deaths) {
    const process = world.start(dieAt);
    await live(process, PRICES);
    process.isDead = true;
  }
  await live(world.start(), [...PRICES, ...LAST_WORDS]);
  return world;
}

function expectSettledOnce(world: CrashWorld, deaths: readonly number[]): void {
  const accepted = world.book.flatMap((change) =>
    change.kind === 'accepted' ? [change.order] : [],
  );
  const ids = accepted.map((order) => order.orderId);
  const story = JSON.stringify({ deaths, stop: world.typesOf('stop-'), ids });
  // One order for each exit that was decided, each with its own id, none sent twice.
  expect([story, new Set(ids).size]).toStrictEqual([story, ids.length]);
  expect([story, world.book.filter((change) => change.kind === 'repeated')]).toStrictEqual([
    story,
    [],
  ]);
  const quantity = accepted.reduce((sum, order) => sum + Number(order.quantity), 0);
  expect([story, quantity]).toStrictEqual([story, 10]);
  expect([story, world.typesOf('stop-').filter((type) => type === 'StopTriggered')]).toStrictEqual([
    story,
    ['StopTriggered'],
  ]);
  expect([story, world.typesOf('stop-').at(-1)]).toStrictEqual([story, 'StopClosed']);
  expect([story, world.typesOf('position-').at(-1)]).toStrictEqual([story, 'PositionClosed']);
  expect([story, new Set(world.log.map(({ id }) => id)).size]).toStrictEqual([
    story,
    world.log.length,
  ]);
}

describe('a process that dies', () => {
  it('at any point of the way leaves a start that settles everything with one order for each exit', async () => {
    const undisturbed = new CrashWorld();
    const process = undisturbed.start();
    await live(process, [...PRICES, ...LAST_WORDS]);
    expectSettledOnce(undisturbed, []);
    expect(process.points).toBeGreaterThan(40);
    for (let dieAt = 0; dieAt < process.points; dieAt += 1) {
      expectSettledOnce(await runWithDeaths([dieAt]), [dieAt]);
    }
  }, 60_000);

  it('and dies again while it recovers does no worse', async () => {
    for (let first = 0; first < 60; first += 5) {
      for (let second = 0; second < 24; second += 3) {
        expectSettledOnce(await runWithDeaths([first, second]), [first, second]);
      }
    }
  }, 60_000);
});
