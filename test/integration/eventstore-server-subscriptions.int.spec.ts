import {
  type AllStreamResolvedEvent,
  END,
  type EventStoreDBClient,
  eventTypeFilter,
  type Position,
  START,
  StreamDeletedError,
  streamNameFilter,
} from '@eventstore/db-client';
import { anEvent, shareServer } from './eventstore-server.builder.js';
import { Listener } from './subscription-listener.builder.js';

let client: EventStoreDBClient;

shareServer('db', (shared) => ({ client } = shared));

const numbered = (from: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => from + i);

describe('a subscription to a stream', () => {
  it('is confirmed, catches up, says so once and goes on live', async () => {
    await client.appendToStream('live', [anEvent(0), anEvent(1)]);
    const listener = new Listener(client.subscribeToStream('live', { fromRevision: START }));
    await listener.hears(4);
    await client.appendToStream('live', [anEvent(2), anEvent(3)]);
    expect(await listener.hears(6)).toStrictEqual([
      'confirmed',
      '0@live Thing 0',
      '1@live Thing 1',
      'caught up',
      '2@live Thing 2',
      '3@live Thing 3',
    ]);
    await listener.subscription.unsubscribe();
  });

  it('begins behind the revision that was given', async () => {
    const listener = new Listener(client.subscribeToStream('live', { fromRevision: 2n }));
    expect(await listener.hears(3)).toStrictEqual(['confirmed', '3@live Thing 3', 'caught up']);
    await listener.subscription.unsubscribe();
  });

  it('waits for a stream that is not there yet', async () => {
    const listener = new Listener(client.subscribeToStream('later', { fromRevision: END }));
    await listener.hears(2);
    await client.appendToStream('later', anEvent(0));
    expect(await listener.hears(3)).toStrictEqual(['confirmed', 'caught up', '0@later Thing 0']);
    await listener.subscription.unsubscribe();
  });

  it('has no gap and no double while others write', async () => {
    await client.appendToStream(
      'busy',
      numbered(0, 500).map((n) => anEvent(n)),
    );
    const writes = [client.appendToStream('busy', anEvent(500))];
    const listener = new Listener(client.subscribeToStream('busy', { fromRevision: START }));
    for (let n = 501; n < 900; n++) writes.push(client.appendToStream('busy', anEvent(n)));
    await Promise.all(writes);
    const heard = await listener.hears(902);
    const lines = heard.filter((line) => line.includes('@'));
    expect(lines).toHaveLength(900);
    expect(lines.map((line) => Number(line.split('@')[0]))).toStrictEqual(numbered(0, 900));
    await listener.subscription.unsubscribe();
  });

  it('shows new events although the metadata hides them from readers', async () => {
    await client.setStreamMetadata('short', { maxCount: 1 });
    const listener = new Listener(client.subscribeToStream('short', { fromRevision: START }));
    await listener.hears(2);
    await client.appendToStream('short', [anEvent(0), anEvent(1), anEvent(2)]);
    expect((await listener.hears(5)).slice(2)).toStrictEqual([
      '0@short Thing 0',
      '1@short Thing 1',
      '2@short Thing 2',
    ]);
    await listener.subscription.unsubscribe();
  });

  it('ends with the tombstone', async () => {
    await client.appendToStream('doomed', anEvent(0));
    const listener = new Listener(client.subscribeToStream('doomed', { fromRevision: START }));
    await listener.hears(3);
    await client.tombstoneStream('doomed');
    expect((await listener.hears(5)).slice(3)).toStrictEqual([
      '9223372036854775807@doomed $streamDeleted',
      'error',
    ]);
    expect(listener.error).toBeInstanceOf(StreamDeletedError);
  });
});

describe('a subscription to $all', () => {
  let markCount = 0;

  /** A position behind everything that other tests wrote. */
  async function here(): Promise<Position> {
    const { position } = await client.appendToStream('marks', anEvent(markCount++));
    if (position === undefined) throw new Error('no position');
    return position;
  }

  it('gets what its filter wants, by type and by name', async () => {
    const fromPosition = await here();
    await client.appendToStream('order-1', [anEvent(0, 'Placed'), anEvent(1, 'placed')]);
    await client.appendToStream('user-1', [anEvent(0, 'Placed')]);
    const byName = new Listener(
      client.subscribeToAll({ fromPosition, filter: streamNameFilter({ prefixes: ['order-'] }) }),
    );
    const byType = new Listener(
      client.subscribeToAll({ fromPosition, filter: eventTypeFilter({ regex: '^P' }) }),
    );
    await byName.hears(4);
    await byType.hears(4);
    await client.appendToStream('order-2', [anEvent(0, 'other')]);
    await client.appendToStream('user-1', [anEvent(1, 'Paid')]);
    expect(await byName.hears(5)).toStrictEqual([
      'confirmed',
      '0@order-1 Placed 0',
      '1@order-1 placed 1',
      'caught up',
      '0@order-2 other 0',
    ]);
    expect(await byType.hears(5)).toStrictEqual([
      'confirmed',
      '0@order-1 Placed 0',
      '0@user-1 Placed 0',
      'caught up',
      '1@user-1 Paid 1',
    ]);
    await byName.subscription.unsubscribe();
    await byType.subscription.unsubscribe();
  });

  it('reports a checkpoint after each interval, and resumes from the last one', async () => {
    const fromPosition = await here();
    await client.appendToStream(
      'many',
      numbered(0, 384).map((n) => anEvent(n)),
    );
    const checkpoints: bigint[] = [];
    const checkpointReached = (_subscription: unknown, { commit }: Position): void => {
      checkpoints.push(commit);
    };
    const filter = eventTypeFilter({
      prefixes: ['Never'],
      checkpointInterval: 2,
      checkpointReached,
    });
    const listener = new Listener(client.subscribeToAll({ fromPosition, filter }));
    await listener.hears(2);
    expect(checkpoints).toHaveLength(6);
    expect([...checkpoints].sort((a, b) => (a < b ? -1 : 1))).toStrictEqual(checkpoints);
    const last = checkpoints.at(-1) ?? 0n;
    await listener.subscription.unsubscribe();

    await client.appendToStream('many', anEvent(384));
    const resumed = new Listener(
      client.subscribeToAll({ fromPosition: { commit: last, prepare: last } }),
    );
    expect(await resumed.hears(3)).toStrictEqual(['confirmed', '384@many Thing 384', 'caught up']);
    await resumed.subscription.unsubscribe();
  });

  it('serves a reader that stops reading while much is written, without gap or double', async () => {
    const fromPosition = await here();
    const subscription = client.subscribeToAll({
      fromPosition,
      filter: streamNameFilter({ prefixes: ['heavy'] }),
    });
    const events = subscription[Symbol.asyncIterator]() as AsyncIterator<AllStreamResolvedEvent>;
    const padding = 'x'.repeat(50_000);
    const heavy = (n: number): ReturnType<typeof anEvent> => ({
      ...anEvent(n),
      data: { n, padding },
    });
    await client.appendToStream('heavy', heavy(0));
    await events.next();
    // 30 MB: more than the client takes in advance and more than the server keeps at hand.
    for (let n = 1; n <= 600; n += 20) {
      await client.appendToStream('heavy', numbered(n, 20).map(heavy));
    }
    const revisions: bigint[] = [];
    while (revisions.length < 600) {
      const { value } = (await events.next()) as { value: AllStreamResolvedEvent };
      if (value.event) revisions.push(value.event.revision);
    }
    expect(revisions).toStrictEqual(numbered(1, 600).map(BigInt));
    await subscription.unsubscribe();
  });
});
