import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LogSegment } from '../log/log-segment.js';
import { SegmentDirectory } from '../log/segment-directory.js';
import {
  METADATA_TYPE,
  type ProposedEvent,
  readRecordedEvent,
} from '../protocol/recorded-event.codec.js';
import { parseUuid } from '../protocol/uuid.codec.js';
import { type AppendOutcome, EventStore } from './event-store.js';
import { ANY } from './expected-version.js';

let root: string;
let isFull: boolean;
let store: EventStore;

/** A disk that takes half of a write when it is full, as real ones do. */
async function openFlaky(base: number, path: string): Promise<LogSegment> {
  const segment = await LogSegment.open(base, path);
  const write = segment.writeSome.bind(segment);
  const flaky: typeof write = async (parts, offset) => {
    if (!isFull) return write(parts, offset);
    const bytes = Buffer.concat(parts);
    await write([bytes.subarray(0, bytes.length >>> 1)], offset);
    throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  };
  return Object.assign(segment, { writeSome: flaky });
}

async function open(eventsMax = 6): Promise<EventStore> {
  return EventStore.open(SegmentDirectory.open(root), {
    size: { bytesMax: 1e9, eventsMax },
    openSegment: openFlaky,
    onFailure: (error) => {
      throw error;
    },
  });
}

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'full-disk-'));
  isFull = false;
  store = await open();
});
afterEach(async () => {
  await store.close();
  rmSync(root, { recursive: true });
});

function anEvent(n: number, type = 'Thing', data = '{"$correlationId":"c"}'): ProposedEvent {
  const id = parseUuid(`00000000-0000-4000-8000-${String(n).padStart(12, '0')}`);
  if (id === undefined) throw new Error('Invariant: that is a uuid');
  return {
    id,
    type,
    isJson: true,
    data: Buffer.from(data),
    metadata: Buffer.from('{"$correlationId":"c"}'),
  };
}

const append = (stream: string, ...events: ProposedEvent[]): Promise<AppendOutcome> =>
  new Promise((resolve) => store.append({ stream, expected: ANY, events }, resolve));
const remove = (kind: 'tombstone' | 'deleteStream', stream: string): Promise<AppendOutcome> =>
  new Promise((resolve) => store[kind](stream, ANY, resolve));

/** One of everything that writes, all at once. */
function writeAll(): Promise<AppendOutcome[]> {
  return Promise.all([
    append('a', anEvent(10), anEvent(11)),
    append('new-1', anEvent(12)),
    append('$$a', anEvent(13, METADATA_TYPE, '{"$maxCount":1}')),
    append('$$a', anEvent(14, METADATA_TYPE, '{"$maxCount":2}')),
    append('a', anEvent(10), anEvent(11)), // A repeat of what is not there yet.
    remove('tombstone', 'gone'),
    remove('deleteStream', 'soft'),
    append('soft', anEvent(15)),
    ...Array.from({ length: 9 }, (_, n) => append('many', anEvent(20 + n))),
  ]);
}

function state(): unknown {
  const { index } = store;
  const streams = [
    'a',
    'new-1',
    '$$a',
    'gone',
    'soft',
    '$$soft',
    'many',
    '$ce-new',
    '$et-Thing',
    '$bc-c',
  ];
  return streams.map((name) => {
    const entry = index.find(name);
    const { last, isTombstoned, isSoftDeleted } = index.view(name);
    const known = index.view(name).revisionOf(anEvent(10).id);
    return [
      name,
      last,
      isTombstoned,
      isSoftDeleted,
      known,
      entry?.visibleCount ?? 0,
      name.startsWith('$$') ? {} : (entry?.metadata ?? {}),
    ];
  });
}

async function numbersOf(stream: string): Promise<string[]> {
  const entry = store.index.find(stream);
  const ordinals = Array.from(
    { length: entry?.visibleCount ?? 0 },
    (_, at) => entry?.ordinalAt(at) ?? -1,
  );
  return (await store.read(ordinals)).map((bytes) => readRecordedEvent(bytes).id.text.slice(-2));
}

describe('a store whose disk is full', () => {
  beforeEach(async () => {
    await append('a', anEvent(1), anEvent(2));
    await append('gone', anEvent(3));
    await append('soft', anEvent(4));
  });

  it('refuses what would be written, says why, and is as it was', async () => {
    const before = state();
    const end = store.endPosition;
    isFull = true;
    for (let attempt = 0; attempt < 3; attempt++) {
      for (const outcome of await writeAll()) {
        expect(outcome).toStrictEqual({
          kind: 'out-of-space',
          message: 'the disk of the event store is full: ENOSPC: no space left on device, write',
        });
      }
      expect(state()).toStrictEqual(before);
      expect([store.endPosition, store.pendingBytes]).toStrictEqual([end, 0]);
    }
    expect(await numbersOf('a')).toStrictEqual(['01', '02']);
    // A repeat of what is on the disk needs no room.
    expect(await append('a', anEvent(1))).toMatchObject({ kind: 'success', revision: 0 });
  });

  it('goes on when there is room again, and after a restart', async () => {
    isFull = true;
    await writeAll();
    isFull = false;
    const outcomes = await writeAll();
    expect(outcomes.map(({ kind }) => kind)).toStrictEqual(outcomes.map(() => 'success'));
    expect(await numbersOf('a')).toStrictEqual(['01', '02', '10', '11']);
    expect(await numbersOf('many')).toHaveLength(9);
    await append('a', anEvent(16));
    const after = state();
    await store.close();
    store = await open();
    expect(state()).toStrictEqual(after);
    expect(store.tornBytes).toBe(0);
  });

  it('keeps nothing of a write that was cut short, if it is killed then', async () => {
    const before = state();
    isFull = true;
    await writeAll();
    await store.close();
    store = await open();
    expect(state()).toStrictEqual(before);
  });
});
