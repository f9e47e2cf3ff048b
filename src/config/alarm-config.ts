import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';

const url = z.string().regex(/^https?:\/\/\S+$/, 'must begin with http:// or https://');
const secretIn = {
  secretEnv: z
    .string()
    .regex(/^[A-Z][A-Z0-9_]*$/, 'must be the name of a variable, such as STOPLEDGER_ALARM_SECRET')
    .optional(),
  secretFile: z.string().min(1).optional(),
};

export const alarmsShape = z.strictObject({
  webhook: z
    .strictObject({
      url,
      ...secretIn,
      minimumSeverity: z.enum(['info', 'warning', 'critical']).optional(),
      timeoutMs: z.number().int().min(100).max(60_000).optional(),
    })
    .optional(),
  heartbeat: z
    .strictObject({
      url,
      ...secretIn,
      everyMs: z.number().int().min(1_000).max(3_600_000).optional(),
      timeoutMs: z.number().int().min(100).max(60_000).optional(),
    })
    .optional(),
  unprotectedAfterMs: z.number().int().min(0).max(86_400_000).optional(),
});

export type AlarmsFile = z.infer<typeof alarmsShape>;

/** An address outside with what messages to it are signed with. The secret is shown nowhere. */
export interface SignedAddress {
  readonly url: string;
  readonly secret: string;
  readonly timeoutMs: number;
}

export interface AlarmsConfig {
  readonly webhook:
    (SignedAddress & { readonly minimumSeverity: 'info' | 'warning' | 'critical' }) | undefined;
  readonly heartbeat: (SignedAddress & { readonly everyMs: number }) | undefined;
  /** How long a quantity may be unprotected before it is an alarm. */
  readonly unprotectedAfterMs: number;
}

const TIMEOUT_MS = 5_000;
const HEARTBEAT_MS = 30_000;
const UNPROTECTED_MS = 10_000;
const SECRET_CHARACTERS_MIN = 16;

/** What the process was started with. */
export interface From {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** False for who neither signs nor judges a signature: secrets are left where they are. Missing: true. */
  readonly readsSecrets?: boolean;
}

/** Reads the secrets that the file names. Mistakes are added to the list, without any secret. */
export function settleAlarms(
  file: AlarmsFile | undefined,
  from: From,
  mistakes: string[],
): AlarmsConfig {
  const { webhook, heartbeat } = file ?? {};
  return {
    webhook: webhook && {
      url: webhook.url,
      secret: secretOf('alarms.webhook', webhook, { ...from, mistakes }),
      timeoutMs: webhook.timeoutMs ?? TIMEOUT_MS,
      minimumSeverity: webhook.minimumSeverity ?? 'warning',
    },
    heartbeat: heartbeat && {
      url: heartbeat.url,
      secret: secretOf('alarms.heartbeat', heartbeat, { ...from, mistakes }),
      timeoutMs: heartbeat.timeoutMs ?? TIMEOUT_MS,
      everyMs: heartbeat.everyMs ?? HEARTBEAT_MS,
    },
    unprotectedAfterMs: file?.unprotectedAfterMs ?? UNPROTECTED_MS,
  };
}

export function secretOf(
  path: string,
  { secretEnv, secretFile }: { secretEnv?: string | undefined; secretFile?: string | undefined },
  { env, cwd, readsSecrets = true, mistakes }: From & { mistakes: string[] },
): string {
  const wrong = (rule: string): string => {
    mistakes.push(`${path}.${rule}`);
    return '';
  };
  if ((secretEnv === undefined) === (secretFile === undefined)) {
    return wrong('secretEnv: one of secretEnv and secretFile must be given');
  }
  if (!readsSecrets) return '';
  if (secretEnv !== undefined) {
    const secret = env[secretEnv];
    if (secret === undefined) return wrong(`secretEnv: the variable ${secretEnv} is not set`);
    return secret.length >= SECRET_CHARACTERS_MIN ? secret : wrong(`secretEnv: ${TOO_SHORT}`);
  }
  const file = resolve(cwd, secretFile ?? '');
  try {
    const mode = statSync(file).mode & 0o777;
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      const found = mode.toString(8).padStart(4, '0');
      return wrong(`secretFile: ${file} must be readable by its owner alone (0600), was ${found}`);
    }
    const secret = readFileSync(file, 'utf8').trim();
    return secret.length >= SECRET_CHARACTERS_MIN ? secret : wrong(`secretFile: ${TOO_SHORT}`);
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? String(error);
    return wrong(`secretFile: ${file} cannot be read: ${reason}`);
  }
}

const TOO_SHORT = `the secret must have at least ${SECRET_CHARACTERS_MIN} characters`;

/** An address for people to see: what stands behind its host may be a key. */
export function shownAddress(address: string): string {
  const { origin, pathname } = new URL(address);
  return pathname === '/' ? origin : `${origin}/***`;
}
