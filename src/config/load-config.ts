import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { settleAlarms, shownAddress } from './alarm-config.js';
import type { AlarmsConfig } from './alarm-config.js';
import { fileShape } from './config-shape.js';
import type { Config, ConfigFile } from './config-shape.js';

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
  mistakes.push(...checkAddresses(env), ...crossCheck(read.file));
  const alarms = settleAlarms(read.file.alarms, given, mistakes);
  if (mistakes.length > 0) return { kind: 'mistaken', mistakes };
  return settle(read.file, { ...given, path, isThere, envPort, alarms });
}

function readFile(path: string): { file: ConfigFile; mistakes: string[] } {
  let raw: unknown;
  try {
    raw = parseYaml(readFileSync(path, 'utf8')) ?? {};
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    return { file: {}, mistakes: [`${path}: not readable as YAML: ${reason}`] };
  }
  const parsed = fileShape.safeParse(raw);
  if (parsed.success) return { file: parsed.data, mistakes: [] };
  const mistakes = parsed.error.issues.map(
    (issue) => `${path}: ${issue.path.join('.') || '(top)'}: ${issue.message}`,
  );
  return {
    file: {},
    mistakes: [...mistakes, ...crossCheck(readable(raw)).map((mistake) => `${path}: ${mistake}`)],
  };
}

/** What can be compared across lists in a file whose shape is wrong elsewhere. */
function readable(raw: unknown): ConfigFile {
  const lists = z.object({
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

function crossCheck(file: ConfigFile): string[] {
  const feeds = file.feeds ?? [];
  const instruments = file.instruments ?? [];
  const known = new Set(feeds.map((feed) => feed.id));
  return [
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

function settle(
  file: ConfigFile,
  from: {
    readonly env: Readonly<Record<string, string | undefined>>;
    readonly cwd: string;
    readonly path: string;
    readonly isThere: boolean;
    readonly envPort: number | undefined;
    readonly alarms: AlarmsConfig;
  },
): LoadedConfig {
  const settings: Setting[] = [];
  const pick = <T>(
    path: string,
    choices: readonly (readonly [source: string, value: T | undefined])[],
    show: (value: T) => string = String,
  ): T | undefined => {
    const found = choices.find(([, value]) => value !== undefined);
    const value = found?.[1];
    settings.push({
      path,
      value: value === undefined ? '-' : show(value),
      source: found?.[0] ?? 'embedded',
    });
    return value;
  };
  const inFile = <T>(value: T | undefined) => [from.path, value] as const;
  const inEnv = (name: string) => [name, from.env[name]] as const;
  const dataDir = pick('dataDir', [
    inEnv('STOPLEDGER_DATA_DIR'),
    inFile(file.dataDir),
    ['default', './.stopledger'],
  ]);
  const host = pick('http.host', [inFile(file.http?.host), ['default', '127.0.0.1']]);
  const portChoice = [
    ['STOPLEDGER_PORT', from.envPort],
    inFile(file.http?.port),
    ['default', 3000],
  ] as const;
  const port = pick('http.port', portChoice);
  const eventStoreUri = pick(
    'eventStore.connectionString',
    [inEnv('ESDB_CONNECTION_STRING'), inFile(file.eventStore?.connectionString)],
    masked,
  );
  const databaseUrl = pick(
    'database.url',
    [inEnv('DATABASE_URL'), inFile(file.database?.url)],
    masked,
  );
  const { feeds = [], instruments = [], accounts = [] } = file;
  const isDemo = !from.isThere || feeds.length + instruments.length + accounts.length === 0;
  settings.push(...listings(file, isDemo, from.isThere ? from.path : 'default'));
  settings.push(...alarmSettings(from.alarms, file.alarms ? from.path : 'default'));
  const config: Config = Object.freeze({
    dataDir: resolve(from.cwd, dataDir ?? './.stopledger'),
    http: { host: host ?? '127.0.0.1', port: port ?? 3000 },
    eventStoreUri,
    databaseUrl,
    feeds,
    instruments,
    accounts,
    alarms: from.alarms,
    isDemo,
  });
  return { kind: 'loaded', config, settings };
}

function listings(file: ConfigFile, isDemo: boolean, source: string): Setting[] {
  if (isDemo) return [{ path: 'demo', value: 'recorded prints, paper account', source: 'default' }];
  const names = (items: readonly { readonly id: string }[] | undefined) =>
    items?.map((item) => item.id).join(', ') ?? '-';
  return [
    { path: 'feeds', value: names(file.feeds), source },
    { path: 'instruments', value: names(file.instruments), source },
    { path: 'accounts', value: names(file.accounts), source },
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
