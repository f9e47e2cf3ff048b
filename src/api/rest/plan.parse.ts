import { z } from 'zod';
import type { PlanRequest } from '../../domain/stop/plan-request.js';
import { decimalText } from './decimal-text.parse.js';

const TARGETS_MAX = 20;
const DIALECT_LENGTH_MAX = 64;

const trail = z
  .strictObject(
    {
      amount: decimalText.exactOptional(),
      percent: decimalText.exactOptional(),
      bps: decimalText.exactOptional(),
      ticks: z.int({ error: 'must be a whole number of price ticks' }).min(1).exactOptional(),
    },
    { error: (issue) => (issue.code === 'invalid_type' ? 'must be an object' : undefined) },
  )
  .refine((distance) => Object.keys(distance).length === 1, {
    error: 'must have exactly one of amount, percent, bps, ticks',
    params: { code: 'TRAIL_NOT_ONE_DISTANCE' },
  })
  .transform((distance) => distance as NonNullable<PlanRequest['trail']>);

const setting = z.string().max(DIALECT_LENGTH_MAX);

/** Structure only. What a plan means on its instrument is judged where the instrument is known. */
export const plan = z.strictObject(
  {
    stop: decimalText.exactOptional(),
    trail: trail.exactOptional(),
    activation: decimalText.exactOptional(),
    step: decimalText.exactOptional(),
    targets: z
      .array(z.strictObject({ price: decimalText, portion: decimalText.exactOptional() }))
      .max(TARGETS_MAX)
      .exactOptional(),
    triggerBy: z.enum(['last', 'bidAsk'], { error: 'must be "last" or "bidAsk"' }).exactOptional(),
    dialect: z
      .union([setting, z.record(setting, setting)], {
        error: 'must be the name of a dialect or an object of its settings',
      })
      .exactOptional(),
  },
  { error: (issue) => (issue.code === 'invalid_type' ? 'must be an object' : undefined) },
);
