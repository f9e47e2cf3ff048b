import { z } from 'zod';

export const decimalText = z
  .string()
  .regex(/^\d+(\.\d+)?$/, 'must be decimal text in quotes such as "0.01"');
const ABOVE_ZERO = /[1-9]/;
/** Above zero. */
export const positiveText = z
  .string()
  .regex(/^\d+(\.\d+)?$/, { error: 'must be decimal text in quotes such as "0.01"', abort: true })
  .regex(ABOVE_ZERO, 'must be above 0');
/** The engine's scale of prices and quantities ends there. */
export const stepText = positiveText.regex(
  /^\d+(\.\d{1,12})?$/,
  'must not have more than 12 digits',
);
export const id = z
  .string()
  .regex(/^[A-Za-z0-9_.-]{1,64}$/, 'must be 1 to 64 letters, digits and . _ -');
export const currencyCode = z.string().regex(/^[A-Z0-9]{2,10}$/, 'must be a currency code');
/** Local time of a venue; the engine reads no other form. */
export const venueTime = z
  .string()
  .regex(
    /^([01]\d|2[0-3]):[0-5]\d(Z|[+-](0\d|1[0-4]):[0-5]\d)$/,
    "must be local time with the venue's distance from UTC such as 15:30+05:30",
  );

/** Both forms have their say about a value: no mistake in what only one of them knows hides what the other finds. */
export function alsoOf<T>(form: z.ZodType<T>, common: z.ZodType): z.ZodType<T> {
  return z.intersection(form, common);
}
