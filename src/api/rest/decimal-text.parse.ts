import { z } from 'zod';
import { parseDecimal } from '../../domain/kernel/decimal.js';

/** Exact decimals travel as strings: a JSON number has been through a float already. */
export const decimalText = z
  .string({ error: 'must be a decimal string such as "81.50"' })
  .refine((text) => parseDecimal(text) !== undefined, {
    error: 'must be a plain decimal such as "81.50", of at most 40 characters',
    params: { code: 'NOT_A_DECIMAL' },
  });
