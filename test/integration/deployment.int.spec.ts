import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parse } from 'yaml';
import { loadConfig } from '../../src/config/load-config.js';
import { startApi } from '../support/api-fixture.js';
import type { RunningApi } from '../support/api-fixture.js';
import { MemoryEventFeed } from '../support/memory-event-feed.js';
import { READ_SIDE_LOG } from '../support/read-side-log.js';
import { until } from '../support/until.js';

const DOCKER = join(__dirname, '../../docker');
const ROOT = join(DOCKER, '..');

interface Service {
  readonly image?: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly networks?: readonly string[];
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly depends_on?: Readonly<Record<string, object>>;
  readonly deploy?: { readonly resources: { readonly limits: Readonly<Record<string, unknown>> } };
  readonly restart?: string;
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean } | null>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

function read(...path: readonly string[]): string {
  return readFileSync(join(DOCKER, ...path), 'utf8');
}

const compose = parse(read('compose.production.yml')) as Compose;
const services = Object.entries(compose.services);
const program = compose.services['stopledger']!;

/** Names that the configuration really looks up. */
function namesInConfig(): ReadonlySet<string> {
  const folder = join(ROOT, 'src/config');
  const texts = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8'));
  return new Set(texts.join('\n').match(/\b[A-Z]+(?:_[A-Z]+)+\b/g));
}

describe('the production compose file', () => {
  it('gives the program only variables that it reads, and a configuration without mistakes', () => {
    const given = Object.keys(program.environment ?? {});
    expect(given.filter((name) => !namesInConfig().has(name))).toStrictEqual([]);
    const env = {
      STOPLEDGER_ADMIN_TOKEN: 't'.repeat(40),
      ESDB_CONNECTION_STRING: program.environment?.['ESDB_CONNECTION_STRING'],
      DATABASE_URL: program.environment?.['DATABASE_URL']?.replace(/\$\{[^}]+\}/, 'secret'),
    };
    const configFlag = join(DOCKER, 'stopledger.production.yaml');
    const loaded = loadConfig({ env, cwd: DOCKER, configFlag });
    expect(loaded).toMatchObject({
      kind: 'loaded',
      config: {
        dataDir: '/data',
        http: { host: '0.0.0.0', port: 3000, auth: 'tokens' },
        databaseUrl: 'postgres://stopledger:secret@postgres:5432/stopledger',
      },
    });
  });

  it('asks for health where the program listens, and reaches stores by their names', async () => {
    const [, url] = /fetch\('([^']+)'\)/.exec(program.healthcheck?.test.join(' ') ?? '') ?? [];
    expect(url).toBe('http://127.0.0.1:3000/health/ready');
    expect(program.ports).toStrictEqual(['127.0.0.1:3000:3000']);
    const hosts = ['ESDB_CONNECTION_STRING', 'DATABASE_URL'].map(
      (name) => /(?:\/\/|@)([a-z]+):(\d+)/.exec(program.environment?.[name] ?? '')?.[1],
    );
    const known = services.map(([name]) => name);
    expect(hosts.filter((host) => !known.includes(host ?? ''))).toStrictEqual([]);
    expect(Object.keys(program.depends_on ?? {}).sort()).toStrictEqual([...hosts].sort());
    await until('it is ready', async () => (await api.get('/health/ready')).status === 200);
  });

  it.each(services)('pins, limits, restarts and shuts in %s', (_name, service) => {
    if (service.image !== undefined) expect(service.image).toMatch(/:v?\d+\.\d+(\.\d+)?(-\w+)*$/);
    expect(service.deploy?.resources.limits).toMatchObject({
      cpus: expect.any(String) as string,
      memory: expect.stringMatching(/^\d+[MG]$/) as string,
    });
    expect(service.restart).toBe('unless-stopped');
    const open = (service.ports ?? []).filter((port) => !port.startsWith('127.0.0.1:'));
    expect(open).toStrictEqual([]);
    expect((service.networks ?? []).filter((each) => !(each in compose.networks))).toStrictEqual(
      [],
    );
  });

  it('mounts what there is: files of the repository, and volumes that it names', () => {
    const sources = services.flatMap(([, { volumes = [] }]) =>
      volumes.map((volume) => volume.split(':')[0] ?? ''),
    );
    const missing = sources.filter((source) =>
      source.startsWith('.') ? !existsSync(resolve(DOCKER, source)) : !(source in compose.volumes),
    );
    expect(missing).toStrictEqual([]);
    expect(compose.networks['inside']?.internal).toBe(true);
  });
});

describe('the image', () => {
  const lines = read('Dockerfile').split('\n');

  it('copies what there is, is pinned, and runs a command of the program as nobody special', () => {
    const copied = lines
      .filter((line) => line.startsWith('COPY ') && !line.includes('--from='))
      .flatMap((line) => line.split(' ').slice(1, -1));
    expect(copied.filter((path) => !existsSync(join(ROOT, path)))).toStrictEqual([]);
    const bases = lines
      .filter((line) => line.startsWith('FROM '))
      .map((line) => line.split(' ')[1]);
    expect(bases.filter((base) => !/^node:\d+\.\d+\.\d+-/.test(base ?? ''))).toStrictEqual([]);
    expect(lines.filter((line) => line.startsWith('USER '))).toStrictEqual(['USER node']);
    expect(lines).toContain('ENTRYPOINT ["node", "bin/stopledger.js"]');
    expect(program.command).toStrictEqual(['start']);
    expect(existsSync(join(ROOT, 'src/cli/start.ts'))).toBe(true);
  });
});

let api: RunningApi;

beforeAll(async () => {
  api = await startApi(new MemoryEventFeed(READ_SIDE_LOG));
}, 60_000);

afterAll(() => api.close(), 30_000);

describe('what is observed', () => {
  interface Dashboard {
    readonly panels: readonly {
      readonly title: string;
      readonly targets: readonly { readonly expr: string }[];
    }[];
  }

  it('shows no figure on the dashboard that /metrics does not have', async () => {
    const { text } = await api.get('/metrics');
    const known = new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name));
    const { panels } = JSON.parse(read('grafana/dashboards/stopledger.json')) as Dashboard;
    for (const { title, targets } of panels) {
      const named = targets.flatMap(({ expr }) => expr.match(/stopledger_\w+/g) ?? []);
      const bare = named.map((name) => name.replace(/_(count|bucket|sum)$/, ''));
      expect([title, named.length > 0]).toStrictEqual([title, true]);
      expect([title, bare.filter((name) => !known.has(name))]).toStrictEqual([title, []]);
    }
  });

  it('scrapes the program where it listens, with rules that are mounted', () => {
    interface Prometheus {
      readonly rule_files: readonly string[];
      readonly scrape_configs: readonly { static_configs: readonly { targets: string[] }[] }[];
    }
    const { rule_files: rules, scrape_configs: scrapes } = parse(
      read('prometheus/prometheus.yml'),
    ) as Prometheus;
    const targets = scrapes.flatMap((each) => each.static_configs.flatMap((one) => one.targets));
    expect(targets).toStrictEqual(['stopledger:3000']);
    const mounted = rules.map((path) =>
      join(DOCKER, 'prometheus', path.replace(dirname(path), '')),
    );
    expect(mounted.filter((path) => !existsSync(path))).toStrictEqual([]);
  });
});
