import {
  ANY,
  type AppendExpectedRevision,
  type AppendResult,
  type EventStoreDBClient,
  jsonEvent,
  NO_STREAM,
  STREAM_EXISTS,
  StreamDeletedError,
  WrongExpectedVersionError,
} from '@eventstore/db-client';
import {
  ALONE,
  linesOf,
  type RunningProcess,
  type ServerBench,
  shareServer,
} from './eventstore-server.builder.js';

let bench: ServerBench;
let server: RunningProcess;
let client: EventStoreDBClient;
let names = 0;

shareServer('decisions', (shared) => ({ bench, server, client } = shared));

/** One event a letter: the letter stands for its id within a stream. */
function eventsOf(stream: string, letters: string): ReturnType<typeof jsonEvent>[] {
  const no = stream.replace(/\D/g, '').padStart(4, '0');
  return Array.from(letters, (letter) => {
    const code = letter.charCodeAt(0).toString(16).padStart(12, '0');
    return jsonEvent({ id: `00000000-${no}-4000-8000-${code}`, type: letter, data: {} });
  });
}

/** What was done to the stream before. */
const HISTORIES = {
  'a new stream': [],
  'metadata alone': ['hide 0'],
  'a b c': ['write abc'],
  'a b c, one by one': ['write a', 'write b', 'write c'],
  'a b c a': ['write abc', 'again a'],
  'a b c, deleted': ['write abc', 'delete'],
  'a b c, a hidden': ['write abc', 'hide 1'],
  'a b c, deleted, d': ['write abc', 'delete', 'write d'],
  'a b c, a tombstone': ['write abc', 'tombstone'],
  'a tombstone alone': ['tombstone'],
} as const;

/** Does it; returns the positions of the events by revision. */
async function prepare(stream: string, history: keyof typeof HISTORIES): Promise<bigint[]> {
  const positions: bigint[] = [];
  for (const step of HISTORIES[history]) {
    const [what, how = ''] = step.split(' ');
    if (what === 'delete') await client.deleteStream(stream);
    else if (what === 'tombstone') await client.tombstoneStream(stream);
    else if (what === 'hide') await client.setStreamMetadata(stream, { truncateBefore: +how });
    else {
      const expectedRevision = what === 'again' ? BigInt(positions.length - 1) : ANY;
      await client.appendToStream(stream, eventsOf(stream, how), { expectedRevision });
      await note(stream, positions);
    }
  }
  return positions;
}

async function note(stream: string, positions: bigint[]): Promise<void> {
  for await (const { event } of client.readStream(stream)) {
    if (event?.position !== undefined) positions[Number(event.revision)] = event.position.commit;
  }
}

/** What came of an append, in a few words: where it ends, and whether that is the place of an event of before. */
async function outcomeOf(
  stream: string,
  appended: Promise<AppendResult>,
  before: readonly bigint[],
): Promise<string> {
  try {
    const { nextExpectedRevision, position } = await appended;
    const end = nextExpectedRevision.toString();
    if (position === undefined) return `known up to ${end}, out of sight`;
    const isNew = before.every((place) => position.commit > place);
    if (isNew) return `written up to ${end}`;
    expect(position.commit).toBe(before[Number(end)]);
    return `known up to ${end}`;
  } catch (error) {
    if (error instanceof StreamDeletedError) return 'deleted';
    if (!(error instanceof WrongExpectedVersionError)) throw error;
    expect(error.streamName).toBe(stream);
    return `wrong at ${error.actualVersion.toString()}`;
  }
}

type Row = readonly [keyof typeof HISTORIES, AppendExpectedRevision, string, string];

