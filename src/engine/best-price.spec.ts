import { LTC, PartitionFixture, ulidOf } from '../../test/support/partition-fixture.js';
import type { PositionSide } from '../domain/kernel/units.js';
import type { PlanRequest } from '../domain/stop/plan-request.js';

/** 0.05, from 100 on 0.50. */
function banded(): PartitionFixture {
  const fixture = PartitionFixture.ready();
  const defined = fixture.command({
    ...{ kind: 'DefineInstrument', instrumentId: LTC, symbol: 'LTCUSDT', priceTick: '0.05' },
    ...{ quantityStep: '1', quoteCurrency: 'USDT', feeds: ['main'] },
    priceBands: [{ from: '100', tick: '0.50' }],
  });
  expect(defined).toMatchObject({ kind: 'accepted' });
  return fixture;
}

/** Armed at the first price: the level then and behind each of the others, and whether the stop has fired. */
function levels(side: PositionSide, plan: PlanRequest, prices: readonly string[]): string[] {
  const fixture = banded();
  const [first = '', ...others] = prices;
  fixture.position(1, side, '10', first);
  fixture.price(first);
  expect(fixture.arm(2, 1, plan)).toMatchObject({ kind: 'accepted' });
  const standing = (): string => {
    const fired = fixture.decisions.find(({ fact }) => fact.type === 'StopTriggered')?.fact;
    if (fired?.type === 'StopTriggered') return `fired at ${String(fired.data.track.level)}`;
    return String(fixture.partition.trackOf(ulidOf(2))?.level);
  };
  return [
    standing(),
    ...others.map((price) => {
      fixture.price(price);
      return standing();
    }),
  ];
}

describe('a level that would be rounded onto the best price it hangs behind', () => {
  it.each<
    [string, PositionSide, PlanRequest, readonly (readonly [price: string, level: string])[]]
  >([
    [
      'an amount in a coarser band',
      'long',
      { trail: { amount: '0.45' } },
      [
        ['100.00', '99.55'],
        ['100.50', '100'],
        ['100.00', 'fired at 100'],
      ],
    ],
    [
      'a share in a coarser band',
      'long',
      { trail: { percent: '0.4' } },
      [
        ['100.00', '99.6'],
        ['100.50', '100'],
        ['101.00', '100.5'],
      ],
    ],
    [
      'ticks in a coarser band',
      'long',
      { trail: { ticks: 4 }, dialect: { rounding: 'nearest' } },
      [
        ['99.95', '99.75'],
        ['100.00', '99.8'],
        ['101.00', '100.5'],
        ['101.50', '101'],
      ],
    ],
    [
      'a tightening',
      'long',
      { trail: { amount: '3' }, tighten: { from: '101', trail: { amount: '0.2' } } },
      [
        ['100.50', '97.5'],
        ['101.00', '100.5'],
      ],
    ],
    [
      'the same of a short, within the band and at its edge',
      'short',
      { trail: { amount: '0.45' } },
      [
        ['100.50', '101'],
        ['100.00', '100.5'],
        ['100.50', 'fired at 100.5'],
      ],
    ],
    // 0.06 % of 80 is 0.048: the lower price has made it narrower than a tick.
    [
      'a share of a price that falls',
      'short',
      { trail: { percent: '0.06' } },
      [
        ['99.95', '100'],
        ['80.00', '80.05'],
        ['79.95', '80'],
        ['80.00', 'fired at 80'],
      ],
    ],
  ])('is on its other side: %s', (_what, side, plan, steps) => {
    const found = levels(
      side,
      plan,
      steps.map(([price]) => price),
    );
    expect(found).toStrictEqual(steps.map(([, level]) => level));
  });
});
