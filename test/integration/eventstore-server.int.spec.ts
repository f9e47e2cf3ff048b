import {
  ANY,
  BACKWARDS,
  END,
  type EventStoreDBClient,
  FORWARDS,
  NO_STREAM,
  START,
  STREAM_EXISTS,
  StreamDeletedError,
  StreamNotFoundError,
  WrongExpectedVersionError,
} from '@eventstore/db-client';
import { anEvent, ID, linesOf, shareServer } from './eventstore-server.builder.js';

let client: EventStoreDBClient;

shareServer('db', (shared) => ({ client } = shared));

const credentials = { username: 'admin', password: 'changeit' };

describe.each([
  ['by BatchAppend', {}],
  ['by Append', { credentials }],
])('an append %s', (how, path) => {
  const stream = `append-${how.slice(3)}`;

  it('is numbered from 0 and can be read back with everything it had', async () => {
    const metadata = { $correlationId: 'c' };
    const written = await client.appendToStream(stream, [{ ...anEvent(1), metadata }, anEvent(2)], {
      expectedRevision: NO_STREAM,
      ...path,
    });
    expect(written).toStrictEqual({
      success: true,
      nextExpectedRevision: 1n,
      position: written.position,
    });
    const read = [];
    for await (const { event } of client.readStream(stream)) read.push(event);
    expect(read.map((event) => ({ ...event, created: 0, position: 0 }))).toStrictEqual([
      {
        id: ID(1),
        streamId: stream,
        revision: 0n,
        type: 'Thing',
        isJson: true,
        data: { n: 1 },
        metadata,
        created: 0,
        position: 0,
      },
      {
        id: ID(2),
        streamId: stream,
        revision: 1n,
        type: 'Thing',
        isJson: true,
        data: { n: 2 },
        metadata: undefined,
        created: 0,
        position: 0,
      },
    ]);
    expect(read[1]?.position).toStrictEqual(written.position);
  });

  it.each([
    ['no_stream', NO_STREAM, 'no_stream'],
    ['a revision before the last', 0n, 0n],
    ['a revision after the last', 7n, 7n],
  ] as const)('is refused when it expects %s', async (_what, expectedRevision, expectedVersion) => {
    const failed = client.appendToStream(stream, anEvent(9), { expectedRevision, ...path });
    const error = await failed.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(WrongExpectedVersionError);
    expect(error).toMatchObject({ streamName: stream, expectedVersion, actualVersion: 1n });
  });

  it('is written once however often it is repeated', async () => {
    const once = `${stream}-once`;
    const events = [anEvent(11), anEvent(12)];
    const first = await client.appendToStream(once, events, { expectedRevision: ANY, ...path });
    for (const expectedRevision of [ANY, NO_STREAM, STREAM_EXISTS] as const) {
      const again = await client.appendToStream(once, events, { expectedRevision, ...path });
      expect(again).toStrictEqual(first);
    }
    expect(await linesOf(client.readStream(once))).toStrictEqual([
      `0@${once} Thing 11`,
      `1@${once} Thing 12`,
    ]);
  });
});

it('keeps the order of appends that are sent without waiting', async () => {
  await client.appendToStream('pipelined', anEvent(0));
  const numbers = Array.from({ length: 300 }, (_, i) => i + 1);
  const answers = await Promise.all(
    numbers.map((n) =>
      client.appendToStream('pipelined', anEvent(n), { expectedRevision: BigInt(n - 1) }),
    ),
  );
  expect(answers.map((answer) => answer.nextExpectedRevision)).toStrictEqual(numbers.map(BigInt));
});

describe('a stream of six events', () => {
  beforeAll(() =>
    client.appendToStream(
      'six',
      [0, 1, 2, 3, 4, 5].map((n) => anEvent(n)),
    ),
  );

  it.each([
    ['forwards from a revision', { fromRevision: 2n, maxCount: 2, direction: FORWARDS }, [2, 3]],
    ['forwards beyond the end', { fromRevision: 9n, direction: FORWARDS }, []],
    ['backwards from the end', { fromRevision: END, maxCount: 2, direction: BACKWARDS }, [5, 4]],
    ['backwards from a revision', { fromRevision: 1n, direction: BACKWARDS }, [1, 0]],
    [
      'backwards from beyond the end',
      { fromRevision: 99n, maxCount: 1, direction: BACKWARDS },
      [5],
    ],
  ] as const)('is read %s', async (_how, options, numbers) => {
    expect(await linesOf(client.readStream('six', options))).toStrictEqual(
      numbers.map((n) => `${String(n)}@six Thing ${String(n)}`),
    );
  });

  it('shows what its metadata leaves', async () => {
    await client.setStreamMetadata('six', { maxCount: 2 });
    expect(await linesOf(client.readStream('six'))).toStrictEqual([
      '4@six Thing 4',
      '5@six Thing 5',
    ]);
    await client.setStreamMetadata('six', { truncateBefore: 5, owner: 'me' });
    expect(await linesOf(client.readStream('six'))).toStrictEqual(['5@six Thing 5']);
    const { metadata } = await client.getStreamMetadata('six');
    expect(metadata).toStrictEqual({ truncateBefore: 5, owner: 'me' });
  });
});