// The numbers are those of the rules that decide (wire contract, 5.4).
const ROWS: readonly (readonly [number, ...Row])[] = [
  [1, 'a new stream', ANY, 'a', 'written up to 0'],
  [1, 'a new stream', NO_STREAM, 'ab', 'written up to 1'],
  [1, 'a new stream', 0n, 'a', 'wrong at no_stream'],
  [1, 'a new stream', STREAM_EXISTS, 'a', 'wrong at no_stream'],
  [1, 'a new stream', ANY, '', 'written up to 0'],
  [2, 'a b c, a tombstone', ANY, 'd', 'deleted'],
  [2, 'a b c, a tombstone', ANY, 'a', 'deleted'],
  [2, 'a b c, a tombstone', NO_STREAM, 'abc', 'deleted'],
  [2, 'a b c, a tombstone', STREAM_EXISTS, 'd', 'deleted'],
  [2, 'a b c, a tombstone', 2n, 'd', 'deleted'],
  [2, 'a b c, a tombstone', ANY, '', 'deleted'],
  [2, 'a tombstone alone', NO_STREAM, 'a', 'deleted'],
  [3, 'a b c', STREAM_EXISTS, 'd', 'written up to 3'],
  [3, 'metadata alone', STREAM_EXISTS, 'a', 'written up to 0'],
  [3, 'a b c, deleted', STREAM_EXISTS, 'd', 'deleted'],
  [3, 'a b c, deleted', STREAM_EXISTS, 'a', 'deleted'],
  [3, 'a b c, deleted, d', STREAM_EXISTS, 'e', 'written up to 4'],
  [4, 'a b c', ANY, 'd', 'written up to 3'],
  [4, 'a b c', ANY, 'da', 'written up to 4'],
  [4, 'a b c', ANY, 'ad', 'wrong at 2'],
  [4, 'a b c', STREAM_EXISTS, 'abd', 'wrong at 2'],
  [4, 'a b c', ANY, 'abc', 'known up to 2'],
  [4, 'a b c', STREAM_EXISTS, 'ab', 'known up to 1'],
  [4, 'a b c', ANY, 'b', 'known up to 1'],
  [4, 'a b c, one by one', ANY, 'abc', 'known up to 2'],
  [4, 'a b c', ANY, 'ac', 'known up to 2'],
  [4, 'a b c', ANY, 'cba', 'known up to 0'],
  [4, 'a b c a', ANY, 'a', 'known up to 0'],
  [4, 'a b c, a hidden', ANY, 'a', 'known up to 0, out of sight'],
  [4, 'a b c, a hidden', ANY, 'ab', 'known up to 1'],
  [4, 'a b c, deleted', ANY, 'abc', 'known up to 2, out of sight'],
  [4, 'a b c, deleted, d', ANY, 'a', 'known up to 0, out of sight'],
  [4, 'a b c', ANY, '', 'written up to 2'],
  [5, 'a b c', NO_STREAM, 'abc', 'known up to 2'],
  [5, 'a b c', NO_STREAM, 'ab', 'known up to 1'],
  [5, 'a b c', NO_STREAM, 'd', 'wrong at 2'],
  [5, 'a b c', NO_STREAM, 'abcd', 'wrong at 2'],
  [5, 'a b c', NO_STREAM, 'ac', 'wrong at 2'],
  [5, 'a b c', NO_STREAM, '', 'wrong at 2'],
  [5, 'a b c', 0n, 'bc', 'known up to 2'],
  [5, 'a b c', 0n, 'c', 'wrong at 2'],
  [5, 'a b c', 1n, 'c', 'known up to 2'],
  [5, 'a b c, a hidden', NO_STREAM, 'a', 'known up to 0, out of sight'],
  [5, 'a b c, deleted', NO_STREAM, 'd', 'written up to 3'],
  [5, 'a b c, deleted', NO_STREAM, 'ab', 'known up to 1, out of sight'],
  [5, 'a b c, deleted', NO_STREAM, 'ad', 'wrong at 2'],
  [5, 'a b c, deleted', 0n, 'bc', 'known up to 2, out of sight'],
  [5, 'a b c, deleted', 0n, 'd', 'wrong at 2'],
  [6, 'a b c', 3n, 'd', 'wrong at 2'],
  [6, 'a b c', 2n ** 62n, 'a', 'wrong at 2'],
  [6, 'a b c, deleted', 3n, 'd', 'wrong at 2'],
  [7, 'a b c', 2n, 'd', 'written up to 3'],
  [7, 'a b c', 2n, 'abc', 'written up to 5'],
  [7, 'a b c', 2n, '', 'written up to 2'],
  [7, 'a b c, deleted', 2n, 'd', 'written up to 3'],
  [7, 'a b c, deleted, d', 3n, 'e', 'written up to 4'],
];

describe.each([
  ['a batch', {}],
  ['a call of its own', ALONE],
])('an append by %s', (_way, how) => {
  it.each(ROWS)('by rule %d: to %s, expecting %s, of "%s" is %s', async (...row) => {
    const [, history, expectedRevision, letters, outcome] = row;
    const stream = `decided-${names++}`;
    const before = await prepare(stream, history);
    const options = { expectedRevision, ...how };
    const appended = client.appendToStream(stream, eventsOf(stream, letters), options);
    expect(await outcomeOf(stream, appended, before)).toBe(outcome);
  });
});

it('knows what was written before it was started again, whatever was expected', async () => {
  await client.appendToStream('restarted-9000', eventsOf('restarted-9000', 'abc'));
  await server.kill('SIGKILL');
  server = await bench.start('decisions');
  client = bench.client(server);
  for (const expectedRevision of [ANY, NO_STREAM, STREAM_EXISTS] as const) {
    const events = eventsOf('restarted-9000', 'abc');
    const done = await client.appendToStream('restarted-9000', events, { expectedRevision });
    expect(done).toMatchObject({ success: true, nextExpectedRevision: 2n });
  }
  const lines = await linesOf(client.readStream('restarted-9000'));
  expect(lines.map((line) => line.split(' ')[1])).toEqual(['a', 'b', 'c']);
});
