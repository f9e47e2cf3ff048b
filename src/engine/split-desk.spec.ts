import fc from 'fast-check';
import type { Fact } from '../domain/facts.js';
import type { PlanRequest } from '../domain/stop/plan-request.js';
import { LTC, PartitionFixture, T0, ulidOf } from '../../test/support/partition-fixture.js';

const QUIET_MS = 60_000;
const SPLIT = { kind: 'SplitInstrument', instrumentId: LTC, ratio: { from: 1, to: 4 } } as const;

/** A long of 10 at 83.29 whose stop has followed the price to 84, and a night without prices. */
function held(
  plan: PlanRequest = { trail: { amount: '1.25' } },
  quantity = '10',
): PartitionFixture {
  const fixture = PartitionFixture.ready();
  fixture.price('83.29');
  fixture.position(1, 'long', quantity);
  fixture.arm(11, 1, plan);
  fixture.price('84');
  fixture.at += QUIET_MS;
  return fixture;
}

function split(fixture: PartitionFixture, more: object = {}): Fact[] {
  const before = fixture.decisions.length;
  const result = fixture.command({ ...SPLIT, ...more });
  if (result.kind === 'rejected') throw new Error(JSON.stringify(result.problems));
  return fixture.decisions.slice(before).map(({ fact }) => fact);
}

function problemsOf(fixture: PartitionFixture, more: object = {}) {
  const result = fixture.command({ ...SPLIT, ...more });
  if (result.kind !== 'rejected') throw new Error('must be refused');
  return result.problems.map(({ code, field, value }) => [code, field, value]);
}

