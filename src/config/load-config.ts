import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { settleSignals } from './signals-config.js';
import type { SignalsConfig } from './signals-config.js';
import { settleTraces } from './traces-config.js';
import { settleAlarms, shownAddress } from './alarm-config.js';
import type { AlarmsConfig } from './alarm-config.js';
import { fileShape } from './config-shape.js';
import type { Config, ConfigFile, TapeConfig } from './config-shape.js';

/** One effective setting with where it came from. */
export interface Setting {
  readonly path: string;
  readonly value: string;
  readonly source: string;
}

export type LoadedConfig =
  | { readonly kind: 'loaded'; readonly config: Config; readonly settings: readonly Setting[] }
  | { readonly kind: 'mistaken'; readonly mistakes: readonly string[] };

const DEFAULT_FILE = 'stopledger.yaml';

/** Reads flags, environment and file once. Every mistake is reported at once, with its path in the file. */
export function loadConfig(asked: {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly configFlag: string | undefined;
  /** False for a command that uses none: it runs where their variables are not set. Missing: true. */
  readonly readsSecrets?: boolean;
}): LoadedConfig {
  // A variable that is set to nothing is not set: shells and compose files write such.
  const env = Object.fromEntries(Object.entries(asked.env).filter(([, value]) => value !== ''));
  const given = { ...asked, env };
  const { cwd } = given;
  const named = given.configFlag ?? env['STOPLEDGER_CONFIG'];
  const path = resolve(cwd, named ?? DEFAULT_FILE);
  const isThere = existsSync(path);
  if (named !== undefined && !isThere) {
    return { kind: 'mistaken', mistakes: [`configuration file ${path} does not exist`] };
  }
  const read = isThere ? readFile(path) : { file: {} as ConfigFile, mistakes: [] };
  const mistakes = [...read.mistakes];
  const envPort = portOf(env['STOPLEDGER_PORT'], mistakes);
  mistakes.push(...checkAddresses(env), ...checkAdminToken(env['STOPLEDGER_ADMIN_TOKEN']));
  mistakes.push(...checkLogFormat(env[LOG_FORMAT]));
  mistakes.push(...crossCheck(read.file));
  const alarms = settleAlarms(read.file.alarms, given, mistakes);
  const traces = settleTraces(env, mistakes);
  const signals = settleSignals(read.file.signals, given, mistakes);
  if (mistakes.length > 0) return { kind: 'mistaken', mistakes };
  return settle(read.file, { ...given, path, isThere, envPort, alarms, signals, traces });
}

function readFile(path: string): { file: ConfigFile; mistakes: string[] } {
  let raw: unknown;
  try {
    raw = parseYaml(readFileSync(path, 'utf8')) ?? {};
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    return { file: {}, mistakes: [`${path}: not readable as YAML: ${reason}`] };
  }
  const parsed = fileShape.safeParse(raw, { error: inOurWords });
  if (parsed.success) return { file: parsed.data, mistakes: [] };
  const mistakes = parsed.error.issues.map(
    (issue) => `${path}: ${issue.path.join('.') || '(top)'}: ${issue.message}`,
  );
  return {
    file: {},
    mistakes: [
      ...new Set(mistakes),
      ...crossCheck(readable(raw)).map((mistake) => `${path}: ${mistake}`),
    ],
  };
}

/** For rules that say nothing themselves; undefined leaves it to the validator. */
function inOurWords(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code !== 'invalid_type') return undefined;
  return issue.input === undefined ? 'is required' : `must be of type ${issue.expected}`;
}

/** What can be compared across lists in a file whose shape is wrong elsewhere. */
function readable(raw: unknown): ConfigFile {
  const lists = z.object({
    http: z.object({ host: z.string(), auth: z.string() }).partial().catch({}),
    feeds: named.catch([]),
    accounts: named.catch([]),
    instruments: z.array(z.object({ id: z.string(), feeds: z.array(z.string()) })).catch([]),
  });
  return (lists.safeParse(raw).data ?? {}) as ConfigFile;
}

const named = z.array(z.object({ id: z.string() }));

function portOf(text: string | undefined, mistakes: string[]): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= 65_535) return value;
  mistakes.push(`STOPLEDGER_PORT: must be a port from 0 to 65535, was ${JSON.stringify(text)}`);
  return undefined;
}

const ADDRESSES = [
  ['ESDB_CONNECTION_STRING', /^esdb(\+discover)?:\/\//, 'esdb://'],
  ['DATABASE_URL', /^postgres(ql)?:\/\//, 'postgres://'],
] as const;

function checkAddresses(env: Readonly<Record<string, string | undefined>>): string[] {
  return ADDRESSES.flatMap(([name, form, beginning]) => {
    const value = env[name];
    return value === undefined || form.test(value) ? [] : [`${name}: must begin with ${beginning}`];
  });
}

const LOG_FORMAT = 'STOPLEDGER_LOG_FORMAT';

function checkLogFormat(format: string | undefined): string[] {
  if (format === undefined || format === 'text' || format === 'json') return [];
  return [`${LOG_FORMAT}: must be "text" or "json", was ${JSON.stringify(format)}`];
}

const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '::1', 'localhost']);
const REQUESTS_PER_SECOND = 200;
const ADMIN_TOKEN_LENGTH_MIN = 20;

