import {
  type EventStoreDBClient,
  type PersistentSubscriptionToStreamSettings,
  persistentSubscriptionToAllSettingsFromDefaults,
  persistentSubscriptionToStreamSettingsFromDefaults,
  START,
  streamNameFilter,
} from '@eventstore/db-client';
import { WireWriter } from '../../src/eventstore-server/protocol/wire.codec.js';
import { until } from '../support/until.js';
import {
  anEvent,
  linesOf,
  type RunningProcess,
  type ServerBench,
  shareServer,
} from './eventstore-server.builder.js';
import { consume, GroupConsumer } from './group-consumer.builder.js';
import { rawCall } from './raw-call.builder.js';

let bench: ServerBench;
let server: RunningProcess;
let client: EventStoreDBClient;

shareServer('db', (shared) => ({ bench, server, client } = shared));

/** Makes a stream of numbered events and a group `g` on it, from the start. */
async function aGroup(
  stream: string,
  count: number,
  settings: Partial<PersistentSubscriptionToStreamSettings> = {},
): Promise<{ stream: string; group: string }> {
  const events = Array.from({ length: count }, (_, n) => anEvent(n));
  if (count > 0) await client.appendToStream(stream, events);
  const all = persistentSubscriptionToStreamSettingsFromDefaults({ startFrom: START, ...settings });
  await client.createPersistentSubscriptionToStream(stream, 'g', all);
  return { stream, group: 'g' };
}

const EAGER = { checkPointLowerBound: 1, checkPointUpperBound: 1, checkPointAfter: 1 };
const statsOf = async (stream: string) =>
  (await client.getPersistentSubscriptionToStreamInfo(stream, 'g')).stats;
const parkedCount = async (stream: string, count: number): Promise<true> =>
  until(
    `${count} parked`,
    async () => Number((await statsOf(stream)).parkedMessageCount) === count,
  );
const numbers = (consumer: GroupConsumer): number[] =>
  consumer.events.map(({ event }) => (event?.data as { n: number }).n);

describe('delivery', () => {
  it('never leaves more unanswered than the consumer asked for', async () => {
    const consumer = consume(client, { ...(await aGroup('window', 5)), bufferSize: 2 });
    expect(await consumer.hearsNext(3)).toHaveLength(3);
    await consumer.ack(0);
    expect(await consumer.hearsNext(1)).toStrictEqual(['2@window Thing 2']);
    expect(await statsOf('window')).toMatchObject({ totalInFlightMessages: 2 });
  });

  it('brings back what is not answered in time, before anything new', async () => {
    const place = await aGroup('late', 4, { messageTimeout: 300 });
    const consumer = consume(client, { ...place, bufferSize: 2 });
    expect(await consumer.hearsNext(5)).toStrictEqual([
      'confirmed',
      '0@late Thing 0',
      '1@late Thing 1',
      '0@late Thing 0 retry 1',
      '1@late Thing 1 retry 1',
    ]);
    await consumer.ack(0, 1);
    expect(await consumer.hearsNext(2)).toStrictEqual(['2@late Thing 2', '3@late Thing 3']);
  });

  it('gives the events of a consumer that left to another, in order', async () => {
    const place = await aGroup('leave', 4);
    const first = consume(client, { ...place, bufferSize: 3 });
    await first.hears(4);
    await first.subscription.unsubscribe();
    const second = consume(client, place);
    expect(await second.hears(5)).toStrictEqual([
      'confirmed',
      '0@leave Thing 0 retry 1',
      '1@leave Thing 1 retry 1',
      '2@leave Thing 2 retry 1',
      '3@leave Thing 3',
    ]);
  });

  it('takes an answer from whoever had the event, and ignores any other', async () => {
    const consumer = consume(client, { ...(await aGroup('answers', 3)), bufferSize: 1 });
    await consumer.hearsNext(2);
    await consumer.subscription.ack({ event: { id: anEvent(7).id } } as never);
    await consumer.ack(0);
    await consumer.ack(0);
    expect(await consumer.hearsNext(1)).toStrictEqual(['1@answers Thing 1']);
    await consumer.nack('skip', 1);
    expect(await consumer.hearsNext(1)).toStrictEqual(['2@answers Thing 2']);
  });

  it('follows a category and resolves its links', async () => {
    const settings = { startFrom: START, resolveLinkTos: true } as const;
    await client.createPersistentSubscriptionToStream(
      '$ce-deal',
      'g',
      persistentSubscriptionToStreamSettingsFromDefaults(settings),
    );
    const consumer = consume(client, { stream: '$ce-deal', group: 'g' }, 'ack');
    await client.appendToStream('deal-1', [anEvent(0), anEvent(1)]);
    await client.appendToStream('deal-2', anEvent(2));
    expect(await consumer.hears(4)).toStrictEqual([
      'confirmed',
      '0@$ce-deal $> → 0@deal-1 Thing 0',
      '1@$ce-deal $> → 1@deal-1 Thing 1',
      '2@$ce-deal $> → 0@deal-2 Thing 2',
    ]);
    await until('all are acknowledged', async () => {
      const { totalInFlightMessages } = await statsOf('$ce-deal');
      return totalInFlightMessages === 0;
    });
  });

  it('has nothing of a stream that was tombstoned before the group was made', async () => {
    await client.appendToStream('gone', anEvent(0));
    await client.tombstoneStream('gone');
    const consumer = consume(client, await aGroup('gone', 0));
    expect(await consumer.hears(1)).toStrictEqual(['confirmed']);
    expect(await statsOf('gone')).toMatchObject({ totalItems: 0n, totalInFlightMessages: 0 });
  });

  it('ends with the reason when the group is deleted', async () => {
    const consumer = consume(client, await aGroup('dropped', 1));
    await consumer.hears(2);
    await client.deletePersistentSubscriptionToStream('dropped', 'g');
    await consumer.hears(3);
    expect(consumer.error).toMatchObject({ type: 'persistent-subscription-dropped' });
  });

  it('says what a group is called outside ASCII', async () => {
    const error: unknown = await client
      .deletePersistentSubscriptionToStream('流', 'gruppe ü')
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      type: 'persistent-subscription-does-not-exist',
      streamName: '%E6%B5%81',
      groupName: 'gruppe %C3%BC',
    });
  });
});

