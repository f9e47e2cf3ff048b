import { mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { numberedEvent, StoresOnDisk } from '../../../test/support/stores-on-disk.js';
import { METADATA_TYPE, type ProposedEvent } from '../protocol/recorded-event.codec.js';
import { parseUuid } from '../protocol/uuid.codec.js';
import type { EventStore } from './event-store.js';
import { ANY } from './expected-version.js';

const stores = new StoresOnDisk();
let root: string;

beforeEach(() => {
  stores.begin();
  ({ root } = stores);
});
afterEach(() => stores.end());

const open = (name: string, eventsMax: number): Promise<EventStore> => stores.open(name, eventsMax);
const closeAll = (): Promise<void> => stores.closeAll();

function anEvent(n: number, type = `type-${String(n % 3)}`): ProposedEvent {
  const metadata = n % 5 === 0 ? JSON.stringify({ $correlationId: `c${String(n % 4)}` }) : '';
  return numberedEvent(n, { type, data: JSON.stringify({ n }), metadata });
}

/** Fixed contents: streams of all kinds, appends of several events, deletions, metadata, settings. */
async function fill(store: EventStore, firstId = 0): Promise<void> {
  const ignore = (): void => undefined;
  const append = (stream: string, ...events: ProposedEvent[]): void =>
    store.append({ stream, expected: ANY, events }, ignore);
  const event = (n: number): ProposedEvent => anEvent(firstId + n);
  const document = (n: number, text: string): ProposedEvent => ({
    ...anEvent(firstId + n, METADATA_TYPE),
    data: Buffer.from(text),
  });
  for (let n = 0; n < 60; n += 3) {
    append(`order-${String(n % 4)}`, event(n), event(n + 1));
    append(`stop-ü-${String(n % 7)}`, event(n + 2));
    if (n % 6 === 0) await store.durable();
  }
  append('$$order-1', document(100, '{"$maxCount":3,"$acl":{"$r":"ops"}}'));
  append('$settings', document(101, '{"$userStreamAcl":{"$r":"$all"}}'));
  append('gone', event(102));
  store.tombstone('gone', ANY, ignore);
  store.deleteStream('order-2', ANY, ignore);
  append('$$order-1', document(103, '{"$maxCount":2}'));
  for (let n = 104; n < 120; n++) append(`order-${String(n % 3)}`, event(n));
  store.tombstone('stop-ü-3', ANY, ignore);
  await store.durable();
  await store.indexed();
}

/** All that can be asked of a store, except for ids and times that it chose itself. */
async function answersOf(store: EventStore): Promise<unknown> {
  const { index } = store;
  const { columns } = index;
  const all = Array.from({ length: index.visible }, (_, n) => n);
  const ids = all.map((n) => columns.idText(n));
  const streams = index.streamNames
    .slice()
    .toSorted()
    .map((name) => {
      const entry = index.find(name);
      if (entry === undefined) throw new Error('Invariant: every name has its entry');
      const revisions = Array.from({ length: entry.visibleCount }, (_, n) => n);
      const forwards = revisions.map((revision) => entry.ordinalAt(revision));
      const backwards = revisions.toReversed().map((revision) => entry.ordinalAt(revision));
      expect(backwards.toReversed()).toStrictEqual(forwards);
      return [
        name,
        forwards,
        entry.last,
        entry.tombstone,
        entry.isVisiblyTombstoned,
        entry.metadata,
        entry.visibleMetadata,
        entry.deletedDocument,
        entry.firstVisible,
        // Every id is known in its own stream, and in no other.
        ids.map((id) => index.view(name).revisionOf(parseUuid(id) ?? anEvent(0).id)),
      ];
    });
  const messages = await store.read(all);
  return {
    events: all.map((n) => [
      columns.position(n),
      index.streamOf(n).name,
      index.typeOf(n),
      index.revisionText(n),
      columns.length(n),
      columns.lowerBound(columns.position(n), index.visible),
      messages[n]?.length,
    ]),
    streams,
    acls: index.defaultAcls,
    end: store.endPosition,
  };
}

const indexFiles = (name: string): string[] =>
  readdirSync(join(root, name, 'segments')).filter((file) => file.endsWith('.index'));

describe('an index in parts on disk', () => {
  it.each([1, 2, 7, 30])('of %d events answers like one in memory', async (eventsMax) => {
    const inMemory = await open('memory', 1e6);
    await fill(inMemory);
    const expected = await answersOf(inMemory);
    const inParts = await open('parts', eventsMax);
    await fill(inParts);
    expect(indexFiles('parts').length).toBeGreaterThan(1);
    expect(inParts.index.columns.parts).toHaveLength(indexFiles('parts').length);
    expect(await answersOf(inParts)).toStrictEqual(expected);
    await closeAll();
    const again = await open('parts', eventsMax);
    expect(again.index.columns.tail.size).toBeLessThanOrEqual(eventsMax + 2);
    expect(await answersOf(again)).toStrictEqual(expected);
  });

  it('is made anew where it is missing, damaged anywhere or of another segment', async () => {
    const store = await open('parts', 20);
    await fill(store);
    const expected = await answersOf(store);
    await closeAll();
    const [first = '', second = '', third = ''] = indexFiles('parts').map((file) =>
      join(root, 'parts', 'segments', file),
    );
    const whole = readFileSync(second);
    const damages: (() => void)[] = [
      () => rmSync(first),
      () => rmSync(third),
      () => writeFileSync(second, readFileSync(first)),
      () => writeFileSync(second, whole.subarray(0, -1)),
      () => writeFileSync(second, Buffer.concat([whole, Buffer.alloc(1)])),
      ...Array.from({ length: 40 }, (_, i) => () => {
        const bytes = Buffer.from(whole);
        const at = Math.floor((i * whole.length) / 40);
        bytes[at] = (bytes[at] ?? 0) ^ 4;
        writeFileSync(second, bytes);
      }),
    ];
    for (const damage of damages) {
      damage();
      expect(await answersOf(await open('parts', 20))).toStrictEqual(expected);
      await closeAll();
      expect(readFileSync(second).equals(whole)).toBe(true);
    }
  });

  it('goes on in memory while it cannot be written, and catches up', async () => {
    const store = await open('blocked', 20);
    const blocked = join(root, 'blocked', 'segments', '0000000000000016.0.index.new');
    mkdirSync(blocked); // A file of this name cannot be written.
    await fill(store);
    expect(store.index.columns.tail.first).toBe(0);
    const inMemory = await open('memory', 1e6);
    await fill(inMemory);
    expect(await answersOf(store)).toStrictEqual(await answersOf(inMemory));
    rmdirSync(blocked);
    await fill(store, 1000);
    await fill(inMemory, 1000);
    expect(store.index.columns.tail.size).toBeLessThanOrEqual(20 + 2);
    expect(await answersOf(store)).toStrictEqual(await answersOf(inMemory));
  });
});
