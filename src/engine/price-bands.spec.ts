import { LTC, PartitionFixture } from '../../test/support/partition-fixture.js';
import type { Fact } from '../domain/facts.js';

const NSE = [
  { from: '250.0', tick: '0.05' },
  { from: '1000', tick: '0.10' },
];

function define(fixture: PartitionFixture, more: Record<string, unknown> = {}) {
  return fixture.command({
    ...{ kind: 'DefineInstrument', instrumentId: LTC, symbol: 'LTCUSDT', priceTick: '0.01' },
    ...{ quantityStep: '1', quoteCurrency: 'USDT', feeds: ['main'], priceBands: NSE, ...more },
  });
}

function banded(): PartitionFixture {
  const fixture = PartitionFixture.ready();
  expect(define(fixture)).toMatchObject({ kind: 'accepted' });
  return fixture;
}

function levelsOf(facts: readonly Fact[]): unknown[] {
  return facts.flatMap((fact) => ('track' in fact.data ? [fact.data.track.level] : []));
}

describe('an instrument whose tick changes with the price', () => {
  it('is a version of its own in the log, with the bands as they were meant', () => {
    const defined = banded().decisions.at(-1)?.fact;
    expect(defined).toMatchObject({
      ...{ type: 'InstrumentDefined', version: 4 },
      data: {
        priceBands: [
          { from: '250', tick: '0.05' },
          { from: '1000', tick: '0.1' },
        ],
      },
    });
  });

  it.each([
    ['long', 'tighter', ['998.05', '1000.1', '249.5', '250.05']],
    ['short', 'tighter', ['1000.1', '1003.9', '249.99', '251.35']],
    ['long', 'looser', ['998', '1000', '249.49', '250']],
    ['short', 'looser', ['1000.2', '1004', '250', '251.4']],
    // Who rounds to decimals, or not at all, knows no bands.
    ['long', 'halfEvenDecimals', ['998.04', '1000.04', '249.49', '250.04']],
    ['long', 'none', ['998.037', '1000.037', '249.494', '250.044']],
  ] as const)(
    'rounds the levels of a %s to the grid of their own band: %s',
    (side, rounding, levels) => {
      // Distances whose exact levels lie between two prices of different bands.
      const cases =
        side === 'long'
          ? ([
              ['1000.1', '2.063'], // 998.037
              ['1002.1', '2.063'], // 1000.037
              ['251.55', '2.056'], // 249.494
              ['252.1', '2.056'], // 250.044
            ] as const)
          : ([
              ['998.1', '2.063'], // 1000.163
              ['1001.9', '2.063'], // 1003.963
              ['247.93', '2.064'], // 249.994
              ['249.33', '2.064'], // 251.394
            ] as const);
      const found = cases.map(([price, amount]) => {
        const fixture = banded();
        fixture.position(1, side, '10', price);
        fixture.price(price);
        const armed = fixture.arm(2, 1, { trail: { amount }, dialect: { rounding } });
        expect(armed).toMatchObject({ kind: 'accepted' });
        return levelsOf(fixture.decisions.slice(-1).map(({ fact }) => fact))[0];
      });
      expect(found).toStrictEqual(levels);
    },
  );

  it('lets a limit exit lie on the grid of its own band', () => {
    const fixture = banded();
    fixture.position(1, 'long', '10', '250.50');
    fixture.price('250.50');
    fixture.arm(2, 1, { stop: '250.05', limit: { price: '249.99', then: 'keep' } });
    fixture.position(3, 'short', '10', '999');
    fixture.arm(4, 3, {
      ...{ stop: '999.95', limit: { offset: '0.07', then: 'keep' } },
      dialect: { rounding: 'none' },
    });
    const limits = (price: string): unknown[] =>
      fixture
        .price(price)
        .flatMap((fact) => (fact.type === 'StopTriggered' ? [fact.data.order.limitPrice] : []));
    expect(limits('250')).toStrictEqual(['249.99']);
    expect(limits('999.95')).toStrictEqual(['1000.1']); // 1000.02, and the side that fills sooner
  });

  it('refuses a price that lies off its band, and names the band', () => {
    const fixture = banded();
    fixture.position(1, 'long', '10', '260');
    const refused = fixture.arm(2, 1, {
      stop: '249.99',
      targets: [{ price: '270.01', portion: '0.5' }, { price: '1000.05' }],
    });
    expect(refused).toMatchObject({
      problems: [
        {
          ...{ code: 'PRICE_OFF_GRID', field: 'plan.targets.0.price', value: '270.01' },
          rule: 'must be a multiple of 0.05, the price tick from 250 on',
        },
        { rule: 'must be a multiple of 0.1, the price tick from 1000 on', value: '1000.05' },
      ],
    });
  });

  it('keeps its bands while a stop is armed on it', () => {
    const fixture = banded();
    expect(define(fixture, { priceBands: [...NSE].map((band) => ({ ...band })) })).toMatchObject({
      kind: 'accepted',
    });
    fixture.position(1, 'long', '10', '260');
    fixture.arm(2, 1, { stop: '240' });
    expect(define(fixture, { priceBands: NSE.slice(1) })).toMatchObject({
      rejection: 'conflict',
      problems: [{ code: 'GRID_IN_USE', field: 'priceBands' }],
    });
    expect(define(fixture)).toMatchObject({ kind: 'accepted' });
  });

  it('names everything that is wrong with its bands at once', () => {
    const bands = [
      { from: '250.03', tick: '0.05' },
      { from: '250', tick: '0.125' },
    ];
    expect(define(PartitionFixture.ready(), { priceBands: bands })).toMatchObject({
      rejection: 'invalid',
      problems: [
        { code: 'BAND_OFF_GRID', field: 'priceBands.0.from', value: '250.03' },
        { code: 'BAND_OFF_GRID', field: 'priceBands.1.tick', value: '0.125' },
        { code: 'BANDS_NOT_RISING', field: 'priceBands.1.from', value: '250' },
      ],
    });
    const broken = [{ from: '-1', tick: 'x' }];
    expect(define(PartitionFixture.ready(), { priceBands: broken })).toMatchObject({
      problems: [
        { code: 'NOT_POSITIVE', field: 'priceBands.0.from' },
        { code: 'NOT_A_DECIMAL', field: 'priceBands.0.tick' },
      ],
    });
    const many = Array.from({ length: 65 }, (_band, place) => ({
      from: `${place + 1}`,
      tick: '1',
    }));
    expect(define(PartitionFixture.ready(), { priceBands: many })).toMatchObject({
      problems: [{ code: 'OUT_OF_RANGE', field: 'priceBands', value: '65' }],
    });
  });

  it('is known after a restart', () => {
    const before = banded();
    before.position(1, 'long', '10', '260');
    before.price('260');
    before.arm(2, 1, { trail: { amount: '3.333' } });
    const after = before.restarted();
    after.partition.beginRecovery();
    after.partition.live();
    expect(levelsOf(after.price('262'))).toStrictEqual(['258.7']); // 258.667
  });
});
