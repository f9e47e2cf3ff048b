import { numberedEvent, StoresOnDisk } from '../../../test/support/stores-on-disk.js';
import { PageBuilder, PagesOfRead } from './event-page.js';
import type { EventStore } from './event-store.js';
import { ANY } from './expected-version.js';

const stores = new StoresOnDisk();

beforeEach(() => stores.begin());
afterEach(() => stores.end());

async function storeWith(count: number, dataBytes: number): Promise<EventStore> {
  const store = await stores.open('store', 100_000);
  const data = 'x'.repeat(dataBytes);
  const events = Array.from({ length: count }, (_, n) => numberedEvent(n, { type: 'Thing', data }));
  store.append({ stream: 'paged', expected: ANY, events }, () => undefined);
  await store.durable();
  return store;
}

/** How many of the events from `first` on the page takes. */
function fill(page: PageBuilder, first = 0): number {
  let next = first;
  while (!page.isFull) page.push(next++);
  return page.ordinals.length;
}

it.each([
  { data: 'small', bytes: 1, first: 64, later: 512, following: 256 },
  // With what stands around them 1,000 bytes are about 1,145: 15 make 16 KiB full, 58 and 115 make 64 and 128 KiB full.
  { data: 'large', bytes: 1000, first: 15, later: 115, following: 58 },
])('begins a read of $data events with a small page', async ({ bytes, ...expected }) => {
  const store = await storeWith(1200, bytes);
  const pages = new PagesOfRead(store);
  const first = fill(pages.begin());
  expect({ first, later: fill(pages.begin(), first) }).toEqual({
    first: expected.first,
    later: expected.later,
  });
  expect(fill(pages.begin(), first)).toBe(expected.later);
  expect(fill(new PageBuilder(store))).toBe(expected.following);
});

it('takes one event however large it is', async () => {
  const store = await storeWith(1, 200_000);
  expect(fill(new PagesOfRead(store).begin())).toBe(1);
});

it('keeps the places of events in a system stream', async () => {
  const store = await storeWith(3, 1);
  const links = store.index.find('$et-Thing');
  const page = new PagesOfRead(store, links).begin();
  page.push(2, 7);
  expect(page.links).toEqual({ stream: '$et-Thing', revisions: [7] });
  expect(new PagesOfRead(store, store.index.find('paged')).begin().links).toBeUndefined();
});
