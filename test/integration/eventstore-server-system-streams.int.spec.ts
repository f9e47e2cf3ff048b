import {
  AccessDeniedError,
  BACKWARDS,
  binaryEvent,
  END,
  type EventStoreDBClient,
  jsonEvent,
  persistentSubscriptionToStreamSettingsFromDefaults as groupSettings,
  type ResolvedEvent,
  START,
} from '@eventstore/db-client';
import {
  anEvent,
  ID,
  lineOf,
  linesOf,
  type RunningProcess,
  type ServerBench,
  shareServer,
} from './eventstore-server.builder.js';
import { Listener } from './subscription-listener.builder.js';

let bench: ServerBench;
let server: RunningProcess;
let client: EventStoreDBClient;

shareServer('db', (shared) => ({ bench, server, client } = shared));

const RESOLVED = { resolveLinkTos: true };

function read(stream: string, options = {}): Promise<string[]> {
  return linesOf(client.readStream(stream, options));
}

async function textsOf(stream: string): Promise<string[]> {
  const texts: string[] = [];
  for await (const { event } of client.readStream(stream)) {
    texts.push(Buffer.from(event?.data as Uint8Array).toString());
  }
  return texts;
}

describe('the stream of a category', () => {
  it('holds the events of its streams in the order of the log', async () => {
    await client.appendToStream('cat-1', [anEvent(1), anEvent(2)]);
    await client.appendToStream('dog-1', anEvent(3));
    await client.appendToStream('cat-2-b', anEvent(4));
    expect(await textsOf('$ce-cat')).toStrictEqual(['0@cat-1', '1@cat-1', '0@cat-2-b']);
    expect(await read('$ce-cat', RESOLVED)).toStrictEqual([
      '0@$ce-cat $> → 0@cat-1 Thing 1',
      '1@$ce-cat $> → 1@cat-1 Thing 2',
      '2@$ce-cat $> → 0@cat-2-b Thing 4',
    ]);
  });

  it('is read from a revision, backwards and in part', async () => {
    const backwards = { direction: BACKWARDS, fromRevision: END, maxCount: 2, ...RESOLVED };
    expect(await read('$ce-cat', backwards)).toStrictEqual([
      '2@$ce-cat $> → 0@cat-2-b Thing 4',
      '1@$ce-cat $> → 1@cat-1 Thing 2',
    ]);
    expect(await read('$ce-cat', { fromRevision: 2n })).toStrictEqual(['2@$ce-cat $>']);
  });

  it('passes on a link that stands in one of its streams', async () => {
    const data = Buffer.from('1@cat-1');
    await client.appendToStream('links-1', binaryEvent({ id: ID(9), type: '$>', data }));
    expect(await read('$ce-links', RESOLVED)).toStrictEqual(['0@$ce-links $> → 1@cat-1 Thing 2']);
  });

  it('shows a link without its event once that is gone', async () => {
    await client.appendToStream('gone-1', [anEvent(1), anEvent(2)]);
    await client.setStreamMetadata('gone-1', { truncateBefore: 1 });
    await client.appendToStream('gone-2', anEvent(3));
    await client.tombstoneStream('gone-2');
    expect(await read('$ce-gone', RESOLVED)).toStrictEqual([
      '0@$ce-gone $> → nothing',
      '1@$ce-gone $> → 1@gone-1 Thing 2',
      '2@$ce-gone $> → nothing',
      '3@$ce-gone $> → nothing',
    ]);
    expect((await textsOf('$ce-gone')).at(-1)).toBe('9223372036854775807@gone-2');
  });

  it('has no streams of the node and none without a dash', async () => {
    await client.appendToStream('nodash', anEvent(1));
    await expect(read('$ce-nodash')).rejects.toThrow('$ce-nodash');
    await expect(read('$ce-$$gone')).rejects.toThrow('$ce-$$gone');
  });

  it('is not written, deleted or found in $all', async () => {
    await expect(client.appendToStream('$ce-cat', anEvent(8))).rejects.toThrow(AccessDeniedError);
    await expect(client.deleteStream('$ce-cat')).rejects.toThrow(AccessDeniedError);
    await expect(client.tombstoneStream('$ce-cat')).rejects.toThrow(AccessDeniedError);
    for await (const { event } of client.readAll()) expect(event?.streamId).not.toMatch(/^\$ce-/);
  });

  it('hides what its metadata says', async () => {
    await client.appendToStream('cut-1', [anEvent(1), anEvent(2), anEvent(3)]);
    await client.setStreamMetadata('$ce-cut', { maxCount: 1 });
    expect(await read('$ce-cut')).toStrictEqual(['2@$ce-cut $>']);
  });
});

