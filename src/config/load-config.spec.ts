import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileShape } from './config-shape.js';
import type { Config } from './config-shape.js';
import { loadConfig } from './load-config.js';
import type { LoadedConfig, Setting } from './load-config.js';

const WHOLE = `
dataDir: ./data
http: {port: 3111}
feeds:
  - {id: main, type: binance, url: "ws://127.0.0.1:9001"}
instruments:
  - {id: "BINANCE:LTCUSDT", symbol: LTCUSDT, feeds: [main], priceTick: "0.01", quantityStep: "0.001", quoteCurrency: USDT}
accounts:
  - {id: demo, broker: paper, mode: paper, currency: USDT}
`;

let cwd = '';
let file = '';

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'load-config-'));
  file = join(cwd, 'stopledger.yaml');
});
afterEach(() => rmSync(cwd, { recursive: true }));

function load(
  text: string | undefined,
  env: Record<string, string> = {},
  configFlag?: string,
): LoadedConfig {
  if (text !== undefined) writeFileSync(file, text);
  return loadConfig({ env, cwd, configFlag });
}

function loaded(result: LoadedConfig): { config: Config; settings: readonly Setting[] } {
  if (result.kind === 'mistaken') throw new Error(result.mistakes.join('\n'));
  return result;
}

/** Mistakes with the folder of the file left out. */
function mistakesIn(result: LoadedConfig): readonly string[] {
  if (result.kind === 'loaded') throw new Error('no mistake was found');
  return result.mistakes.map((mistake) => mistake.replace(cwd, '.'));
}

function settingOf(result: LoadedConfig, path: string): Setting | undefined {
  return loaded(result).settings.find((setting) => setting.path === path);
}

