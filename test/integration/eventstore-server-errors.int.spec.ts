import {
  AccessDeniedError,
  BACKWARDS,
  END,
  type EventStoreDBClient,
  FORWARDS,
  jsonEvent,
  MaxAppendSizeExceededError,
  PersistentSubscriptionDoesNotExistError,
  PersistentSubscriptionDroppedError,
  PersistentSubscriptionExistsError,
  PersistentSubscriptionFailedError,
  PersistentSubscriptionMaximumSubscribersReachedError,
  persistentSubscriptionToStreamSettingsFromDefaults as settingsOf,
  persistentSubscriptionToAllSettingsFromDefaults as allSettingsOf,
  START,
  StreamDeletedError,
  StreamNotFoundError,
  UnknownError,
  WrongExpectedVersionError,
} from '@eventstore/db-client';
import {
  ALONE,
  anEvent,
  linesOf,
  type RunningProcess,
  type ServerBench,
  shareServer,
} from './eventstore-server.builder.js';
import { Listener } from './subscription-listener.builder.js';

let bench: ServerBench;
let server: RunningProcess;
let client: EventStoreDBClient;
let names = 0;

shareServer('errors', (shared) => ({ bench, server, client } = shared));

/** New for each test; outside ASCII, as all names may be. */
function aName(): string {
  names++;
  return `złoto-${names}-語 %41`;
}

async function failureOf(work: Promise<unknown>): Promise<Record<string, unknown>> {
  try {
    await work;
  } catch (error) {
    return error as Record<string, unknown>;
  }
  throw new Error('no error came');
}

/** Trailers carry printable ASCII only: a name that is more is percent-encoded in them. */
function plain(name: unknown): string {
  return decodeURIComponent(String(name));
}

describe.each([
  ['a batch', {}, String],
  ['a call of its own', ALONE, plain],
])('an append by %s', (_way, how, told) => {
  it('names the stream, what was expected and what is', async () => {
    const name = aName();
    await client.appendToStream(name, [anEvent(1), anEvent(2)]);
    const failure = await failureOf(
      client.appendToStream(name, anEvent(3), { ...how, expectedRevision: 0n }),
    );
    expect(failure).toBeInstanceOf(WrongExpectedVersionError);
    expect(failure).toMatchObject({ streamName: name, expectedVersion: 0n, actualVersion: 1n });
    const absent = aName();
    const other = client.appendToStream(absent, anEvent(3), { ...how, expectedRevision: 7n });
    expect(await failureOf(other)).toMatchObject({
      streamName: absent,
      expectedVersion: 7n,
      actualVersion: 'no_stream',
    });
  });

  it('tells a deleted stream', async () => {
    const name = aName();
    await client.tombstoneStream(name);
    const failure = await failureOf(client.appendToStream(name, anEvent(1), how));
    expect(failure).toBeInstanceOf(StreamDeletedError);
    expect(told(failure['streamName'])).toBe(name);
  });

  it('tells how much is too much', async () => {
    const large = jsonEvent({ type: 'Large', data: { text: 'x'.repeat(1024 * 1024) } });
    const failure = await failureOf(client.appendToStream(aName(), large, how));
    expect(failure).toBeInstanceOf(MaxAppendSizeExceededError);
    expect(failure).toMatchObject({ maxAppendSize: 1024 * 1024 });
  });

  it('does not write the stream of all', async () => {
    const failure = await failureOf(client.appendToStream('$all', anEvent(1), how));
    expect(failure).toBeInstanceOf(AccessDeniedError);
  });
});

