import {
  PLAN,
  T0,
  aCause,
  anExit,
  d,
  instrumentDefined,
  orderFilled,
  orderPartiallyFilled,
  orderPlaced,
  stopAmended,
  stopArmed,
  stopCancelled,
  stopTargetHit,
  stopTriggered,
} from '../../test/support/event-builders.js';
import type { Fact } from '../domain/facts.js';
import { DecidedStops } from './decided-stops.js';
import { shadowReport } from './shadow-report.js';
import { pairStops } from './stop-pairs.js';
import { tryStops } from './stop-trials.js';
import { PRICE_KIND, PriceColumns } from './price-columns.js';

const INSTRUMENT = instrumentDefined().data;
const INSTRUMENTS = new Map([[INSTRUMENT.instrumentId, INSTRUMENT]]);
const PLAN_82 = { ...PLAN, trail: { amount: d('0.5') } };

function folded(facts: readonly Fact[]): DecidedStops {
  const stops = new DecidedStops(new Set(['shadow', 'live']));
  for (const fact of facts) stops.apply(fact);
  return stops;
}

function reported(facts: readonly Fact[], fromMs = -Infinity, toMs = Infinity) {
  const stops = folded(facts);
  const pairs = pairStops(stops.of('shadow'), stops.of('live'), 60_000);
  return shadowReport({ ...pairs, untried: [], instruments: INSTRUMENTS, fromMs, toMs });
}

const ours = { accountId: 'shadow', stopId: 'A' };
const theirs = { accountId: 'live', stopId: 'B' };

describe('what a shadow account decided, beside another', () => {
  it('is the same where the same price let the same quantity go, and says what the fills were worth', () => {
    const { summary, exits } = reported([
      stopArmed(ours),
      stopArmed({ ...theirs, at: T0 + 40 }),
      stopTriggered({ ...ours, at: T0 + 500, order: anExit('A-0101') }),
      orderFilled({ ...ours, orderId: 'A-0101', price: d('81.54') }),
      stopTriggered({ ...theirs, at: T0 + 500, order: anExit('B-0101') }),
      orderPartiallyFilled({ ...theirs, orderId: 'B-0101', quantity: d('4'), price: d('81.5') }),
      // What the venue refused in part leaves with a further attempt: the same exit.
      orderPlaced({ ...theirs, orderId: 'B-0102', ordinal: 1, attempt: 2 }),
      orderFilled({ ...theirs, orderId: 'B-0102', quantity: d('6'), price: d('81.4') }),
    ]);
    expect(summary).toMatchObject({ isSame: true, pairs: 1, undecided: 0, otherPlans: 0 });
    // 4 × 81.5 + 6 × 81.4 − 10 × 81.54 = 814.4 − 815.4
    expect(summary.gains).toStrictEqual({ USDT: '-1' });
    expect(exits).toMatchObject([
      {
        ...{ likeness: 'same', laterByMs: 0, ticksHigher: '0' },
        here: { traded: '10', average: '81.54', price: '81.55' },
        there: { traded: '10', average: '81.44' },
        gain: { amount: '-1', currency: 'USDT', of: 'fills' },
      },
    ]);
  });

  it('is later, and by prices that decided while one of the two has no fill', () => {
    const short = { side: 'short' } as const;
    const { summary, exits } = reported([
      stopArmed({ ...ours, ...short }),
      stopArmed({ ...theirs, ...short }),
      stopTriggered({ ...ours, at: T0 + 500, cause: aCause('81.55'), order: anExit('A-0101') }),
      stopTriggered({ ...theirs, at: T0 + 530, cause: aCause('81.6'), order: anExit('B-0101') }),
      orderFilled({ ...ours, orderId: 'A-0101' }),
    ]);
    expect(summary).toMatchObject({ isSame: false, laterByMs: { min: 30, max: 30 } });
    // A short buys back: 10 × (81.55 − 81.6)
    expect(exits).toMatchObject([
      {
        likeness: 'later',
        laterByMs: 30,
        ticksHigher: '5',
        gain: { amount: '-0.5', of: 'decided' },
      },
    ]);
  });

  it('tells another quantity, and an exit that the other has not, with how its stop stands', () => {
    const { summary, exits } = reported([
      stopArmed(ours),
      stopArmed(theirs),
      stopTargetHit({ ...ours, order: anExit('A-0101', '5') }),
      stopTargetHit({ ...theirs, order: anExit('B-0101', '4') }),
      stopTriggered({ ...ours, order: { ...anExit('A-0201', '5'), ordinal: 2 } }),
      stopCancelled(theirs),
    ]);
    expect(exits).toMatchObject([
      { ordinal: 1, likeness: 'otherwise', gain: null },
      { ordinal: 2, likeness: 'here-only', there: null, missing: 'cancelled', gain: null },
    ]);
    expect(summary.exits).toMatchObject({ otherwise: 1, 'here-only': 1, same: 0 });
  });

  it('leaves out what was decided and armed outside of the time that is asked for', () => {
    const facts = [
      stopArmed({ ...ours, at: T0 }),
      stopTriggered({ ...ours, at: T0 + 500, order: anExit('A-0101') }),
    ];
    expect(reported(facts).summary).toMatchObject({ isSame: false, onlyHere: 1 });
    expect(reported(facts, T0, T0 + 1).summary).toMatchObject({ onlyHere: 1 });
    expect(reported(facts, T0 + 1).summary).toMatchObject({ isSame: true, onlyHere: 0 });
    expect(reported(facts, -Infinity, T0).summary).toMatchObject({ isSame: true, onlyHere: 0 });
  });
});