it('reads all of a long stream in both directions', async () => {
  const numbers = Array.from({ length: 2000 }, (_, i) => i);
  await client.appendToStream(
    'long',
    numbers.map((n) => anEvent(n)),
  );
  const lines = numbers.map((n) => `${String(n)}@long Thing ${String(n)}`);
  expect(await linesOf(client.readStream('long'))).toStrictEqual(lines);
  expect(
    await linesOf(client.readStream('long', { direction: BACKWARDS, fromRevision: END })),
  ).toStrictEqual(lines.reverse());
});

it('continues the numbers of a deleted stream and hides what was there', async () => {
  await client.appendToStream('deleted', [anEvent(0), anEvent(1)]);
  await client.deleteStream('deleted', { expectedRevision: 1n });
  await expect(linesOf(client.readStream('deleted'))).rejects.toBeInstanceOf(StreamNotFoundError);
  await client.appendToStream('deleted', anEvent(2), { expectedRevision: NO_STREAM });
  expect(await linesOf(client.readStream('deleted'))).toStrictEqual(['2@deleted Thing 2']);
});

it('never lets a tombstoned stream be read or written again', async () => {
  await client.appendToStream('größe-流', anEvent(0));
  await client.tombstoneStream('größe-流');
  await expect(client.appendToStream('größe-流', anEvent(1))).rejects.toBeInstanceOf(
    StreamDeletedError,
  );
  const error = await linesOf(client.readStream('größe-流')).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(StreamDeletedError);
  // Trailers hold ASCII only, so the name comes percent-encoded.
  expect((error as StreamDeletedError).streamName).toBe('gr%C3%B6%C3%9Fe-%E6%B5%81');
});

it('resolves links, also those that lead nowhere', async () => {
  await client.appendToStream('target', [anEvent(0), anEvent(1)]);
  const link = (text: string): { type: string; data: Uint8Array; contentType: string } => ({
    type: '$>',
    data: Buffer.from(text),
    contentType: 'application/octet-stream',
  });
  await client.appendToStream('links', [
    { ...anEvent(100), ...link('1@target') } as never,
    { ...anEvent(101), ...link('9@target') } as never,
  ]);
  expect(await linesOf(client.readStream('links', { resolveLinkTos: true }))).toStrictEqual([
    '0@links $> → 1@target Thing 1',
    '1@links $> → nothing',
  ]);
});

it('orders $all by the writes, in strictly rising positions', async () => {
  const first = await client.appendToStream('all-a', [anEvent(0), anEvent(1)]);
  const last = await client.appendToStream('all-b', anEvent(2));
  if (first.position === undefined || last.position === undefined) throw new Error('no position');
  expect(await linesOf(client.readAll({ fromPosition: first.position }))).toStrictEqual([
    '1@all-a Thing 1',
    '0@all-b Thing 2',
  ]);
  expect(
    await linesOf(
      client.readAll({ fromPosition: last.position, direction: BACKWARDS, maxCount: 2 }),
    ),
  ).toStrictEqual(['1@all-a Thing 1', '0@all-a Thing 0']);
  let before = -1n;
  for await (const { event } of client.readAll({ fromPosition: START })) {
    const { commit, prepare } = event?.position ?? { commit: -1n, prepare: -1n };
    expect(commit).toBe(prepare);
    expect(commit > before).toBe(true);
    before = commit;
  }
});

it('takes an append of exactly 1 MiB of data and refuses one byte more', async () => {
  const sized = (bytes: number): never =>
    ({
      ...anEvent(bytes),
      data: new Uint8Array(bytes),
      contentType: 'application/octet-stream',
    }) as never;
  const { success } = await client.appendToStream('sized', sized(1024 * 1024));
  expect(success).toBe(true);
  await expect(client.appendToStream('sized', sized(1024 * 1024 + 1))).rejects.toMatchObject({
    type: 'maximum-append-size-exceeded',
  });
});

it.each(['', '$$', '$all'])('refuses to write a stream named "%s"', async (name) => {
  const error: unknown = await client
    .appendToStream(name, anEvent(0))
    .catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(Error);
});
