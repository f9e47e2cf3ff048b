import { execFile } from 'node:child_process';
import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import {
  binaryEvent,
  type EventStoreDBClient,
  jsonEvent,
  persistentSubscriptionToStreamSettingsFromDefaults,
} from '@eventstore/db-client';
import {
  anEvent,
  ID,
  linesOf,
  type RunningProcess,
  ServerBench,
} from './eventstore-server.builder.js';
import { rawCall } from './raw-call.builder.js';
import { WireWriter } from '../../src/eventstore-server/protocol/wire.codec.js';

const run = promisify(execFile);
let bench: ServerBench;

beforeAll(() => (bench = new ServerBench()));
afterAll(() => bench.tearDown());

async function tool(...args: readonly string[]): Promise<string> {
  const { stdout } = await run(process.execPath, [bench.tools, ...args]);
  return stdout.trim();
}

/** What every reader can see of a log, without times and positions: exact bytes, in the order of the log. */
async function contentOf(server: RunningProcess): Promise<string[]> {
  const file = bench.directory(`content-${server.port}.jsonl`);
  rmSync(file, { force: true });
  await tool('export', '--from', server.address, '--file', file);
  return readFileSync(file, 'utf8')
    .split('\n')
    .slice(1, -2)
    .map((line) => {
      const shown = JSON.parse(line) as Record<string, unknown>;
      delete shown['created'];
      delete shown['position'];
      return JSON.stringify(shown);
    });
}

/**
 * Without what a server writes by itself: the metadata of a stream that is revived (which the file brings once
 * more) and the id of a tombstone.
 */
