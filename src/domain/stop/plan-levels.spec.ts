import { LONG } from '../../../test/support/plan-setting.js';
import { checkPlan } from './plan-check.js';
import type { PlanRequest } from './plan-request.js';

function problemsOf(request: PlanRequest, setting = LONG) {
  const verdict = checkPlan(request, setting);
  return verdict.kind === 'sound' ? [] : verdict.problems;
}

describe('the limit of an exit', () => {
  it('is refused where no price above 0 is left of it, by field, rule and value', () => {
    expect(problemsOf({ stop: '97', limit: { offset: '99', then: 'keep' } })).toStrictEqual([
      {
        code: 'DISTANCE_TOO_LARGE',
        field: 'plan.limit.offset',
        rule: 'must leave a limit price of at least 0.05: it is measured from the level 97 that the stop begins at',
        value: '99',
      },
    ]);
  });

  it.each<[string, PlanRequest, string | undefined]>([
    ['as far as the stop', { stop: '97', limit: { offset: '97' } }, '97'],
    ['a part of a tick nearer', { stop: '97', limit: { offset: '96.96' } }, '96.96'],
    ['a tick nearer', { stop: '97', limit: { offset: '96.95' } }, undefined],
    ['an amount', { stop: '97', limit: { offset: { amount: '98' } } }, '98'],
    ['ticks', { stop: '97', limit: { offset: { ticks: 1950 } } }, '1950'],
    ['a share of nearly all', { stop: '97', limit: { offset: { percent: '99.99' } } }, '99.99'],
    ['a share', { stop: '97', limit: { offset: { percent: '99' } } }, undefined],
    ['with a price as well', { stop: '97', limit: { offset: '99', price: '50' } }, undefined],
    ['behind a trail', { trail: { amount: '4' }, limit: { offset: '96' } }, '96'],
    ['nearer behind a trail', { trail: { amount: '4' }, limit: { offset: '95.95' } }, undefined],
    ['of half', { trail: { percent: '50' }, limit: { offset: { amount: '60' } } }, '60'],
    [
      'behind a trail that begins closer than the stop',
      { stop: '90', trail: { amount: '4' }, limit: { offset: '95' } },
      undefined,
    ],
    [
      'behind a stop until the trail is activated',
      { stop: '90', trail: { amount: '4' }, activation: '110', limit: { offset: '95' } },
      '95',
    ],
    [
      'behind a trail that is activated where the market stands',
      { stop: '90', trail: { amount: '4' }, activation: '100', limit: { offset: '95' } },
      undefined,
    ],
    [
      'behind a trail that is activated from above where the market stands',
      {
        stop: '90',
        trail: { amount: '4' },
        activation: '100',
        limit: { offset: '95' },
        dialect: { activate: 'adverse' },
      },
      undefined,
    ],
    [
      'behind a trail that begins at its activation',
      { trail: { amount: '20' }, activation: '110', limit: { offset: '89' } },
      undefined,
    ],
    [
      'beyond a trail that begins at its activation',
      { trail: { amount: '20' }, activation: '110', limit: { offset: '90' } },
      '90',
    ],
    [
      'behind a break-even',
      { breakEven: { trigger: '102', offset: '-49.9' }, limit: { offset: '50' } },
      '50',
    ],
    [
      'behind the best price and not the level',
      { trail: { amount: '50' }, limit: { offset: '99' }, dialect: { limitFrom: 'basis' } },
      undefined,
    ],
    [
      'behind the best price, and all of it',
      { trail: { amount: '50' }, limit: { offset: '99.96' }, dialect: { limitFrom: 'basis' } },
      '99.96',
    ],
    [
      'behind a level that is rounded away from the market',
      { trail: { amount: '3.97' }, limit: { offset: '95.97' }, dialect: { rounding: 'looser' } },
      '95.97',
    ],
    [
      'behind a level that is never a price, on purpose',
      { trail: { amount: '150' }, limit: { offset: '99' }, dialect: { unreachable: 'allow' } },
      undefined,
    ],
    [
      'behind a trail over bars, whose level is not known yet',
      { trail: { donchian: { period: 5, interval: 'PT1M' } }, limit: { offset: '99.95' } },
      undefined,
    ],
    [
      'as far as the market behind a trail over bars',
      { trail: { donchian: { period: 5, interval: 'PT1M' } }, limit: { offset: '99.96' } },
      '99.96',
    ],
    [
      'behind a trail whose activation has been reached',
      { stop: '90', trail: { amount: '4' }, activation: '98', limit: { offset: '95' } },
      undefined,
    ],
    [
      'behind a trail whose activation, from above, has not been reached',
      {
        ...{ trail: { amount: '4' }, activation: '90', limit: { offset: '87' } },
        dialect: { activate: 'adverse' },
      },
      '87',
    ],
    [
      'unrounded',
      { stop: '97', limit: { offset: '96.999' }, dialect: { rounding: 'none' } },
      '96.999',
    ],
  ])('%s', (_what, request, wanted) => {
    const problems = problemsOf(request);
    expect(problems.map(({ value }) => value)).toStrictEqual(wanted === undefined ? [] : [wanted]);
    expect(problems.every(({ code }) => code === 'DISTANCE_TOO_LARGE')).toBe(true);
  });

  it('of a short is above its stop, and never out of reach', () => {
    const short = { ...LONG, side: 'short' } as const;
    expect(problemsOf({ stop: '103', limit: { offset: '99' } }, short)).toStrictEqual([]);
  });
});
