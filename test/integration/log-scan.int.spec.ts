import { isDeepStrictEqual } from 'node:util';
import { EventStoreDBClient, binaryEvent, jsonEvent } from '@eventstore/db-client';
import type { EventData } from '@eventstore/db-client';
import { EventStoreFactFeed } from '../../src/adapters/eventstoredb/eventstoredb.feed.js';
import type { FactFeedOptions } from '../../src/adapters/eventstoredb/eventstoredb.feed.js';
import type { FactBatch, UnreadableRecord } from '../../src/application/ports/event-feed.port.js';
import { CutLine } from '../support/cut-line.js';
import { recordedLog, stopTrailed } from '../support/event-builders.js';
import { READ_SIDE_LOG } from '../support/read-side-log.js';
import { until } from '../support/until.js';
import { ServerBench } from './eventstore-server.builder.js';
import type { RunningProcess } from './eventstore-server.builder.js';

const MOVES = 20_000;
const APPEND_EVENTS = 1_000;

/** What a feed has handed out, in the order in which it came. */
class Heard {
  readonly facts: FactBatch['facts'][number][] = [];
  readonly unreadable: UnreadableRecord[] = [];
  isCaughtUp = false;

  readonly take = (batch: FactBatch, unreadable: readonly UnreadableRecord[]): Promise<void> => {
    this.facts.push(...batch.facts);
    this.unreadable.push(...unreadable);
    this.isCaughtUp ||= batch.caughtUp;
    return Promise.resolve();
  };
}

