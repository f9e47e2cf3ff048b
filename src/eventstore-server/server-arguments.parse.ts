export interface ServerArguments {
  readonly port: number;
  readonly db: string;
  readonly host: string;
  readonly commitTimeoutMs: number;
}

export const USAGE =
  'usage: server.main.js --port N --db DIR [--host ADDRESS] [--commit-timeout-ms N]';

const PORT_MAX = 65535;
const COMMIT_TIMEOUT_DEFAULT_MS = 2000;
const NAMES = new Set(['--port', '--db', '--host', '--commit-timeout-ms']);

/** Throws an Error whose message is one line for the operator. */
export function parseServerArguments(argv: readonly string[]): ServerArguments {
  const values = new Map<string, string>();
  for (let i = 0; i < argv.length; i += 2) {
    const name = argv[i] ?? '';
    const value = argv[i + 1];
    if (!NAMES.has(name)) throw new Error(`unknown argument '${name}'; ${USAGE}`);
    if (value === undefined) throw new Error(`${name} needs a value; ${USAGE}`);
    values.set(name, value);
  }
  const port = values.get('--port');
  const db = values.get('--db');
  if (port === undefined || db === undefined) throw new Error(USAGE);
  const timeout = values.get('--commit-timeout-ms') ?? String(COMMIT_TIMEOUT_DEFAULT_MS);
  return {
    port: integer('--port', port, { min: 0, max: PORT_MAX }),
    db,
    host: values.get('--host') ?? '127.0.0.1',
    commitTimeoutMs: integer('--commit-timeout-ms', timeout, { min: 1, max: 600_000 }),
  };
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