describe.each([
  [
    'delete',
    (name: string, expectedRevision?: bigint) =>
      client.deleteStream(name, { expectedRevision: expectedRevision ?? 'any' }),
  ],
  [
    'tombstone',
    (name: string, expectedRevision?: bigint) =>
      client.tombstoneStream(name, { expectedRevision: expectedRevision ?? 'any' }),
  ],
])('a %s', (what, remove) => {
  it('names the stream, what was expected and what is', async () => {
    const name = aName();
    await client.appendToStream(name, [anEvent(1), anEvent(2)]);
    const failure = await failureOf(remove(name, 0n));
    expect(failure).toBeInstanceOf(WrongExpectedVersionError);
    expect(plain(failure['streamName'])).toBe(name);
    expect(failure).toMatchObject({ expectedVersion: 0n, actualVersion: 1n });
  });

  it('tells a deleted stream', async () => {
    const name = aName();
    await client.tombstoneStream(name);
    const failure = await failureOf(remove(name));
    expect(failure).toBeInstanceOf(StreamDeletedError);
    expect(plain(failure['streamName'])).toBe(name);
  });

  it(`${what === 'delete' ? 'needs' : 'needs no'} stream that was there`, async () => {
    const outcome = remove(aName()).then(
      () => 'done',
      (error: unknown) => (error as Error).constructor.name,
    );
    expect(await outcome).toBe(what === 'delete' ? 'WrongExpectedVersionError' : 'done');
  });
});

describe('a read', () => {
  it('tells a stream that is not there, and one that is deleted', async () => {
    const [absent, gone] = [aName(), aName()];
    await client.tombstoneStream(gone);
    const notFound = await failureOf(linesOf(client.readStream(absent)));
    expect(notFound).toBeInstanceOf(StreamNotFoundError);
    expect(notFound).toMatchObject({ streamName: absent });
    const deleted = await failureOf(linesOf(client.readStream(gone)));
    expect(deleted).toBeInstanceOf(StreamDeletedError);
    expect(plain(deleted['streamName'])).toBe(gone);
    const meta = await failureOf(linesOf(client.readStream(`$$${gone}`)));
    expect(plain(meta['streamName'])).toBe(`$$${gone}`);
  });

  it('forwards from the end is refused, as by the original', async () => {
    const name = aName();
    await client.appendToStream(name, anEvent(1));
    const read = client.readStream(name, { direction: FORWARDS, fromRevision: END });
    expect(await failureOf(linesOf(read))).toBeInstanceOf(UnknownError);
  });

  it.each([
    ['forwards, the position itself', FORWARDS, 1, ['1', '2']],
    ['backwards, what lies before it', BACKWARDS, 1, ['0']],
    ['forwards behind the last', FORWARDS, 3, []],
    ['backwards from before the first', BACKWARDS, 0, []],
  ] as const)('of all brings %s', async (_what, direction, at, brings) => {
    const name = aName();
    const places: bigint[] = [];
    for (const n of [0, 1, 2]) {
      const { position } = await client.appendToStream(name, anEvent(n));
      places.push(position?.commit ?? 0n);
    }
    places.push((places[2] ?? 0n) + 1n);
    const from = places[at] ?? 0n;
    const read = client.readAll({ direction, fromPosition: { commit: from, prepare: from } });
    const lines = (await linesOf(read)).filter((line) => line.includes(`@${name} `));
    expect(lines.map((line) => line.split('@')[0])).toEqual(brings);
  });

  it('of all from either end the other way is empty', async () => {
    expect(await linesOf(client.readAll({ direction: FORWARDS, fromPosition: END }))).toEqual([]);
    expect(await linesOf(client.readAll({ direction: BACKWARDS, fromPosition: START }))).toEqual(
      [],
    );
  });
});

