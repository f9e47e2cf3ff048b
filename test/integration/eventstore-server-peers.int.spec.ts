import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { anEvent, linesOf, type RunningProcess, ServerBench } from './eventstore-server.builder.js';

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');
const SETTINGS = aFrame({ type: 4, flags: 0, stream: 0 });
const KEEP_ALIVE = ['--keep-alive-interval-ms', '100', '--keep-alive-timeout-ms', '1000'];

let bench: ServerBench;
let server: RunningProcess;

beforeAll(async () => {
  bench = new ServerBench();
  server = await bench.start('peers', KEEP_ALIVE);
});

afterAll(() => bench.tearDown());

interface FrameHead {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
}

function aFrame({ type, flags, stream }: FrameHead, payload = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** HPACK: a literal, name and value as they are. */
function aHeader(name: string, value: string): Buffer {
  const part = (text: string): Buffer =>
    Buffer.concat([Buffer.from([text.length]), Buffer.from(text)]);
  return Buffer.concat([Buffer.from([0]), part(name), part(value)]);
}

const REQUEST = Buffer.concat([
  aHeader(':method', 'POST'),
  aHeader(':scheme', 'http'),
  aHeader(':path', '/event_store.client.streams.Streams/Read'),
  aHeader(':authority', 'localhost'),
]);
const GRPC = aHeader('content-type', 'application/grpc');

async function open(): Promise<Socket> {
  const socket = connect({ port: server.port, host: '127.0.0.1' });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

/** A peer that takes in what comes, and answers nothing of it. */
async function openSilent(): Promise<Socket> {
  const socket = await open();
  socket.write(Buffer.concat([PREFACE, SETTINGS]));
  return socket.resume();
}

async function expectServed(): Promise<void> {
  const client = bench.client(server);
  await client.appendToStream('s', anEvent(1));
  expect(await linesOf(client.readStream('s'))).toEqual(['0@s Thing 1']);
}

it.each([
  ['a request of another kind', REQUEST],
  ['a call', Buffer.concat([REQUEST, GRPC])],
])('bears %s that is given up by the packet that brings it', async (_what, headers) => {
  const socket = await open();
  const requests = Array.from({ length: 50 }, (_, i) => {
    const stream = 2 * i + 1;
    const reset = aFrame({ type: 3, flags: 0, stream }, Buffer.from([0, 0, 0, 8]));
    return Buffer.concat([aFrame({ type: 1, flags: 5, stream }, headers), reset]);
  });
  // The ping is answered behind all of it.
  const ping = aFrame({ type: 6, flags: 0, stream: 0 }, Buffer.from('12345678'));
  socket.write(Buffer.concat([PREFACE, SETTINGS, ...requests, ping]));
  let heard = '';
  while (!heard.includes('12345678')) {
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    heard += chunk.toString('latin1');
  }
  socket.destroy();
  await expectServed();
});

it.each([
  ['says nothing any more', SETTINGS],
  [
    'has broken the protocol',
    Buffer.concat([SETTINGS, aFrame({ type: 8, flags: 0, stream: 1 }, Buffer.alloc(7))]),
  ],
])('lets go of a peer that %s', async (_what, bytes) => {
  const socket = await open();
  socket.write(Buffer.concat([PREFACE, bytes]));
  socket.resume();
  await once(socket, 'close');
  await expectServed();
});

it('keeps a peer that has not come to answering because it is still sending', async () => {
  const sender = await openSilent();
  let isGone = false;
  sender.on('close', () => (isGone = true));
  const windowUpdate = aFrame({ type: 8, flags: 0, stream: 0 }, Buffer.from([0, 0, 0, 1]));
  const sending = setInterval(() => sender.write(windowUpdate), 20);
  // One after the other they are waited for twice as long as a peer that sends nothing.
  for (let i = 0; i < 2; i++) await once(await openSilent(), 'close');
  clearInterval(sending);
  expect(isGone).toBe(false);
  await once(sender, 'close');
});

it('keeps a client that answers, for as long as it likes', async () => {
  const client = bench.client(server);
  const subscription = client.subscribeToStream('kept');
  await once(subscription, 'confirmation');
  const silent = await openSilent();
  // By then the client has been asked as well.
  await once(silent, 'close');
  const delivered = once(subscription, 'data');
  await client.appendToStream('kept', anEvent(2));
  expect(await delivered).toMatchObject([{ event: { streamId: 'kept' } }]);
  await subscription.unsubscribe();
});
