import {
  type ProposedEvent,
  writeRecordedEvent,
} from '../../eventstore-server/protocol/recorded-event.codec.js';
import {
  caughtUp,
  checkpoint,
  frameEvents,
} from '../../eventstore-server/protocol/read-response.codec.js';
import { parseReadRequest } from '../../eventstore-server/protocol/read-request.parse.js';
import { FRAME_HEADER_BYTES } from '../../eventstore-server/protocol/grpc-frames.codec.js';
import { parseUuid } from '../../eventstore-server/protocol/uuid.codec.js';
import { WireError, WireWriter } from '../../eventstore-server/protocol/wire.codec.js';
import { placedEventOf, readRequest } from './logged-event.codec.js';

const ID = '0b6d5b6e-93f3-8a6b-9d1e-0a1b2c3d4e5f';
const AT = 1_750_541_460_123;

function message(over: Partial<ProposedEvent> = {}, position = 4_096): Buffer {
  const uuid = parseUuid(ID);
  if (!uuid) throw new Error('Invariant: the id is one');
  const writer = new WireWriter();
  const event = {
    ...{ id: uuid, type: 'StopArmed', isJson: true },
    ...{ data: Buffer.from('{"a":"ß"}'), metadata: Buffer.from('{"version":1}') },
    ...over,
  };
  const place = { stream: 'stop-Ä', revision: 7, position, createdMs: AT };
  writeRecordedEvent(writer, event, place);
  return frameEvents([{ event: writer.finish(), link: undefined, position }]).subarray(
    FRAME_HEADER_BYTES,
  );
}

describe('an event as the log tells it', () => {
  it('has its name, place, time and what it says', () => {
    expect(placedEventOf(message())).toStrictEqual({
      position: 4_096n,
      event: {
        ...{ streamId: 'stop-Ä', id: ID, type: 'StopArmed', revision: 7, isJson: true },
        ...{ data: { a: 'ß' }, metadata: { version: 1 }, created: new Date(AT) },
      },
    });
  });

  it('keeps the text of what calls itself JSON and is none, and no data of what does not', () => {
    const nothing = Buffer.alloc(0);
    const torn = placedEventOf(message({ data: Buffer.from('{"a'), metadata: nothing }));
    expect(torn?.event).toMatchObject({ data: '{"a', metadata: undefined });
    expect(placedEventOf(message({ isJson: false }))?.event).toMatchObject({
      ...{ isJson: false, data: undefined, metadata: { version: 1 } },
    });
  });

  it('is not made of messages that carry none', () => {
    expect(placedEventOf(caughtUp())).toBeUndefined();
    expect(placedEventOf(checkpoint(77))).toBeUndefined();
  });

  it('is refused where anything of it is missing, or a number is not exact', () => {
    const whole = message();
    const cut = () => placedEventOf(whole.subarray(0, whole.length - 1));
    expect(cut).toThrow(WireError);
    expect(() => placedEventOf(message({}, 2 ** 53))).toThrow('is too large a number');
    const empty = new WireWriter().message(1, (event) => event.uint(3, 5)).finish();
    expect(() => placedEventOf(empty)).toThrow('an event lacks itself or its place');
    const bare = new WireWriter()
      .message(1, (event) => event.message(1, (recorded) => recorded.uint(3, 1)).uint(3, 5))
      .finish();
    expect(() => placedEventOf(bare)).toThrow('an event lacks its id, stream, type or time');
  });
});

describe('the question for all events', () => {
  it('names where to begin and the streams', () => {
    const wanted = { isBackwards: false, resolveLinks: false, structuredIds: false };
    const asked = parseReadRequest(readRequest(4_096n, ['stop-', 'order-']));
    expect(asked).toMatchObject({ ...wanted, stream: undefined, from: { at: 4_096 } });
    expect(parseReadRequest(readRequest('start', ['stop-']))).toMatchObject(wanted);
    expect(JSON.stringify(asked.filter)).toContain('order-');
  });
});
