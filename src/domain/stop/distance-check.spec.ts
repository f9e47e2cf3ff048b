import { LONG, planProblems } from '../../../test/support/plan-setting.js';
import type { DecimalText } from '../kernel/units.js';
import { checkPlan } from './plan-check.js';
import type { PlanSetting } from './plan-findings.js';
import type { PlanRequest } from './plan-request.js';

const d = (text: string): DecimalText => text as DecimalText;

describe('a plan at the edge of what its distances may be', () => {
  it.each<[string, PlanRequest, readonly string[]]>([
    ['with a step of one tick', { trail: { amount: '1' }, step: '0.05' }, []],
    ['with a trail of one tick', { trail: { amount: '0.05' } }, []],
    ['with a trail of no ticks', { trail: { ticks: 0 } }, ['NOT_A_TICK_COUNT plan.trail.ticks']],
    [
      'with a trail of half a tick',
      { trail: { ticks: 0.5 } },
      ['NOT_A_TICK_COUNT plan.trail.ticks'],
    ],
    ['with a trail of the most ticks that the price leaves', { trail: { ticks: 1999 } }, []],
    [
      'with a trail of the most ticks there are, out of reach on purpose',
      { trail: { ticks: 1e9 }, dialect: { unreachable: 'allow' } },
      [],
    ],
    [
      'with a trail of too many',
      { trail: { ticks: 1e9 + 1 } },
      ['NOT_A_TICK_COUNT plan.trail.ticks'],
    ],
    [
      'with a stop of more digits than a level holds',
      { stop: '95.000000001', dialect: { rounding: 'none' } },
      ['DISTANCE_TOO_FINE plan.stop'],
    ],
    [
      'with an activation of many digits: it is no level',
      { trail: { ticks: 5 }, activation: '105.000000001', dialect: { rounding: 'none' } },
      [],
    ],
    ['with less than the whole price as distance', { trail: { percent: '99.9999' } }, []],
    [
      'with the whole price as distance, out of reach on purpose',
      { trail: { percent: '100.001' }, dialect: { unreachable: 'allow' } },
      [],
    ],
    [
      'with the whole price as distance, and all digits that a part of it may have',
      { trail: { percent: '100.0001' }, dialect: { unreachable: 'allow' } },
      ['DISTANCE_TOO_FINE plan.trail.percent'],
    ],
    [
      'with exactly the whole price as distance, which is one digit longer',
      { trail: { bps: '10000' }, dialect: { unreachable: 'allow' } },
      [],
    ],
    [
      'with a limit whose share is all of the price',
      { stop: '95', limit: { offset: { percent: '100' } } },
      ['SHARE_TOO_LARGE plan.limit.offset.percent'],
    ],
    [
      'with a limit that is the whole price away',
      { stop: '95', limit: { offset: '100' } },
      ['DISTANCE_TOO_LARGE plan.limit.offset'],
    ],
    [
      'that trails by more than the price',
      { trail: { amount: '1000' } },
      ['DISTANCE_TOO_LARGE plan.trail.amount'],
    ],
    [
      'that trails by more ticks than there are',
      { trail: { ticks: 2000 } },
      ['DISTANCE_TOO_LARGE plan.trail.ticks'],
    ],
    [
      'with a limit finer than the grid',
      { stop: '95', limit: { offset: '0.01' } },
      ['DISTANCE_TOO_SMALL plan.limit.offset'],
    ],
    [
      'of the finest average',
      { trail: { atr: { period: 1, multiple: '0.0001', interval: 'PT1S' } } },
      [],
    ],
    [
      'of the widest average',
      { trail: { atr: { period: 1000, multiple: '1000', interval: 'PT1H' } } },
      [],
    ],
    [
      'of an average beyond all limits',
      { trail: { atr: { period: 1001, multiple: '1000.1', interval: 'PT0.999S' } } },
      [
        'NOT_A_PERIOD plan.trail.atr.period',
        'INTERVAL_TOO_SHORT plan.trail.atr.interval',
        'NOT_A_MULTIPLE plan.trail.atr.multiple',
      ],
    ],
    [
      'of an average with a multiple of too many digits',
      { trail: { atr: { period: 2, multiple: '1.00001', interval: 'PT1S' } } },
      ['NOT_A_MULTIPLE plan.trail.atr.multiple'],
    ],
    [
      'of an average with a multiple that is no number',
      { trail: { atr: { period: 2, multiple: 'x', interval: 'PT1S' } } },
      ['NOT_A_MULTIPLE plan.trail.atr.multiple'],
    ],
    [
      'of an average at no interval',
      { trail: { atr: { period: 2, multiple: '1', interval: 'soon' } } },
      ['NOT_A_DURATION plan.trail.atr.interval'],
    ],
    [
      'of a year of days',
      { trail: { chandelier: { period: 260, multiple: '3', interval: 'P1D' } } },
      [],
    ],
    ['of the worst of one bar', { trail: { donchian: { period: 1, interval: 'PT1S' } } }, []],
    ['of a long average of closes', { trail: { ema: { period: 1000, interval: 'PT1S' } } }, []],
    [
      'of more bars than an event holds',
      { trail: { donchian: { period: 261, interval: 'PT0.5S' } } },
      [
        'NOT_A_PERIOD plan.trail.donchian.period',
        'INTERVAL_TOO_SHORT plan.trail.donchian.interval',
      ],
    ],
    [
      'of a best bar without bars, multiple and interval',
      { trail: { chandelier: { period: 0, multiple: '0', interval: 'P' } } },
      [
        'NOT_A_PERIOD plan.trail.chandelier.period',
        'NOT_A_DURATION plan.trail.chandelier.interval',
        'NOT_A_MULTIPLE plan.trail.chandelier.multiple',
      ],
    ],
    [
      'of an average of too many closes',
      { trail: { ema: { period: 1001, interval: 'PT1S' } } },
      ['NOT_A_PERIOD plan.trail.ema.period'],
    ],
    [
      'that is over when its bars are',
      {
        trail: { donchian: { period: 5, interval: 'PT1M' } },
        timeStop: { after: 'PT5M' },
      },
      ['TIME_STOP_BEFORE_TRAIL plan.timeStop.after'],
    ],
    [
      'that goes on a little longer than its bars',
      {
        trail: { donchian: { period: 5, interval: 'PT1M' } },
        timeStop: { after: 'PT5M0.001S' },
      },
      [],
    ],
    [
      'that may go on in profit',
      {
        trail: { ema: { period: 5, interval: 'PT1M' } },
        timeStop: { after: 'PT5M', unlessInProfit: true },
      },
      [],
    ],
  ])('%s', (_what, request, wanted) => {
    expect(planProblems(request)).toStrictEqual(wanted);
  });
});

