import { LONG, planProblems } from '../../../test/support/plan-setting.js';
import { NAMED_DIALECTS } from './dialect.js';
import { checkPlan } from './plan-check.js';
import type { PlanSetting } from './plan-findings.js';
import type { PlanRequest } from './plan-request.js';

const SHORT: PlanSetting = { ...LONG, side: 'short' };
const THROUGH = 'TARGET_THROUGH_MARKET plan';

describe('a plan', () => {
  it.each<[string, PlanRequest, readonly string[]]>([
    ['of nothing', {}, ['PLAN_EMPTY plan']],
    ['off the grid', { stop: '95.01' }, ['PRICE_OFF_GRID plan.stop']],
    ['off the grid, unrounded', { stop: '95.01', dialect: { rounding: 'none' } }, []],
    ['above all prices', { stop: '1000000.05' }, ['PRICE_TOO_LARGE plan.stop']],
    ['through the market', { stop: '100' }, ['STOP_THROUGH_MARKET plan.stop']],
    ['through the market on purpose', { stop: '100', dialect: 'stopledger' }, []],
    [
      'through the market, with settings alone',
      { stop: '100', dialect: { touch: 'strict' } },
      ['STOP_THROUGH_MARKET plan.stop'],
    ],
    [
      'through the market, with no setting',
      { stop: '100', dialect: {} },
      ['STOP_THROUGH_MARKET plan.stop'],
    ],
    [
      'with a step finer than the grid',
      { trail: { amount: '1' }, step: '0.01' },
      ['STEP_TOO_FINE plan.step'],
    ],
    [
      'with a trail finer than the grid',
      { trail: { amount: '0.01' } },
      ['DISTANCE_TOO_SMALL plan.trail.amount'],
    ],
    [
      'with a share finer than can be held',
      { trail: { percent: '0.00001' } },
      ['DISTANCE_TOO_FINE plan.trail.percent'],
    ],
    [
      'with all of the price as distance',
      { trail: { bps: '10000' } },
      ['SHARE_TOO_LARGE plan.trail.bps'],
    ],
    [
      'that leaves by a limit without a collar',
      { stop: '95', exit: { type: 'limit' } },
      ['EXIT_WITHOUT_COLLAR plan.exit.collar'],
    ],
    [
      'that leaves at market within a collar, in time',
      { stop: '95', exit: { type: 'market', collar: { ticks: 2 }, timeInForce: 'ioc' } },
      ['EXIT_AT_MARKET plan.exit.collar', 'EXIT_AT_MARKET plan.exit.timeInForce'],
    ],
    [
      'that leaves within a collar below the tick, after no time',
      { stop: '95', exit: { type: 'limit', collar: { amount: '0.01' }, unfilledAfter: '2' } },
      ['DISTANCE_TOO_SMALL plan.exit.collar.amount', 'NOT_A_DURATION plan.exit.unfilledAfter'],
    ],
    [
      'that leaves at market, or within a collar',
      { stop: '95', exit: { type: 'limit', collar: { percent: '0.5' }, timeInForce: 'fok' } },
      [],
    ],
    [
      'that only activates',
      { stop: '95', activation: '101' },
      ['ACTIVATION_WITHOUT_TRAIL plan.activation'],
    ],
    ['that only steps', { stop: '95', step: '1' }, ['STEP_WITHOUT_TRAIL plan.step']],
    [
      'activated on the wrong side',
      { stop: '95', trail: { ticks: 5 }, activation: '94' },
      ['ACTIVATION_WRONG_SIDE plan.activation'],
    ],
    [
      'with more than the whole to sell',
      {
        targets: [
          { price: '101', portion: '0.6' },
          { price: '102', portion: '0.5' },
        ],
      },
      ['PORTIONS_OVER_ONE plan.targets'],
    ],
    [
      'with targets in no order, and one behind',
      {
        targets: [
          { price: '103', portion: '0.1' },
          { price: '99', portion: '0.1' },
        ],
      },
      ['TARGETS_OUT_OF_ORDER plan.targets.1.price', 'TARGET_THROUGH_MARKET plan.targets.1.price'],
    ],
    [
      'with a break-even beyond its last target',
      { targets: [{ price: '101' }], breakEven: { trigger: '101.05' } },
      ['BREAK_EVEN_BEYOND_TARGETS plan.breakEven.trigger'],
    ],
    [
      'with a break-even that fires itself',
      { breakEven: { trigger: '100', offset: '0.10' } },
      ['BREAK_EVEN_WRONG_SIDE plan.breakEven.trigger'],
    ],
    [
      'with a break-even behind its stop',
      { stop: '99.95', breakEven: { trigger: '101' } },
      ['BREAK_EVEN_BEHIND_STOP plan.breakEven'],
    ],
    [
      'that tightens to a wider trail',
      { trail: { percent: '1' }, tighten: { from: '101', trail: { bps: '100' } } },
      ['TIGHTENING_TOO_WIDE plan.tighten.trail'],
    ],
    [
      'that tightens nothing',
      { stop: '95', tighten: { from: '101', trail: { ticks: 1 } } },
      ['TIGHTENING_WITHOUT_TRAIL plan.tighten'],
    ],
    ['with a limit of nothing', { stop: '95', limit: {} }, ['LIMIT_EMPTY plan.limit']],
    [
      'with a limit that gives up at no time',
      { stop: '95', limit: { offset: '1', then: 'market' } },
      ['LIMIT_WITHOUT_TIME plan.limit.unfilledAfter'],
    ],
    [
      'with a limit behind a basis that is not there',
      { stop: '95', limit: { offset: '1' }, dialect: 'nautilus' },
      ['LIMIT_WITHOUT_TRAIL plan.limit.offset'],
    ],
    [
      'with no duration',
      { timeStop: { after: '30 minutes' } },
      ['NOT_A_DURATION plan.timeStop.after'],
    ],
    [
      'of a duration of nothing',
      { timeStop: { after: 'PT0S' } },
      ['NOT_A_DURATION plan.timeStop.after'],
    ],
    [
      'before a session that is not known',
      { sessionEnd: { before: 'PT5M' } },
      ['SESSION_UNKNOWN plan.sessionEnd'],
    ],
    [
      'of a ladder from nowhere',
      { step: '1', dialect: 'robson' },
      ['PLAN_EMPTY plan', 'LADDER_WITHOUT_STOP plan.step'],
    ],
    [
      'confirmed by one price and moved by another',
      { trail: { ticks: 5 }, confirm: 'double', dialect: { trailBy: 'last' }, triggerBy: 'bidAsk' },
      ['CONFIRM_WITHOUT_ORDER plan.confirm'],
    ],
    [
      'that mixes half of a book with prints',
      { trail: { ticks: 5 }, dialect: { trailBy: 'last' }, triggerBy: 'mid' },
      ['TRIGGER_WITHOUT_TRAIL_PRICE plan.triggerBy'],
    ],
    [
      'of an average of nothing',
      { trail: { atr: { period: 0, multiple: '-1', interval: 'PT0.5S' } } },
      [
        'NOT_A_PERIOD plan.trail.atr.period',
        'INTERVAL_TOO_SHORT plan.trail.atr.interval',
        'NOT_A_MULTIPLE plan.trail.atr.multiple',
      ],
    ],
    [
      'that activates at its own stop',
      { stop: '95', trail: { ticks: 5 }, activation: '95' },
      ['ACTIVATION_WRONG_SIDE plan.activation'],
    ],
    [
      'with two targets at one price',
      {
        targets: [
          { price: '101', portion: '0.1' },
          { price: '101', portion: '0.1' },
        ],
      },
      ['TARGETS_OUT_OF_ORDER plan.targets.1.price'],
    ],
    [
      'with a target at the market',
      { targets: [{ price: '100' }] },
      [`${THROUGH}.targets.0.price`],
    ],
    [
      'with a target at its stop',
      { stop: '101', targets: [{ price: '101' }], dialect: 'stopledger' },
      ['TARGET_WRONG_SIDE plan.targets.0.price'],
    ],
    [
      'with a break-even at its stop',
      { stop: '99.9', breakEven: { trigger: '101' } },
      ['BREAK_EVEN_BEHIND_STOP plan.breakEven'],
    ],
    [
      'with a break-even at its last target',
      { targets: [{ price: '101' }], breakEven: { trigger: '101' } },
      [],
    ],
    [
      'with a break-even offset above all prices',
      { breakEven: { trigger: '101', offset: '1000001' } },
      ['PRICE_TOO_LARGE plan.breakEven.offset'],
    ],
    [
      'that tightens an average',
      {
        trail: { atr: { period: 2, multiple: '1', interval: 'PT1S' } },
        tighten: { from: '101', trail: { ticks: 1 } },
      },
      [],
    ],
    [
      'of a ladder that trails as well',
      { stop: '95', step: '1', trail: { ticks: 5 }, dialect: 'robson' },
      ['LADDER_WITHOUT_STOP plan.step'],
    ],
    ['of a ladder from its stop', { stop: '95', step: '1', dialect: 'robson' }, []],
    [
      'in a dialect nobody speaks',
      { stop: '95', dialect: 'klingon' },
      ['DIALECT_UNKNOWN plan.dialect'],
    ],
    [
      'in a dialect of its own that is none',
      { stop: '95', dialect: { touch: 'softly', toString: 'x' } },
      ['DIALECT_CHOICE_UNKNOWN plan.dialect.touch', 'DIALECT_SETTING_UNKNOWN plan.dialect'],
    ],
  ])('%s', (_what, request, wanted) => {
    expect(planProblems(request)).toStrictEqual(wanted);
  });

  it('is judged on the other side for a short', () => {
    expect(planProblems({ stop: '100' }, SHORT)).toStrictEqual(['STOP_THROUGH_MARKET plan.stop']);
    expect(
      planProblems({ stop: '100.05', trail: { ticks: 1 }, activation: '101' }, SHORT),
    ).toStrictEqual(['ACTIVATION_WRONG_SIDE plan.activation']);
    expect(planProblems({ breakEven: { trigger: '99.9' } }, SHORT)).toStrictEqual([
      'BREAK_EVEN_WRONG_SIDE plan.breakEven.trigger',
    ]);
    expect(planProblems({ breakEven: { trigger: '99.85' } }, SHORT)).toStrictEqual([]);
  });

  it('is told which side is the worse one', () => {
    const rules = [LONG, SHORT].map((setting) => {
      const verdict = checkPlan({ stop: '100' }, setting);
      return verdict.kind === 'unsound' ? verdict.problems[0]?.rule : '';
    });
    expect(rules).toStrictEqual([
      `a long's stop must be below the market 100, unless dialect.throughMarket is "fire"`,
      `a short's stop must be above the market 100, unless dialect.throughMarket is "fire"`,
    ]);
  });

  it('must leave a stop that is armed already some time', () => {
    const setting = { ...LONG, armedForMs: 60_000 };
    expect(planProblems({ stop: '95', timeStop: { after: 'PT60S' } }, setting)).toStrictEqual([
      'TIME_STOP_PASSED plan.timeStop.after',
    ]);
    expect(planProblems({ stop: '95', timeStop: { after: 'PT60.001S' } }, setting)).toStrictEqual(
      [],
    );
  });

  it('must leave a time before the end of the session that is still to come', () => {
    const setting = { ...LONG, sessionLeftMs: 300_000 };
    const verdict = checkPlan({ stop: '95', sessionEnd: { before: 'PT5M' } }, setting);
    expect(verdict).toMatchObject({
      problems: [
        {
          ...{ code: 'SESSION_END_PASSED', field: 'plan.sessionEnd.before', value: 'PT5M' },
          rule: 'must be shorter than the time left until the session ends (300000 ms)',
        },
      ],
    });
    expect(
      planProblems({ stop: '95', sessionEnd: { before: 'PT299.999S' } }, setting),
    ).toStrictEqual([]);
    expect(planProblems({ stop: '95', sessionEnd: { before: '5 m' } }, setting)).toStrictEqual([
      'NOT_A_DURATION plan.sessionEnd.before',
    ]);
  });

  it('comes back whole, with what was left to the default filled in', () => {
    const dialect = NAMED_DIALECTS.get('stopledger');
    const request: PlanRequest = {
      stop: '95.00',
      trail: { bps: '50.0' },
      tighten: { from: '110', trail: { bps: '20' } },
      activation: '101',
      step: '0.10',
      breakEven: { trigger: '102' },
      targets: [{ price: '105', portion: '0.50' }],
      limit: { offset: '0.10', price: '94', unfilledAfter: 'PT2S' },
      timeStop: { after: 'PT30M', then: 'expire' },
      sessionEnd: { before: 'PT5M' },
      triggerBy: 'bidAsk',
      confirm: 'double',
      dialect: 'stopledger',
    };
    expect(checkPlan(request, { ...LONG, sessionLeftMs: 300_001 })).toStrictEqual({
      kind: 'sound',
      plan: {
        stop: '95',
        trail: { bps: '50' },
        tighten: { from: '110', touch: 'inclusive', trail: { bps: '20' } },
        activation: '101',
        step: '0.1',
        breakEven: { trigger: '102', offset: '0' },
        targets: [{ price: '105', portion: '0.5' }],
        limit: { offset: { amount: '0.1' }, price: '94', unfilledAfter: 'PT2S', then: 'market' },
        timeStop: { after: 'PT30M', unlessInProfit: false, then: 'expire' },
        sessionEnd: { before: 'PT5M' },
        triggerBy: 'bidAsk',
        confirm: 'double',
        dialect,
      },
    });
    const plain = checkPlan(
      { trail: { amount: '0.50' }, limit: { price: '90' }, timeStop: { after: 'PT1S' } },
      LONG,
    );
    expect(plain).toMatchObject({ kind: 'sound' });
    expect(plain.kind === 'sound' && { ...plain.plan, dialect: undefined }).toStrictEqual({
      trail: { amount: '0.5' },
      limit: { price: '90', then: 'keep' },
      timeStop: { after: 'PT1S', unlessInProfit: false },
      triggerBy: 'last',
      dialect: undefined,
    });
  });

  it('is told every contradiction at once', () => {
    const request: PlanRequest = {
      stop: '100.01',
      activation: '90',
      step: '0.01',
      targets: [{ price: '99', portion: '2' }],
      timeStop: { after: 'soon' },
      dialect: { rounding: 'up' },
    };
    expect(planProblems(request)).toHaveLength(8);
  });

  it.each([...NAMED_DIALECTS.keys()])('may speak %s, written whole', (name) => {
    const verdict = checkPlan({ stop: '95', dialect: name }, LONG);
    const wanted = NAMED_DIALECTS.get(name);
    expect(verdict).toMatchObject({ kind: 'sound', plan: { dialect: wanted } });
    expect(Object.keys(wanted ?? {})).toHaveLength(14);
  });

  it('may change single settings of a named dialect', () => {
    const verdict = checkPlan({ stop: '95', dialect: { name: 'lean', rounding: 'tighter' } }, LONG);
    expect(verdict).toMatchObject({
      plan: { dialect: { name: 'custom', touch: 'strict', rounding: 'tighter' } },
    });
  });
});
