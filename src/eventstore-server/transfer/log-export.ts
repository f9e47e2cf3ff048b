import { type FileHandle, open } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { RemoteStore } from './remote-call.transport.js';
import { StreamEnds } from './stream-ends.js';
import { parseStoreAddress } from './store-address.parse.js';
import { eventsOf } from './transfer-file.js';
import {
  type CarriedEvent,
  emptiedLine,
  encodeLine,
  endLine,
  HEADER_LINE,
} from './transfer-line.codec.js';
import { readAllAnswer, readAllRequest } from './transfer-messages.codec.js';

const READ_PATH = '/event_store.client.streams.Streams/Read';
const WRITE_BYTES = 1024 * 1024;

interface Found {
  count: number;
  last: bigint | undefined;
  endByte: number;
  readonly ends: StreamEnds;
}

/**
 * Writes the log of a store to a file, event by event in the order of the log. A file that an earlier export
 * has begun, or finished when the log was shorter, is continued. Behind the events stand the streams that go
 * further than theirs.
 *
 * Returns how many events the file has.
 */
export async function exportLog(from: string, path: string): Promise<number> {
  const address = parseStoreAddress(from);
  const found = await whatIsThere(path);
  const file = await open(path, existsSync(path) ? 'r+' : 'w+');
  const store = new RemoteStore(address);
  try {
    await file.truncate(found.endByte);
    const writer = new LineWriter(file, found.endByte);
    if (found.endByte === 0) await writer.add(HEADER_LINE);
    for await (const event of eventsFrom(store, found.last)) {
      found.last = event.position;
      if (!isCarried(event.stream)) continue;
      found.count++;
      found.ends.note(event);
      await writer.add(encodeLine(event));
    }
    for (const stream of await found.ends.emptied(store)) await writer.add(emptiedLine(stream));
    await writer.add(endLine(found.count, found.last ?? 0n));
    await writer.finish();
    return found.count;
  } finally {
    store.close();
    await file.close();
  }
}

/**
 * What every node writes for itself is left to the node at the other end: statistics, groups of consumers
 * (their places are positions of the old log), users, the streams that projections fill.
 */
export function isCarried(stream: string): boolean {
  const name = stream.startsWith('$$') ? stream.slice(2) : stream;
  return !name.startsWith('$') || name === '$settings';
}

async function whatIsThere(path: string): Promise<Found> {
  const found: Found = { count: 0, last: undefined, endByte: 0, ends: new StreamEnds() };
  if (!existsSync(path)) return found;
  for await (const { event, endByte } of eventsOf(path)) {
    found.count++;
    found.ends.note(event);
    found.last = event.position;
    found.endByte = endByte;
  }
  return found;
}

async function* eventsFrom(
  store: RemoteStore,
  after: bigint | undefined,
): AsyncGenerator<CarriedEvent> {
  const call = store.open(READ_PATH);
  await call.send(readAllRequest(after));
  call.halfClose();
  for await (const message of call) {
    const event = readAllAnswer(message);
    if (event !== undefined && (after === undefined || event.position > after)) yield event;
  }
}

class LineWriter {
  private lines: string[] = [];
  private length = 0;

  constructor(
    private readonly file: FileHandle,
    private at: number,
  ) {}

  async add(line: string): Promise<void> {
    this.lines.push(line, '\n');
    this.length += line.length;
    if (this.length >= WRITE_BYTES) await this.flush();
  }

  async finish(): Promise<void> {
    await this.flush();
    await this.file.sync();
  }

  private async flush(): Promise<void> {
    const bytes = Buffer.from(this.lines.join(''), 'utf8');
    this.lines = [];
    this.length = 0;
    await this.file.write(bytes, 0, bytes.length, this.at);
    this.at += bytes.length;
  }
}
