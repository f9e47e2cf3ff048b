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
    const named = [...expr.matchAll(/stopledger_\w+/g)].map(([name]) =>
      name.replace(/_(count|bucket|sum)$/, ''),
    );
    expect([alert, named.length > 0]).toStrictEqual([alert, true]);
    expect([alert, named.filter((name) => !known.has(name))]).toStrictEqual([alert, []]);
  }
});