describe('a split', () => {
  it('says old and new of the instrument, then of each position and stop', () => {
    const facts = split(held());
    expect(facts.map(({ type }) => type)).toStrictEqual([
      'InstrumentAmended',
      'PositionRestated',
      'StopRestated',
    ]);
    expect(facts[0]?.data).toMatchObject({
      ...{ instrumentVersion: 2, ratio: { from: 1, to: 4 }, priceTick: '0.01' },
      previous: { priceTick: '0.01', quantityStep: '0.001' },
    });
    expect(facts[1]?.data).toMatchObject({
      ...{ instrumentVersion: 2, previousQuantity: '10', openQuantity: '40' },
      ...{ previousEntryPrice: '83.29', entryPrice: '20.8225' },
    });
    expect(facts[2]?.data).toMatchObject({
      ...{ instrumentVersion: 2, previousQuantity: '10', quantity: '40', armedQuantity: '40' },
      // 1.25 / 4 = 0.3125: the shorter distance; 82.75 / 4 = 20.6875: the tighter level.
      plan: { trail: { amount: '0.31' } },
      previous: { level: '82.75', extreme: '84' },
      track: { level: '20.69', extreme: '21' },
    });
  });

  it('goes on in the new units: the stop follows, fires and leaves with the whole', () => {
    const fixture = held();
    split(fixture);
    // What was seen before is no price any more.
    expect(fixture.partition.lastTick(LTC)).toBeUndefined();
    fixture.at += 1;
    expect(fixture.price('21.00', { receivedAtMs: fixture.at })).toStrictEqual([]);
    expect(fixture.price('21.10')).toMatchObject([
      { type: 'StopTrailed', data: { track: { level: '20.79' } } },
    ]);
    expect(fixture.price('20.79')[0]).toMatchObject({
      type: 'StopTriggered',
      data: { order: { quantity: '40' } },
    });
    const fill = {
      ...{ venueTradeId: 't', quantity: '40', price: '20.79', feeAmount: '0' },
      ...{ feeCurrency: 'USDT', liquidity: 'taker', filledAtMs: T0 },
    } as never;
    const facts = fixture.report({ kind: 'fill', orderId: `${ulidOf(11)}-0101`, fill });
    // 40 x 20.79 - 10 x 83.29, to the last digit.
    expect(facts).toContainEqual(
      expect.objectContaining({
        type: 'PositionClosed',
        data: expect.objectContaining({ realisedPnl: '-1.3' }) as never,
      }),
    );
  });

  it('restates every part of a plan, and its mirror, to the side that loses no protection', () => {
    const plan: PlanRequest = {
      ...{ stop: '80.01', trail: { ticks: 130 }, activation: '85.03', step: '0.02' },
      ...{ breakEven: { trigger: '86.01', offset: '0.05' }, limit: { offset: { amount: '0.05' } } },
      targets: [{ price: '90.02', portion: '0.5' }],
    };
    const restated = split(held(plan)).find(({ type }) => type === 'StopRestated');
    expect(restated?.data).toMatchObject({
      plan: {
        ...{ stop: '20.01', trail: { ticks: 32 }, activation: '21.25', step: '0.01' },
        ...{
          breakEven: { trigger: '21.5', offset: '0.02' },
          limit: { offset: { amount: '0.02' } },
        },
        targets: [{ price: '22.5', portion: '0.5' }],
      },
      track: { level: '20.01' },
    });
    const fixture = PartitionFixture.ready();
    fixture.position(1, 'short');
    fixture.arm(11, 1, { stop: '84.03', targets: [{ price: '70.01', portion: '1' }] });
    expect(split(fixture)[2]?.data).toMatchObject({
      plan: { stop: '21', targets: [{ price: '17.51' }] },
      track: { level: '21' },
    });
  });

  it('turns the other way too, onto other steps', () => {
    const facts = split(held({ stop: '80' }), {
      ...{ ratio: { from: 10, to: 1 }, priceTick: '0.05', quantityStep: '1' },
    });
    expect(facts[0]?.data).toMatchObject({ priceTick: '0.05', quantityStep: '1' });
    expect(facts[1]?.data).toMatchObject({ openQuantity: '1', entryPrice: '832.9' });
    expect(facts[2]?.data).toMatchObject({ quantity: '1', plan: { stop: '800' } });
  });

  it('rounds to the grid of the band that a price comes to lie in', () => {
    const fixture = PartitionFixture.ready();
    fixture.command({
      ...{ kind: 'DefineInstrument', instrumentId: LTC, symbol: 'LTCUSDT', priceTick: '0.01' },
      ...{ quantityStep: '1', quoteCurrency: 'USDT', feeds: ['main'] },
      priceBands: [{ from: '250', tick: '0.05' }],
    });
    fixture.position(1, 'long', '10', '1250');
    fixture.arm(11, 1, { stop: '1200.1', targets: [{ price: '1300.1', portion: '1' }] });
    expect(problemsOf(fixture, { priceTick: '0.02' })).toStrictEqual([
      ['TICK_IS_BANDED', 'priceTick', '0.02'],
    ]);
    // 300.025 and 325.025
    expect(split(fixture)[2]?.data).toMatchObject({
      plan: { stop: '300.05', targets: [{ price: '325' }] },
      track: { level: '300.05' },
    });
  });

  it('keeps the digits of a level that the dialect does not round', () => {
    const trail = { trail: { percent: '1.55' } };
    const facts = split(held({ ...trail, dialect: { rounding: 'none' } }));
    // 84 x 0.9845 / 4
    expect(facts[2]?.data).toMatchObject({ track: { level: '20.6745' } });
  });

  it('leaves the contract of a position as it is', () => {
    const fixture = PartitionFixture.ready();
    const contract = {
      ...{ kind: 'linear', multiplier: '10', baseCurrency: 'LTC', settlementCurrency: 'USDT' },
    };
    fixture.command({
      ...{ kind: 'DefineInstrument', instrumentId: LTC, symbol: 'LTCUSDT', priceTick: '0.01' },
      ...{ quantityStep: '1', quoteCurrency: 'USDT', feeds: ['main'], contract },
    });
    fixture.position(1, 'long', '10');
    expect(split(fixture)[1]?.data).toMatchObject({ contract: { multiplier: '10' } });
    const plain = split(held()).find(({ type }) => type === 'PositionRestated');
    expect(plain?.data).not.toHaveProperty('contract');
  });

  it('keeps what a sleeping stop guards, and lets it wake in the new units', () => {
    const fixture = held({ stop: '80' });
    fixture.command({ kind: 'SuspendStop', stopId: ulidOf(11) });
    split(fixture);
    expect(fixture.partition.stopsArmed).toBe(0);
    fixture.command({ kind: 'ResumeStop', stopId: ulidOf(11) });
    expect(fixture.price('20.01')).toStrictEqual([]);
    expect(fixture.price('20')[0]).toMatchObject({ type: 'StopTriggered' });
  });

  it('lets several stops of a position guard all of it, whatever their shares come to', () => {
    const fixture = PartitionFixture.ready();
    fixture.position(1, 'long', '0.01');
    fixture.arm(11, 1, { stop: '80' }, '0.005');
    fixture.arm(12, 1, { stop: '79' }, '0.005');
    const facts = split(fixture, { ratio: { from: 2, to: 3 } });
    const guarded = facts.flatMap((fact) =>
      fact.type === 'StopRestated' ? [fact.data.quantity] : [],
    );
    expect(guarded).toStrictEqual(['0.007', '0.008']);
  });

  it('measures an average range anew', () => {
    const fixture = held({ trail: { atr: { period: 2, multiple: '2', interval: 'PT1M' } } });
    const { track } = split(fixture)[2]?.data as { track: { range: unknown } };
    expect(track.range).toMatchObject({ sinceMs: fixture.at, bars: 0, close: null, bar: null });
  });

  it('is refused with every reason while something is under way, or would be lost', () => {
    const trading = held();
    trading.price('83.99', { receivedAtMs: trading.at });
    expect(problemsOf(trading)).toStrictEqual([['MARKET_TRADES', 'instrumentId', LTC]]);
    const leaving = held();
    leaving.price('82');
    expect(problemsOf(leaving)).toStrictEqual([
      ['ORDER_UNDER_WAY', 'instrumentId', `${ulidOf(11)}-0101`],
      ['STOP_TRIGGERED', 'instrumentId', ulidOf(11)],
    ]);
    expect(problemsOf(held(undefined, '0.001'), { ratio: { from: 10, to: 1 } })).toStrictEqual([
      ['SPLIT_LEAVES_FRACTION', 'ratio', '0.001'],
      ['SPLIT_LEAVES_NOTHING', 'ratio', '0.001'],
    ]);
    const tiny = { ratio: { from: 1, to: 1_000_000 } };
    const short = PartitionFixture.ready();
    short.position(1, 'short');
    short.arm(11, 1, { stop: '84' });
    expect(problemsOf(short, tiny)).toStrictEqual([['SPLIT_OFF_GRID', 'ratio', '0']]);
    const unsound = { ratio: { from: 0, to: 1.5 }, priceTick: '0' };
    expect(problemsOf(held(), unsound)).toMatchObject([
      ['BAD_FORM', 'ratio.from', '0'],
      ['BAD_FORM', 'ratio.to', '1.5'],
      [expect.any(String), 'priceTick', '0'],
    ]);
    expect(problemsOf(held(), { instrumentId: 'BINANCE:NONE' })).toMatchObject([
      ['INSTRUMENT_UNKNOWN', 'instrumentId', 'BINANCE:NONE'],
    ]);
  });
});