describe('strategies', () => {
  const create = (stream: string, strategy: string): Promise<unknown> => {
    const request = new WireWriter().message(1, (options) =>
      options
        .message(4, (part) => part.message(1, (id) => id.string(3, stream)).empty(3))
        .string(2, 'g')
        .message(3, (settings) => {
          settings.uint(5, 10).uint(10, 500).uint(11, 20).uint(12, 500).uint(14, 30_000);
          settings.uint(15, 2000).uint(7, 10).uint(8, 1000).string(16, strategy);
        }),
    );
    const path = '/event_store.client.persistent_subscriptions.PersistentSubscriptions/Create';
    return rawCall({ port: server.port, path }, request.finish());
  };

  it.each([
    ['Pinned', '$ce-pinned', (n: number) => [`pinned-${n % 5}`, {}] as const],
    [
      'PinnedByCorrelation',
      'corr',
      (n: number) => ['corr', { $correlationId: `c${n % 5}` }] as const,
    ],
  ])('%s gives events of one kind to one consumer', async (strategy, stream, placeOf) => {
    expect(await create(stream, strategy)).toMatchObject({ status: 0 });
    const consumers = [1, 2].map(() => consume(client, { stream, group: 'g' }, 'ack'));
    for (const consumer of consumers) await consumer.hears(1);
    for (let n = 0; n < 40; n++) {
      const [name, metadata] = placeOf(n);
      await client.appendToStream(name, { ...anEvent(n), metadata });
    }
    const count = (): number => consumers.reduce((sum, { events }) => sum + events.length, 0);
    await until('all are there', () => count() === 40);
    const kinds = consumers.map(({ events }) => {
      const kindOf = ({ event, link }: (typeof events)[number]): string =>
        stream === 'corr'
          ? (event?.metadata as { $correlationId: string }).$correlationId
          : Buffer.from((link ?? event)?.data as Uint8Array)
              .toString()
              .replace(/^.*@/, '');
      return new Set(events.map(kindOf));
    });
    const [one, other] = kinds as [Set<string>, Set<string>];
    expect([...one].filter((kind) => other.has(kind))).toStrictEqual([]);
    expect(one.size + other.size).toBe(5);
    expect(one.size).toBeGreaterThan(0);
    expect(other.size).toBeGreaterThan(0);
  });

  it('RoundRobin deals in turn and passes over who is full', async () => {
    const place = await aGroup('turns', 0);
    const one = consume(client, { ...place, bufferSize: 1 });
    const other = consume(client, { ...place, bufferSize: 4 });
    await one.hears(1);
    await other.hears(1);
    await client.appendToStream(
      'turns',
      [0, 1, 2, 3].map((n) => anEvent(n)),
    );
    await one.hears(2);
    await other.hears(4);
    expect([numbers(one), numbers(other)]).toStrictEqual([[0], [1, 2, 3]]);
  });
});