describe('the configuration', () => {
  it('is the demo when nothing is given', () => {
    const result = load(undefined);
    expect(loaded(result).config).toStrictEqual({
      dataDir: join(cwd, '.stopledger'),
      engineDir: join(cwd, '.stopledger'),
      engineHost: '127.0.0.1',
      http: { host: '127.0.0.1', port: 3000, auth: 'none', requestsPerSecond: 200 },
      adminToken: undefined,
      eventStoreUri: undefined,
      databaseUrl: undefined,
      tape: { fsyncIntervalMs: 200 },
      log: { format: 'text' },
      traces: false,
      feeds: [],
      instruments: [],
      accounts: [],
      alarms: { webhook: undefined, heartbeat: undefined, unprotectedAfterMs: 10_000 },
      signals: [],
      isDemo: true,
    });
    expect(settingOf(result, 'http.port')).toStrictEqual({
      path: 'http.port',
      value: '3000',
      source: 'default',
    });
    expect(settingOf(result, 'database.url')).toStrictEqual({
      path: 'database.url',
      value: '-',
      source: 'embedded',
    });
  });

  it('says how much of the tape is kept, and refuses limits that recovery could not live with', () => {
    const result = load('tape: {keepMiB: 100, keepDays: 7, fsyncMs: 50}');
    expect(loaded(result).config.tape).toStrictEqual({
      keptBytesMax: 104_857_600,
      keptMsMax: 604_800_000,
      fsyncIntervalMs: 50,
    });
    expect(settingOf(load(''), 'tape.keepDays')?.value).toBe('all');
    const mistakes = mistakesIn(load('tape: {keepMiB: 63, keepDays: 0, fsyncMs: 9}'));
    expect(mistakes.map((mistake) => mistake.split(': ')[1])).toStrictEqual([
      'tape.keepMiB',
      'tape.keepDays',
      'tape.fsyncMs',
    ]);
  });

  it('is read from the file, and is then no demo', () => {
    const result = load(WHOLE);
    expect(loaded(result).config).toMatchObject({
      dataDir: join(cwd, 'data'),
      http: { host: '127.0.0.1', port: 3111 },
      feeds: [{ id: 'main', type: 'binance', url: 'ws://127.0.0.1:9001' }],
      isDemo: false,
    });
    expect(settingOf(result, 'http.port')).toStrictEqual({
      path: 'http.port',
      value: '3111',
      source: file,
    });
  });

  it.each(['', WHOLE, `${WHOLE}\ntape: {keepMiB: 64}`, `${WHOLE}\ntape: {keepDays: 1}`])(
    'means the same in the processes that it is sent to: %s',
    (text) => {
      const { config } = loaded(load(text));
      expect(JSON.parse(JSON.stringify(config))).toEqual(config);
    },
  );

  it('needs no more than feed, instrument and account', () => {
    const text = WHOLE.split('\n').slice(3).join('\n');
    expect(loaded(load(text)).config).toMatchObject({
      http: { port: 3000 },
      isDemo: false,
    });
  });

  it('stays the demo with a file that only moves ports and folders', () => {
    expect(loaded(load('http: {port: 3111}')).config).toMatchObject({
      http: { port: 3111 },
      isDemo: true,
    });
    expect(loaded(load('')).config.isDemo).toBe(true);
  });

  it('prefers the environment to the file and the file to the default', () => {
    const env = {
      STOPLEDGER_PORT: '3222',
      STOPLEDGER_DATA_DIR: './elsewhere',
      ESDB_CONNECTION_STRING: 'esdb://from-environment:2113',
    };
    const text = `${WHOLE}eventStore: {connectionString: "esdb://from-file:2113"}\n`;
    const result = load(text, env);
    expect(loaded(result).config).toMatchObject({
      dataDir: join(cwd, 'elsewhere'),
      http: { port: 3222 },
      eventStoreUri: 'esdb://from-environment:2113',
    });
    expect(settingOf(result, 'dataDir')?.source).toBe('STOPLEDGER_DATA_DIR');
    expect(settingOf(load(text), 'eventStore.connectionString')?.source).toBe(file);
  });

  it('reads the file that the flag names, else the one the environment names', () => {
    writeFileSync(join(cwd, 'a.yaml'), 'http: {port: 3001}');
    writeFileSync(join(cwd, 'b.yaml'), 'http: {port: 3002}');
    const env = { STOPLEDGER_CONFIG: 'b.yaml' };
    expect(loaded(load(WHOLE, env, 'a.yaml')).config.http.port).toBe(3001);
    expect(loaded(load(WHOLE, env)).config.http.port).toBe(3002);
  });

  it('shows no secret', () => {
    const result = load(WHOLE, {
      DATABASE_URL: 'postgres://ledger:s3cret@db:5432/stops',
      ESDB_CONNECTION_STRING: 'esdb://admin:changeit@log:2113?tls=false',
    });
    expect(settingOf(result, 'database.url')?.value).toBe('postgres://ledger:***@db:5432/stops');
    expect(settingOf(result, 'eventStore.connectionString')?.value).toBe(
      'esdb://admin:***@log:2113?tls=false',
    );
    expect(JSON.stringify(loaded(result).settings)).not.toMatch(/s3cret|changeit/);
    expect(loaded(result).config.databaseUrl).toBe('postgres://ledger:s3cret@db:5432/stops');
  });
});

describe('who may use the API', () => {
  const authOf = (text: string | undefined, env = {}) => loaded(load(text, env)).config.http.auth;

  it('is everybody on this machine for the demo, and whoever has a token otherwise', () => {
    expect(authOf(undefined)).toBe('none');
    expect(authOf('http: {auth: tokens}')).toBe('tokens');
    expect(authOf('http: {host: 0.0.0.0}')).toBe('tokens');
    expect(authOf(WHOLE)).toBe('tokens');
  });

  it('is never everybody on the network', () => {
    expect(mistakesIn(load('http: {host: 0.0.0.0, auth: none}'))).toStrictEqual([
      'http.auth: must be "tokens" unless http.host is loopback, which 0.0.0.0 is not',
    ]);
  });

  it('takes an admin token from the environment, and never shows it', () => {
    const token = 'a-token-of-twenty-letters';
    const result = load(WHOLE, { STOPLEDGER_ADMIN_TOKEN: token });
    expect(loaded(result).config.adminToken).toBe(token);
    expect(authOf(undefined, { STOPLEDGER_ADMIN_TOKEN: token })).toBe('tokens');
    expect(JSON.stringify(loaded(result).settings)).not.toContain(token);
    expect(mistakesIn(load(WHOLE, { STOPLEDGER_ADMIN_TOKEN: 'short' }))).toStrictEqual([
      'STOPLEDGER_ADMIN_TOKEN: must be at least 20 visible ASCII characters',
    ]);
  });
});