describe('the streams of types, correlations and streams', () => {
  it('hold one link for each event', async () => {
    const metadata = { $correlationId: 'c1' };
    await client.appendToStream('t-1', [
      jsonEvent({ id: ID(1), type: 'Rare', data: {}, metadata }),
      jsonEvent({ id: ID(2), type: 'Other', data: {}, metadata: { $correlationId: 7 } }),
      jsonEvent({ id: ID(3), type: 'Rare', data: {} }),
    ]);
    expect(await textsOf('$et-Rare')).toStrictEqual(['0@t-1', '2@t-1']);
    expect(await textsOf('$bc-c1')).toStrictEqual(['0@t-1']);
    expect(await textsOf('$streams')).toContain('0@t-1');
    const others = (await textsOf('$streams')).filter((text) => !text.startsWith('0@'));
    expect(others).toStrictEqual([]);
  });

  it('know of deleted streams', async () => {
    expect(await textsOf('$et-$deleted')).toStrictEqual(['9223372036854775807@gone-2']);
    await expect(read('$et-$>')).rejects.toThrow('$et-$>');
  });
});

describe('a subscription to a system stream', () => {
  it('waits for the first event and follows', async () => {
    const listener = new Listener(
      client.subscribeToStream('$ce-later', { fromRevision: START, ...RESOLVED }),
    );
    await listener.hears(2);
    await client.appendToStream('later-1', [anEvent(1), anEvent(2)]);
    expect(await listener.hears(4)).toStrictEqual([
      'confirmed',
      'caught up',
      '0@$ce-later $> → 0@later-1 Thing 1',
      '1@$ce-later $> → 1@later-1 Thing 2',
    ]);
    await listener.subscription.unsubscribe();
  });
});

describe('after a restart', () => {
  it('every link has its revision, id, time and position again', async () => {
    const all = async (from: EventStoreDBClient): Promise<ResolvedEvent[]> => {
      const events: ResolvedEvent[] = [];
      for (const stream of ['$ce-cat', '$et-Thing', '$bc-c1', '$streams']) {
        for await (const event of from.readStream(stream)) events.push(event);
      }
      return events;
    };
    const before = await all(client);
    await server.kill('SIGTERM');
    server = await bench.start('db');
    client = bench.client(server);
    expect(await all(client)).toStrictEqual(before);
    expect(new Set(before.map(({ event }) => event?.id)).size).toBe(before.length);
  });
});

describe('the projections that fill these streams elsewhere', () => {
  it.each(['$by_category', '$by_event_type', '$by_correlation_id', '$streams'])(
    'are turned on: %s',
    async (name) => {
      await expect(client.enableProjection(name)).resolves.toBeUndefined();
    },
  );

  it('are the only ones', async () => {
    await expect(client.enableProjection('own')).rejects.toMatchObject({ code: 12 });
    await expect(client.createProjection('own', 'fromAll()')).rejects.toMatchObject({ code: 12 });
    await expect(client.disableProjection('$by_category')).rejects.toMatchObject({ code: 12 });
  });
});

it('gives a group that joins its end what was written just before', async () => {
  await client.appendToStream('lag-1', [anEvent(21, 'Lagging'), anEvent(22, 'Lagging')]);
  const settings = groupSettings({ resolveLinkTos: true });
  await client.createPersistentSubscriptionToStream('$et-Lagging', 'g', settings);
  const joined = client.subscribeToPersistentSubscriptionToStream('$et-Lagging', 'g');
  const seen: string[] = [];
  for await (const event of joined) {
    seen.push(lineOf(event));
    await joined.ack(event);
    if (seen.length === 2) break;
  }
  expect(seen).toStrictEqual([
    '0@$et-Lagging $> → 0@lag-1 Lagging 21',
    '1@$et-Lagging $> → 1@lag-1 Lagging 22',
  ]);
});
