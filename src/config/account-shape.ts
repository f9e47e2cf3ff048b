import { z } from 'zod';
import { alsoOf, currencyCode, decimalText, id } from './field-shape.js';

/** Where a key is read from: an environment variable, or a file that nobody else may read. Never the key itself. */
export const keySource = z.union(
  [
    z.strictObject({ env: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/) }),
    z.strictObject({ file: z.string().min(1) }),
  ],
  { error: 'must be {env: NAME} or {file: PATH}: a key itself is never written here' },
);

export const httpUrl = z
  .string()
  .regex(/^https?:\/\/[^\s@]+$/, 'must begin with http:// or https:// and hold no password');
const milliseconds = z.number().int().min(10).max(60_000);

const common = {
  id,
  mode: z.enum(['live', 'paper', 'shadow'], { error: 'must be "live", "paper" or "shadow"' }),
  onLogLoss: z
    .enum(['exit', 'hold', 'venueStop'], { error: 'must be "exit", "hold" or "venueStop"' })
    .optional(),
  venueStopAfterMs: z.number().int().min(1_000).max(3_600_000).optional(),
  currency: currencyCode,
  maxOrderValue: decimalText.optional(),
  adoptPositions: z.boolean().optional(),
  adoptTrailPercent: decimalText.optional(),
  paper: z
    .strictObject({
      feeBps: decimalText.optional(),
      submitLatencyMs: z.number().int().min(0).max(60_000).optional(),
      ackLatencyMs: z.number().int().min(0).max(60_000).optional(),
    })
    .optional(),
};

/** MetaApi's id of an account, not its login. */
export const metaApiAccount = z.string().regex(/^[A-Za-z0-9-]{1,64}$/);

const openalgo = z.strictObject({
  url: httpUrl,
  key: keySource,
  product: z.enum(['MIS', 'CNC', 'NRML']),
  strategy: z
    .string()
    .regex(/^[A-Za-z0-9_.-]{1,32}$/)
    .optional(),
  algoTag: z
    .string()
    .regex(/^[A-Za-z0-9_.-]{1,32}$/)
    .optional(),
  analyze: z.boolean().optional(),
  timeoutMs: milliseconds.optional(),
  pollMs: milliseconds.optional(),
  agreePauseMs: milliseconds.optional(),
  receiveWindowMs: milliseconds.optional(),
});

const binance = z.strictObject({
  market: z.enum(['spot', 'usdm']),
  key: keySource,
  secret: keySource,
  testnet: z.boolean().optional(),
  url: httpUrl.optional(),
  streamUrl: z
    .string()
    .regex(/^wss?:\/\/[^\s@]+$/, 'must begin with ws:// or wss:// and hold no password')
    .optional(),
  timeoutMs: milliseconds.optional(),
  recvWindowMs: milliseconds.optional(),
});

const mt5 = z.strictObject({
  url: httpUrl,
  accountId: metaApiAccount,
  token: keySource,
  venue: z.string().regex(/^MT5\.[A-Z0-9_.]{1,36}$/, 'must be MT5.<SERVER>'),
  timeoutMs: milliseconds.optional(),
  pollMs: milliseconds.optional(),
  agreePauseMs: milliseconds.optional(),
});

const LIVE_RULE = 'is required with mode "live": the largest value of one entry, decimal text';

const BROKER_RULE = 'must be "paper", "binance", "openalgo" or "mt5"';

const byBroker = z.discriminatedUnion(
  'broker',
  [
    z.strictObject({ ...common, broker: z.literal('paper') }),
    z.strictObject({ ...common, broker: z.literal('openalgo'), openalgo }),
    z.strictObject({ ...common, broker: z.literal('binance'), binance }),
    z.strictObject({ ...common, broker: z.literal('mt5'), mt5 }),
  ],
  { error: BROKER_RULE },
);

const liveRules = z
  .looseObject({ broker: z.unknown(), mode: z.unknown(), maxOrderValue: z.unknown() })
  .partial()
  .superRefine(({ broker, mode, maxOrderValue }, context) => {
    if (mode !== 'live') return;
    if (broker === 'paper') {
      context.addIssue({
        code: 'custom',
        path: ['mode'],
        message: 'must be "paper" or "shadow" with the paper broker',
      });
    } else if (maxOrderValue === undefined) {
      context.addIssue({ code: 'custom', path: ['maxOrderValue'], message: LIVE_RULE });
    }
  });

const VENUE_STOP_RULE =
  'must be "exit" or "hold" unless mode is "live": what rests at a simulated venue guards nothing while this engine is away';

const logLossRules = z
  .looseObject({ mode: z.unknown(), onLogLoss: z.unknown(), venueStopAfterMs: z.unknown() })
  .partial()
  .superRefine(({ mode, onLogLoss, venueStopAfterMs }, context) => {
    const isLeft = onLogLoss === 'venueStop';
    const refuse = (field: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [field], message });
    if (isLeft && mode !== 'live') refuse('onLogLoss', VENUE_STOP_RULE);
    if (!isLeft && venueStopAfterMs !== undefined) {
      refuse('venueStopAfterMs', 'must be left out unless onLogLoss is "venueStop"');
    }
  });

export const account = alsoOf(
  alsoOf(byBroker, z.looseObject(common)),
  alsoOf(liveRules, logLossRules),
);

export type AccountConfig = z.infer<typeof account>;
export type KeySource = z.infer<typeof keySource>;