describe('after a crash in the middle of a split', () => {
  it.each([1, 2, 3])('a start finishes it when %i of its events are in the log', (kept) => {
    const fixture = held();
    const before = fixture.decisions.length;
    const facts = split(fixture);
    const whole = fixture.partition.trackOf(ulidOf(11));
    const after = fixture.restarted(fixture.decisions.slice(0, before + kept));
    after.partition.beginRecovery();
    for (const taped of fixture.inputs) after.partition.recover(taped);
    after.partition.live();
    // Old units are not let near new prices.
    expect(after.partition.lastTick(LTC)).toBeUndefined();
    expect(after.partition.stopsArmed).toBe(kept === 3 ? 1 : 0);
    const { facts: resumed } = after.input({ kind: 'started', build: 'test' });
    expect(resumed.slice(1).map(({ type }) => type)).toStrictEqual(
      facts.slice(kept).map(({ type }) => type),
    );
    expect(after.partition.trackOf(ulidOf(11))).toStrictEqual(whole);
    expect(after.partition.registry.positions.get(ulidOf(1))?.quantity).toBe('40');
  });

  it('a start keeps a price that came after it', () => {
    const fixture = held();
    const before = fixture.decisions.length;
    split(fixture);
    fixture.price('21.05', { receivedAtMs: fixture.at });
    const after = fixture.restarted(fixture.decisions.slice(0, before + 1));
    after.partition.beginRecovery();
    for (const taped of fixture.inputs) after.partition.recover(taped);
    after.partition.live();
    after.input({ kind: 'started', build: 'test' });
    expect(after.partition.lastTick(LTC)).toMatchObject({ priceUnits: 2105 });
  });

  it('an image of before it goes on behind it', () => {
    const fixture = held();
    const image = fixture.partition.image();
    const count = fixture.decisions.length;
    split(fixture);
    const resumed = fixture.resumed(image, count);
    expect(resumed.partition.trackOf(ulidOf(11))).toStrictEqual(
      fixture.partition.trackOf(ulidOf(11)),
    );
    expect(resumed.partition.lastTick(LTC)).toBeUndefined();
  });
});

describe('whatever is split', () => {
  const cents = fc.integer({ min: 5000, max: 8300 }).map((units) => (units / 100).toFixed(2));
  const ratio = fc.record({
    from: fc.integer({ min: 1, max: 30 }),
    to: fc.integer({ min: 1, max: 30 }),
  });

  it('no stop stands looser than it stood, nor further off than a tick', () => {
    fc.assert(
      fc.property(cents, ratio, fc.boolean(), (stop, by, isLong) => {
        const fixture = PartitionFixture.ready();
        const level = isLong ? stop : (2 * 83.29 - Number(stop)).toFixed(2);
        fixture.position(1, isLong ? 'long' : 'short', '900');
        fixture.arm(11, 1, { stop: level });
        // 900 of 0.001 steps: 1/30 of a step is the least that may be left.
        fc.pre((900_000 * by.to) % by.from === 0);
        const facts = split(fixture, { ratio: by });
        const restated = facts.find(({ type }) => type === 'StopRestated');
        const { track } = restated?.data as { track: { level: string } };
        // Exact: hundredths times the other term of the ratio.
        const [now, was] = [track.level, level].map((text) => Math.round(Number(text) * 100));
        const gain = ((now ?? NaN) * by.to - (was ?? NaN) * by.from) * (isLong ? 1 : -1);
        expect(gain).toBeGreaterThanOrEqual(0);
        expect(gain).toBeLessThan(by.to);
      }),
      { numRuns: 200 },
    );
  });

  it('what a position cost is what it cost', () => {
    fc.assert(
      fc.property(ratio, (by) => {
        fc.pre((900_000 * by.to) % by.from === 0);
        const fixture = PartitionFixture.ready();
        fixture.position(1, 'long', '900');
        split(fixture, { ratio: by });
        const { registry } = fixture.partition;
        expect(registry.positions.get(ulidOf(1))).toMatchObject({ cost: '-74961' });
      }),
      { numRuns: 100 },
    );
  });
});
