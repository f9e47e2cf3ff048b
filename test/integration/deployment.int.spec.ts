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
  readonly networks?: readonly string[] | Readonly<Record<string, object | null>>;
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

const compose = parse(read('compose.production.yml'), { merge: true }) as Compose;
const services = Object.entries(compose.services);
const ROLES = ['engine', 'projector', 'api'] as const;

function program(role: (typeof ROLES)[number]): Service {
  return compose.services[role]!;
}

/** Names that the configuration really looks up. */
function namesInConfig(): ReadonlySet<string> {
  const folder = join(ROOT, 'src/config');
  const texts = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8'));
  return new Set(texts.join('\n').match(/\b[A-Z]+(?:_[A-Z]+)+\b/g));
}

describe('the production compose file', () => {
  it.each(ROLES)(
    'gives %s only variables that it reads, and a configuration without mistakes',
    (role) => {
      const { environment = {}, command, volumes } = program(role);
      expect(command).toStrictEqual(['start', '--roles', role]);
      expect(Object.keys(environment).filter((name) => !namesInConfig().has(name))).toStrictEqual(
        [],
      );
      const env = Object.fromEntries(
        Object.entries(environment).map(([name, text]) => [
          name,
          text.replace(/\$\{[^}]+\}/, 's'.repeat(40)),
        ]),
      );
      const configFlag = join(DOCKER, 'stopledger.production.yaml');
      const isApi = role === 'api';
      expect(loadConfig({ env, cwd: DOCKER, configFlag })).toMatchObject({
        kind: 'loaded',
        config: {
          dataDir: '/data',
          engineDir: isApi ? '/engine' : '/data',
          engineHost: role === 'engine' ? 'stopledger-engine' : '127.0.0.1',
          http: { host: '0.0.0.0', port: 3000, auth: 'tokens' },
          databaseUrl: `postgres://stopledger:${'s'.repeat(40)}@postgres:5432/stopledger`,
        },
      });
      // No two starts share a data directory; the API reads that of the engine.
      expect(volumes?.slice(0, isApi ? 2 : 1)).toStrictEqual([
        `${role}-data:/data`,
        ...(isApi ? ['engine-data:/engine:ro'] : []),
      ]);
    },
  );

  it('lets the engine be found by the name that it has on the network of the stores', () => {
    expect(program('engine').networks).toMatchObject({
      inside: { aliases: ['stopledger-engine'] },
    });
    expect(program('api').networks).toContain('inside');
  });

  it('asks for health where the API listens, and reaches stores by their names', async () => {
    const { healthcheck, ports, environment = {} } = program('api');
    const [, url] = /fetch\('([^']+)'\)/.exec(healthcheck?.test.join(' ') ?? '') ?? [];
    expect(url).toBe('http://127.0.0.1:3000/health/ready');
    expect(ports).toStrictEqual(['127.0.0.1:3000:3000']);
    const hosts = ['ESDB_CONNECTION_STRING', 'DATABASE_URL'].map(
      (name) => /(?:\/\/|@)([a-z]+):(\d+)/.exec(environment[name] ?? '')?.[1],
    );
    for (const role of ROLES) {
      const awaited = Object.keys(program(role).depends_on ?? {});
      expect(awaited.filter((name) => !(name in compose.services))).toStrictEqual([]);
      expect(awaited).toEqual(expect.arrayContaining(role === 'engine' ? [hosts[0]] : hosts));
    }
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
    const { networks = [] } = service;
    const named = Array.isArray(networks) ? networks : Object.keys(networks);
    expect(named.filter((each) => !(each in compose.networks))).toStrictEqual([]);
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
    expect(targets).toStrictEqual(['api:3000']);
    const mounted = rules.map((path) =>
      join(DOCKER, 'prometheus', path.replace(dirname(path), '')),
    );
    expect(mounted.filter((path) => !existsSync(path))).toStrictEqual([]);
  });
});
