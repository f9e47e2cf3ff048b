import { MemoryEventFeed } from '../../test/support/memory-event-feed.js';
import {
  accountOpened,
  positionOpened,
  recordedLog,
  stopArmed,
  stopTrailed,
} from '../../test/support/event-builders.js';
import { until } from '../../test/support/until.js';
import { DecisionStream } from './decision-stream.js';
import type { DecisionReader, ReadingTerms, Told } from './decision-stream.js';

const LOG = recordedLog([
  accountOpened(),
  accountOpened({ accountId: 'other' }),
  positionOpened(),
  stopArmed(),
  ...Array.from({ length: 20 }, () => stopTrailed()),
]);
const BEFORE = LOG.slice(0, 3);
const LATER = LOG.slice(3);

let feed: MemoryEventFeed;
let stream: DecisionStream;

beforeEach(() => {
  feed = new MemoryEventFeed(BEFORE);
  stream = new DecisionStream(feed, { keptMax: 8, lingerMs: 1 });
});

afterEach(() => stream.close());

function read(terms: Partial<ReadingTerms> = {}): Promise<DecisionReader> {
  return stream.read({ sees: () => true, ...terms });
}

async function take(reader: DecisionReader, count: number): Promise<readonly string[]> {
  const told: string[] = [];
  while (told.length < count) {
    const { value } = await reader.next();
    if (!value) return [...told, 'end'];
    told.push(said(value));
  }
  return told;
}

function said({ kind, position }: Told): string {
  return kind === 'decision' ? position.toString() : `${kind} ${position.toString()}`;
}

function positions(facts: readonly { readonly position: bigint }[]): readonly string[] {
  return facts.map(({ position }) => position.toString());
}

describe('a reader of decisions', () => {
  it('is told first up to where it must find out what is true, and then everything once, in order', async () => {
    const reader = await read();
    feed.append(...LATER.slice(0, 5));
    const told = await take(reader, 6);
    expect(told).toStrictEqual([
      `gap ${String(feed.facts[2]?.position)}`,
      ...positions(LATER.slice(0, 5)),
    ]);
  });

  it('goes on behind the position that it knows', async () => {
    const first = await read();
    feed.append(...LATER.slice(0, 4));
    await take(first, 5);
    const again = await read({ after: LATER[1]?.position });
    expect(await take(again, 2)).toStrictEqual(positions(LATER.slice(2, 4)));
  });

  it('is told of the gap when it knows too little, or what this log never had', async () => {
    const first = await read();
    feed.append(...LATER);
    await until('all is read', async () => (await first.next()).value?.position === feed.end);
    const expected = [`gap ${feed.end.toString()}`];
    expect(await take(await read({ after: LATER[2]?.position }), 1)).toStrictEqual(expected);
    expect(await take(await read({ after: feed.end + 1n }), 1)).toStrictEqual(expected);
  });

  it('that does not keep up is told so, goes on at the head, and holds up nobody', async () => {
    const slow = await read();
    const quick = await read();
    await take(slow, 1);
    await take(quick, 1);
    for (const fact of LATER.slice(0, 12)) {
      feed.append(fact);
      expect(await take(quick, 1)).toStrictEqual(positions([fact]));
    }
    const head = String(LATER[11]?.position);
    expect(await take(slow, 1)).toStrictEqual([`gap ${head}`]);
    feed.append(...LATER.slice(12, 14));
    expect(await take(slow, 2)).toStrictEqual(positions(LATER.slice(12, 14)));
    expect(stream.gapCount).toBe(3);
  });

  it('keeps its place while no more was taken than is kept', async () => {
    const slow = await read();
    await take(slow, 1);
    const quick = await read();
    feed.append(...LATER.slice(0, 8));
    await take(quick, 9);
    expect(await take(slow, 8)).toStrictEqual(positions(LATER.slice(0, 8)));
  });

  it('sees only what it may, and finds the rest no gap', async () => {
    const reader = await read({ sees: ({ position }) => position !== LATER[0]?.position });
    feed.append(...LATER.slice(0, 3));
    expect((await take(reader, 3)).slice(1)).toStrictEqual(positions(LATER.slice(1, 3)));
  });

  it('is told of a record that nobody can read, in its place', async () => {
    const reader = await read();
    const [one, record, two] = LATER;
    if (!one || !record || !two) throw new Error('the log holds them');
    const { streamId, revision, position } = record;
    feed.unreadable.push({ streamId, revision, position, type: 'X', reason: 'no such type' });
    feed.append(one, two);
    expect((await take(reader, 4)).slice(1)).toStrictEqual([
      ...positions([one]),
      `unreadable ${position.toString()}`,
      ...positions([two]),
    ]);
  });

  it('ends while it waits', async () => {
    const reader = await read();
    await take(reader, 1);
    const waiting = reader.next();
    await reader.return();
    expect(await waiting).toStrictEqual({ value: undefined, done: true });
    expect(stream.readerCount).toBe(0);
  });

  it('leaves nothing behind that reads the log', async () => {
    const reader = await read();
    await take(reader, 1);
    await reader.return();
    const before = feed.delivered;
    await stream.close();
    feed.append(...LATER.slice(0, 2));
    const late = await read({ after: LATER[0]?.position });
    expect(await take(late, 1)).toStrictEqual([`gap ${feed.end.toString()}`]);
    expect(feed.delivered).toBeGreaterThanOrEqual(before);
  });

  it('hears that the log is away, and finds it when it is back', async () => {
    const away = jest.spyOn(feed, 'newestPosition').mockRejectedValueOnce(new Error('away'));
    await expect(read()).rejects.toThrow('away');
    away.mockRestore();
    expect(await take(await read(), 1)).toHaveLength(1);
  });
});
