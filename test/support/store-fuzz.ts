import { once } from 'node:events';
import { type ClientHttp2Session, connect } from 'node:http2';
import { connect as connectTcp } from 'node:net';
import { frame, FrameSplitter } from '../../src/eventstore-server/protocol/grpc-frames.codec.js';
import { Seeded } from './seeded.js';
import { STORE_REQUESTS } from './store-messages.js';

export interface FuzzCounts {
  /** Calls by the status that they were answered with; `none` for those still open when their session ended. */
  readonly statuses: Map<string, number>;
  /** Answers that only a fault of the server explains. */
  readonly faults: string[];
  /** Connections by raw bytes, and those the server did not close when the peer had. */
  connections: number;
  leftOpen: number;
}

const CALLS_PER_SESSION = 100;
const PARALLEL_CONNECTIONS = 500;
const CLOSE_MS_MAX = 10_000;
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');
const HEADERS_END_HEADERS = 0x4;
const FRAMES_MAX = 8;
const GRPC_INTERNAL = '13';
/** The only faults of this kind that the protocol itself has. */
const STATED_EXCEPTIONS = new Set(['persistent-subscription-failed']);

export function emptyCounts(): FuzzCounts {
  return { statuses: new Map(), faults: [], connections: 0, leftOpen: 0 };
}

/** Sends calls whose messages, or the frames around them, are broken in ways that the seed decides. */
export async function fuzzCalls(
  port: number,
  { seed, count }: { readonly seed: number; readonly count: number },
  into: FuzzCounts,
): Promise<void> {
  const random = new Seeded(seed);
  for (let left = count; left > 0; left -= CALLS_PER_SESSION) {
    const session = connect(`http://127.0.0.1:${port}`);
    session.on('error', () => undefined);
    await once(session, 'connect');
    const ended: Promise<void>[] = [];
    for (let i = 0; i < Math.min(left, CALLS_PER_SESSION); i++) {
      ended.push(sendBroken(session, random, into));
    }
    // Behind the answer to a ping everything that was sent before it has been looked at.
    for (let i = 0; i < 2; i++) await pinged(session);
    session.destroy();
    await Promise.all(ended);
  }
}

function pinged(session: ClientHttp2Session): Promise<void> {
  return new Promise((resolve) => {
    session.once('close', resolve);
    if (session.destroyed || !session.ping(() => resolve())) resolve(); // It is closed already.
  });
}

function sendBroken(session: ClientHttp2Session, random: Seeded, into: FuzzCounts): Promise<void> {
  const request = random.oneOf(STORE_REQUESTS);
  const frames = Buffer.concat(request.messages.map((message) => frame(broken(message, random))));
  const bytes = random.happens(0.2) ? broken(frames, random) : frames;
  const stream = session.request({
    ':method': 'POST',
    ':path': request.path,
    'content-type': 'application/grpc',
    te: 'trailers',
  });
  let headers: Readonly<Record<string, unknown>> = {};
  const note = (more: object): void => void (headers = { ...headers, ...more });
  stream.on('response', note);
  stream.on('trailers', note);
  stream.on('error', () => undefined);
  const splitter = new FrameSplitter();
  stream.on('data', (chunk: Buffer) => splitter.push(chunk, () => undefined));
  stream.end(bytes);
  return new Promise((resolve) => {
    stream.on('close', () => {
      const status = textOf(headers['grpc-status'] ?? 'none');
      into.statuses.set(status, (into.statuses.get(status) ?? 0) + 1);
      const isFault =
        status === GRPC_INTERNAL && !STATED_EXCEPTIONS.has(textOf(headers['exception']));
      if (isFault) {
        const text = `${request.path}: ${textOf(headers['grpc-message'])} for ${bytes.toString('hex')}`;
        into.faults.push(text.slice(0, 1000));
      }
      resolve();
    });
  });
}

/** Opens connections that speak HTTP/2, or something like it. */
export async function fuzzConnections(
  port: number,
  { seed, count }: { readonly seed: number; readonly count: number },
  into: FuzzCounts,
): Promise<void> {
  const random = new Seeded(seed);
  for (let left = count; left > 0; left -= PARALLEL_CONNECTIONS) {
    const batch = Array.from({ length: Math.min(left, PARALLEL_CONNECTIONS) }, () =>
      connection(random),
    );
    await Promise.all(batch.map((bytes) => sendRaw(port, bytes, into)));
  }
}

function sendRaw(port: number, bytes: Buffer, into: FuzzCounts): Promise<void> {
  into.connections++;
  return new Promise((resolve) => {
    const socket = connectTcp({ port, host: '127.0.0.1', allowHalfOpen: true });
    const late = setTimeout(() => {
      into.leftOpen++;
      socket.destroy();
    }, CLOSE_MS_MAX);
    // A reset leaves no port behind that waits: there are only so many of them.
    socket.on('end', () => socket.resetAndDestroy());
    socket.on('error', () => undefined);
    socket.on('data', () => undefined);
    socket.on('close', () => {
      clearTimeout(late);
      resolve();
    });
    socket.end(bytes);
  });
}

