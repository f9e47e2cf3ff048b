import fc from 'fast-check';
import { LTC, PartitionFixture, T0, ulidOf } from '../../test/support/partition-fixture.js';
import { engineTick } from '../../test/support/armed-stops.js';
import { marketArbitrary, planArbitrary } from '../../test/support/plan-arbitrary.js';
import type { SlowTick } from '../../test/support/slow-stop.js';
import type { Fact } from '../domain/facts.js';
import type { Problem } from '../domain/kernel/decider.js';
import type { DecimalText } from '../domain/kernel/units.js';
import { settingsOf } from '../domain/stop/dialect.js';
import type { PlanRequest } from '../domain/stop/plan-request.js';
import type { Tick } from '../engine/tick.js';
import { sweepPlans } from './plan-sweep.js';
import type { SweepCase, SweepExit, SweepOutcome } from './plan-sweep.js';
import { PRICE_KIND, PriceColumns } from './price-columns.js';

const TICK = '0.01';
const MARKET = { priceTick: TICK, quantityStep: '0.001' };
const STEP_MS = 250;

interface Drawn {
  readonly cases: readonly SweepCase[];
  readonly market: readonly SlowTick[];
  /** Steps of time between one price and the next. */
  readonly pauses: readonly number[];
}

const timing = fc.constantFrom<Partial<PlanRequest>>(
  {},
  {},
  { timeStop: { after: 'PT7.5S' } },
  { timeStop: { after: 'PT5S', unlessInProfit: true } },
  { timeStop: { after: 'PT1S', then: 'expire' } },
);
const bars = { period: 2, interval: 'PT1S' };
const ranging = fc.constantFrom<Partial<PlanRequest>>(
  ...[{}, {}, {}, {}, {}, {}],
  { trail: { atr: { ...bars, multiple: '1.5' } } },
  { trail: { chandelier: { ...bars, multiple: '1.5' } } },
  { trail: { donchian: bars } },
  { trail: { ema: bars } },
);

const drawn: fc.Arbitrary<Drawn> = fc.record({
  cases: fc.array(
    fc
      .record({
        ...{ drawn: planArbitrary(TICK), timing, ranging },
        afterRows: fc.integer({ min: 1, max: 30 }),
        entryPrice: fc.option(fc.constant('40'), { nil: undefined }),
      })
      .map(({ drawn: { side, plan }, timing: times, ranging: range, afterRows, entryPrice }) => ({
        ...{ side, afterRows, quantity: '10' },
        ...(entryPrice !== undefined && { entryPrice }),
        plan: { ...plan, ...times, ...(plan.trail && range), dialect: settingsOf(plan.dialect) },
      })),
    { minLength: 2, maxLength: 8 },
  ),
  // One after the other: a walk alone is mostly over before a time is.
  market: fc
    .array(marketArbitrary(TICK), { minLength: 4, maxLength: 8 })
    .map((days) => days.flat()),
  pauses: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 200, maxLength: 200 }),
});

function columnsOf({ market, pauses }: Drawn): PriceColumns {
  const columns = new PriceColumns();
  let at = T0;
  market.forEach((shown, row) => {
    at += STEP_MS * (pauses[row] ?? 0);
    const tick = engineTick(shown, 2);
    if (tick.kind === 'trade') columns.add(PRICE_KIND.trade, at, tick.priceUnits, tick.priceUnits);
    else columns.add(PRICE_KIND.quote, at, tick.bidUnits, tick.askUnits);
  });
  return columns;
}

/** One case in an engine of its own, which is woken every quarter of a second and records every move. */
class Alone {
  private readonly fixture = PartitionFixture.ready();
  private readonly stopId = ulidOf(2);

  constructor(private readonly one: SweepCase) {}