function checkAdminToken(token: string | undefined): string[] {
  if (token === undefined) return [];
  if (/^[\x21-\x7e]+$/.test(token) && token.length >= ADMIN_TOKEN_LENGTH_MIN) return [];
  const rule = `must be at least ${String(ADMIN_TOKEN_LENGTH_MIN)} visible ASCII characters`;
  return [`STOPLEDGER_ADMIN_TOKEN: ${rule}`];
}

function openToOthers({ http }: ConfigFile): string[] {
  if (http?.auth !== 'none' || LOOPBACK.has(http.host ?? '127.0.0.1')) return [];
  return [
    `http.auth: must be "tokens" unless http.host is loopback, which ${http.host ?? ''} is not`,
  ];
}

function crossCheck(file: ConfigFile): string[] {
  const feeds = file.feeds ?? [];
  const instruments = file.instruments ?? [];
  const known = new Set(feeds.map((feed) => feed.id));
  return [
    ...openToOthers(file),
    ...repeated('feeds', feeds),
    ...repeated('instruments', instruments),
    ...repeated('accounts', file.accounts ?? []),
    ...instruments.flatMap((instrument, at) =>
      instrument.feeds
        .filter((feed) => !known.has(feed))
        .map((feed) => `instruments.${at}.feeds: must name a configured feed, was ${feed}`),
    ),
  ];
}

function repeated(list: string, items: readonly { readonly id: string }[]): string[] {
  return items.flatMap((item, at) =>
    items.findIndex((other) => other.id === item.id) < at
      ? [`${list}.${at}.id: must be unique, ${item.id} was given before`]
      : [],
  );
}

interface Given {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly path: string;
  readonly isThere: boolean;
  readonly envPort: number | undefined;
  readonly alarms: AlarmsConfig;
  readonly signals: readonly SignalsConfig[];
  readonly traces: string | undefined;
}

type Choice<T> = readonly [source: string, value: T | undefined];

/** Takes the first choice that was made and notes where it comes from. */
class Chooser {
  readonly settings: Setting[] = [];

  constructor(private readonly from: Given) {}

  pick<T>(
    path: string,
    choices: readonly Choice<T>[],
    show: (value: T) => string = String,
  ): T | undefined {
    const found = choices.find(([, value]) => value !== undefined);
    const value = found?.[1];
    this.settings.push({
      path,
      value: value === undefined ? '-' : show(value),
      source: found?.[0] ?? 'embedded',
    });
    return value;
  }

  /** What has a default is always there. */
  must<T>(
    path: string,
    choices: readonly [...Choice<T>[], readonly ['default', T]],
    show?: (value: T) => string,
  ): T {
    return this.pick(path, choices, show) as T;
  }

  inFile<T>(value: T | undefined): Choice<T> {
    return [this.from.path, value];
  }

  inEnv(name: string): Choice<string> {
    return [name, this.from.env[name]];
  }
}

function settle(file: ConfigFile, from: Given): LoadedConfig {
  const chooser = new Chooser(from);
  const dataDir = chooser.must('dataDir', [
    chooser.inEnv('STOPLEDGER_DATA_DIR'),
    chooser.inFile(file.dataDir),
    ['default', './.stopledger'],
  ]);
  const engineDir = chooser.must('engineDir', [
    chooser.inEnv('STOPLEDGER_ENGINE_DIR'),
    chooser.inFile(file.engineDir),
    ['default', dataDir],
  ]);
  const engineHost = chooser.must('engineHost', [
    chooser.inEnv('STOPLEDGER_ENGINE_HOST'),
    chooser.inFile(file.engineHost),
    ['default', '127.0.0.1'],
  ]);
  const { feeds = [], instruments = [], accounts = [] } = file;
  const isDemo = !from.isThere || feeds.length + instruments.length + accounts.length === 0;
  const http = httpOf(file, from, { chooser, isDemo });
  const eventStoreUri = chooser.pick(
    'eventStore.connectionString',
    [chooser.inEnv('ESDB_CONNECTION_STRING'), chooser.inFile(file.eventStore?.connectionString)],
    masked,
  );
  const databaseUrl = chooser.pick(
    'database.url',
    [chooser.inEnv('DATABASE_URL'), chooser.inFile(file.database?.url)],
    masked,
  );
  const tape = tapeOf(file, chooser);
  const collector = from.traces === undefined ? undefined : masked(from.traces);
  chooser.must('traces', [
    ['OTEL_EXPORTER_OTLP_ENDPOINT', collector],
    ['default', 'off'],
  ]);
  const log = {
    format: chooser.must<'text' | 'json'>('log.format', [
      chooser.inEnv(LOG_FORMAT) as Choice<'text' | 'json'>,
      chooser.inFile(file.log?.format),
      ['default', 'text'],
    ]),
  };
  const listed = [
    ...listings(file, isDemo, from.isThere ? from.path : 'default'),
    ...alarmSettings(from.alarms, file.alarms ? from.path : 'default'),
  ];
  const config: Config = Object.freeze({
    dataDir: resolve(from.cwd, dataDir),
    engineDir: resolve(from.cwd, engineDir),
    engineHost,
    http,
    adminToken: from.env['STOPLEDGER_ADMIN_TOKEN'],
    eventStoreUri,
    databaseUrl,
    tape,
    log,
    feeds,
    instruments,
    accounts,
    traces: from.traces !== undefined,
    alarms: from.alarms,
    signals: from.signals,
    isDemo,
  });
  return { kind: 'loaded', config, settings: [...chooser.settings, ...listed] };
}

