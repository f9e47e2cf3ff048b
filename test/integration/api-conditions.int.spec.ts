import { startApi } from '../support/api-fixture.js';
import type { RunningApi } from '../support/api-fixture.js';
import { MemoryEventFeed } from '../support/memory-event-feed.js';
import { READ_SIDE_END, READ_SIDE_LOG } from '../support/read-side-log.js';

let api: RunningApi;

beforeAll(async () => {
  api = await startApi(new MemoryEventFeed(READ_SIDE_LOG));
}, 60_000);

afterAll(() => api.close(), 30_000);

interface Operation {
  readonly parameters?: readonly { readonly name: string }[];
}

/** Writes of the OpenAPI document, as method and path, and whether it says that they take a condition. */
async function writes(): Promise<readonly (readonly [string, string, boolean])[]> {
  const { body } = await api.get('/api/docs-json');
  return Object.entries<Record<string, Operation>>(body.paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([method]) => method !== 'get')
      .map(([method, { parameters = [] }]) => {
        const isConditional = parameters.some(({ name }) => name === 'If-Match');
        return [method.toUpperCase(), path, isConditional] as const;
      }),
  );
}

describe('a condition on a write', () => {
  it('is held against the revision or refused, on every route as the OpenAPI document says', async () => {
    const held: string[] = [];
    for (const [method, path, isConditional] of await writes()) {
      const before = api.gateway.commands.length;
      const target = path.replace(/\{\w+\}/g, 'X1');
      const hasBody = method === 'PATCH';
      const body = hasBody ? { plan: { stop: '70' } } : undefined;
      const answer = await api.send(method, target, body, { 'if-match': '"3"' });
      if (isConditional) {
        held.push(`${method} ${path}`);
        expect([path, answer.status]).toStrictEqual([path, 200]);
        expect(api.gateway.last).toMatchObject({ expectedRevision: 3 });
      } else {
        expect([path, answer.status, api.gateway.commands.length]).toStrictEqual([
          ...[path, 422, before],
        ]);
        expect(answer.body.problems).toStrictEqual([
          {
            ...{ code: 'NOT_ALLOWED', field: 'If-Match', value: '"3"' },
            rule: 'must be left out: this command is held against no revision',
          },
        ]);
      }
    }
    expect(held.sort()).toStrictEqual([
      'DELETE /api/v1/stops/{stopId}',
      'PATCH /api/v1/stops/{stopId}',
      'POST /api/v1/stops/{stopId}/resume',
      'POST /api/v1/stops/{stopId}/suspend',
    ]);
  });

  it('leaves what reads, and what is no route, alone', async () => {
    const known = { 'if-match': '"3"' };
    expect((await api.get('/api/v1/stops', known)).status).toBe(200);
    expect((await api.send('PUT', '/api/v1/stops', {}, known)).status).toBe(404);
  });
});

describe('a problem about a row that there is', () => {
  it('has no tag of that row', async () => {
    const { headers } = await api.get(`/api/v1/stops/S9?waitFor=${READ_SIDE_END}`);
    expect(headers.get('etag')).toMatch(/^"\d+"$/);
    const refused = await api.get('/api/v1/stops/S9?fields=nonsense');
    expect([refused.status, refused.headers.get('etag')]).toStrictEqual([422, null]);
  });
});
