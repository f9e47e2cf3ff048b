import { z } from 'zod';

export const decimalText = z
  .string()
  .regex(/^\d+(\.\d+)?$/, 'must be decimal text in quotes such as "0.01"');
export const id = z
  .string()
  .regex(/^[A-Za-z0-9_.-]{1,64}$/, 'must be 1 to 64 letters, digits and . _ -');
export const currencyCode = z.string().regex(/^[A-Z0-9]{2,10}$/, 'must be a currency code');