function plain(lines: readonly string[]): string[] {
  return lines
    .filter((line) => !line.includes('"$$'))
    .map((line) => (line.includes('"$streamDeleted"') ? line.replace(/"id":"[^"]+"/, '') : line));
}

/** JSON whose bytes no client would write again as they are. */
async function appendExactJson({ port }: RunningProcess): Promise<void> {
  const message = new WireWriter()
    .message(1, (id) => id.string(2, ID(900)))
    .message(2, (options) => {
      options.message(1, (identifier) => identifier.string(3, 'exact')).empty(4);
    })
    .message(3, (event) => {
      event.message(1, (id) => id.string(2, ID(901)));
      event.message(2, (entry) => entry.string(1, 'type').string(2, 'Exact'));
      event.message(2, (entry) => entry.string(1, 'content-type').string(2, 'application/json'));
      event.bytes(4, Buffer.from('{"n": 12345678901234567890.10, "n":1 }'));
    })
    .bool(4, true)
    .finish();
  await rawCall({ port, path: '/event_store.client.streams.Streams/BatchAppend' }, message);
}

async function fill(client: EventStoreDBClient): Promise<void> {
  for (let n = 0; n < 30; n++) await client.appendToStream(`order-${n % 3}`, anEvent(n));
  await client.appendToStream(
    'bytes',
    binaryEvent({ id: ID(50), type: 'Raw', data: Buffer.from([0, 255, 10, 13]) }),
  );
  await client.appendToStream(
    'zażółć',
    jsonEvent({ id: ID(51), type: 'Ünï', data: { a: '\n' }, metadata: { b: '語' } }),
  );
  await client.appendToStream(
    'links',
    jsonEvent({ id: ID(52), type: '$>', data: '3@order-1' as never }),
  );
  await client.setStreamMetadata('order-0', { maxCount: 2 });
  await client.deleteStream('order-1');
  await client.appendToStream('order-1', anEvent(60));
  await client.deleteStream('order-2');
  await client.appendToStream('gone', anEvent(61));
  await client.tombstoneStream('gone');
  const settings = persistentSubscriptionToStreamSettingsFromDefaults();
  await client.createPersistentSubscriptionToStream('order-0', 'group', settings);
}

describe('a log that is carried to another store', () => {
  let source: RunningProcess;
  let file: string;

  beforeAll(async () => {
    source = await bench.start('source');
    await appendExactJson(source);
    await fill(bench.client(source));
    file = bench.directory('log.jsonl');
    await tool('export', '--from', source.address, '--file', file);
  });

  it('has the same events there, byte for byte, with ids, revisions and order', async () => {
    const target = await bench.start('target');
    const said = await tool('import', '--file', file, '--to', target.address);
    expect(said).toMatch(/^the \d+ events of .* are there$/);
    const [ours, theirs] = [await contentOf(source), await contentOf(target)];
    expect(plain(theirs)).toEqual(plain(ours));
    expect(plain(ours).some((line) => line.includes('12345678901234567890.10'))).toBe(true);
    const reader = bench.client(target);
    const at = bench.client(source);
    for (const stream of ['order-0', 'order-1', 'bytes', 'exact', 'zażółć']) {
      expect(await linesOf(reader.readStream(stream))).toEqual(
        await linesOf(at.readStream(stream)),
      );
    }
    await expect(linesOf(reader.readStream('order-2'))).rejects.toThrow(/not found/);
    await expect(linesOf(reader.readStream('gone'))).rejects.toThrow(/is deleted/);
  });

  it('is not written twice, whatever was lost of how far it had come', async () => {
    const target = await bench.start('again');
    await tool('import', '--file', file, '--to', target.address);
    const before = await contentOf(target);
    await tool('import', '--file', file, '--to', target.address);
    expect(await contentOf(target)).toEqual(before);
    rmSync(`${file}.imported`);
    await tool('import', '--file', file, '--to', target.address);
    expect(plain(await contentOf(target))).toEqual(plain(before));
  });

  it('goes on with what came later, in both halves', async () => {
    const target = await bench.start('later');
    const part = bench.directory('part.jsonl');
    await tool('export', '--from', source.address, '--file', part);
    await tool('import', '--file', part, '--to', target.address);
    await bench.client(source).appendToStream('order-0', [anEvent(70), anEvent(71)]);
    await tool('export', '--from', source.address, '--file', part);
    await tool('import', '--file', part, '--to', target.address);
    const lines = await linesOf(bench.client(target).readStream('order-0'));
    expect(lines).toEqual(['10@order-0 Thing 70', '11@order-0 Thing 71']);
  });

  it('refuses half an export, and continues one that was cut off', async () => {
    const target = await bench.start('half');
    const half = bench.directory('half.jsonl');
    const whole = readFileSync(file);
    writeFileSync(half, whole);
    truncateSync(half, whole.length - 300);
    await expect(tool('import', '--file', half, '--to', target.address)).rejects.toThrow(
      /is not whole/,
    );
    await tool('export', '--from', source.address, '--file', half);
    expect(await tool('import', '--file', half, '--to', target.address)).toMatch(/are there/);
  });

  it('says where the other store holds something else', async () => {
    const target = await bench.start('taken');
    await bench.client(target).appendToStream('order-1', anEvent(999));
    await expect(tool('import', '--file', file, '--to', target.address)).rejects.toThrow(
      /refuses order-1 behind revision -1: WrongExpectedVersion \(it holds other events there\)/,
    );
  });

  it('keeps numbers where the first store has thrown events away', async () => {
    const target = await bench.start('gaps');
    const gaps = bench.directory('gaps.jsonl');
    const lines = readFileSync(file, 'utf8').split('\n');
    const first = lines.findIndex((line) => line.includes(`"stream":"order-1"`));
    lines.splice(first, 1);
    const end = lines.findIndex((line) => line.startsWith('{"end"'));
    lines[end] = (lines[end] ?? '').replace(
      /"events":(\d+)/,
      (_, n) => `"events":${Number(n) - 1}`,
    );
    writeFileSync(gaps, lines.join('\n'));
    await tool('import', '--file', gaps, '--to', target.address);
    const all = await linesOf(bench.client(target).readAll());
    const ofStream = all.filter((line) => /^\d+@order-1 /.test(line));
    expect(ofStream[0]).toBe('0@order-1 $filler');
    expect(ofStream[1]).toBe('1@order-1 Thing 4');
  });
});

it.each([
  ['kurrentdb://localhost', /a store is named by esdb:\/\/host:port, not by kurrentdb:/],
  ['esdb://u:secret@localhost?tls=false', /the password of u would travel in clear/],
  ['esdb://127.0.0.1:1?tls=false', /ECONNREFUSED/],
])('names what is wrong with %s', async (from, reason) => {
  const failure = tool('export', '--from', from, '--file', bench.directory('none.jsonl'));
  await expect(failure).rejects.toThrow(reason);
});
