import fc from 'fast-check';
import { frame, FrameSplitter } from './grpc-frames.codec.js';

describe('FrameSplitter', () => {
  it('finds the same messages however the transport cuts the bytes', () => {
    const messages = fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 8 });
    fc.assert(
      fc.property(messages, fc.integer({ min: 1, max: 40 }), (parts, chunkBytes) => {
        const expected = parts.map((part) => Buffer.from(part));
        const bytes = Buffer.concat(expected.map(frame));
        const splitter = new FrameSplitter();
        const found: Buffer[] = [];
        for (let at = 0; at < bytes.length; at += chunkBytes) {
          splitter.push(bytes.subarray(at, at + chunkBytes), (message) => found.push(message));
        }
        expect(found.map((message) => message.toString('hex'))).toStrictEqual(
          expected.map((message) => message.toString('hex')),
        );
        expect(splitter.isInside).toBe(false);
      }),
    );
  });

  it('tells that bytes of a message are missing', () => {
    const splitter = new FrameSplitter();
    splitter.push(frame(Buffer.from('abc')).subarray(0, 7), () => undefined);
    expect(splitter.isInside).toBe(true);
  });

  it('refuses compressed and oversized messages', () => {
    const push = (bytes: number[]): void =>
      new FrameSplitter().push(Buffer.from(bytes), () => undefined);
    expect(() => push([1, 0, 0, 0, 0])).toThrow('Compression is not supported.');
    expect(() => push([0, 255, 0, 0, 0])).toThrow('exceeds the maximum');
  });
});