describe('a mistaken configuration', () => {
  it('is told whole, each mistake with its path, together with the environment', () => {
    const text = `
http: {port: 70000}
feeds:
  - {id: "a b", type: binance, url: "http://x"}
instruments:
  - {id: LTCUSDT, symbol: LTCUSDT, feeds: [], priceTick: 0.01, quantityStep: "0.001", quoteCurrency: USDT}
accounts:
  - {id: demo, broker: real, mode: paper, currency: USDT}
`;
    const mistakes = mistakesIn(load(text, { STOPLEDGER_PORT: 'http' }));
    expect(mistakes.map((mistake) => mistake.split(': ').slice(0, 2).join(': '))).toStrictEqual([
      './stopledger.yaml: http.port',
      './stopledger.yaml: feeds.0.id',
      './stopledger.yaml: feeds.0.url',
      './stopledger.yaml: instruments.0.id',
      './stopledger.yaml: instruments.0.feeds',
      './stopledger.yaml: instruments.0.priceTick',
      './stopledger.yaml: accounts.0.broker',
      'STOPLEDGER_PORT: must be a port from 0 to 65535, was "http"',
    ]);
    expect(mistakes).toContain('./stopledger.yaml: feeds.0.url: must begin with ws:// or wss://');
  });

  it('hides none behind another: what the type or broker is not yet known for is told, too', () => {
    const mistakes = mistakesIn(
      load(`
feeds:
  - {id: "a b", type: kraken, url: "ws://x"}
accounts:
  - {id: live, broker: binance, mode: live}
  - {id: b, broker: real, mode: life, currency: USDT}
`),
    );
    expect(mistakes.map((mistake) => mistake.replace('./stopledger.yaml: ', ''))).toStrictEqual([
      'feeds.0.type: must be "binance", "openalgo", "mt5", "replay" or "simulated"',
      'feeds.0.id: must be 1 to 64 letters, digits and . _ -',
      'accounts.0.currency: is required',
      'accounts.0.binance: is required',
      'accounts.0.maxOrderValue: is required with mode "live": the largest value of one entry, decimal text',
      'accounts.1.broker: must be "paper", "binance", "openalgo" or "mt5"',
      'accounts.1.mode: must be "live", "paper" or "shadow"',
    ]);
  });

  it('is a live account without a limit, a key in the file, or a paper account that is to be live', () => {
    const openalgo = '{url: "http://127.0.0.1:5000", key: k3yk3y, product: MIS}';
    const mistakes = mistakesIn(
      load(`
accounts:
  - {id: a, broker: openalgo, mode: live, currency: INR, maxOrderValue: "1", openalgo: {url: "http://u:s3cret@x", key: {env: K}, product: MIS}}
  - {id: b, broker: openalgo, mode: paper, currency: INR, openalgo: ${openalgo}}
  - {id: c, broker: paper, mode: live, currency: INR}
  - {id: d, broker: openalgo, mode: live, currency: INR, openalgo: {url: "http://x", key: {env: K}, product: MIS}}
  - {id: e, broker: openalgo, currency: INR, openalgo: {url: "http://x", key: {env: K}, product: MIS}}
`),
    );
    expect(mistakes).toStrictEqual([
      './stopledger.yaml: accounts.0.openalgo.url: must begin with http:// or https:// and hold no password',
      './stopledger.yaml: accounts.1.openalgo.key: must be {env: NAME} or {file: PATH}: a key itself is never written here',
      './stopledger.yaml: accounts.2.mode: must be "paper" or "shadow" with the paper broker',
      './stopledger.yaml: accounts.3.maxOrderValue: is required with mode "live": the largest value of one entry, decimal text',
      './stopledger.yaml: accounts.4.mode: must be "live", "paper" or "shadow"',
    ]);
    expect(mistakes.join()).not.toMatch(/k3yk3y|s3cret/);
  });

  it('names unknown keys: a typing error is never a default', () => {
    expect(mistakesIn(load('dataDirectory: ./x\nhttp: {prot: 3000}'))).toStrictEqual([
      './stopledger.yaml: http: Unrecognized key: "prot"',
      './stopledger.yaml: (top): Unrecognized key: "dataDirectory"',
    ]);
  });

  it('names steps of nothing, steps too fine and an open door together', () => {
    const text = WHOLE.replace(/priceTick: \S+/, 'priceTick: "0.00",')
      .replace(/quantityStep: \S+ /, 'quantityStep: "0", ')
      .replace('{port: 3111}', '{host: 0.0.0.0, auth: none}');
    expect(mistakesIn(load(text))).toStrictEqual([
      './stopledger.yaml: instruments.0.priceTick: must be above 0',
      './stopledger.yaml: instruments.0.quantityStep: must be above 0',
      './stopledger.yaml: http.auth: must be "tokens" unless http.host is loopback, which 0.0.0.0 is not',
    ]);
    const fine = WHOLE.replace(/priceTick: \S+/, `priceTick: "0.${'0'.repeat(40)}1",`);
    expect(mistakesIn(load(fine))).toStrictEqual([
      expect.stringMatching(/instruments\.0\.priceTick: must not have more than \d+ digits$/),
    ]);
  });

  it('names ids given twice and feeds that nobody configured', () => {
    const text = WHOLE.replace('feeds: [main]', 'feeds: [main, spare]').replace(
      'accounts:',
      'accounts:\n  - {id: demo, broker: paper, mode: paper, currency: EUR}',
    );
    expect(mistakesIn(load(text))).toStrictEqual([
      'accounts.1.id: must be unique, demo was given before',
      'instruments.0.feeds: must name a configured feed, was spare',
    ]);
  });

  it('is a named file that does not exist', () => {
    expect(mistakesIn(load(undefined, { STOPLEDGER_CONFIG: 'gone.yaml' }))).toStrictEqual([
      'configuration file ./gone.yaml does not exist',
    ]);
  });

  it('is a file that is no YAML, or no mapping', () => {
    expect(mistakesIn(load('a: [1'))[0]).toMatch(/^\.\/stopledger\.yaml: not readable as YAML: /);
    expect(mistakesIn(load('- 1'))[0]).toMatch(/^\.\/stopledger\.yaml: \(top\): /);
  });
});

