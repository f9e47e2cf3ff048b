import type { EventStoreDBClient } from '@eventstore/db-client';
import { WireReader, WireWriter } from '../../src/eventstore-server/protocol/wire.codec.js';
import { anEvent, ID, type RunningProcess, shareServer } from './eventstore-server.builder.js';
import { rawCall, type RawAnswer } from './raw-call.builder.js';

// Answers as they are on the wire: what an answer lacks ends or hangs the process of the official client.

const STREAMS = '/event_store.client.streams.Streams';
const NO_STREAM = 3;
const ANY = 4;
const STREAM_EXISTS = 5;
const EXACTLY_SEVEN = 2;
const NO_IDENTIFIER = '';

let server: RunningProcess;
let client: EventStoreDBClient;
let names = 0;

shareServer('raw-writes', (shared) => ({ server, client } = shared));

const aName = (): string => `written-${++names}-ü`;

function call(method: string, ...messages: readonly WireWriter[]): Promise<RawAnswer> {
  const target = { port: server.port, path: `${STREAMS}/${method}` };
  return rawCall(
    target,
    messages.map((message) => message.finish()),
  );
}

/** Options of a write; the field tells what is expected of the stream, 0 nothing. */
function to(stream: string, expected: number) {
  return (options: WireWriter): void => {
    options.message(1, (identifier) => identifier.string(3, stream));
    if (expected === EXACTLY_SEVEN) options.uintAlways(expected, 7);
    else if (expected > 0) options.empty(expected);
  };
}

interface Proposed {
  readonly type?: string;
  readonly contentType?: string;
  readonly id?: string;
}

function event({ type = 'T', contentType = 'application/json', id = ID(1) }: Proposed = {}) {
  return (body: WireWriter): void => {
    body.message(1, (uuid) => uuid.string(2, id));
    for (const [key, value] of [
      ['type', type],
      ['content-type', contentType],
    ] as const) {
      if (value !== '') body.message(2, (entry) => entry.string(1, key).string(2, value));
    }
    body.bytes(4, Buffer.from('{}'));
  };
}

function batch(
  id: number,
  options: (writer: WireWriter) => void,
  events: readonly ReturnType<typeof event>[],
): WireWriter {
  const message = new WireWriter().message(1, (uuid) => uuid.string(2, ID(id)));
  message.message(2, options);
  for (const each of events) message.message(3, each);
  return message.bool(4, true);
}

interface BatchAnswer {
  readonly id: string;
  readonly stream: string;
  /** Of the error the status code, its text and the type of its detail; `success` else. */
  readonly says: string;
}

function readAnswer(message: Buffer): BatchAnswer {
  const answer = { id: '', stream: '', says: 'nothing' };
  const reader = new WireReader(message);
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) answer.id = reader.message().textOf(2);
    else if (field === 2) answer.says = errorIn(reader.message());
    else if (field === 4) answer.stream = reader.message().textOf(3);
    else {
      if (field === 3) answer.says = 'success';
      reader.skip();
    }
  }
  return answer;
}

function errorIn(reader: WireReader): string {
  let [code, message, detail] = [0, '', ''];
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) code = reader.uint64();
    else if (field === 2) message = reader.string();
    else if (field === 3) detail = reader.message().textOf(1).replace(/^.*\./, '');
    else reader.skip();
  }
  return `${code} ${message} ${detail}`;
}

describe('a batch is answered once, with its id, its stream and a detail', () => {
  it.each<[string, number, Proposed[], string]>([
    ['that is written', ANY, [{}], 'success'],
    ['without events', NO_STREAM, [], 'success'],
    ['to a stream that has to be there', STREAM_EXISTS, [{}], '6 WrongExpectedVersion'],
    ['at a revision that is not there', EXACTLY_SEVEN, [{}], '6 WrongExpectedVersion'],
    ['that expects nothing', 0, [{}], '3 BadRequest'],
    ['whose event has no type', ANY, [{ type: '' }], '3 BadRequest'],
    ['whose event has no content type', ANY, [{ contentType: '' }], '3 BadRequest'],
    ['whose event has no uuid', ANY, [{ id: 'one' }], '3 BadRequest'],
  ])('one %s', async (_what, expected, events, says) => {
    const stream = aName();
    const sound = batch(2, to(stream, ANY), [event({ id: ID(2) })]);
    const asked = batch(1, to(stream, expected), events.map(event));
    const { messages, status } = await call('BatchAppend', asked, sound);
    expect(status).toBe(0);
    const detail = says === 'success' ? says : `${says} ${says.slice(2)}`;
    // In any order: of several appends the first to be refused is answered first.
    const answers = messages.map(readAnswer).sort((a, b) => (a.id < b.id ? -1 : 1));
    expect(answers).toEqual([
      { id: ID(1), stream, says: detail },
      { id: ID(2), stream, says: 'success' },
    ]);
  });

  it('one to a stream that is deleted', async () => {
    const stream = aName();
    await client.tombstoneStream(stream);
    const { messages } = await call('BatchAppend', batch(1, to(stream, ANY), [event()]));
    const says = '5 StreamDeleted StreamDeleted';
    expect(messages.map(readAnswer)).toEqual([{ id: ID(1), stream, says }]);
  });

  it('one to a stream without a name', async () => {
    const asked = batch(1, to(NO_IDENTIFIER, ANY), [event()]);
    const { messages } = await call('BatchAppend', asked);
    const says = '3 BadRequest BadRequest';
    expect(messages.map(readAnswer)).toEqual([{ id: ID(1), stream: '', says }]);
  });
});

describe('a call that fails carries what the error is made of', () => {
  const options = (stream: string, expected: number): WireWriter =>
    new WireWriter().message(1, to(stream, expected));
  const proposed = (parts: Proposed): WireWriter => new WireWriter().message(2, event(parts));

  it.each<[string, Proposed]>([
    ['type', { type: '' }],
    ['content-type', { contentType: '' }],
  ])('an event without its %s', async (name, parts) => {
    const { status, message, trailers } = await call(
      'Append',
      options(aName(), ANY),
      proposed(parts),
    );
    expect([status, message]).toEqual([3, `Required Metadata Property '${name}' is missing`]);
    expect(trailers).toMatchObject({
      exception: 'missing-required-metadata-property',
      'required-metadata-properties': 'type,content-type',
    });
  });

  it.each(['Delete', 'Tombstone'])('a %s at a revision that is not there', async (method) => {
    const stream = aName();
    await client.appendToStream(stream, anEvent(1));
    const { status, trailers } = await call(method, options(stream, EXACTLY_SEVEN));
    expect(status).toBe(9);
    expect(trailers).toMatchObject({
      exception: 'wrong-expected-version',
      'stream-name': encodeURIComponent(stream),
      'expected-version': '7',
      'actual-version': '0',
    });
  });

  it.each<[string, () => WireWriter[]]>([
    ['an event before the options', () => [proposed({}), options(aName(), ANY)]],
    ['options that expect nothing', () => [options(aName(), 0), proposed({})]],
    ['nothing at all', () => []],
  ])('an append that begins with %s is refused', async (_what, messages) => {
    const answer = await call('Append', ...messages());
    expect(answer.status).toBe(3);
    expect(answer.messages).toEqual([]);
  });

  it('a method that is none', async () => {
    expect(await call('Misread', new WireWriter())).toMatchObject({ status: 12, messages: [] });
  });
});
