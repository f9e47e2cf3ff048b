import { z } from 'zod';
import { decimalText } from '../api/rest/decimal-text.parse.js';
import { plan } from '../api/rest/plan.parse.js';
import { positionSide } from '../api/rest/request-bodies.parse.js';

const CASES_MAX = 1_000_000;

/** The plans of a sweep as a file holds them: structure only, the engine judges what they mean. */
export const sweepCases = z
  .array(
    z.strictObject({
      side: positionSide,
      quantity: decimalText,
      plan,
      entryPrice: decimalText.exactOptional(),
      afterRows: z.int().min(1).exactOptional(),
    }),
    { error: 'must be an array of cases' },
  )
  .min(1)
  .max(CASES_MAX);