describe('a feed of a log that holds much', () => {
  const bench = new ServerBench();
  let store: RunningProcess;
  let client: EventStoreDBClient;
  let middle = 0n;

  const feedOf = (over: Partial<FactFeedOptions> = {}) =>
    new EventStoreFactFeed({ client, random: () => 0, onTrouble: () => undefined, ...over });

  const append = async (streamId: string, events: readonly EventData[]): Promise<bigint> =>
    (await client.appendToStream(streamId, [...events])).position?.commit ?? 0n;

  /** All that a feed hands out behind a position. */
  async function heardBy(feed: EventStoreFactFeed, after: bigint | 'start'): Promise<Heard> {
    const heard = new Heard();
    const subscription = feed.subscribe(after, heard.take);
    await until('the end of the log', () => heard.isCaughtUp);
    await subscription.close();
    return heard;
  }

  beforeAll(async () => {
    store = await bench.start('scan');
    client = bench.client(store);
    for (const { streamId, event, metadata } of READ_SIDE_LOG) {
      const { type, version, data } = event;
      await append(streamId, [
        jsonEvent({ type, data: data as never, metadata: { ...metadata, version } as never }),
      ]);
    }
    middle = await append('stop-ß∂', [
      jsonEvent({ type: 'Whatever', data: { text: 'Ä €' }, metadata: { version: 1 } }),
      jsonEvent({ type: 'StopArmed', data: {}, metadata: [1] as never }),
      binaryEvent({ type: 'StopArmed', data: Buffer.from([1, 0xff]), metadata: Buffer.from([7]) }),
      jsonEvent({ type: 'Large', data: { text: 'x'.repeat(200_000) } }),
    ]);
    await append('elsewhere-1', [jsonEvent({ type: 'Other', data: {} })]);
    await append('stop-gone', [jsonEvent({ type: 'Gone', data: {} })]);
    await client.deleteStream('stop-gone');
    const moves = recordedLog(
      Array.from({ length: MOVES }, (_, at) => stopTrailed({ stopId: 'S9', moves: at })),
    );
    for (let from = 0; from < MOVES; from += APPEND_EVENTS) {
      const part = moves.slice(from, from + APPEND_EVENTS);
      await append(
        'stop-S77',
        part.map(({ event: { type, data }, metadata }) =>
          jsonEvent({ type, data: data as never, metadata: metadata as never }),
        ),
      );
    }
  });

  afterAll(() => bench.tearDown());

  it.each(['from the start', 'behind a position'])(
    'hands out by a scan what the official client hands out: %s',
    async (where) => {
      const after = where === 'from the start' ? 'start' : middle;
      const scanned = await heardBy(feedOf({ connectionString: store.address }), after);
      const subscribed = await heardBy(feedOf(), after);
      expect(scanned.facts.length).toBeGreaterThanOrEqual(MOVES);
      expect(scanned.facts).toHaveLength(subscribed.facts.length);
      const isOther = (fact: unknown, at: number) => !isDeepStrictEqual(fact, subscribed.facts[at]);
      expect(scanned.facts.find(isOther)).toBeUndefined();
      expect(scanned.unreadable).toStrictEqual(subscribed.unreadable);
      expect(scanned.unreadable).toHaveLength(after === 'start' ? 5 : 1);
    },
  );

  it('has handed out what is there before the official client says a word, and calls that no end', async () => {
    const line = await CutLine.open(Number(new URL(store.address).port));
    const mute = EventStoreDBClient.connectionString(`esdb://127.0.0.1:${line.port}?tls=false`);
    line.cut('back');
    const heard = new Heard();
    const feed = feedOf({ client: mute, connectionString: store.address });
    const subscription = feed.subscribe(middle, heard.take);
    await until('all moves have come', () => heard.facts.length === MOVES);
    expect(heard.isCaughtUp).toBe(false);
    line.mend();
    await until('the end of the log', () => heard.isCaughtUp);
    await subscription.close();
    await mute.dispose();
    await line.close();
    expect(heard.facts).toHaveLength(MOVES);
  });

  it('makes no scan for who stood at the end a moment ago', async () => {
    const line = await CutLine.open(Number(new URL(store.address).port));
    const feed = feedOf({ connectionString: `esdb://127.0.0.1:${line.port}?tls=false` });
    const { facts } = await heardBy(feed, middle);
    const answered = line.answered;
    expect(await heardBy(feed, facts.at(-3)?.position ?? 'start')).toMatchObject({
      facts: facts.slice(-2),
    });
    expect([facts.length, line.answered]).toStrictEqual([MOVES, answered]);
    expect((await heardBy(feed, 'start')).facts.length).toBeGreaterThan(MOVES);
    expect(line.answered).toBeGreaterThan(2 * answered);
    await line.close();
  });

  it('goes on through the official client where a scan breaks off, and hands out nothing twice', async () => {
    const line = await CutLine.open(Number(new URL(store.address).port));
    const feed = feedOf({ connectionString: `esdb://127.0.0.1:${line.port}?tls=false` });
    const heard = new Heard();
    let isFirst = true;
    const subscription = feed.subscribe(middle, async (batch, unreadable) => {
      if (isFirst) await line.close();
      isFirst = false;
      return heard.take(batch, unreadable);
    });
    await until('the end of the log', () => heard.isCaughtUp);
    await subscription.close();
    // Some of it came over the line, and not all.
    expect(line.answered).toBeGreaterThan(100_000);
    expect(line.answered).toBeLessThan(MOVES * 400);
    expect(heard.facts.map(({ revision }) => revision)).toStrictEqual(
      Array.from({ length: MOVES }, (_, at) => at),
    );
  });

  it('lets no more come than a bounded number of facts while its reader is busy', async () => {
    const line = await CutLine.open(Number(new URL(store.address).port));
    const feed = feedOf({ connectionString: `esdb://127.0.0.1:${line.port}?tls=false` });
    const heard = new Heard();
    let release: () => void = () => undefined;
    const busy = new Promise<void>((resolve) => (release = resolve));
    const subscription = feed.subscribe(middle, async (batch, unreadable) => {
      await busy;
      return heard.take(batch, unreadable);
    });
    let before = -1;
    await until('nothing comes any more', () => {
      const isStill = before > 0 && line.answered === before;
      before = line.answered;
      return isStill;
    });
    expect(line.answered).toBeLessThan(MOVES * 500);
    release();
    await until('the end of the log', () => heard.isCaughtUp);
    await subscription.close();
    await line.close();
    expect(heard.facts).toHaveLength(MOVES);
  });

  it('comes with the same batch again when its reader has failed in the middle', async () => {
    const heard = new Heard();
    let isDown = true;
    const subscription = feedOf({ connectionString: store.address }).subscribe(
      middle,
      (batch, unreadable) => {
        if (heard.facts.length >= MOVES / 2 && isDown) {
          isDown = false;
          return Promise.reject(new Error('down'));
        }
        return heard.take(batch, unreadable);
      },
    );
    await until('the end of the log', () => heard.isCaughtUp);
    await subscription.close();
    expect(isDown).toBe(false);
    expect(heard.facts.map(({ revision }) => revision)).toStrictEqual(
      Array.from({ length: MOVES }, (_, at) => at),
    );
  });
});
