import { execFile } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { EventStoreDBClient } from '@eventstore/db-client';
import { anEvent, linesOf, type RunningProcess, ServerBench } from './eventstore-server.builder.js';

const run = promisify(execFile);
const EMPTIED = ['deleted', 'truncated', 'unhidden'];
let bench: ServerBench;
let source: RunningProcess;
let client: EventStoreDBClient;

beforeAll(async () => {
  bench = new ServerBench();
  source = await bench.start('source');
  client = bench.client(source);
  for (const stream of EMPTIED) await client.appendToStream(stream, [anEvent(1), anEvent(2)]);
  await client.deleteStream('deleted');
  await client.appendToStream('truncated', anEvent(3));
  await client.setStreamMetadata('truncated', { truncateBefore: 3 });
  await client.setStreamMetadata('unhidden', { truncateBefore: 2 });
  await client.tombstoneStream('gone');
  await client.setStreamMetadata('unwritten', { maxCount: 5 });
  await scavenge();
  await client.setStreamMetadata('unhidden', { maxCount: 9 });
});
afterAll(() => bench.tearDown());

async function tool(...args: readonly string[]): Promise<void> {
  await run(process.execPath, [bench.tools, ...args]);
}

/** Until nothing of the streams is left in the log but what was said about them. */
async function scavenge(): Promise<void> {
  await tool('scavenge', '--at', source.address);
  const isLeft = (line: string): boolean => EMPTIED.some((stream) => line.includes(`@${stream} `));
  while ((await linesOf(client.readAll())).some(isLeft)) await sleep(20);
}

async function carry(file: string, target: RunningProcess): Promise<void> {
  await tool('export', '--from', source.address, '--file', file);
  await tool('import', '--file', file, '--to', target.address);
}

/** What a reader gets, or the name of the refusal. */
async function readingOf(reader: EventStoreDBClient, stream: string): Promise<string[] | string> {
  return linesOf(reader.readStream(stream)).catch(
    (error: unknown) => (error as Error).constructor.name,
  );
}

async function readings(reader: EventStoreDBClient): Promise<unknown[]> {
  return Promise.all([...EMPTIED, 'gone', 'unwritten'].map((stream) => readingOf(reader, stream)));
}

async function nextRevisions(writer: EventStoreDBClient): Promise<unknown[]> {
  return Promise.all(
    [...EMPTIED, 'unwritten'].map(async (stream) => {
      const { nextExpectedRevision } = await writer.appendToStream(stream, anEvent(9));
      return Number(nextExpectedRevision);
    }),
  );
}

describe('streams of which a scavenge left no event', () => {
  it('read the same in another store, also when the import is done again', async () => {
    const target = await bench.start('target');
    const file = bench.directory('log.jsonl');
    await carry(file, target);
    const reader = bench.client(target);
    const expected: unknown[] = [
      'StreamNotFoundError',
      [],
      [],
      'StreamDeletedError',
      'StreamNotFoundError',
    ];
    expect(await readings(client)).toEqual(expected);
    // Nothing hides the fillers of a stream that was emptied and then given other metadata.
    expected[2] = ['0@unhidden $filler', '1@unhidden $filler'];
    expect(await readings(reader)).toEqual(expected);
    const before = await linesOf(reader.readAll());
    rmSync(`${file}.imported`);
    await carry(file, target);
    expect(await readings(reader)).toEqual(expected);
    expect(await linesOf(reader.readAll())).toEqual(before);
  });

  it('are repaired where an import without their numbers went before', async () => {
    const target = await bench.start('repaired');
    const file = bench.directory('old.jsonl');
    await tool('export', '--from', source.address, '--file', file);
    const lines = readFileSync(file, 'utf8').split('\n');
    writeFileSync(file, lines.filter((line) => !line.startsWith('{"emptied"')).join('\n'));
    await tool('import', '--file', file, '--to', target.address);
    await carry(file, target);
    expect((await readings(bench.client(target)))[0]).toBe('StreamNotFoundError');
    expect((await readings(bench.client(target)))[1]).toEqual([]);
    expect(await nextRevisions(bench.client(target))).toEqual([2, 3, 2, 0]);
  });

  it('go on with the same revision', async () => {
    const target = await bench.start('next');
    const file = bench.directory('next.jsonl');
    await carry(file, target);
    const writer = bench.client(target);
    expect(await nextRevisions(writer)).toEqual([2, 3, 2, 0]);
    expect(await nextRevisions(client)).toEqual([2, 3, 2, 0]);
    expect((await readings(writer)).slice(0, 2)).toEqual((await readings(client)).slice(0, 2));
    expect((await readings(writer))[1]).toEqual(['3@truncated Thing 9']);
  });
});
