import { z } from 'zod';
import { secretOf } from './alarm-config.js';
import type { From } from './alarm-config.js';
import { id } from './field-shape.js';

const path = z
  .string()
  .regex(/^[A-Za-z0-9_]+(\.[A-Za-z0-9_]+){0,7}$/, 'must be a field, or fields joined by dots');
const said = z.string().min(1).max(64);

const SIGNAL_ACTIONS = ['buy', 'sell', 'close', 'cancelEntries'] as const;
type SignalAction = (typeof SIGNAL_ACTIONS)[number];

export const signalsShape = z
  .array(
    z.strictObject({
      id,
      accountId: id,
      secretEnv: z.string().min(1).optional(),
      secretFile: z.string().min(1).optional(),
      maxAgeMs: z.number().int().min(1_000).max(3_600_000).optional(),
      fields: z.strictObject({
        action: path,
        symbol: path,
        time: path,
        id: path.optional(),
        quantity: path.optional(),
        price: path.optional(),
      }),
      actions: z.record(said, z.enum(SIGNAL_ACTIONS)).optional(),
      instruments: z.record(said, z.string().min(1)),
      quantity: z.string().min(1).optional(),
      plan: z.record(z.string(), z.unknown()).optional(),
    }),
  )
  .max(50);

type SignalsFile = z.infer<typeof signalsShape>;

/** Where signals come from, and what their fields mean. */
export interface SignalsConfig {
  readonly id: string;
  /** The only account that its signals may act for. */
  readonly accountId: string;
  /** What bodies are signed with; undefined: a token is needed. */
  readonly secret: string | undefined;
  readonly maxAgeMs: number;
  readonly fields: {
    readonly action: string;
    readonly symbol: string;
    readonly time: string;
    readonly id?: string | undefined;
    readonly quantity?: string | undefined;
    readonly price?: string | undefined;
  };
  readonly actions: Readonly<Record<string, SignalAction>>;
  readonly instruments: Readonly<Record<string, string>>;
  /** Where the signal names none. */
  readonly quantity: string | undefined;
  /** Guards every position that a signal opens. */
  readonly plan: Readonly<Record<string, unknown>> | undefined;
}

const AGE_MS = 30_000;
const PLAIN_ACTIONS = { buy: 'buy', sell: 'sell', close: 'close', cancelEntries: 'cancelEntries' };

/** Reads the secrets that the file names. Mistakes are added to the list, without any secret. */
export function settleSignals(
  file: SignalsFile | undefined,
  from: From,
  mistakes: string[],
): readonly SignalsConfig[] {
  const sources = file ?? [];
  const names = sources.map((source) => source.id);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) mistakes.push(`signals: ${twice} is named twice`);
  return sources.map(({ secretEnv, secretFile, ...source }, at) => {
    const hasSecret = secretEnv !== undefined || secretFile !== undefined;
    const named = { secretEnv, secretFile };
    return {
      ...source,
      secret: hasSecret
        ? secretOf(`signals.${String(at)}`, named, { ...from, mistakes })
        : undefined,
      maxAgeMs: source.maxAgeMs ?? AGE_MS,
      actions: source.actions ?? (PLAIN_ACTIONS as Readonly<Record<string, SignalAction>>),
      quantity: source.quantity,
      plan: source.plan,
    };
  });
}
