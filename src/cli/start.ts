import { join } from 'node:path';
import { loadConfig } from '../config/load-config.js';
import { keyPlaces, missingKeys } from '../config/secret-key.js';
import type { Say } from '../application/ports/say.port.js';
import type { Setting } from '../config/load-config.js';
import type { Config } from '../config/config-shape.js';
import { playDemo } from '../launch/demo.js';
import { STOP_ALL_MS, Supervisor } from '../launch/supervisor.js';
import type { ProcessWatch } from '../launch/process-watch.js';
import type { Addresses, Role } from '../launch/supervisor.js';

export interface StartNeeds {
  readonly rootDir: string;
  readonly openLog: (format: Config['log']['format'], part: string) => Say;
  /** Where the parent tells that a child has died. */
  readonly openWatch: (config: Config, say: Say) => ProcessWatch;
}

export interface StartFlags {
  readonly config?: string;
  readonly roles?: string;
}

// Terminals and process managers repeat a signal: within this time it is the same one.
const SAME_SIGNAL_MS = 500;
const ROLES: readonly Role[] = ['engine', 'projector', 'api'];

/** Runs until a signal. Exit codes: 0 ended in order, 1 could not start or had to be forced, 2 wrong use. */
export async function start(flags: StartFlags, needs: StartNeeds): Promise<number> {
  const { rootDir, openWatch, openLog } = needs;
  const complain = (line: string): void => void process.stderr.write(`stopledger: ${line}\n`);
  const processes = processesOf(flags.roles);
  if (!processes) {
    complain(`--roles: must be some of ${ROLES.join(',')}, was "${flags.roles ?? ''}"`);
    return 2;
  }
  const loaded = loadConfig({ env: process.env, cwd: process.cwd(), configFlag: flags.config });
  if (loaded.kind === 'mistaken') {
    for (const mistake of loaded.mistakes) complain(mistake);
    return 1;
  }
  const actsHere = processes.some((roles) => roles.includes('engine'));
  const missing = actsHere ? missingKeys(loaded.config, keyPlaces()) : [];
  if (missing.length > 0) {
    for (const mistake of missing) complain(mistake);
    return 1;
  }
  const say = openLog(loaded.config.log.format, 'supervisor');
  printSettings(loaded.settings, say);
  const supervisor = new Supervisor({
    config: loaded.config,
    processes,
    distDir: join(rootDir, 'dist'),
    rootDir,
    say,
    narrates: true,
    openWatch: () => openWatch(loaded.config, say),
    demoRecording: join(rootDir, 'demo', 'binance-spot-ltcusdt-20250621-2128.trades.csv.gz'),
  });
  const signalled = signals(supervisor, say);
  try {
    const addresses = await Promise.race([supervisor.start(), signalled]);
    if (typeof addresses === 'number') return addresses;
    printAddresses(addresses, say);
    if (loaded.config.isDemo) {
      protectDemo(loaded.config, addresses, say)
        .catch((error: unknown) => {
          // Who is stopped in the middle of it has not failed.
          if (!supervisor.isEnding) complain(String(error));
        })
        .finally(() => supervisor.play());
    }
  } catch (error) {
    complain(error instanceof Error ? error.message : String(error));
    return 1;
  }
  return signalled;
}

async function protectDemo(
  { adminToken: token, http: { auth } }: Config,
  { http }: Addresses,
  say: (line: string) => void,
): Promise<void> {
  if (auth === 'tokens' && token === undefined) {
    say('demo: http.auth is "tokens": open a position with yours to see it play');
  } else if (http !== undefined) {
    await playDemo({ http, token }, say);
  }
}

/** The first signal stops in order, the second one forces. Resolves with the exit code. */
function signals(supervisor: Supervisor, say: (line: string) => void): Promise<number> {
  return new Promise((resolve) => {
    let firstAtMs: number | undefined;
    const onSignal = (signal: string): void => {
      const now = performance.now();
      if (firstAtMs === undefined) {
        firstAtMs = now;
        say(`${signal}: stopping in order, within ${STOP_ALL_MS / 1_000} s; once more to force`);
        void supervisor.stop().then(() => {
          say('stopped');
          resolve(0);
        });
      } else if (now - firstAtMs > SAME_SIGNAL_MS) {
        say(`${signal}: forced; what was under way is settled at the next start`);
        supervisor.killAll();
        resolve(1);
      }
    };
    process.on('SIGINT', () => onSignal('SIGINT'));
    process.on('SIGTERM', () => onSignal('SIGTERM'));
  });
}

function processesOf(text: string | undefined): readonly (readonly Role[])[] | undefined {
  if (text === undefined) return [['engine'], ['projector', 'api']];
  const roles = text.split(',').map((role) => role.trim());
  const known = roles.filter((role): role is Role => ROLES.includes(role as Role));
  return known.length === roles.length && known.length > 0 ? [known] : undefined;
}

function printSettings(settings: readonly Setting[], say: (line: string) => void): void {
  say('stopledger: effective configuration');
  for (const { path, value, source } of settings) {
    say(`  ${path.padEnd(28)} ${value}  (${source})`);
  }
}

function printAddresses(addresses: Addresses, say: (line: string) => void): void {
  say('stopledger: running');
  say(`  event store   ${addresses.eventStoreUri}`);
  if (addresses.databaseUrl !== '')
    say(`  PostgreSQL    ${withoutPassword(addresses.databaseUrl)}`);
  if (addresses.venueUrl !== undefined) {
    say(
      `  venue         ${addresses.venueUrl}  (recorded prints of 2025-06-21, not a live market)`,
    );
  }
  if (addresses.http === undefined) return;
  say(`  REST          ${addresses.http}/api/v1`);
  say(`  OpenAPI       ${addresses.http}/api/docs`);
  say(`  GraphiQL      ${addresses.http}/graphiql`);
}

function withoutPassword(url: string): string {
  return url.replace(/:\/\/([^:@/]+):[^@/]*@/, '://$1:***@');
}
