import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { startApi } from '../support/api-fixture.js';
import type { RunningApi } from '../support/api-fixture.js';
import { MemoryEventFeed } from '../support/memory-event-feed.js';
import { READ_SIDE_LOG } from '../support/read-side-log.js';

interface Rules {
  readonly groups: readonly { readonly rules: readonly { alert: string; expr: string }[] }[];
}

let api: RunningApi;

beforeAll(async () => {
  api = await startApi(new MemoryEventFeed(READ_SIDE_LOG));
}, 60_000);

afterAll(() => api.close(), 30_000);

it('names no figure in an alert rule that /metrics does not have', async () => {
  const path = join(__dirname, '../../docker/prometheus/stopledger.rules.yml');
  const { groups } = parse(readFileSync(path, 'utf8')) as Rules;
  const rules = groups.flatMap((group) => group.rules);
  expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
  const { text } = await api.get('/metrics');
  const known = new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name));
  for (const { alert, expr } of rules) {
    const named = [...expr.replace(/job="\w+"/g, '').matchAll(/stopledger_\w+/g)].map(([name]) =>
      name.replace(/_(count|bucket|sum)$/, ''),
    );
    // Of a program that is dead no figure is left: that one rests on what Prometheus says of its job.
    expect([alert, named.length > 0 || expr.includes('absent(up{job=')]).toStrictEqual([
      alert,
      true,
    ]);
    expect([alert, named.filter((name) => !known.has(name))]).toStrictEqual([alert, []]);
  }
});

it('pages when the whole program is dead: by the job that Prometheus scrapes', () => {
  const read = (name: string) =>
    parse(readFileSync(join(__dirname, '../../docker/prometheus', name), 'utf8')) as unknown;
  const { groups } = read('stopledger.rules.yml') as Rules;
  const { scrape_configs } = read('prometheus.yml') as { scrape_configs: { job_name: string }[] };
  const job = scrape_configs[0]?.job_name ?? '';
  const away = groups.flatMap(({ rules }) => rules).find(({ alert }) => alert === 'ProgramAway');
  expect(away?.expr).toBe(`up{job="${job}"} == 0 or absent(up{job="${job}"})`);
});
