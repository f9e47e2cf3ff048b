import { openStops } from '../../projections/open-stops/open-stops.projection.js';
import { startApi } from '../support/api-fixture.js';
import type { RunningApi } from '../support/api-fixture.js';
import {
  T0,
  accountOpened,
  instrumentDefined,
  positionOpened,
  recordedLog,
  stopArmed,
  stopCancelled,
} from '../support/event-builders.js';
import { foldingLog } from '../support/folding.js';
import { MemoryEventFeed } from '../support/memory-event-feed.js';
import { Seeded } from '../support/seeded.js';
import { until } from '../support/until.js';

/** More than one request reads for a page that holds something. */
const STOPS = 1_300;
const SECOND = 1_000;
const random = new Seeded(20_250_621);

/** Each armed at a time of its own, every other one cancelled after all of them are armed. */
const ARMED = Array.from({ length: STOPS }, (_, at) =>
  stopArmed({ stopId: `S${String(at).padStart(4, '0')}`, at: T0 + at * SECOND }),
);
const CANCELLED = ARMED.filter((_, at) => at % 2 === 1).map(({ data: { stopId } }, at) =>
  stopCancelled({ stopId, at: T0 + (STOPS + at) * SECOND }),
);
const LOG = recordedLog([
  ...[instrumentDefined(), accountOpened(), positionOpened()],
  ...ARMED,
  ...CANCELLED,
]);

let api: RunningApi;

beforeAll(async () => {
  api = await startApi(new MemoryEventFeed(LOG, 500), undefined, { requestsPerSecond: 100_000 });
  const path = `/api/v1/stops?waitFor=${String(LOG.at(-1)!.position)}`;
  await until('all is read', async () => (await api.get(path)).status === 200);
}, 60_000);

afterAll(() => api.close(), 30_000);

interface Walk {
  readonly at: string;
  readonly terms: string;
}

/** The rows of all pages. A page that leads on and holds nothing ends the walk. */
async function walked({ at, terms }: Walk): Promise<any[]> {
  const rows: any[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const from: string = cursor === '' ? '' : `&cursor=${cursor}`;
    const { status, body } = await api.get(`/api/v1/stops?at=${at}${terms}${from}`);
    expect(status).toBe(200);
    cursor = body.nextCursor as string | null;
    const isInVain = body.items.length === 0 && cursor !== null;
    expect({ at, terms, rows: rows.length, isInVain }).toMatchObject({ isInVain: false });
    rows.push(...body.items);
  }
  return rows;
}

/** The fold of the log up to there, in the order of the list. */
function folded(isBefore: (fact: (typeof LOG)[number]) => boolean, status: string) {
  const rows = [...foldingLog(openStops, LOG.filter(isBefore)).values()];
  return rows.filter((row) => status === 'any' || row.status === status);
}

const MOMENTS = [
  ...[-1, 0, 1, 2, 3, 4, 1_299, 1_300, 1_301, LOG.length - 1],
  ...Array.from({ length: 8 }, () => random.between(0, LOG.length - 1)),
];

describe('the pages of a list as it was, walked to their end', () => {
  it.each(MOMENTS)('are the rows after fact %i, and none is in vain', async (index) => {
    const fact = LOG[index];
    const position = fact?.position ?? 0n;
    const timeMs = fact?.event.data.at ?? T0 - 1;
    const moments = [
      { at: String(position), isBefore: (each: any) => each.position <= position },
      {
        at: new Date(timeMs).toISOString(),
        isBefore: (each: any) => each.event.data.at <= timeMs,
      },
    ];
    for (const { at, isBefore } of moments) {
      const status = random.oneOf(['any', 'armed', 'cancelled']);
      const isDown = random.happens(0.5);
      const limit = random.oneOf([60, 500]);
      const filter = status === 'any' ? '' : `&status=${status}`;
      const terms = `&limit=${String(limit)}&sort=${isDown ? '-' : ''}armedAt${filter}`;
      const rows = folded(isBefore, status);
      expect(await walked({ at, terms })).toStrictEqual(isDown ? rows.toReversed() : rows);
    }
  });
});
