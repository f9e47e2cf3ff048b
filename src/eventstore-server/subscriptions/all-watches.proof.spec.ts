import fc from 'fast-check';
import { parseUuid } from '../protocol/uuid.codec.js';
import { StreamIndex } from '../streams/stream-index.js';
import type { AllFollower } from './all-follower.js';
import { AllWatches } from './all-watches.js';
import { CheckpointPace } from './checkpoint-pace.js';

const HIDDEN = '$epoch-information';
const STREAMS = ['wanted-1', 'other-1', 'other-2', HIDDEN] as const;
const ENDLESS = 1_000_000_000;
const EVENT_BYTES = 10;

let paces: CheckpointPace[] = [];

afterEach(() => {
  for (const pace of paces.splice(0)) pace.stop();
  jest.useRealTimers();
});

function aLog(
  perSecondMax: number,
  atOnceMax = perSecondMax,
): { index: StreamIndex; watches: AllWatches } {
  const index = new StreamIndex();
  const pace = new CheckpointPace(perSecondMax, atOnceMax);
  paces = [...paces, pace];
  return { index, watches: new AllWatches({ index }, pace) };
}

/** Each event has its ordinal for a position, times its size. */
function write(index: StreamIndex, streams: readonly string[]): void {
  const id = parseUuid('00000000-0000-4000-8000-000000000001');
  if (id === undefined) throw new Error('this is a uuid');
  const data = Buffer.alloc(0);
  for (const stream of streams) {
    const event = { id, type: 'T', isJson: false, data, metadata: data };
    const position = EVENT_BYTES * index.columns.count;
    const place = { stream, revision: 0, createdMs: 0 };
    index.add(event, place, { position, length: EVENT_BYTES, crc: 0 });
  }
  index.publish(index.columns.count);
}

interface Subscriber {
  readonly told: string[];
  readonly follower: AllFollower;
  isWoken: boolean;
}

function subscribe(watches: AllWatches, checkpointEvents: number): Subscriber {
  const request = { on: 'stream', regex: '', prefixes: ['wanted'], checkpointEvents } as const;
  const follower = watches.follow('start', request);
  const subscriber: Subscriber = { told: [], follower, isWoken: true };
  follower.wake = () => (subscriber.isWoken = true);
  return subscriber;
}

/** What a subscription does when it is woken, and only then. */
function listen(subscriber: Subscriber): void {
  const { follower, told } = subscriber;
  if (!subscriber.isWoken) return;
  subscriber.isWoken = false;
  for (let page = follower.nextPage(); page !== undefined; page = follower.nextPage()) {
    for (const ordinal of page.ordinals) told.push(`event ${ordinal}`);
    if (page.checkpoint !== undefined) told.push(`checkpoint ${page.checkpoint / EVENT_BYTES}`);
  }
  follower.rest();
}

function expected(streams: readonly string[], checkpointEvents: number): string[] {
  let considered = 0;
  return streams.flatMap((stream, ordinal) => {
    if (stream === HIDDEN) return [];
    considered++;
    const isDue = considered % checkpointEvents === 0;
    return [
      ...(stream.startsWith('wanted') ? [`event ${ordinal}`] : []),
      ...(isDue ? [`checkpoint ${ordinal}`] : []),
    ];
  });
}

