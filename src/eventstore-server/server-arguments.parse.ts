import { parseArgs } from 'node:util';

export interface ServerArguments {
  readonly port: number;
  /** Absent: nothing is kept. */
  readonly db?: string;
  readonly host: string;
  readonly commitTimeoutMs: number;
  readonly assemblyTimeoutMs: number;
  readonly appendBytesMax: number;
  readonly segmentBytesMax: number;
  readonly keepAlive: { readonly intervalMs: number; readonly timeoutMs: number };
  /** Paths; absent for cleartext. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly users: string };
}

export const USAGE =
  'usage: server.main.js --port N (--data-dir DIR | --mem) [--host ADDRESS] [--commit-timeout-ms N] ' +
  '[--write-timeout-ms N] [--max-append-bytes N] [--chunk-size BYTES] ' +
  '[--keep-alive-interval-ms N] [--keep-alive-timeout-ms N] [--tls-cert FILE --tls-key FILE --user-file FILE]';

type Environment = Readonly<Record<string, string | undefined>>;
type Flags = Readonly<Record<string, string | undefined>>;

const PORT_MAX = 65535;
const TIMEOUT_MAX_MS = 600_000;
const TEXT = { type: 'string' } as const;
const LOOPBACK = /^(127\.|::1$|localhost$)/;

/** By flag: the variable that the original reads, limits and what holds where nothing is said. */
const NUMBERS = {
  'commit-timeout-ms': {
    env: 'EVENTSTORE_COMMIT_TIMEOUT_MS',
    max: TIMEOUT_MAX_MS,
    otherwise: 10_000,
  },
  'keep-alive-interval-ms': {
    env: 'EVENTSTORE_KEEP_ALIVE_INTERVAL',
    max: TIMEOUT_MAX_MS,
    otherwise: 10_000,
  },
  'keep-alive-timeout-ms': {
    env: 'EVENTSTORE_KEEP_ALIVE_TIMEOUT',
    max: TIMEOUT_MAX_MS,
    otherwise: 10_000,
  },
  'write-timeout-ms': { env: 'EVENTSTORE_WRITE_TIMEOUT_MS', max: TIMEOUT_MAX_MS, otherwise: 2000 },
  'max-append-bytes': {
    env: 'EVENTSTORE_MAX_APPEND_SIZE',
    max: 16 * 1024 * 1024,
    otherwise: 1024 * 1024,
  },
  'chunk-size': {
    env: 'EVENTSTORE_CHUNK_SIZE',
    max: 1024 * 1024 * 1024,
    otherwise: 128 * 1024 * 1024,
  },
} as const;

/** Throws an Error whose message is one line for the operator. */
export function parseServerArguments(
  argv: readonly string[],
  environment: Environment = {},
): ServerArguments {
  const { flags, keepsNothing } = flagsOf(argv);
  const { port, host = '127.0.0.1' } = flags;
  const db = flags['data-dir'] ?? flags['db'];
  if (port === undefined || (db === undefined && !keepsNothing)) throw new Error(USAGE);
  if (db !== undefined && keepsNothing) {
    throw new Error(`--mem keeps nothing and --data-dir ${db} would: one of them`);
  }
  const tls = tlsOf(flags);
  if (tls === undefined && !LOOPBACK.test(host)) {
    throw new Error(
      `--host ${host} can be reached from elsewhere: --tls-cert, --tls-key and --user-file are needed`,
    );
  }
  return {
    port: integer('--port', port, { min: 0, max: PORT_MAX }),
    host,
    commitTimeoutMs: numberOf('commit-timeout-ms', flags, environment),
    assemblyTimeoutMs: numberOf('write-timeout-ms', flags, environment),
    appendBytesMax: numberOf('max-append-bytes', flags, environment),
    segmentBytesMax: numberOf('chunk-size', flags, environment),
    keepAlive: {
      intervalMs: numberOf('keep-alive-interval-ms', flags, environment),
      timeoutMs: numberOf('keep-alive-timeout-ms', flags, environment),
    },
    ...(db === undefined ? {} : { db }),
    ...(tls === undefined ? {} : { tls }),
  };
}

function flagsOf(argv: readonly string[]): {
  readonly flags: Flags;
  readonly keepsNothing: boolean;
} {
  const names = ['port', 'db', 'data-dir', 'host', 'tls-cert', 'tls-key', 'user-file'];
  const texts = Object.fromEntries([...names, ...Object.keys(NUMBERS)].map((n) => [n, TEXT]));
  const options = { ...texts, mem: { type: 'boolean', default: false } } as const;
  try {
    const { mem, ...flags } = parseArgs({
      args: [...argv],
      options,
      allowPositionals: false,
    }).values;
    return { flags, keepsNothing: mem };
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : String(error)}; ${USAGE}`, {
      cause: error,
    });
  }
}

/** Passwords travel with every call, so none of the three makes sense alone. */
function tlsOf(flags: Flags): ServerArguments['tls'] {
  const cert = flags['tls-cert'];
  const key = flags['tls-key'];
  const users = flags['user-file'];
  if (cert === undefined && key === undefined && users === undefined) return undefined;
  if (cert === undefined || key === undefined || users === undefined) {
    throw new Error('--tls-cert, --tls-key and --user-file are needed together');
  }
  return { cert, key, users };
}

function numberOf(name: keyof typeof NUMBERS, flags: Flags, environment: Environment): number {
  const { env, max, otherwise } = NUMBERS[name];
  const flag = flags[name];
  const shown = flag === undefined ? env : `--${name}`;
  return integer(shown, flag ?? environment[env] ?? String(otherwise), { min: 1, max });
}

function integer(name: string, text: string, limits: { min: number; max: number }): number {
  const value = Number(text);
  const isGood = /^\d+$/.test(text) && value >= limits.min && value <= limits.max;
  if (!isGood) {
    throw new Error(
      `${name} must be an integer from ${limits.min} to ${limits.max}, was '${text}'`,
    );
  }
  return value;
}
