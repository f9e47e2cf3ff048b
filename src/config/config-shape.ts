import { z } from 'zod';
import { account, httpUrl, keySource, metaApiAccount } from './account-shape.js';
import type { AccountConfig } from './account-shape.js';
import { alsoOf, currencyCode, id, positiveText, stepText, venueTime } from './field-shape.js';
import { signalsShape } from './signals-config.js';
import type { SignalsConfig } from './signals-config.js';
import { alarmsShape } from './alarm-config.js';
import type { AlarmsConfig } from './alarm-config.js';

const port = z.number().int().min(0).max(65_535);

const url = z.string().regex(/^wss?:\/\/\S+$/, 'must begin with ws:// or wss://');

const binanceStream = z.enum([
  ...['trade', 'aggTrade', 'bookTicker', 'markPrice'],
  ...['depth', 'depth5', 'depth10', 'depth20'],
] as const);

const byType = z.discriminatedUnion(
  'type',
  [
    z.strictObject({
      id,
      type: z.literal('binance'),
      market: z.enum(['spot', 'usdm', 'coinm']).optional(),
      url,
      streams: z
        .array(binanceStream)
        .min(1)
        .refine((all) => !(all.includes('trade') && all.includes('aggTrade')), {
          error: 'must not hold both trade and aggTrade: each print would come twice',
        })
        .optional(),
      restUrl: z
        .string()
        .regex(/^https?:\/\/\S+$/, 'must begin with http:// or https://')
        .optional(),
    }),
    z.strictObject({
      id,
      type: z.literal('openalgo'),
      mode: z.enum(['ltp', 'quote', 'depth']),
      apiKey: z.string().min(1).max(200),
      url,
    }),
    z.strictObject({
      id,
      type: z.literal('mt5'),
      url: httpUrl,
      accountId: metaApiAccount,
      token: keySource,
      pollMs: z.number().int().min(100).max(60_000).optional(),
    }),
    z.strictObject({
      id,
      type: z.literal('replay'),
      file: z.string().min(1),
      speed: z.union([z.number().positive().max(1_000_000), z.literal('max')]),
    }),
    z.strictObject({
      id,
      type: z.literal('simulated'),
      seed: z.number().int().min(0).max(4_294_967_295),
      startPrice: positiveText,
      ticksPerSecond: z.number().positive().max(10_000),
    }),
  ],
  { error: 'must be "binance", "openalgo", "mt5", "replay" or "simulated"' },
);

const feed = alsoOf(byType, z.looseObject({ id }));

const contract = z.strictObject({
  kind: z.enum(['spot', 'linear', 'inverse']),
  multiplier: positiveText,
  baseCurrency: currencyCode,
  settlementCurrency: currencyCode,
});

const instrument = z.strictObject({
  id: z.string().regex(/^[A-Z0-9_.]{1,40}:[A-Za-z0-9_.\-/]{1,60}$/, 'must be VENUE:SYMBOL'),
  symbol: z.string().regex(/^[A-Za-z0-9_.\-/]{1,60}$/, 'must be letters, digits and . _ - /'),
  feeds: z.array(id).min(1),
  priceTick: stepText,
  priceBands: z
    .array(z.strictObject({ from: stepText, tick: stepText }))
    .max(64)
    .exactOptional(),
  quantityStep: stepText,
  quoteCurrency: currencyCode,
  contract: contract.exactOptional(),
  sessionEnd: venueTime.exactOptional(),
  tradingHours: z
    .strictObject({
      opens: venueTime,
      closes: venueTime,
      days: z.array(z.number().int().min(1).max(7)),
      holidays: z.array(z.string()),
    })
    .exactOptional(),
});

const logFormat = z.enum(['text', 'json']);

/** The file as a user may write it. Unknown keys are mistakes: a typing error must not become a default. */
export const fileShape = z.strictObject({
  dataDir: z.string().min(1).optional(),
  engineDir: z.string().min(1).optional(),
  engineHost: z.string().min(1).optional(),
  http: z
    .strictObject({
      host: z.string().min(1).optional(),
      port: port.optional(),
      auth: z.enum(['tokens', 'none']).optional(),
      requestsPerSecond: z.number().int().min(1).max(100_000).optional(),
    })
    .optional(),
  eventStore: z
    .strictObject({
      connectionString: z
        .string()
        .regex(/^esdb(\+discover)?:\/\//, 'must begin with esdb://')
        .optional(),
    })
    .optional(),
  database: z
    .strictObject({
      url: z
        .string()
        .regex(/^postgres(ql)?:\/\//, 'must begin with postgres://')
        .optional(),
    })
    .optional(),
  tape: z
    .strictObject({
      keepMiB: z.number().int().min(64).optional(),
      keepDays: z.number().int().min(1).optional(),
      fsyncMs: z.number().int().min(10).max(10_000).optional(),
    })
    .optional(),
  log: z.strictObject({ format: logFormat.optional() }).optional(),
  feeds: z.array(feed).optional(),
  instruments: z.array(instrument).optional(),
  accounts: z.array(account).optional(),
  alarms: alarmsShape.optional(),
  signals: signalsShape.optional(),
});

export type ConfigFile = z.infer<typeof fileShape>;
export type FeedConfig = z.infer<typeof feed>;
export type InstrumentConfig = z.infer<typeof instrument>;

/** How many inputs are kept, and how long; all, for ever, where nothing is said: a limit of Infinity would not survive the way to another process. */
export interface TapeConfig {
  readonly keptBytesMax?: number;
  readonly keptMsMax?: number;
  /** A power cut loses at most so much. */
  readonly fsyncIntervalMs: number;
}

/** Everything the processes need, complete. */
export interface Config {
  readonly dataDir: string;
  /** That of the engine, which may be started by itself: there it says where it takes commands, and its alarms. */
  readonly engineDir: string;
  /** Where the engine takes commands: what an API that is elsewhere calls it by, too. */
  readonly engineHost: string;
  readonly http: {
    readonly host: string;
    readonly port: number;
    /** `none`: whoever reaches the address may do everything. On loopback only. */
    readonly auth: 'tokens' | 'none';
    /** For each token. */
    readonly requestsPerSecond: number;
  };
  /** A token of scope admin that is in no file. */
  readonly adminToken: string | undefined;
  /** Undefined: the embedded event store. */
  readonly eventStoreUri: string | undefined;
  /** Undefined: the embedded PostgreSQL. */
  readonly databaseUrl: string | undefined;
  readonly tape: TapeConfig;
  /** Lines for people, or JSON for what collects them. */
  readonly log: { readonly format: 'text' | 'json' };
  /** Whether the steps of orders are traced; where to is the exporter's own business. */
  readonly traces: boolean;
  readonly feeds: readonly FeedConfig[];
  readonly instruments: readonly InstrumentConfig[];
  readonly accounts: readonly AccountConfig[];
  readonly alarms: AlarmsConfig;
  readonly signals: readonly SignalsConfig[];
  /** True when nothing was configured: recorded prints are played through a demonstration account. */
  readonly isDemo: boolean;
}