describe('AllWatches', () => {
  it('tells each follower what it alone would have found, whoever else sleeps and whenever it came', () => {
    const stream = fc.nat({ max: 30 }).map((n) => STREAMS[n] ?? 'other-1');
    const step = fc.record({
      written: fc.array(stream, { maxLength: 12 }),
      arriving: fc.option(fc.integer({ min: 1, max: 9 })),
      /** Who of them comes to its turn: one bit each. */
      turns: fc.nat({ max: 255 }),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), (steps) => {
        const { index, watches } = aLog(ENDLESS);
        const all: string[] = [];
        const subscribers: { at: number; subscriber: Subscriber }[] = [];
        for (const { written, arriving, turns } of steps) {
          if (arriving !== null) {
            subscribers.push({ at: arriving, subscriber: subscribe(watches, arriving) });
          }
          write(index, written);
          all.push(...written);
          for (const [i, { subscriber }] of subscribers.entries()) {
            if ((turns >>> (i % 8)) % 2 === 1) listen(subscriber);
          }
        }
        for (const { at, subscriber } of subscribers) {
          listen(subscriber);
          expect(subscriber.told).toStrictEqual(expected(all, at));
        }
      }),
    );
  });

  it('says the newest of the checkpoints that had to wait, and none behind an event', () => {
    jest.useFakeTimers();
    const { index, watches } = aLog(20);
    const one = subscribe(watches, 1);
    listen(one);
    for (let n = 0; n < 30; n++) {
      write(index, ['other-1']);
      listen(one);
    }
    expect(one.told).toHaveLength(20);
    jest.advanceTimersByTime(50);
    listen(one);
    expect(one.told.slice(20)).toStrictEqual(['checkpoint 29']);
    write(index, ['other-1', 'wanted-1']);
    listen(one);
    jest.advanceTimersByTime(50);
    listen(one);
    expect(one.told.slice(21)).toStrictEqual(['event 31', 'checkpoint 31']);
  });

  it('lets more go at once than in each second behind that', () => {
    jest.useFakeTimers();
    const { index, watches } = aLog(20, 50);
    const one = subscribe(watches, 1);
    listen(one);
    const written = Array.from({ length: 60 }, () => 'other-1');
    write(index, written);
    listen(one);
    expect(one.told).toHaveLength(50);
    for (let tick = 0; tick < 20; tick++) {
      write(index, written);
      listen(one);
      jest.advanceTimersByTime(50);
    }
    listen(one);
    expect(one.told).toHaveLength(50 + 20);
  });

  it('gives those who wait their turn one after the other', () => {
    jest.useFakeTimers();
    const { index, watches } = aLog(20);
    const many = Array.from({ length: 23 }, () => subscribe(watches, 2));
    for (const one of many) listen(one);
    write(index, ['other-1', 'other-1']);
    for (const one of many) listen(one);
    expect(many.filter(({ told }) => told.length === 1)).toHaveLength(20);
    many[20]?.follower.release();
    jest.advanceTimersByTime(100);
    for (const one of many) listen(one);
    expect(many.map(({ told }) => told.length)).toStrictEqual(
      many.map((_, i) => (i === 20 ? 0 : 1)),
    );
  });

  it('lets go of a filter when its last follower has left', () => {
    const { index, watches } = aLog(ENDLESS);
    const [one, two] = [subscribe(watches, 2), subscribe(watches, 3)];
    expect(index.watchers.size).toBe(1);
    one.follower.release();
    expect(index.watchers.size).toBe(1);
    two.follower.release();
    expect(index.watchers.size).toBe(0);
  });

  it('has each follower hear what is wrong with the filter, and others begin anew', () => {
    const { index, watches } = aLog(ENDLESS);
    const request = { on: 'stream', regex: '(a+)+$', prefixes: [], checkpointEvents: 1 } as const;
    const followers = [watches.follow('end', request), watches.follow('end', request)];
    let woken = 0;
    for (const follower of followers) {
      follower.wake = () => woken++;
      expect(follower.nextPage()).toBeUndefined();
      follower.rest();
    }
    write(index, [`${'a'.repeat(60)}!`]);
    expect(woken).toBe(2);
    for (const follower of followers) {
      expect(() => follower.nextPage()).toThrow('takes too long to match');
    }
    const later = watches.follow('end', request);
    expect(later.nextPage()).toBeUndefined();
    write(index, ['aaa']);
    expect(later.nextPage()?.ordinals).toStrictEqual([1]);
  });
});
