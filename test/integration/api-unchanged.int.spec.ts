import { PLAN, positionOpened } from '../support/event-builders.js';
import { shareReadSide } from '../support/api-fixture.js';
import type { RunningApi } from '../support/api-fixture.js';
import { READ_SIDE_END, READ_SIDE_LOG } from '../support/read-side-log.js';

let api: RunningApi;

shareReadSide((running) => (api = running));

/** Readings of the document that need nothing but what the log of the fixture has. */
function readings(): readonly string[] {
  return Object.entries<any>(api.openApi.document['paths']).flatMap(([path, { get }]) =>
    get?.responses['304'] && !path.includes('{') && path !== '/api/v1/pnl/totals' ? [path] : [],
  );
}

const again = (path: string, tag: string | null) => api.get(path, { 'if-none-match': String(tag) });

describe('an answer that the client has', () => {
  it('is not sent again, whatever it is of', async () => {
    const [position] = (await api.get('/api/v1/positions?limit=1')).body.items;
    const alone = [
      ...['stops/S9', 'stops/S9/events', 'instruments/BINANCE:LTCUSDT'],
      `positions/${String(position.positionId)}`,
    ];
    const paths = [...readings(), ...alone.map((path) => `/api/v1/${path}`)];
    expect(paths.length).toBeGreaterThan(20);
    for (const path of paths) {
      const first = await api.get(path);
      const tag = first.headers.get('etag');
      expect([path, first.status, tag]).toStrictEqual([
        path,
        200,
        expect.stringMatching(/^(W\/)?"/),
      ]);
      const second = await again(path, tag);
      expect([path, second.status, second.text]).toStrictEqual([path, 304, '']);
      expect(second.headers.get('etag')).toBe(tag);
      expect((await again(path, 'W/"another"')).text).toBe(first.text);
    }
  });

  it.each([
    ['one of several', (tag: string) => `"a", ${tag}`],
    ['anything', () => '*'],
    ['a strong tag of the same', (tag: string) => tag.replace('W/', '')],
  ])('may be named as %s', async (_, named) => {
    const { headers } = await api.get('/api/v1/stops');
    const tag = named(headers.get('etag') ?? '');
    expect((await again('/api/v1/stops', tag)).status).toBe(304);
  });

  it('is another for other fields, another page and another order', async () => {
    const { headers } = await api.get('/api/v1/stops');
    for (const query of ['fields=level', 'limit=2', 'sort=-stopId']) {
      const { status } = await again(`/api/v1/stops?${query}`, headers.get('etag'));
      expect([query, status]).toStrictEqual([query, 200]);
    }
  });

  it('is a condition of a change, of a whole stop as of some of its fields', async () => {
    const tags = await Promise.all(
      ['', '?fields=level', '?fields=level,status'].map(
        async (query) => (await api.get(`/api/v1/stops/S9${query}`)).headers.get('etag') ?? '',
      ),
    );
    expect(tags).toStrictEqual(['"1"', '"1.level"', '"1.level.status"']);
    for (const tag of tags) {
      const seen = { 'if-match': tag };
      const { status } = await api.send('PATCH', '/api/v1/stops/S9', { plan: PLAN }, seen);
      expect([tag, status]).toStrictEqual([tag, 200]);
      expect(api.gateway.last).toMatchObject({ kind: 'AmendStop', expectedRevision: 1 });
    }
    expect((await again('/api/v1/stops/S9?fields=level', '"1"')).status).toBe(200);
    expect((await again('/api/v1/stops/S9?fields=level', '"1.level"')).status).toBe(304);
  });

  it('stays the same while others write, and is told how new it is', async () => {
    const [stops, positions] = [await api.get('/api/v1/stops'), await api.get('/api/v1/positions')];
    const [template] = READ_SIDE_LOG.filter(({ event }) => event.type === 'PositionOpened');
    const position = BigInt(READ_SIDE_END) + 1n;
    api.feed.append({
      ...template!,
      ...{ streamId: 'position-P99', revision: 0, position },
      event: positionOpened({ positionId: 'P99', accountId: 'demo' }),
    });
    await api.get(`/api/v1/positions?waitFor=${String(position)}`);
    const same = await again('/api/v1/stops', stops.headers.get('etag'));
    expect([same.status, same.headers.get('x-as-of-position')]).toStrictEqual([
      ...[304, String(position)],
    ]);
    const other = await again('/api/v1/positions', positions.headers.get('etag'));
    expect(other.status).toBe(200);
    expect(other.body.items).toHaveLength(Number(positions.body.items.length) + 1);
  });

  it('is neither a refusal nor a file', async () => {
    expect((await again('/api/v1/stops/NOPE', '*')).status).toBe(404);
    expect((await again('/api/v1/stops?limit=0', '*')).status).toBe(422);
    const file = await again('/api/v1/stops?format=csv', '*');
    expect([file.status, file.headers.get('etag')]).toStrictEqual([200, null]);
    expect((await again('/health/live', '*')).status).toBe(200);
  });
});