  run({ market, pauses }: Drawn): SweepOutcome {
    const { fixture, one, stopId } = this;
    for (const [row, shown] of market.entries()) {
      for (let left = pauses[row] ?? 0; left > 0; left -= 1) {
        fixture.at += STEP_MS;
        if (left > 1) fixture.input({ kind: 'timer' });
      }
      const tick = engineTick(shown, 2);
      const id = tick.kind === 'trade' ? { tradeId: String(row) } : { sequence: String(row) };
      fixture.input({ kind: 'tick', tick: { ...tick, ...id } as Tick });
      if (row + 1 !== one.afterRows) continue;
      const problems = this.begin(shown);
      if (problems) return { kind: 'refused', problems };
    }
    const armed = this.decided('StopArmed');
    if (!armed) return { kind: 'refused', problems: [tooLate(one, market.length)] };
    const [triggered, expired] = [this.decided('StopTriggered'), this.decided('StopExpired')];
    const track = fixture.partition.trackOf(stopId) ?? (triggered ?? expired ?? armed).track;
    const end = triggered ? 'triggered' : expired ? 'expired' : 'open';
    const activated = fixture.partition.registry.stops.get(stopId)?.activated ?? false;
    const { entryPrice } = armed;
    return { kind: 'ran', end, entryPrice, exits: this.exits(), track, activated };
  }

  private begin(shown: SlowTick): readonly Problem[] | undefined {
    const { fixture, stopId, one } = this;
    const { side, quantity, plan } = one;
    const newest = 'last' in shown ? shown.last : side === 'long' ? shown.ask : shown.bid;
    const position = { positionId: ulidOf(1), accountId: 'demo', instrumentId: LTC };
    const commands = [
      {
        ...{ kind: 'OpenPosition', ...position, side, quantity },
        entryPrice: one.entryPrice ?? newest,
      },
      { kind: 'ArmStop', stopId, positionId: ulidOf(1), plan },
    ];
    for (const command of commands) {
      const result = fixture.command(command);
      if (result.kind === 'rejected') return result.problems;
    }
    return undefined;
  }

  private exits(): SweepExit[] {
    return this.fixture.decisions.flatMap(({ fact }): SweepExit[] => {
      if (fact.type !== 'StopTriggered' && fact.type !== 'StopTargetHit') return [];
      const { at, cause, order } = fact.data;
      const { quantity, limitPrice } = order;
      const branch = fact.type === 'StopTriggered' ? fact.data.branch : 'target';
      const [row, price] = [Number(cause?.tradeId), cause?.price ?? ('' as DecimalText)];
      return [
        { branch, at, row, price, quantity, ...(limitPrice !== undefined && { limitPrice }) },
      ];
    });
  }

  private decided<Type extends Fact['type']>(type: Type) {
    const found = this.fixture.decisions.find(({ fact }) => fact.type === type);
    return found?.fact.data as Extract<Fact, { type: Type }>['data'] | undefined;
  }
}

function tooLate({ afterRows }: SweepCase, prices: number): Problem {
  const rule = `must be at most the number of prices, ${prices}`;
  return { code: 'OUT_OF_RANGE', field: 'afterRows', rule, value: String(afterRows) };
}

describe('a sweep of plans', () => {
  it('comes to what an engine for each plan comes to', () => {
    const seen = new Map<string, number>();
    fc.assert(
      fc.property(drawn, (day) => {
        const found = sweepPlans(MARKET, day.cases, columnsOf(day));
        expect(found).toStrictEqual(day.cases.map((one) => new Alone(one).run(day)));
        for (const outcome of found) {
          const word = outcome.kind === 'ran' ? outcome.end : 'refused';
          seen.set(word, (seen.get(word) ?? 0) + 1);
        }
      }),
      { numRuns: 200 },
    );
    // The plans must have been of every sort, or little was shown.
    for (const word of ['triggered', 'open', 'expired', 'refused']) {
      expect([word, (seen.get(word) ?? 0) > 10]).toStrictEqual([word, true]);
    }
  });

  it('comes to the same in parts', () => {
    fc.assert(
      fc.property(drawn, (day) => {
        const { cases } = day;
        const prices = columnsOf(day);
        const parts = [cases.slice(0, 2), cases.slice(2)];
        expect(parts.flatMap((part) => sweepPlans(MARKET, part, prices))).toStrictEqual(
          sweepPlans(MARKET, cases, prices),
        );
      }),
      { numRuns: 50 },
    );
  });
});
