import { z } from 'zod';
import { isMeasured } from '../../domain/stop/measured-trail.js';
import type { PlainDistanceRequest, PlanRequest } from '../../domain/stop/plan-request.js';
import { decimalText } from './decimal-text.parse.js';

const TARGETS_MAX = 20;
const DIALECT_LENGTH_MAX = 64;
const DURATION_LENGTH_MAX = 32;

const duration = z.string().max(DURATION_LENGTH_MAX);

const barred = { period: z.int().min(1), interval: duration };
const ranged = z.strictObject({ ...barred, multiple: decimalText });
const windowed = z.strictObject(barred);

const trail = z
  .strictObject({
    atr: ranged.exactOptional(),
    chandelier: ranged.exactOptional(),
    donchian: windowed.exactOptional(),
    ema: windowed.exactOptional(),
    amount: decimalText.exactOptional(),
    percent: decimalText.exactOptional(),
    bps: decimalText.exactOptional(),
    ticks: z.int({ error: 'must be a whole number of price ticks' }).min(1).exactOptional(),
  })
  .refine((distance) => Object.keys(distance).length === 1, {
    error: 'must have exactly one of amount, percent, bps, ticks, atr, chandelier, donchian, ema',
    params: { code: 'TRAIL_NOT_ONE_DISTANCE' },
  })
  .transform((distance) => distance as NonNullable<PlanRequest['trail']>);

const plain = trail
  .refine((distance) => !isMeasured(distance), { error: 'must be amount, percent, bps or ticks' })
  .transform((distance) => distance as PlainDistanceRequest);

const limit = z.strictObject({
  offset: z
    .union([decimalText, plain], { error: 'must be a decimal string, or a distance' })
    .exactOptional(),
  price: decimalText.exactOptional(),
  unfilledAfter: duration.exactOptional(),
  then: z.enum(['market', 'keep'], { error: 'must be "market" or "keep"' }).exactOptional(),
});

const exit = z.strictObject({
  type: z.enum(['market', 'limit'], { error: 'must be "market" or "limit"' }),
  collar: plain.exactOptional(),
  timeInForce: z
    .enum(['gtc', 'day', 'ioc', 'fok'], { error: 'must be "gtc", "day", "ioc" or "fok"' })
    .exactOptional(),
  unfilledAfter: duration.exactOptional(),
});

const timeStop = z.strictObject({
  after: duration,
  unlessInProfit: z.boolean().exactOptional(),
  then: z.enum(['exit', 'expire'], { error: 'must be "exit" or "expire"' }).exactOptional(),
});

const setting = z.string().max(DIALECT_LENGTH_MAX);

/** Structure only. What a plan means on its instrument is judged where the instrument is known. */
export const plan = z.strictObject({
  stop: decimalText.exactOptional(),
  trail: trail.exactOptional(),
  tighten: z
    .strictObject({
      from: decimalText,
      touch: z.enum(['inclusive', 'strict']).exactOptional(),
      trail: plain,
    })
    .exactOptional(),
  breakEven: z
    .strictObject({ trigger: decimalText, offset: decimalText.exactOptional() })
    .exactOptional(),
  limit: limit.exactOptional(),
  exit: exit.exactOptional(),
  insurance: z
    .strictObject({
      margin: plain,
      step: plain.exactOptional(),
      withTarget: z.boolean().exactOptional(),
    })
    .exactOptional(),
  timeStop: timeStop.exactOptional(),
  sessionEnd: z.strictObject({ before: duration }).exactOptional(),
  confirm: z.enum(['single', 'double'], { error: 'must be "single" or "double"' }).exactOptional(),
  activation: decimalText.exactOptional(),
  step: decimalText.exactOptional(),
  targets: z
    .array(z.strictObject({ price: decimalText, portion: decimalText.exactOptional() }))
    .max(TARGETS_MAX)
    .exactOptional(),
  triggerBy: z
    .enum(['last', 'bidAsk', 'mid', 'mark'], {
      error: 'must be "last", "bidAsk", "mid" or "mark"',
    })
    .exactOptional(),
  dialect: z
    .union([setting, z.record(setting, setting)], {
      error: 'must be the name of a dialect or an object of its settings',
    })
    .exactOptional(),
});
