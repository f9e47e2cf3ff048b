import type { DecimalText } from '../../src/domain/kernel/units.js';
import type { PlanSetting } from '../../src/domain/stop/plan-findings.js';

const d = (text: string): DecimalText => text as DecimalText;

/** A long at 99.9 on a grid of 0.05, in a market at 100. */
export const LONG: PlanSetting = {
  side: 'long',
  priceTick: d('0.05'),
  priceMax: d('1000000'),
  fineDigitsMax: 6,
  reference: d('100'),
  referenceName: 'market',
  entryPrice: d('99.9'),
  armedForMs: 0,
  sessionLeftMs: null,
};