describe('parked events', () => {
  it('are those that were retried too often, with the reason', async () => {
    const consumer = consume(client, await aGroup('parked', 2, { maxRetryCount: 1 }));
    await consumer.hears(3);
    await consumer.nack('retry', 0);
    await consumer.hears(4);
    await consumer.nack('retry', 0);
    await consumer.nack('park', 1);
    await parkedCount('parked', 2);
    const reasons: unknown[] = [];
    for await (const { event } of client.readStream('$persistentsubscription-parked::g-parked')) {
      reasons.push((event?.metadata as unknown as { reason: string }).reason);
    }
    expect(reasons).toStrictEqual([
      'Reached retry count of 1',
      "Client explicitly NAK'ed message.\nbecause",
    ]);
  });

  it('come again up to the place that was asked for, each once', async () => {
    const consumer = consume(client, await aGroup('replay', 3));
    await consumer.hears(4);
    await consumer.nack('park', 0, 1, 2);
    await parkedCount('replay', 3);
    await client.replayParkedMessagesToStream('replay', 'g', { stopAt: 2 });
    expect((await consumer.hears(6)).slice(4)).toStrictEqual([
      '0@$persistentsubscription-replay::g-parked $> → 0@replay Thing 0',
      '1@$persistentsubscription-replay::g-parked $> → 1@replay Thing 1',
    ]);
    await parkedCount('replay', 1);
    await Promise.all([
      client.replayParkedMessagesToStream('replay', 'g'),
      client.replayParkedMessagesToStream('replay', 'g'),
    ]);
    await parkedCount('replay', 0);
    await consumer.ack(0, 1, 2);
    await client.appendToStream('replay', anEvent(3));
    expect((await consumer.hears(8)).slice(6)).toStrictEqual([
      '2@$persistentsubscription-replay::g-parked $> → 2@replay Thing 2',
      '3@replay Thing 3',
    ]);
  });
});

describe('after a restart', () => {
  it('a group goes on behind its checkpoint, with what it had parked', async () => {
    const place = await aGroup('again', 5, EAGER);
    const consumer = consume(client, place);
    await consumer.hears(6);
    await consumer.nack('park', 0);
    await consumer.ack(1, 2, 4);
    await parkedCount('again', 1);
    await until('the checkpoint is 2', async () => {
      const { lastCheckpointedEventRevision } = await statsOf('again');
      return lastCheckpointedEventRevision === 2n;
    });
    await restart();
    expect(await statsOf('again')).toMatchObject({
      parkedMessageCount: 1n,
      lastCheckpointedEventRevision: 2n,
    });
    expect(await consume(client, place).hears(3)).toStrictEqual([
      'confirmed',
      '3@again Thing 3',
      '4@again Thing 4',
    ]);
  });

  it('a group from the end has not lost what came before its first checkpoint', async () => {
    await client.appendToStream('ending', anEvent(0));
    const settings = persistentSubscriptionToStreamSettingsFromDefaults();
    await client.createPersistentSubscriptionToStream('ending', 'g', settings);
    await client.appendToStream('ending', anEvent(1));
    await restart();
    const consumer = consume(client, { stream: 'ending', group: 'g' });
    expect(await consumer.hears(2)).toStrictEqual(['confirmed', '1@ending Thing 1']);
  });

  it('a group of $all keeps its filter and its place', async () => {
    const settings = persistentSubscriptionToAllSettingsFromDefaults({
      startFrom: START,
      ...EAGER,
    });
    const filter = streamNameFilter({ prefixes: ['some-,', 'some-'] });
    await client.createPersistentSubscriptionToAll('g', settings, { filter });
    await client.appendToStream('some-1', [anEvent(0), anEvent(1)]);
    const join = (): GroupConsumer =>
      new GroupConsumer(client.subscribeToPersistentSubscriptionToAll('g'));
    const consumer = join();
    await consumer.hears(3);
    await consumer.ack(0);
    await until('the checkpoint is there', async () => {
      const { stats } = await client.getPersistentSubscriptionToAllInfo('g');
      return stats.lastCheckpointedEventPosition !== undefined;
    });
    await restart();
    expect(await join().hears(2)).toStrictEqual(['confirmed', '1@some-1 Thing 1']);
  });

  it('a deleted group is not there any more', async () => {
    await aGroup('deleted', 1);
    await client.deletePersistentSubscriptionToStream('deleted', 'g');
    await restart();
    await expect(
      client.getPersistentSubscriptionToStreamInfo('deleted', 'g'),
    ).rejects.toMatchObject({ type: 'persistent-subscription-does-not-exist' });
  });

  async function restart(): Promise<void> {
    await server.kill('SIGTERM');
    server = await bench.start('db');
    client = bench.client(server);
  }
});

it('keeps the checkpoint below the oldest event that is not finished', async () => {
  const consumer = consume(client, await aGroup('gaps', 4, EAGER));
  await consumer.hears(5);
  await consumer.ack(2, 3, 0);
  await until('the checkpoint is 0', async () => {
    const { lastCheckpointedEventRevision } = await statsOf('gaps');
    return lastCheckpointedEventRevision === 0n;
  });
  await consumer.ack(1);
  await until('the checkpoint is 3', async () => {
    const { lastCheckpointedEventRevision } = await statsOf('gaps');
    return lastCheckpointedEventRevision === 3n;
  });
  const stream = '$persistentsubscription-gaps::g-checkpoint';
  // A checkpoint is reported when it is decided, and stored a moment later.
  await until('the stream is kept short', async () => {
    const { metadata } = await client.getStreamMetadata(stream);
    return metadata?.maxCount === 2;
  });
  expect((await linesOf(client.readStream(stream))).length).toBeLessThanOrEqual(2);
});