describe('which stop stands for which', () => {
  it('takes the same plan before the nearer time, and nothing too far apart or of another side', () => {
    const stops = folded([
      stopArmed({ ...ours, stopId: 'A1' }),
      stopArmed({ ...ours, stopId: 'A2', at: T0 + 10, plan: PLAN_82 }),
      stopArmed({ ...ours, stopId: 'A3', at: T0 + 20, side: 'short' }),
      stopArmed({ ...theirs, stopId: 'B1', at: T0 + 2, plan: PLAN_82 }),
      stopArmed({ ...theirs, stopId: 'B2', at: T0 + 60_000 }),
      stopArmed({ ...theirs, stopId: 'B3', at: T0 + 60_021, side: 'short' }),
    ]);
    const { pairs, onlyHere, onlyThere } = pairStops(stops.of('shadow'), stops.of('live'), 60_000);
    expect(pairs.map((pair) => pair.map(({ stopId }) => stopId))).toStrictEqual([
      ['A1', 'B2'],
      ['A2', 'B1'],
    ]);
    expect(onlyHere.map(({ stopId }) => stopId)).toStrictEqual(['A3']);
    expect(onlyThere.map(({ stopId }) => stopId)).toStrictEqual(['B3']);
  });

  it('pairs thousands that were armed at one time, each with one', () => {
    const armed = (account: string, number: number) =>
      stopArmed({ accountId: account, stopId: `${account}${String(number).padStart(4, '0')}` });
    const numbers = Array.from({ length: 3_000 }, (_one, number) => number);
    const stops = folded([
      ...numbers.map((number) => armed('shadow', number)),
      ...numbers.map((number) => armed('live', number)),
    ]);
    const { pairs } = pairStops(stops.of('shadow'), stops.of('live'), 60_000);
    expect(pairs).toHaveLength(3_000);
    expect(new Set(pairs.map(([, there]) => there.stopId)).size).toBe(3_000);
  });
});

describe('a stop that is tried again over recorded prices', () => {
  const prices = new PriceColumns();
  const PRINTS = [8329, 8340, 8200, 8155, 8150];
  PRINTS.forEach((units, row) => prices.add(PRICE_KIND.trade, T0 + 100 * row, units, units));
  const stops = (facts: readonly Fact[]) => folded(facts).of('shadow');

  it('is armed when it was armed, and decides what the prices say', () => {
    const armed = stopArmed({
      ...ours,
      at: T0 + 150,
      plan: { ...PLAN, trail: { amount: d('1.8') } },
    });
    const fired = stopTriggered({ ...ours, at: T0 + 300, cause: aCause('81.55'), order: anExit() });
    const [trial] = tryStops(stops([armed, fired]), INSTRUMENT, prices);
    // Had it been armed at the first price, 82 had been no nearer: 83.4 − 1.8 = 81.6 fires at 81.55.
    expect(trial).toMatchObject({
      kind: 'tried',
      trial: { end: 'triggered', exits: [{ at: T0 + 300, price: '81.55', quantity: '10' }] },
    });
    const pairs = trial?.kind === 'tried' ? [[trial.stop, trial.trial] as const] : [];
    const matter = { pairs, onlyHere: [], onlyThere: [], untried: [], instruments: INSTRUMENTS };
    const report = shadowReport({ ...matter, fromMs: 0, toMs: Infinity });
    expect(report.summary).toMatchObject({ isSame: true, exits: { same: 1 } });
  });

  it('is not tried where somebody changed it, or the prices do not reach', () => {
    const early = { ...ours, stopId: 'A2', at: T0 - 1 };
    const trials = tryStops(
      stops([stopArmed(ours), stopAmended(ours), stopArmed(early)]),
      INSTRUMENT,
      prices,
    );
    expect(trials).toMatchObject([
      { kind: 'untried', stop: { stopId: 'A' }, reason: 'changed while it stood: StopAmended' },
      { kind: 'untried', stop: { stopId: 'A2' }, reason: expect.stringMatching(/^armed .* reach/) },
    ]);
  });
});