describe('a group of consumers', () => {
  const group = 'gruppe-ü';

  it.each([
    [
      'update',
      (name: string) => client.updatePersistentSubscriptionToStream(name, group, settingsOf()),
    ],
    ['delete', (name: string) => client.deletePersistentSubscriptionToStream(name, group)],
    ['info', (name: string) => client.getPersistentSubscriptionToStreamInfo(name, group)],
    ['replay', (name: string) => client.replayParkedMessagesToStream(name, group)],
    ['list', (name: string) => client.listPersistentSubscriptionsToStream(name)],
    [
      'read',
      (name: string) => linesOf(client.subscribeToPersistentSubscriptionToStream(name, group)),
    ],
  ])('that is not there: %s says so', async (_what, call) => {
    const name = aName();
    const failure = await failureOf(call(name));
    expect(failure).toBeInstanceOf(PersistentSubscriptionDoesNotExistError);
    expect(plain(failure['streamName'])).toBe(name);
  });

  it('that is there already, or makes no sense', async () => {
    const name = aName();
    await client.createPersistentSubscriptionToStream(name, group, settingsOf());
    const twice = await failureOf(
      client.createPersistentSubscriptionToStream(name, group, settingsOf()),
    );
    expect(twice).toBeInstanceOf(PersistentSubscriptionExistsError);
    expect(plain(twice['groupName'])).toBe(group);
    const settings = settingsOf({ readBatchSize: 500, historyBufferSize: 500 });
    const odd = await failureOf(client.createPersistentSubscriptionToStream(name, 'odd', settings));
    expect(odd).toBeInstanceOf(PersistentSubscriptionFailedError);
    expect(String(odd['reason'])).toContain('may not be greater than or equal to BufferSize');
    const beyond = allSettingsOf({ startFrom: { commit: 2n ** 40n, prepare: 2n ** 40n } });
    const late = await failureOf(client.createPersistentSubscriptionToAll('late', beyond));
    expect(String(late['reason'])).toContain('Invalid Start From position');
  });

  it('takes so many consumers and no more, and tells them when it ends', async () => {
    const name = aName();
    const settings = settingsOf({ maxSubscriberCount: 1 });
    await client.createPersistentSubscriptionToStream(name, group, settings);
    const first = client.subscribeToPersistentSubscriptionToStream(name, group);
    await new Promise((resolve) => first.once('confirmation', resolve));
    const ended = new Promise((resolve) => first.once('error', resolve));
    const second = await failureOf(
      linesOf(client.subscribeToPersistentSubscriptionToStream(name, group)),
    );
    expect(second).toBeInstanceOf(PersistentSubscriptionMaximumSubscribersReachedError);
    await client.updatePersistentSubscriptionToStream(name, group, settings);
    const dropped = (await ended) as Record<string, unknown>;
    expect(dropped).toBeInstanceOf(PersistentSubscriptionDroppedError);
    expect(plain(dropped['streamName'])).toBe(name);
  });
});

describe('a subscription', () => {
  it('from beyond the end leaves out all up to there', async () => {
    const name = aName();
    const listener = new Listener(client.subscribeToStream(name, { fromRevision: 2n }));
    expect(await listener.hears(2)).toEqual(['confirmed', 'caught up']);
    await client.appendToStream(
      name,
      [0, 1, 2, 3].map((n) => anEvent(n)),
    );
    expect((await listener.hears(3)).slice(2)).toEqual([`3@${name} Thing 3`]);
    await listener.subscription.unsubscribe();
  });

  it('to a deleted stream ends at once, and says why', async () => {
    const name = aName();
    await client.tombstoneStream(name);
    const listener = new Listener(client.subscribeToStream(name, { fromRevision: START }));
    expect(await listener.hears(1)).toEqual(['error']);
    expect(listener.error).toBeInstanceOf(StreamDeletedError);
  });
});

it('serves two clients of one process, each its own', async () => {
  const other = bench.client(server);
  const [one, two] = [aName(), aName()];
  const appends = Array.from({ length: 50 }, (_, n) => [
    client.appendToStream(one, anEvent(n)),
    other.appendToStream(two, anEvent(n)),
  ]);
  await Promise.all(appends.flat());
  expect(await linesOf(other.readStream(one))).toHaveLength(50);
  expect(await linesOf(client.readStream(two))).toHaveLength(50);
  const [wrong, right] = await Promise.allSettled([
    client.appendToStream(one, anEvent(99), { expectedRevision: 0n }),
    other.appendToStream(two, anEvent(99)),
  ]);
  expect([wrong.status, right.status]).toEqual(['rejected', 'fulfilled']);
});

it('is found again by the same client after it was killed and started', async () => {
  const first = await bench.start('again');
  const away = bench.client(first);
  const name = aName();
  await away.appendToStream(name, anEvent(1));
  await first.kill('SIGKILL');
  expect(await failureOf(away.appendToStream(name, anEvent(2)))).toBeInstanceOf(Error);
  const second = bench.spawn(['--port', String(first.port), '--db', bench.directory('again')]);
  await second.ready;
  await away.appendToStream(name, anEvent(2)).catch(() => away.appendToStream(name, anEvent(2)));
  expect(await linesOf(away.readStream(name))).toEqual([`0@${name} Thing 1`, `1@${name} Thing 2`]);
});