describe('the reference of the configuration', () => {
  const reference = readFileSync(
    join(__dirname, '..', '..', 'docs', 'reference', 'config.md'),
    'utf8',
  );

  it('names every key of the file by its path, and nothing else', () => {
    const named = [...reference.matchAll(/^\| `([a-zA-Z0-9.[\]]+)` \|/gm)].map(([, path]) => path);
    expect(named.sort()).toStrictEqual([...new Set(keysOf(fileShape, ''))].sort());
  });

  it('names every variable of the environment that is read', () => {
    const source = readFileSync(join(__dirname, 'load-config.ts'), 'utf8');
    const read = new Set(source.match(/\b(STOPLEDGER|ESDB|DATABASE)_[A-Z_]+\b/g));
    expect([...read].filter((name) => !reference.includes(`\`${name}\``))).toStrictEqual([]);
  });
});

interface Shape {
  readonly shape?: Readonly<Record<string, Shape>>;
  readonly element?: Shape;
  readonly options?: readonly Shape[];
  readonly def?: { readonly left?: Shape; readonly right?: Shape };
  unwrap?(): Shape;
}

/** Paths of all leaves, such as `http.port` and `feeds[].id`. */
function keysOf(given: unknown, path: string): string[] {
  const shape = given as Shape;
  if (shape.shape) {
    return Object.entries(shape.shape).flatMap(([key, inner]) =>
      keysOf(inner, path === '' ? key : `${path}.${key}`),
    );
  }
  // Of alternatives, the keys of all; words to choose from are no keys.
  if (isUnion(shape)) {
    return [...new Set((shape.options ?? []).flatMap((option) => keysOf(option, path)))];
  }
  const { left, right } = shape.def ?? {};
  if (left && right) return [...new Set([...keysOf(left, path), ...keysOf(right, path)])];
  const { element } = shape;
  if (element && (element.shape !== undefined || element.def?.left || isUnion(element))) {
    return keysOf(shape.element, `${path}[]`);
  }
  if (!shape.element && shape.unwrap) return keysOf(shape.unwrap(), path);
  return [path];
}

