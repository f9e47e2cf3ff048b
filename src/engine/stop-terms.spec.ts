import { setFlagsFromString } from 'node:v8';
import { FINE_DIGITS_MAX, formatUnits, priceGrid } from '../domain/instrument/price-grid.js';
import type { DecimalText } from '../domain/kernel/units.js';
import { STOPLEDGER_DIALECT } from '../domain/stop/dialect.js';
import type { SettledDialect } from '../domain/stop/dialect.js';
import type { StopPlan } from '../domain/stop/stop-plan.js';
import { stopTerms } from './stop-terms.js';
import type { StopTerms } from './stop-terms.js';

const d = (text: string): DecimalText => text as DecimalText;

function termsAt(plan: StopPlan, entryPrice: string): StopTerms {
  const grid = priceGrid('0.01');
  return stopTerms(plan, { side: 'long', grid, entryPrice, fineDigitsMax: FINE_DIGITS_MAX });
}

describe('the integers of a plan', () => {
  it.each<[string, Partial<StopPlan>, Partial<SettledDialect>, boolean]>([
    ['a fixed stop', { stop: d('80') }, {}, true],
    ['a share of the best price', { trail: { percent: d('1') } }, {}, true],
    ['an amount of an entry dialect', { trail: { amount: d('1') } }, { percentOf: 'entry' }, true],
    ['a share of the entry', { trail: { percent: d('1') } }, { percentOf: 'entry' }, false],
    ['bps of the entry', { trail: { bps: d('1') } }, { percentOf: 'entry' }, false],
    ['a break-even', { breakEven: { trigger: d('90'), offset: d('0') } }, {}, false],
    ['least steps', { trail: { amount: d('1') }, step: d('1') }, {}, true],
    ['a ladder', { stop: d('80'), step: d('1') }, { stepping: 'ladder' }, false],
    ['a ladder without steps', { stop: d('80') }, { stepping: 'ladder' }, true],
  ])('of %s are shared by all entries that they hold for', (_what, parts, settings, isShared) => {
    const plan: StopPlan = {
      ...{ triggerBy: 'last', dialect: { ...STOPLEDGER_DIALECT, ...settings } },
      ...parts,
    };
    const [one, other] = [termsAt(plan, '83.29'), termsAt(plan, '83.31')];
    expect(one === other).toBe(isShared);
    expect(termsAt(plan, '83.29')).toBe(one);
  });

  it('lose digits of an average entry to the tighter side', () => {
    const plan = (rounding: SettledDialect['rounding']): StopPlan => ({
      trail: { percent: d('1') },
      breakEven: { trigger: d('90'), offset: d('0') },
      triggerBy: 'last',
      dialect: { ...STOPLEDGER_DIALECT, percentOf: 'entry', rounding },
    });
    // Eight digits are held. A hundredth of the entry is 0.83123456789.
    const long = termsAt(plan('none'), '83.123456789');
    expect(long).toMatchObject({
      breakEvenLevel: 8_312_345_679,
      trail: { amountFine: 83_123_456 },
    });
    const grid = priceGrid('0.01');
    const setting = { grid, entryPrice: '83.123456789', fineDigitsMax: FINE_DIGITS_MAX };
    const short = stopTerms(plan('none'), { side: 'short', ...setting });
    expect(short).toMatchObject({
      breakEvenLevel: -8_312_345_678,
      trail: { amountFine: 83_123_456 },
    });
  });

  it.each([
    // 100.03 on a grid of 0.05, the tighter side: 100.05 for a long, 100 for a short.
    ['long', '100.10', 1_000_500],
    ['long', '100.05', 1_000_000],
    ['long', '100.04', 1_000_000],
    ['short', '99.95', -1_000_000],
    ['short', '100.00', -1_000_500],
  ] as const)('put the break-even of a %s behind its trigger %s', (side, trigger, level) => {
    const plan: StopPlan = {
      ...{ breakEven: { trigger: d(trigger), offset: d('0') }, triggerBy: 'last' },
      dialect: STOPLEDGER_DIALECT,
    };
    const setting = { side, grid: priceGrid('0.05'), entryPrice: '100.03', fineDigitsMax: 2 };
    expect(stopTerms(plan, setting)).toMatchObject({ breakEvenLevel: level });
  });

  it.each<[SettledDialect['activate'], SettledDialect['trailTouch'], number, number]>([
    ['favourable', 'inclusive', 8301, -8300],
    ['favourable', 'strict', 8301, -8300],
    ['adverse', 'inclusive', 8300, -8301],
    ['adverse', 'strict', 8300, -8301],
  ])('hold a mark between two prices as the one that reaches it: %s, %s', (...row) => {
    const [activate, trailTouch, long, short] = row;
    const plan: StopPlan = {
      ...{ trail: { amount: d('1') }, activation: d('83.0025'), triggerBy: 'last' },
      dialect: { ...STOPLEDGER_DIALECT, activate, trailTouch },
    };
    const setting = { grid: priceGrid('0.01'), entryPrice: '83', fineDigitsMax: FINE_DIGITS_MAX };
    const found = (['long', 'short'] as const).map((side) => stopTerms(plan, { side, ...setting }));
    expect(found.map(({ activation }) => activation)).toStrictEqual([long, short]);
  });
});

describe('the terms of many plans', () => {
  it('have one shape, or every price would search each of them for its fields', () => {
    setFlagsFromString('--allow-natives-syntax');
    // eslint-disable-next-line @typescript-eslint/no-implied-eval -- the engine's shapes are told by no other means
    const isSameShape = new Function('one', 'other', 'return %HaveSameMap(one, other)') as (
      one: object,
      other: object,
    ) => boolean;
    const plans: StopPlan[] = Array.from({ length: 400 }, (_plan, number) => ({
      ...{ triggerBy: 'last', dialect: STOPLEDGER_DIALECT },
      ...(number % 2 === 0
        ? { trail: { ticks: 1 + number } }
        : { stop: formatUnits(1 + number, 2) }),
      ...(number % 3 === 0 && { step: formatUnits(1 + (number % 7), 2) }),
      ...(number % 5 === 0 && { limit: { offset: { ticks: 3 }, then: 'keep' as const } }),
      ...(number % 7 === 0 && { activation: d('50') }),
    }));
    const terms = plans.map((plan) => termsAt(plan, '83.29'));
    const last = terms.at(-1) ?? {};
    expect(terms.filter((one) => !isSameShape(one, last))).toStrictEqual([]);
  });
});
