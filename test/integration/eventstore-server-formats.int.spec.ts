import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { type EventStoreDBClient, START } from '@eventstore/db-client';
import { anEvent, linesOf, ServerBench } from './eventstore-server.builder.js';

/** Written by the first version of the server: one file, all in one. */
const FORMAT_1 = join(__dirname, '../fixtures/eventstore-server/format-1');

const EVENTS_OF_FORMAT_1 = [
  '44 0@$$$persistentSubscriptionConfig',
  '255 0@$$$scavenges',
  '453 0@thing-1',
  '602 1@thing-1',
  '753 2@thing-1',
  '932 0@thing-2',
  '1134 0@$$thing-1',
  '1325 0@gone',
  '1499 9223372036854775807@gone',
  '1691 0@soft-1',
  '1839 1@soft-1',
  '2017 0@$$soft-1',
  '2219 2@soft-1',
  '2369 1@$$soft-1',
  '2555 1@thing-2',
  '2734 2@thing-2',
  '2913 3@thing-2',
  '3093 4@thing-2',
  '3273 5@thing-2',
  '3453 6@thing-2',
  '3633 7@thing-2',
  '3813 8@thing-2',
  '3993 9@thing-2',
  '4173 10@thing-2',
  '4353 11@thing-2',
  '4533 12@thing-2',
];
const END_OF_FORMAT_1 = 4685;

let bench: ServerBench;

beforeAll(() => {
  bench = new ServerBench();
});

afterAll(() => bench.tearDown());

async function placesOf(client: EventStoreDBClient): Promise<string[]> {
  const lines: string[] = [];
  for await (const { event } of client.readAll({ fromPosition: START })) {
    if (event === undefined) throw new Error('Invariant: $all holds events');
    lines.push(
      `${event.position.commit.toString()} ${event.revision.toString()}@${event.streamId}`,
    );
  }
  return lines;
}

describe('a data directory of format 1', () => {
  it('is taken over: every event keeps its position, and what follows is written as today', async () => {
    cpSync(FORMAT_1, bench.directory('former'), { recursive: true });
    const server = await bench.start('former');
    const client = bench.client(server);
    expect(await placesOf(client)).toStrictEqual(EVENTS_OF_FORMAT_1);
    // Known ids, retention and deletions came along.
    const repeated = await client.appendToStream('thing-2', anEvent(8));
    expect(repeated.position?.commit).toBe(2555n);
    expect(await linesOf(client.readStream('thing-1'))).toStrictEqual([
      '1@thing-1 Thing 1',
      '2@thing-1 Other 2',
    ]);
    await expect(client.appendToStream('gone', anEvent(99))).rejects.toMatchObject({
      type: 'stream-deleted',
    });
    const added = await client.appendToStream('thing-2', anEvent(20));
    expect(added.position?.commit).toBe(BigInt(END_OF_FORMAT_1 + 28));
    await server.kill('SIGKILL');

    const again = bench.client(await bench.start('former'));
    expect(await placesOf(again)).toStrictEqual([...EVENTS_OF_FORMAT_1, '4713 13@thing-2']);
    expect(readFileSync(join(bench.directory('former'), 'format'), 'utf8')).toBe(
      'eventstore-server format 2\n',
    );
    expect(existsSync(join(bench.directory('former'), 'events.log'))).toBe(false);
  });

  it('is taken over without the write that a crash cut short', async () => {
    cpSync(FORMAT_1, bench.directory('former-torn'), { recursive: true });
    truncateSync(join(bench.directory('former-torn'), 'events.log'), END_OF_FORMAT_1 - 1);
    const server = await bench.start('former-torn');
    expect(server.stderr).toContain('cut off');
    expect(await placesOf(bench.client(server))).toStrictEqual(EVENTS_OF_FORMAT_1.slice(0, -1));
  });

  it('is taken over by the next start if the first one was killed on the way', async () => {
    cpSync(FORMAT_1, bench.directory('half-way'), { recursive: true });
    const segments = join(bench.directory('half-way'), 'segments');
    mkdirSync(segments);
    renameSync(join(bench.directory('half-way'), 'events.log'), bench.segment('half-way'));
    const client = bench.client(await bench.start('half-way'));
    expect(await placesOf(client)).toStrictEqual(EVENTS_OF_FORMAT_1);
  });
});
