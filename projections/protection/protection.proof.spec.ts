import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Fact } from '../../src/domain/facts.js';
import { exitOrderId } from '../../src/domain/stop/stop-state.js';
import { add, decimal, formatDecimal } from '../../src/domain/kernel/decimal.js';
import { T0, positionOpened, recordedLog } from '../../test/support/event-builders.js';
import { Seeded } from '../../test/support/seeded.js';
import { protection } from './protection.projection.js';
import type { ProtectionRow } from './protection.projection.js';

const SAMPLES = join(__dirname, '../../test/fixtures/events');
const NEWEST: Readonly<Record<string, number>> = {
  PositionReduced: 2,
  PositionClosed: 2,
  StopTargetHit: 2,
  StopTriggered: 2,
};
const LATER = Object.keys(protection.consumes)
  .filter((type) => type !== 'PositionOpened')
  .map((type) => ({ type, data: sample(`${type}.v${String(NEWEST[type] ?? 1)}.json`) }));

function sample(name: string): object {
  return (JSON.parse(readFileSync(join(SAMPLES, name), 'utf8')) as { data: object }).data;
}

/** Any fact of position P1 about one of four stops: what is stated in it is chance, and so is its order. */
function anyFact(chance: Seeded, at: number): Fact {
  const { type, data } = chance.oneOf(LATER);
  const quantity = () => formatDecimal({ units: BigInt(chance.between(1, 400)), scale: 2 });
  const stopId = `S${String(chance.between(1, 4))}`;
  const ordinal = chance.between(1, 2);
  const orderId = exitOrderId(stopId, ordinal, chance.between(1, 2));
  const drawn: Record<string, unknown> = {
    ...{ positionId: 'P1', at: T0 + at * 10, stopId, ordinal, orderId },
    order: { orderId, quantity: quantity() },
    track: { level: chance.happens(0.7) ? '82' : null },
    previous: { level: null },
    ...{ quantity: quantity(), remainingQuantity: quantity(), openQuantity: quantity() },
  };
  const known = Object.entries(drawn).filter(([field]) => field in data);
  return { type, data: { ...data, ...Object.fromEntries(known) } } as Fact;
}

/** What covers the position, added up from all that does. */
function addedUp({ guardedBy, exiting }: ProtectionRow): string {
  const exits = Object.values(exiting).map(({ quantity }) => quantity);
  const parts = [...Object.values(guardedBy), ...exits].map(decimal);
  return formatDecimal(parts.reduce(add, decimal('0')));
}

describe('what covers a position', () => {
  it('is after any facts in any order what all its stops and exits add up to', () => {
    for (let seed = 1; seed <= 100; seed += 1) {
      const chance = new Seeded(seed);
      const facts = Array.from({ length: 40 }, (_, at) => anyFact(chance, at + 1));
      let row: ProtectionRow | undefined;
      for (const recorded of recordedLog([positionOpened(), ...facts])) {
        row = protection.evolve(row, recorded as never, 'P1', () => undefined);
        const found = [seed, recorded.position, row?.coveredQuantity];
        expect(found).toStrictEqual([seed, recorded.position, row && addedUp(row)]);
      }
    }
  });
});
