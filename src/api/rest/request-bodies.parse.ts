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

const contract = z.strictObject({
  kind: z.enum(['spot', 'linear', 'inverse'], { error: 'must be "spot", "linear" or "inverse"' }),
  multiplier: decimalText,
  baseCurrency: currency,
  settlementCurrency: currency,
});

const HOLIDAYS_MAX = 200;
const BANDS_MAX = 64;
const SPLIT_TERM_MAX = 1_000_000;

export const instrumentBody = body({
  instrumentId,
  symbol,
  priceTick: decimalText,
  priceBands: z
    .array(z.strictObject({ from: decimalText, tick: decimalText }))
    .max(BANDS_MAX)
    .exactOptional(),
  quantityStep: decimalText,
  quoteCurrency: currency,
  contract: contract.exactOptional(),
  feeds: z.array(name).min(1).max(FEEDS_MAX),
  sessionEnd: z.string().max(16).exactOptional(),
  tradingHours: z
    .strictObject({
      opens: z.string().max(16),
      closes: z.string().max(16),
      days: z.array(z.int()).min(1).max(7),
      holidays: z.array(z.string().max(10)).max(HOLIDAYS_MAX),
    })
    .exactOptional(),
});

export const splitBody = body({
  ratio: z.strictObject({
    from: z.int().min(1).max(SPLIT_TERM_MAX),
    to: z.int().min(1).max(SPLIT_TERM_MAX),
  }),
  priceTick: decimalText.exactOptional(),
  quantityStep: decimalText.exactOptional(),
});

export const accountBody = body({
  accountId: name,
  broker: name,
  mode: z.enum(['live', 'paper', 'shadow'], { error: 'must be "live", "paper" or "shadow"' }),
  currency,
});

export const cashBody = body({
  entryId: text(/^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$/, 'must be the number of a statement entry'),
  kind: z.enum(['deposit', 'withdrawal', 'fee', 'funding', 'dividend'], {
    error: 'must be "deposit", "withdrawal", "fee", "funding" or "dividend"',
  }),
  amount: decimalText,
  currency,
  instrumentId: instrumentId.exactOptional(),
  bookedAt: z.iso
    .datetime({ error: 'must be a time of ISO 8601 in UTC' })
    .transform((at) => Date.parse(at))
    .exactOptional(),
});

export const costBasisBody = body({
  costBasis: z.enum(['fifo', 'average'], { error: 'must be "fifo" or "average"' }),
});

export const rateBody = body({
  currency,
  inCurrency: currency,
  rate: decimalText,
  source: text(/^[\x20-\x7e]{1,100}$/, 'must name where the rate is from'),
});

export const positionSide = z.enum(['long', 'short'], { error: 'must be "long" or "short"' });

export const positionBody = body({
  accountId: name,
  instrumentId,
  side: positionSide,
  quantity: decimalText,
  entryPrice: decimalText,
});

export const orderBody = body({
  accountId: name,
  instrumentId,
  positionId: name.exactOptional(),
  side: z.enum(['buy', 'sell'], { error: 'must be "buy" or "sell"' }),
  quantity: decimalText,
  type: z.enum(['market', 'limit', 'stop'], { error: 'must be "market", "limit" or "stop"' }),
  limitPrice: decimalText.exactOptional(),
  stopPrice: decimalText.exactOptional(),
  timeInForce: z
    .enum(['gtc', 'ioc', 'fok', 'day'], { error: 'must be "gtc", "ioc", "fok" or "day"' })
    .exactOptional(),
  plan: plan.exactOptional(),
});

export const cancelEntriesBody = body({ instrumentId: instrumentId.exactOptional() });

export const tradingBody = body({
  reason: text(/^[\x20-\x7e]{1,200}$/, 'must be 1 to 200 printable characters'),
});

export const stopBody = body({
  positionId: name,
  quantity: decimalText.exactOptional(),
  plan,
});

export const BATCH_MAX = 10_000;

/** Stops are parsed one by one: a mistake in one of them refuses that one. */
export const stopBatch = body({
  stops: z
    .array(z.unknown())
    .min(1)
    .max(BATCH_MAX, { error: `must hold at most ${String(BATCH_MAX)} stops` }),
});

export const stopAmendment = body({ plan });
