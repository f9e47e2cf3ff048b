import fc from 'fast-check';
import { parseAppendMessage, parseBatchChunk, parseProposedEvent } from './append-request.parse.js';
import { GrpcError } from './grpc-status.js';
import { parseReadRequest } from './read-request.parse.js';
import {
  type ProposedEvent,
  readRecordedEvent,
  writeRecordedEvent,
} from './recorded-event.codec.js';
import { parseUuid, readUuid, writeStructuredUuid } from './uuid.codec.js';
import { putVarint, varintSize, WireError, WireReader, WireWriter } from './wire.codec.js';

const UUID_TEXT = '7d444840-9dc0-11d1-b245-5ffdce74fad2';

function anId(text = UUID_TEXT): NonNullable<ReturnType<typeof parseUuid>> {
  const id = parseUuid(text);
  if (id === undefined) throw new Error(`'${text}' is no uuid`);
  return id;
}

describe('numbers on the wire', () => {
  it.each([0, 1, 127, 128, 16383, 16384, 2 ** 31 - 1, 2 ** 31, 2 ** 32, Number.MAX_SAFE_INTEGER])(
    'reads %d back as it was written',
    (value) => {
      const bytes = new WireWriter().uintAlways(1, value).finish();
      const reader = new WireReader(bytes);
      expect(reader.next()).toBe(1);
      expect(reader.uint64()).toBe(value);
      expect(reader.next()).toBe(0);
      expect(putVarint(Buffer.alloc(10), 0, value)).toBe(varintSize(value));
    },
  );

  it.each([0n, 2n ** 53n + 1n, 2n ** 63n - 1n, 2n ** 64n - 1n])(
    'keeps all 64 bits of %d',
    (value) => {
      const reader = new WireReader(new WireWriter().uintAlways(3, value).finish());
      expect(reader.next()).toBe(3);
      expect(reader.uint64Exact()).toBe(value);
    },
  );

  it('leaves a default value out and keeps a member of a oneof', () => {
    expect(new WireWriter().uint(1, 0).finish()).toStrictEqual(Buffer.alloc(0));
    expect(new WireWriter().uintAlways(1, 0).finish()).toStrictEqual(Buffer.from([8, 0]));
  });

  it('nests messages of any length', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40_000 }), (data) => {
        const bytes = new WireWriter(1)
          .message(1, (outer) => outer.message(2, (inner) => inner.bytes(3, Buffer.from(data))))
          .uint(4, 5)
          .finish();
        const reader = new WireReader(bytes);
        expect(reader.next()).toBe(1);
        const outer = reader.message();
        expect(outer.next()).toBe(2);
        const inner = outer.message();
        expect(inner.next()).toBe(3);
        expect(inner.bytes().equals(data)).toBe(true);
        expect(reader.next()).toBe(4);
        expect(reader.uint64()).toBe(5);
      }),
      { numRuns: 50 },
    );
  });
});

describe('events on the wire', () => {
  it('reads a recorded event back as it was written', () => {
    const bytes = fc.uint8Array({ maxLength: 300 }).map((data) => Buffer.from(data));
    const event = fc.record({
      id: fc.uuid().map(anId),
      type: fc.string({ minLength: 1, unit: 'grapheme' }),
      isJson: fc.boolean(),
      data: bytes,
      metadata: bytes,
    });
    const place = fc.record({
      stream: fc.string({ minLength: 1, unit: 'grapheme' }),
      revision: fc.nat(),
      position: fc.maxSafeNat(),
      createdMs: fc.nat(),
    });
    fc.assert(
      fc.property(event, place, (proposed: ProposedEvent, at) => {
        const writer = new WireWriter();
        writeRecordedEvent(writer, proposed, at);
        const { stream, revision, createdMs } = at;
        expect(readRecordedEvent(writer.finish())).toStrictEqual({
          ...proposed,
          stream,
          revision: BigInt(revision),
          createdMs,
        });
      }),
    );
  });

  it('reads a uuid in both of its forms', () => {
    const text = new WireWriter().string(2, UUID_TEXT.toUpperCase()).finish();
    const structured = new WireWriter();
    writeStructuredUuid(structured, anId());
    expect(readUuid(new WireReader(text))).toStrictEqual(anId());
    expect(readUuid(new WireReader(structured.finish()))).toStrictEqual(anId());
    expect(
      readUuid(new WireReader(new WireWriter().string(2, 'no uuid').finish())),
    ).toBeUndefined();
  });
});

describe('bytes from anywhere', () => {
  const parsers: Readonly<Record<string, (message: Buffer) => unknown>> = {
    parseAppendMessage,
    parseBatchChunk,
    parseProposedEvent,
    parseReadRequest,
    readRecordedEvent,
  };

  it.each(Object.entries(parsers))('%s takes or refuses them, and never fails', (_name, parse) => {
    const bytes = fc.uint8Array({ maxLength: 200 });
    // Small tags and lengths reach deeper than random bytes do.
    const likely = fc.array(fc.constantFrom(0, 1, 2, 8, 10, 18, 26, 34, 42, 66, 74, 255), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(fc.oneof(bytes, likely), (message) => {
        try {
          parse(Buffer.from(message));
        } catch (error) {
          expect(error instanceof WireError || error instanceof GrpcError).toBe(true);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
