import type { EventStoreDBClient } from '@eventstore/db-client';
import { WireReader, WireWriter } from '../../src/eventstore-server/protocol/wire.codec.js';
import { anEvent, type RunningProcess, shareServer } from './eventstore-server.builder.js';
import { rawCall, type RawAnswer } from './raw-call.builder.js';

// Requests of reads that the official client never makes, and others do.

type Fill = (options: WireWriter) => WireWriter;

const PATH = '/event_store.client.streams.Streams/Read';
const BACKWARDS = 1;
const INVALID_ARGUMENT = 3;

let server: RunningProcess;
let client: EventStoreDBClient;
let names = 0;

shareServer('raw-reads', (shared) => ({ server, client } = shared));

function read(...parts: readonly Fill[]): Promise<RawAnswer> {
  const message = new WireWriter().message(1, (options) => {
    for (const fill of parts) fill(options);
  });
  return rawCall({ port: server.port, path: PATH }, message.finish());
}

const from =
  (stream: string, start: Fill): Fill =>
  (options) =>
    options.message(1, (source) => {
      start(source.message(1, (identifier) => identifier.string(3, stream)));
    });
const fromStart: Fill = (source) => source.empty(3);
const fromEnd: Fill = (source) => source.empty(4);
const fromRevision =
  (revision: number): Fill =>
  (source) =>
    source.uintAlways(2, revision);
const all: Fill = (options) => options.message(2, (source) => source.empty(2));
const count =
  (n: number): Fill =>
  (options) =>
    options.uintAlways(5, n);
const subscribing: Fill = (options) => options.empty(6);
const backwards: Fill = (options) => options.uint(3, BACKWARDS);
const noFilter: Fill = (options) => options.empty(8);
const filtered: Fill = (options) =>
  options.message(7, (filter) =>
    filter
      .message(1, (expression) => expression.string(2, 'x'))
      .empty(4)
      .uint(5, 1),
  );
const textIds: Fill = (options) => options.message(9, (form) => form.empty(2));
const tellingLast: Fill = (options) => options.message(10, (control) => control.uint(1, 1));

async function aStream(events: number): Promise<string> {
  names++;
  const name = `raw-${names}`;
  await client.appendToStream(
    name,
    Array.from({ length: events }, (_, n) => anEvent(n)),
  );
  return name;
}

/** The kind of each answer by its field, and the number in those that hold one. */
function kindsOf({ messages }: RawAnswer): string[] {
  return messages.map((message) => {
    const reader = new WireReader(message);
    const field = reader.next();
    if (field === 1) return 'event';
    if (field === 4) return 'not found';
    return field === 6 ? `last ${reader.uint64()}` : `field ${field}`;
  });
}

describe('a reader that asks for it is told the last revision of the stream', () => {
  it.each<[string, Fill[], string[]]>([
    ['behind all events', [fromStart, count(9)], ['event', 'event', 'event', 'last 2']],
    ['behind those it asked for', [fromStart, count(1)], ['event', 'last 2']],
    ['though nothing lies there', [fromRevision(7), count(9)], ['last 2']],
    ['backwards as well', [fromEnd, count(2), backwards], ['event', 'event', 'last 2']],
  ])('%s', async (_what, [start, ...rest], kinds) => {
    const name = await aStream(3);
    const source = from(name, start ?? fromStart);
    const answer = await read(source, ...rest, noFilter, textIds, tellingLast);
    expect(answer.status).toBe(0);
    expect(kindsOf(answer)).toEqual(kinds);
  });

  it('not of a stream that is not there, of $all, or unasked', async () => {
    const form = [count(1), noFilter, textIds];
    const absent = await read(from('raw-nowhere', fromStart), ...form, tellingLast);
    expect(kindsOf(absent)).toEqual(['not found']);
    expect(kindsOf(await read(all, ...form, tellingLast))).toEqual(['event']);
    const unasked = await read(from(await aStream(1), fromStart), ...form);
    expect(kindsOf(unasked)).toEqual(['event']);
  });
});

it.each<[string, Fill[]]>([
  ['a subscription backwards', [subscribing, backwards, noFilter, textIds]],
  ['a filter on a stream', [count(1), filtered, textIds]],
  ['no form of ids', [count(1), noFilter]],
  ['neither a count nor a subscription', [noFilter, textIds]],
  ['neither a filter nor its absence', [count(1), textIds]],
])('%s is refused before anything is sent', async (_what, parts) => {
  const answer = await read(from(await aStream(1), fromStart), ...parts);
  expect(answer.status).toBe(INVALID_ARGUMENT);
  expect(answer.messages).toEqual([]);
  expect(answer.message).not.toBe('');
});

it('a read of no stream and not of $all is refused', async () => {
  const answer = await read(count(1), noFilter, textIds);
  expect(answer.status).toBe(INVALID_ARGUMENT);
});
