import { planProblems } from '../../../test/support/plan-setting.js';
import type { PlanRequest } from './plan-request.js';

describe('parts of a plan that could never come to anything', () => {
  it.each<[string, PlanRequest, readonly string[]]>([
    [
      'with an activation and a tightening beyond what closes it',
      {
        trail: { amount: '1' },
        targets: [
          { price: '101', portion: '0.5' },
          { price: '102', portion: '0.5' },
        ],
        activation: '102.05',
        tighten: { from: '103', trail: { amount: '0.5' } },
      },
      ['ACTIVATION_BEYOND_TARGETS plan.activation', 'TIGHTENING_BEYOND_TARGETS plan.tighten.from'],
    ],
    [
      'with an activation at what closes it',
      { trail: { amount: '1' }, targets: [{ price: '102' }], activation: '102' },
      [],
    ],
    [
      'with an activation beyond targets that leave a rest',
      {
        trail: { amount: '1' },
        targets: [{ price: '101', portion: '0.5' }],
        activation: '102',
      },
      [],
    ],
    [
      'with an adverse activation on the other side of its targets',
      {
        trail: { amount: '1' },
        targets: [{ price: '102' }],
        activation: '103',
        dialect: 'binance',
      },
      [],
    ],
    [
      'with a limit and an insurance behind no stop',
      {
        targets: [{ price: '101' }],
        limit: { offset: '1' },
        insurance: { margin: { amount: '1' }, step: { amount: '1' } },
      },
      ['LIMIT_WITHOUT_STOP plan.limit.offset', 'INSURANCE_WITHOUT_STOP plan.insurance'],
    ],
    [
      'with an insurance that takes a target with it, and none',
      { stop: '99', insurance: { margin: { amount: '1' }, withTarget: true } },
      ['INSURANCE_WITHOUT_TARGET plan.insurance.withTarget'],
    ],
    [
      'and two',
      {
        stop: '99',
        targets: [
          { price: '101', portion: '0.5' },
          { price: '102', portion: '0.5' },
        ],
        insurance: { margin: { amount: '1' }, withTarget: true },
      },
      ['INSURANCE_WITHOUT_TARGET plan.insurance.withTarget'],
    ],
    [
      'and one of a part',
      {
        stop: '99',
        targets: [{ price: '101', portion: '0.5' }],
        insurance: { margin: { amount: '1' }, withTarget: true },
      },
      ['INSURANCE_WITHOUT_TARGET plan.insurance.withTarget'],
    ],
    [
      'and one of all',
      {
        stop: '99',
        targets: [{ price: '101' }],
        insurance: { margin: { amount: '1' }, withTarget: true },
      },
      [],
    ],
    [
      'with a limit of a price behind no stop',
      { timeStop: { after: 'PT1H' }, limit: { price: '99' } },
      [],
    ],
  ])('are told: %s', (_what, request, wanted) => {
    expect(planProblems(request)).toStrictEqual(wanted);
  });
});
