import { z } from 'zod';
import { decimalText } from './decimal-text.parse.js';
import { plan } from './plan.parse.js';

function text(form: RegExp, rule: string) {
  return z.string({ error: rule }).regex(form, { error: rule });
}

export const name = text(
  /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/,
  'must be a name of up to 64 letters, digits, dots, dashes and underscores',
);
export const instrumentId = text(
  /^[A-Za-z0-9_.]{1,32}:[A-Za-z0-9_./-]{1,64}$/,
  'must be `<venue>:<symbol>`, such as BINANCE:LTCUSDT',
);
const currency = text(/^[A-Za-z0-9]{1,16}$/, 'must be a currency code, such as USDT');
const symbol = text(/^[A-Za-z0-9_./-]{1,64}$/, 'must be the symbol at the venue, such as LTCUSDT');

const FEEDS_MAX = 16;

const body = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'invalid_type' ? 'the body must be a JSON object' : undefined,
  });

export const instrumentBody = body({
  instrumentId,
  symbol,
  priceTick: decimalText,
  quantityStep: decimalText,
  quoteCurrency: currency,
  feeds: z.array(name).min(1).max(FEEDS_MAX),
  sessionEnd: z.string().max(16).exactOptional(),
});

export const accountBody = body({
  accountId: name,
  broker: name,
  mode: z.enum(['live', 'paper', 'shadow'], { error: 'must be "live", "paper" or "shadow"' }),
  currency,
});

export const positionBody = body({
  accountId: name,
  instrumentId,
  side: z.enum(['long', 'short'], { error: 'must be "long" or "short"' }),
  quantity: decimalText,
  entryPrice: decimalText,
});

export const stopBody = body({
  positionId: name,
  quantity: decimalText.exactOptional(),
  plan,
});

export const stopAmendment = body({ plan });