function connection(random: Seeded): Buffer {
  const parts = [
    PREFACE,
    http2Frame({ type: FRAME_SETTINGS, flags: 0, stream: 0 }, Buffer.alloc(0)),
  ];
  const count = random.between(1, FRAMES_MAX);
  for (let i = 0; i < count; i++) parts.push(soundOrStrange(random, 2 * i + 1));
  const bytes = Buffer.concat(parts);
  if (random.happens(0.3)) return bytes;
  return broken(bytes, random);
}

const FRAME_SETTINGS = 0x4;
const FRAME_HEADERS = 0x1;
const FRAME_HEADER_BYTES = 9;
const FRAME_DATA = 0x0;
const FLAG_END_STREAM = 0x1;

function soundOrStrange(random: Seeded, stream: number): Buffer {
  if (random.happens(0.3)) {
    const place = {
      type: random.between(0, 12),
      flags: random.between(0, 255),
      stream: random.oneOf([0, stream, 1, 2, 0x7fffffff]),
    };
    return http2Frame(place, noise(random, random.between(0, 40)));
  }
  const { path, messages } = random.oneOf(STORE_REQUESTS);
  const headers = Buffer.concat([
    header(':method', 'POST'),
    header(':scheme', 'http'),
    header(':path', path),
    header(':authority', 'localhost'),
    header('content-type', 'application/grpc'),
    header('te', 'trailers'),
  ]);
  const body = Buffer.concat(messages.map((message) => frame(message)));
  return Buffer.concat([
    http2Frame({ type: FRAME_HEADERS, flags: HEADERS_END_HEADERS, stream }, headers),
    http2Frame({ type: FRAME_DATA, flags: FLAG_END_STREAM, stream }, broken(body, random)),
  ]);
}

function http2Frame(
  {
    type,
    flags,
    stream,
  }: { readonly type: number; readonly flags: number; readonly stream: number },
  payload: Buffer,
): Buffer {
  const head = Buffer.alloc(FRAME_HEADER_BYTES);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** HPACK: a literal that is not put into the table, name and value as they are. */
function header(name: string, value: string): Buffer {
  return Buffer.concat([
    Buffer.from([0, name.length]),
    Buffer.from(name),
    Buffer.from([value.length]),
    Buffer.from(value),
  ]);
}

function noise(random: Seeded, length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => random.between(0, 255)));
}

const MUTATIONS: readonly ((bytes: Buffer, random: Seeded) => Buffer)[] = [
  (bytes, random) => changed(bytes, random, (byte) => byte ^ (1 << random.between(0, 7))),
  (bytes, random) => changed(bytes, random, () => random.between(0, 255)),
  (bytes, random) => changed(bytes, random, () => random.oneOf([0x00, 0x7f, 0x80, 0xff])),
  (bytes, random) => bytes.subarray(0, random.between(0, bytes.length)),
  (bytes, random) => Buffer.concat([bytes, noise(random, random.between(1, 20))]),
  (bytes, random) => inserted(bytes, random, noise(random, random.between(1, 12))),
  (bytes, random) => inserted(bytes, random, Buffer.alloc(random.between(1, 12), 0xff)),
  (bytes, random) => {
    const start = random.between(0, bytes.length);
    return inserted(bytes, random, bytes.subarray(start, random.between(start, bytes.length)));
  },
  (bytes, random) => {
    const start = random.between(0, bytes.length);
    return Buffer.concat([
      bytes.subarray(0, start),
      bytes.subarray(random.between(start, bytes.length)),
    ]);
  },
  (_bytes, random) => noise(random, random.between(0, 64)),
];

function broken(bytes: Buffer, random: Seeded): Buffer {
  let result = bytes;
  for (let times = random.between(1, 3); times > 0; times--) {
    result = random.oneOf(MUTATIONS)(result, random);
  }
  return result;
}

function changed(bytes: Buffer, random: Seeded, change: (byte: number) => number): Buffer {
  if (bytes.length === 0) return bytes;
  const copy = Buffer.from(bytes);
  const at = random.between(0, copy.length - 1);
  copy[at] = change(copy[at] ?? 0);
  return copy;
}

function inserted(bytes: Buffer, random: Seeded, what: Buffer): Buffer {
  const at = random.between(0, bytes.length);
  return Buffer.concat([bytes.subarray(0, at), what, bytes.subarray(at)]);
}

function textOf(header: unknown): string {
  return typeof header === 'string' ? header : '';
}
