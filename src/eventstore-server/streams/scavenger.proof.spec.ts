import { cpSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { numberedEvent, StoresOnDisk } from '../../../test/support/stores-on-disk.js';
import { LINK_TYPE, METADATA_TYPE, type ProposedEvent } from '../protocol/recorded-event.codec.js';
import { parseUuid } from '../protocol/uuid.codec.js';
import { isTombstoned, readEvents } from './event-reader.js';
import type { EventStore } from './event-store.js';
import { ANY } from './expected-version.js';

const stores = new StoresOnDisk();
let root: string;

beforeEach(() => {
  stores.begin();
  ({ root } = stores);
});
afterEach(() => stores.end());

const open = (name = 'store', eventsMax = 40): Promise<EventStore> => stores.open(name, eventsMax);
const closeAll = (): Promise<void> => stores.closeAll();
const never = (): boolean => false;
const ignore = (): void => undefined;
const segmentsOf = (name = 'store'): string => join(root, name, 'segments');
const logBytes = (name = 'store'): number =>
  readdirSync(segmentsOf(name))
    .filter((file) => file.endsWith('.log'))
    .reduce((sum, file) => sum + statSync(join(segmentsOf(name), file)).size, 0);

function anEvent(n: number, type = 'Thing', data = 'x'.repeat(1000)): ProposedEvent {
  const metadata = n % 2 === 0 ? `{"$correlationId":"c${String(n % 3)}"}` : '{"a":1}';
  return numberedEvent(n, { type, data, metadata });
}

/** `oldSeconds`: for how long the event of `old` is kept. */
async function fill(store: EventStore, oldSeconds = 1_000_000): Promise<void> {
  const append = (stream: string, ...events: ProposedEvent[]): void =>
    store.append({ stream, expected: ANY, events }, ignore);
  const describe = (n: number, stream: string, text: string): void =>
    append(`$$${stream}`, anEvent(n, METADATA_TYPE, text));
  for (let n = 0; n < 100; n += 5) {
    append('kept-1', anEvent(n));
    append('short-1', anEvent(n + 1), anEvent(n + 2));
    append('soft-1', anEvent(n + 3));
    append('gone-1', anEvent(n + 4));
  }
  append('old', anEvent(200));
  append('links', anEvent(201, LINK_TYPE, '0@kept-1'));
  append('links-1', anEvent(202, LINK_TYPE, '0@kept-1'));
  describe(210, 'short-1', '{"$maxCount":9}');
  describe(211, 'short-1', '{"$maxCount":3}');
  describe(212, 'kept-1', '{"$tb":2}');
  describe(213, 'old', `{"$maxAge":${oldSeconds}}`);
  describe(214, 'gone-1', '{"own":1}');
  store.deleteStream('soft-1', ANY, ignore);
  store.deleteStream('links-1', ANY, ignore);
  store.tombstone('gone-1', ANY, ignore);
  await store.durable();
}

/** What readers see of each stream: forwards with the data, and links with what they lead to. */
async function readersView(store: EventStore): Promise<Map<string, unknown[]>> {
  const view = new Map<string, unknown[]>();
  const form = { resolveLinks: true, structuredIds: false, canRead: () => true };
  for (const name of store.index.streamNames.slice().toSorted()) {
    const entry = store.index.find(name);
    if (entry === undefined || isTombstoned(store, entry)) continue;
    const lines: unknown[] = [];
    for (let at = entry.firstVisible; at <= entry.visibleLast; at++) {
      const ordinal = entry.ordinalAt(at);
      if (ordinal === undefined) throw new Error(`Invariant: ${name} has a revision ${at}`);
      if (!entry.isSystemStream && store.index.columns.isRemoved(ordinal)) continue;
      const links = entry.isSystemStream ? { links: { stream: name, revisions: [at] } } : {};
      const [found] = await readEvents(store, { ordinals: [ordinal], ...links }, form);
      lines.push([
        at,
        found?.position,
        found?.link?.toString('latin1'),
        found?.event?.toString('latin1'),
      ]);
    }
    view.set(name, lines);
  }
  return view;
}

/** Where everything stands: must never change. */
function placesOf(store: EventStore): unknown {
  const { index } = store;
  const { columns } = index;
  const ordinals = Array.from({ length: index.visible }, (_, n) => n);
  const streams = index.streamNames
    .slice()
    .toSorted()
    .map((name) => {
      const entry = index.find(name);
      const last = entry?.visibleLast ?? -1;
      return [name, Array.from({ length: last + 1 }, (_, at) => entry?.ordinalAt(at))];
    });
  const events = ordinals.map((n) => [
    columns.position(n),
    index.streamOf(n).name,
    index.typeOf(n),
    index.revisionText(n),
    columns.idText(n),
    index.view(index.streamOf(n).name).revisionOf(parseUuid(columns.idText(n)) ?? anEvent(0).id),
  ]);
  return { events, streams };
}

const isSame = (line: unknown, other: unknown): boolean =>
  JSON.stringify(line) === JSON.stringify(other);

describe('a scavenge', () => {
  it('removes what no reader sees, and moves nothing', async () => {
    const store = await open();
    await fill(store, 1);
    await new Promise((resolve) => setTimeout(resolve, 1100)); // Until `old` has expired.
    const before = await readersView(store);
    const places = placesOf(store);
    const bytes = logBytes();
    const { eventsRemoved, bytesSaved, isStopped } = await store.scavenge(never);
    expect(isStopped).toBe(false);
    // 2 of kept-1, 37 of short-1, 20 of soft-1 and gone-1, 1 of old, 2 metadata: short-1's first, gone-1's.
    expect(eventsRemoved).toBe(2 + 37 + 20 + 20 + 1 + 2);
    expect(bytes - logBytes()).toBeGreaterThan(80 * 1000);
    expect(bytesSaved).toBeGreaterThan(80 * 1000);
    expect(placesOf(store)).toStrictEqual(places);
    const { columns } = store.index;
    const readable = Array.from({ length: store.index.visible }, (_, n) => n);
    expect(readable.filter((n) => columns.isRemoved(n))).toHaveLength(eventsRemoved);

    const after = await readersView(store);
    for (const [name, lines] of before) {
      if (store.index.find(name)?.isSystemStream !== true) {
        expect([name, after.get(name)]).toStrictEqual([name, name === 'old' ? [] : lines]);
        continue;
      }
      // Dense and at the same places, with the same links, and nothing behind those that led to what is gone.
      const links = (found: unknown[] | undefined): unknown[] =>
        (found ?? []).map((line) => (line as unknown[]).slice(0, 3));
      expect([name, links(after.get(name))]).toStrictEqual([name, links(lines)]);
      for (const [i, line] of (after.get(name) ?? []).entries()) {
        const [, , , event] = line as unknown[];
        if (event !== undefined) expect(isSame(line, lines[i])).toBe(true);
      }
    }
    await closeAll();
    const again = await open();
    expect(placesOf(again)).toStrictEqual(places);
    expect(await readersView(again)).toStrictEqual(after);
    expect((await again.scavenge(never)).eventsRemoved).toBe(0);
  });

  it('leaves a log from which the index can be made again', async () => {
    const store = await open();
    await fill(store);
    await store.scavenge(never);
    const places = placesOf(store);
    const view = await readersView(store);
    await closeAll();
    for (const file of readdirSync(segmentsOf())) {
      if (file.endsWith('.index')) rmSync(join(segmentsOf(), file));
    }
    const again = await open();
    expect(placesOf(again)).toStrictEqual(places);
    expect(await readersView(again)).toStrictEqual(view);
    again.append({ stream: 'short-1', expected: ANY, events: [anEvent(300)] }, ignore);
    again.append(
      {
        stream: '$$kept-1',
        expected: ANY,
        events: [anEvent(301, METADATA_TYPE, '{"$maxCount":1}')],
      },
      ignore,
    );
    await again.durable();
    expect((await again.scavenge(never)).eventsRemoved).toBe(1 + 17 + 1);
  });

  it('goes on beside appends and reads', async () => {
    const store = await open();
    await fill(store);
    const acknowledged: number[] = [];
    let isOver = false;
    const writing = (async () => {
      // It is set while this waits, which a linter cannot see.
      for (let n = 400; !(isOver as boolean); n++) {
        store.append({ stream: 'kept-2', expected: ANY, events: [anEvent(n)] }, () =>
          acknowledged.push(n),
        );
        await store.durable();
        await readersView(store);
      }
    })();
    const { eventsRemoved } = await store.scavenge(never);
    isOver = true;
    await writing;
    expect(eventsRemoved).toBeGreaterThan(70);
    expect(store.index.find('kept-2')?.visibleCount).toBe(acknowledged.length);
    await closeAll();
    expect((await open()).index.find('kept-2')?.visibleCount).toBe(acknowledged.length);
  });

  it('done again and again with nothing to remove adds no segment', async () => {
    const store = await open();
    await fill(store);
    await store.scavenge(never);
    const before = readdirSync(segmentsOf());
    for (let i = 0; i < 3; i++) {
      store.append({ stream: 'new', expected: ANY, events: [anEvent(900 + i)] }, ignore);
      await store.durable();
      expect((await store.scavenge(never)).eventsRemoved).toBe(0);
    }
    expect(readdirSync(segmentsOf())).toEqual(before);
  });

  it('stops between two segments when asked', async () => {
    const store = await open();
    await fill(store);
    let segments = 0;
    const { isStopped, eventsRemoved } = await store.scavenge(() => segments++ === 1);
    expect(isStopped).toBe(true);
    expect(eventsRemoved).toBeGreaterThan(0);
    expect(readdirSync(segmentsOf()).filter((file) => /\.1\.log$/.test(file))).toHaveLength(1);
  });

  it('names a damaged record and leaves the segment as it is', async () => {
    const store = await open();
    await fill(store);
    const path = join(segmentsOf(), '0000000000000016.0.log');
    const bytes = readFileSync(path);
    bytes[600] = (bytes[600] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    await expect(store.scavenge(never)).rejects.toThrow(`${path} is damaged at offset 16`);
    expect(readdirSync(segmentsOf()).filter((file) => file.endsWith('.new'))).toStrictEqual([]);
  });

  it('that a crash cut short is as good as none, or done', async () => {
    const store = await open();
    await fill(store);
    const places = placesOf(store);
    await store.durable();
    await closeAll();
    cpSync(join(root, 'store'), join(root, 'before'), { recursive: true });
    const scavenged = await open();
    await scavenged.scavenge(never);
    await closeAll();
    // Every file of the new generation is there, and no manifest names it.
    for (const file of readdirSync(segmentsOf())) {
      if (/\.1\.(log|index)$/.test(file))
        cpSync(join(segmentsOf(), file), join(segmentsOf('before'), file));
    }
    expect(placesOf(await open('before'))).toStrictEqual(places);
    expect(readdirSync(segmentsOf('before')).filter((file) => /\.1\./.test(file))).toStrictEqual(
      [],
    );
    await closeAll();
    // The manifest names it, and the former files are still there.
    cpSync(join(root, 'store'), join(root, 'after'), { recursive: true });
    cpSync(
      join(segmentsOf('before'), '0000000000000016.0.log'),
      join(segmentsOf('after'), '0000000000000016.0.log'),
    );
    expect(placesOf(await open('after'))).toStrictEqual(places);
    expect(readdirSync(segmentsOf('after'))).not.toContain('0000000000000016.0.log');
  });
});
