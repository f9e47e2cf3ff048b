import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BatchAppendHandler } from './batch-append.handler.js';
import { CommitClock } from './commit-clock.js';
import type { GrpcCall } from './grpc-call.transport.js';
import { DEFAULT_LIMITS } from './limits.js';
import { WireReader, WireWriter } from './protocol/wire.codec.js';
import { SegmentDirectory } from './log/segment-directory.js';
import { EventStore } from './streams/event-store.js';

const ID = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

/** The part of a call that the handler uses, with what was sent as short lines. */
class CallFake {
  readonly sent: string[] = [];
  isOpen = true;
  isBackedUp = false;
  private waiting: { readonly count: number; readonly resolve: () => void } | undefined;

  send(message: Buffer): void {
    this.note(lineOf(message));
  }

  end(): void {
    this.note('end');
  }

  pause(): void {
    throw new Error('nothing here is large enough to hold the client back');
  }

  async sends(count: number): Promise<string[]> {
    if (this.sent.length < count) {
      await new Promise<void>((resolve) => (this.waiting = { count, resolve }));
    }
    return this.sent;
  }

  private note(line: string): void {
    this.sent.push(line);
    if (this.waiting !== undefined && this.sent.length >= this.waiting.count)
      this.waiting.resolve();
  }
}

/** `correlation: revision` or `correlation: name of the error @ stream`. */
function lineOf(message: Buffer): string {
  const reader = new WireReader(message);
  const parts = { id: '', result: '', stream: '' };
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    const value = reader.message();
    value.next();
    if (field === 1) parts.id = value.string().slice(-1);
    else if (field === 2) {
      value.skip();
      value.next();
      parts.result = value.string();
    } else if (field === 3) parts.result = String(value.uint64());
    else parts.stream = value.string();
  }
  return `${parts.id}: ${parts.result} @ ${parts.stream}`;
}

interface Chunk {
  readonly id: number;
  readonly stream?: string;
  readonly events?: readonly number[];
  readonly type?: string;
  readonly bytes?: number;
  readonly isFinal?: boolean;
}

function aChunk({ id, stream, events = [], type = 'T', bytes = 2, isFinal = true }: Chunk): Buffer {
  const writer = new WireWriter();
  writer.message(1, (uuid) => uuid.string(2, ID(id)));
  if (stream !== undefined) {
    writer.message(2, (options) => options.message(1, (name) => name.string(3, stream)).empty(4));
  }
  for (const n of events) {
    writer.message(3, (event) =>
      event
        .message(1, (uuid) => uuid.string(2, ID(n)))
        .message(2, (entry) => entry.string(1, 'type').string(2, type))
        .message(2, (entry) => entry.string(1, 'content-type').string(2, 'application/json'))
        .bytes(4, Buffer.alloc(bytes, 'x')),
    );
  }
  return writer.bool(4, isFinal).finish();
}

let directory: string;
let store: EventStore;
let call: CallFake;
let clock: CommitClock;
let handler: BatchAppendHandler;
const ASSEMBLY_MS = 30;
const COMMIT_MS = 60_000;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'batch-append-'));
  store = await EventStore.open(SegmentDirectory.open(directory), {
    onFailure: (error) => {
      throw error;
    },
  });
  call = new CallFake();
  clock = new CommitClock(COMMIT_MS);
  const node = { store, assemblyMs: ASSEMBLY_MS, limits: DEFAULT_LIMITS, commits: clock };
  const access = { allows: () => true };
  handler = new BatchAppendHandler(call as unknown as GrpcCall, access, node);
});

afterEach(async () => {
  handler.onClosed();
  clock.stop();
  await store.close();
  rmSync(directory, { recursive: true });
});

const lastOf = (stream: string): number => store.index.find(stream)?.visibleLast ?? -1;

it('answers each append once, and takes its id again afterwards', async () => {
  handler.onMessage(aChunk({ id: 1, stream: 'a', events: [10, 11] }));
  handler.onMessage(aChunk({ id: 2, stream: 'b', events: [12] }));
  expect(await call.sends(2)).toStrictEqual(['1: 1 @ a', '2: 0 @ b']);
  handler.onMessage(aChunk({ id: 1, stream: 'a', events: [13] }));
  expect(await call.sends(3)).toStrictEqual(['1: 1 @ a', '2: 0 @ b', '1: 2 @ a']);
});

it('writes an append in chunks as one, when the last chunk is there', async () => {
  handler.onMessage(aChunk({ id: 1, stream: 'a', events: [10], isFinal: false }));
  handler.onMessage(aChunk({ id: 2, stream: 'a', events: [20] }));
  handler.onMessage(aChunk({ id: 1, events: [11] }));
  expect(await call.sends(2)).toStrictEqual(['2: 0 @ a', '1: 2 @ a']);
});

it.each<[string, Chunk]>([
  ['BadRequest', { id: 1, stream: 'a', events: [10], type: '', isFinal: false }],
  ['BadRequest', { id: 1, stream: '', events: [10] }],
  ['BadRequest', { id: 1, stream: '$$', events: [10] }],
  ['AccessDenied', { id: 1, stream: '$all', events: [10] }],
  ['MaximumAppendSizeExceeded', { id: 1, stream: 'a', events: [10], bytes: 1024 * 1024 + 1 }],
])('answers %s once, and ignores what still comes of it', async (name, chunk) => {
  handler.onMessage(aChunk(chunk));
  handler.onMessage(aChunk({ id: 1, events: [11] }));
  handler.onMessage(aChunk({ id: 2, stream: 'other', events: [20] }));
  const stream = chunk.stream ?? '';
  expect(await call.sends(2)).toStrictEqual([`1: ${name} @ ${stream}`, '2: 0 @ other']);
  expect(lastOf('a')).toBe(-1);
});

it('gives up on an append whose last chunk does not come, and ends then if asked to', async () => {
  handler.onMessage(aChunk({ id: 1, stream: 'a', events: [10], isFinal: false }));
  handler.onHalfClose();
  expect(call.sent).toStrictEqual([]);
  expect(await call.sends(2)).toStrictEqual(['1: Timeout @ a', 'end']);
  expect(lastOf('a')).toBe(-1);
});

it('answers everything before it ends the call', async () => {
  handler.onMessage(aChunk({ id: 1, stream: 'a', events: [10] }));
  handler.onMessage(aChunk({ id: 2, stream: 'a', events: [11] }));
  handler.onHalfClose();
  expect(await call.sends(3)).toStrictEqual(['1: 0 @ a', '2: 1 @ a', 'end']);
});