describe('a share that is narrower than the grid where the market is', () => {
  // The tick is 0.05, from 100 on 0.5; the market is at 100, where 0.05 is 0.05 %.
  const BANDED = { ...LONG, priceBands: [{ from: d('100'), tick: d('0.5') }] };
  const SHORT = { ...LONG, side: 'short' } as const;
  const wide = { percent: '2' };
  it.each<[string, PlanRequest, PlanSetting, readonly string[]]>([
    ['percent', { trail: { percent: '0.04' } }, LONG, ['plan.trail.percent 0.04']],
    ['percent, short', { trail: { percent: '0.04' } }, SHORT, ['plan.trail.percent 0.04']],
    ['bps', { trail: { bps: '4' } }, LONG, ['plan.trail.bps 4']],
    ['bps, short', { trail: { bps: '4.99' } }, SHORT, ['plan.trail.bps 4.99']],
    [
      'a tightening',
      { trail: wide, tighten: { from: '101', trail: { bps: '4' } } },
      LONG,
      ['plan.tighten.trail.bps 4'],
    ],
    ['exactly one tick', { trail: { percent: '0.05' } }, LONG, []],
    ['exactly one tick, short', { trail: { bps: '5' } }, SHORT, []],
    // Of the entry it is 0.05 where of the market it would be 0.1.
    [
      'of the entry',
      { trail: { percent: '0.0999' }, dialect: { percentOf: 'entry' } },
      { ...LONG, entryPrice: d('50') },
      ['plan.trail.percent 0.0999'],
    ],
    ['unrounded', { trail: { bps: '4' }, dialect: { rounding: 'none' } }, LONG, []],
    ['off the grid by nature', { trail: { bps: '4' }, triggerBy: 'mark' }, LONG, []],
    ['in the finer band below', { trail: { percent: '0.4' } }, BANDED, []],
    [
      'within a coarse band',
      { trail: { percent: '0.2' } },
      { ...BANDED, reference: d('200') },
      ['plan.trail.percent 0.2'],
    ],
    [
      'a short within a coarse band',
      { trail: { percent: '0.4' } },
      { ...BANDED, side: 'short' },
      ['plan.trail.percent 0.4'],
    ],
    // It is no level that is moved, and no price sells at once.
    ['only a collar', { stop: '95', limit: { offset: { bps: '4' } } }, LONG, []],
  ])('%s', (_what, request, setting, wanted) => {
    const verdict = checkPlan(request, setting);
    const found = verdict.kind === 'sound' ? [] : verdict.problems;
    expect(found.map(({ field, value }) => `${field} ${value}`)).toStrictEqual(wanted);
    expect(found.every(({ code }) => code === 'DISTANCE_TOO_SMALL')).toBe(true);
  });

  it('says how far it is, and from where', () => {
    const verdict = checkPlan({ trail: { percent: '0.04' } }, LONG);
    expect(verdict).toMatchObject({
      problems: [
        { rule: 'must not be below the price tick 0.05: at the market 100 it is 0.04 away' },
      ],
    });
  });
});

describe('a trail over bars', () => {
  it.each([
    { atr: { period: 14, multiple: '2.5', interval: 'PT1M' } },
    { chandelier: { period: 22, multiple: '3', interval: 'P1D' } },
    { donchian: { period: 20, interval: 'PT1H' } },
    { ema: { period: 50, interval: 'PT5M' } },
  ])('is taken as it was asked for: %j', (trail) => {
    expect(checkPlan({ trail }, LONG)).toMatchObject({ kind: 'sound', plan: { trail } });
  });
});

describe('a trail that needs more digits than levels have', () => {
  it.each([
    ['an average', { ema: { period: 2, interval: 'PT1S' } }, ['DISTANCE_TOO_FINE plan.trail.ema']],
    ['the worst of some bars', { donchian: { period: 2, interval: 'PT1S' } }, []],
  ])('is refused where it is %s', (_what, trail, wanted) => {
    const verdict = checkPlan({ trail }, { ...LONG, fineDigitsMax: 3 });
    const found = verdict.kind === 'sound' ? [] : verdict.problems;
    expect(found.map(({ code, field }) => `${code} ${field}`)).toStrictEqual(wanted);
  });
});