describe('the addresses that alarms go to', () => {
  const SECRET = 'hush-hush-hush-hush';
  const ADDRESS = 'url: "https://pager.example/hooks/4711"';

  it('take their secret from the environment or from a file of the owner alone, and show neither it nor a path', () => {
    writeFileSync(join(cwd, 'beat.secret'), `${SECRET}-too\n`, { mode: 0o600 });
    const result = load(
      `alarms:
  webhook: {${ADDRESS}, secretEnv: PAGER_SECRET, minimumSeverity: critical}
  heartbeat: {${ADDRESS}, secretFile: beat.secret, everyMs: 60000}
  unprotectedAfterMs: 0`,
      { PAGER_SECRET: SECRET },
    );
    const { alarms } = loaded(result).config;
    const url = 'https://pager.example/hooks/4711';
    expect(alarms).toStrictEqual({
      webhook: { url, secret: SECRET, timeoutMs: 5_000, minimumSeverity: 'critical' },
      heartbeat: { url, secret: `${SECRET}-too`, timeoutMs: 5_000, everyMs: 60_000 },
      unprotectedAfterMs: 0,
    });
    expect(settingOf(result, 'alarms.webhook.url')?.value).toBe('https://pager.example/***');
    expect(JSON.stringify(loaded(result).settings)).not.toMatch(/hush|4711/);
  });

  it('stand beside sources of signals, whose secrets are read and shown alike', () => {
    const source = 'accountId: demo, instruments: {X: "BINANCE:X"}';
    const fields = 'fields: {action: a, symbol: s, time: t}';
    const text = `signals: [{id: chart, ${source}, ${fields}, secretEnv: CHART}, {id: plain, ${source}, ${fields}}]`;
    const result = load(text, { CHART: SECRET });
    expect(loaded(result).config.signals).toMatchObject([
      { id: 'chart', secret: SECRET, maxAgeMs: 30_000, actions: { buy: 'buy', close: 'close' } },
      { id: 'plain', secret: undefined },
    ]);
    expect(JSON.stringify(loaded(result).settings)).not.toContain(SECRET);
    expect(mistakesIn(load(text.replace('plain', 'chart')))).toStrictEqual([
      'signals: chart is named twice',
      'signals.0.secretEnv: the variable CHART is not set',
    ]);
  });

  it('are refused without a secret, with one that others may read, and with one that is too short', () => {
    const path = join(cwd, 'open.secret');
    writeFileSync(path, SECRET);
    chmodSync(path, 0o644);
    const mistakes = (webhook: string, env = {}) =>
      mistakesIn(load(`alarms: {webhook: {${ADDRESS}, ${webhook}}}`, env));
    expect(mistakes('secretEnv: PAGER')).toStrictEqual([
      'alarms.webhook.secretEnv: the variable PAGER is not set',
    ]);
    expect(mistakes('secretEnv: PAGER', { PAGER: 'short' })).toStrictEqual([
      'alarms.webhook.secretEnv: the secret must have at least 16 characters',
    ]);
    expect(mistakes('timeoutMs: 100')).toStrictEqual([
      'alarms.webhook.secretEnv: one of secretEnv and secretFile must be given',
    ]);
    expect(mistakes('secretFile: open.secret')).toStrictEqual([
      'alarms.webhook.secretFile: ./open.secret must be readable by its owner alone (0600), was 0644',
    ]);
    expect(mistakes('secretFile: none')).toStrictEqual([
      'alarms.webhook.secretFile: ./none cannot be read: ENOENT',
    ]);
  });
});

function isUnion({ options }: Shape): boolean {
  return options?.every((option) => typeof option === 'object') === true;
}
