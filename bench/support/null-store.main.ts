import { randomUUID } from 'node:crypto';
import { fdatasyncSync, openSync, writeSync } from 'node:fs';
import { createServer, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { batchOutcome } from '../../src/eventstore-server/protocol/append-response.codec.js';
import { frame, FrameSplitter } from '../../src/eventstore-server/protocol/grpc-frames.codec.js';
import {
  caughtUp,
  confirmation,
  frameEvents,
  type ResolvedEvent,
} from '../../src/eventstore-server/protocol/read-response.codec.js';
import { writeRecordedEvent } from '../../src/eventstore-server/protocol/recorded-event.codec.js';
import { parseReadRequest } from '../../src/eventstore-server/protocol/read-request.parse.js';
import { parseUuid } from '../../src/eventstore-server/protocol/uuid.codec.js';
import { WireReader, WireWriter } from '../../src/eventstore-server/protocol/wire.codec.js';
import { supportedMethods } from '../../src/eventstore-server/server-info.handler.js';

// A server that only answers: no disk, no index, no checks. What the official client reaches on it is its own limit.
// With a file named it also writes so many bytes as an event has, and syncs, before it answers.
const PAGE_EVENTS = 100;
const FIRST_POSITION = 50_000_000;
const EVENT_BYTES = 450;
const HEADERS = { ':status': 200, 'content-type': 'application/grpc' };
const OK = { 'grpc-status': '0' };
const ANY = -2n;

const page = frameEvents(Array.from({ length: PAGE_EVENTS }, (_, i) => aResult(i)));
const one = frameEvents([aResult(0)]);
const synced = process.argv[2] === undefined ? undefined : openSync(process.argv[2], 'w');
const record = Buffer.alloc(EVENT_BYTES, 1);
const subscribers = new Set<ServerHttp2Stream>();

/** With ids, places and times as a store has them: what a client makes of these takes it longer than of zeros. */
function aResult(i: number): ResolvedEvent {
  const id = parseUuid(randomUUID());
  if (id === undefined) throw new Error('Invariant: that is a uuid');
  const data = Buffer.from(JSON.stringify({ n: 1, text: 'x'.repeat(280) }));
  const event = { id, type: 'Measured', isJson: true, data, metadata: Buffer.alloc(0) };
  const writer = new WireWriter(512);
  const position = FIRST_POSITION + i * EVENT_BYTES;
  const place = { stream: `null-${i % 16}`, revision: i, position, createdMs: Date.now() };
  writeRecordedEvent(writer, event, place);
  return { event: writer.finish(), link: undefined, position };
}

const server = createServer();
server.on('stream', (stream, headers) => {
  stream.on('error', () => undefined);
  const path = String(headers[':path']);
  if (path.endsWith('/BatchAppend')) return batchAppend(stream);
  const splitter = new FrameSplitter();
  stream.on('data', (chunk: Buffer) =>
    splitter.push(chunk, (message) => {
      if (path.endsWith('/GetSupportedMethods')) return finish(stream, frame(features()));
      return read(stream, message);
    }),
  );
});

function features(): Buffer {
  const service = 'event_store.client.streams.streams';
  return supportedMethods([{ service, methods: [{ name: 'batchappend', features: [] }] }]);
}

function finish(stream: ServerHttp2Stream, bytes: Buffer): void {
  stream.respond(HEADERS, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers(OK));
  stream.end(bytes);
}

function batchAppend(stream: ServerHttp2Stream): void {
  stream.respond(HEADERS);
  const splitter = new FrameSplitter();
  stream.on('data', (chunk: Buffer) => {
    const answers: Buffer[] = [];
    splitter.push(chunk, (message) => {
      const { correlation, isFinal } = addressOf(message);
      if (!isFinal) return;
      const success = { kind: 'success', revision: 1, position: 1000 } as const;
      answers.push(frame(batchOutcome({ correlation, stream: 'null' }, ANY, success)));
      for (const subscriber of subscribers) subscriber.write(one);
    });
    if (synced !== undefined) {
      for (let i = 0; i < answers.length; i++) writeSync(synced, record);
      fdatasyncSync(synced);
    }
    stream.write(Buffer.concat(answers));
  });
}

/** Nothing of the events: the real thing has to look at them, this one only answers. */
function addressOf(message: Buffer): { correlation: Buffer | undefined; isFinal: boolean } {
  const reader = new WireReader(message);
  let correlation: Buffer | undefined;
  let isFinal = false;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) correlation = reader.bytes();
    else if (field === 4) isFinal = reader.bool();
    else reader.skip();
  }
  return { correlation, isFinal };
}

function read(stream: ServerHttp2Stream, message: Buffer): void {
  const { count } = parseReadRequest(message);
  if (count !== undefined) return void sendPages(stream, count);
  stream.respond(HEADERS);
  stream.write(
    Buffer.concat([frame(confirmation('00000000-0000-4000-8000-000000000002')), frame(caughtUp())]),
  );
  subscribers.add(stream);
  stream.on('close', () => subscribers.delete(stream));
}

async function sendPages(stream: ServerHttp2Stream, count: number): Promise<void> {
  stream.respond(HEADERS, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers(OK));
  for (let sent = 0; sent < count && !stream.destroyed; sent += PAGE_EVENTS) {
    if (!stream.write(page)) await new Promise((resolve) => stream.once('drain', resolve));
  }
  stream.end();
}

server.listen(0, '127.0.0.1', () => {
  process.send?.({ type: 'ready', port: (server.address() as AddressInfo).port });
});
process.on('disconnect', () => process.exit(0));