function httpOf(
  { http }: ConfigFile,
  { env, envPort }: Given,
  { chooser, isDemo }: { readonly chooser: Chooser; readonly isDemo: boolean },
): Config['http'] {
  const host = chooser.must('http.host', [chooser.inFile(http?.host), ['default', '127.0.0.1']]);
  const port = chooser.must<number>('http.port', [
    ['STOPLEDGER_PORT', envPort],
    chooser.inFile(http?.port),
    ['default', 3000],
  ]);
  const hasAdminToken = env['STOPLEDGER_ADMIN_TOKEN'] !== undefined;
  // The demo is to be tried out at once, and holds nobody's money: on loopback it asks for no token.
  const isOpen = isDemo && LOOPBACK.has(host) && !hasAdminToken;
  const auth = chooser.must<'tokens' | 'none'>('http.auth', [
    chooser.inFile(http?.auth),
    ['default', isOpen ? 'none' : 'tokens'],
  ]);
  if (hasAdminToken) {
    chooser.pick('http.adminToken', [['STOPLEDGER_ADMIN_TOKEN', '***']]);
  }
  const requestsPerSecond = chooser.must('http.requestsPerSecond', [
    chooser.inFile(http?.requestsPerSecond),
    ['default', REQUESTS_PER_SECOND],
  ]);
  return { host, port, auth, requestsPerSecond };
}

const MIB = 1_048_576;
const DAY_MS = 86_400_000;
const TAPE_FSYNC_MS = 200;

function tapeOf({ tape }: ConfigFile, chooser: Chooser): TapeConfig {
  const show = (limit: number): string => (limit === Infinity ? 'all' : String(limit));
  const keepMiB = chooser.must<number>(
    'tape.keepMiB',
    [chooser.inFile(tape?.keepMiB), ['default', Infinity]],
    show,
  );
  const keepDays = chooser.must<number>(
    'tape.keepDays',
    [chooser.inFile(tape?.keepDays), ['default', Infinity]],
    show,
  );
  const fsyncIntervalMs = chooser.must<number>('tape.fsyncMs', [
    chooser.inFile(tape?.fsyncMs),
    ['default', TAPE_FSYNC_MS],
  ]);
  return {
    ...(keepMiB !== Infinity && { keptBytesMax: keepMiB * MIB }),
    ...(keepDays !== Infinity && { keptMsMax: keepDays * DAY_MS }),
    fsyncIntervalMs,
  };
}

function listings(file: ConfigFile, isDemo: boolean, source: string): Setting[] {
  if (isDemo) return [{ path: 'demo', value: 'recorded prints, paper account', source: 'default' }];
  const names = (items: readonly { readonly id: string }[] | undefined) =>
    items?.map((item) => item.id).join(', ') ?? '-';
  return [
    { path: 'feeds', value: names(file.feeds), source },
    { path: 'instruments', value: names(file.instruments), source },
    { path: 'accounts', value: names(file.accounts), source },
    { path: 'signals', value: names(file.signals), source },
  ];
}

function alarmSettings(alarms: AlarmsConfig, source: string): Setting[] {
  const { webhook, heartbeat, unprotectedAfterMs } = alarms;
  return [
    { path: 'alarms.webhook.url', value: webhook ? shownAddress(webhook.url) : '-', source },
    { path: 'alarms.heartbeat.url', value: heartbeat ? shownAddress(heartbeat.url) : '-', source },
    { path: 'alarms.unprotectedAfterMs', value: String(unprotectedAfterMs), source },
  ];
}

/** Hides the password of a URL. */
function masked(url: string): string {
  return url.replace(/:\/\/([^:@/]+):[^@/]*@/, '://$1:***@');
}
