import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { CancelledError, type EventStoreDBClient, START } from '@eventstore/db-client';
import { anEvent, linesOf, type RunningProcess, ServerBench } from './eventstore-server.builder.js';
import { FIRST_EVENT_AT } from '../../src/eventstore-server/log/record.codec.js';

let bench: ServerBench;

beforeAll(() => {
  bench = new ServerBench();
});

afterAll(() => bench.tearDown());

/** Writes as fast as it can until the server dies; returns the numbers that were acknowledged. */
async function writeUntilDeath(client: EventStoreDBClient, kill: () => void): Promise<number[]> {
  const acknowledged: number[] = [];
  const writers = [0, 1, 2, 3].map(async (writer) => {
    for (let i = 0; ; i++) {
      const n = writer * 1_000_000 + i;
      await client.appendToStream(`writer-${String(writer)}`, anEvent(n));
      acknowledged.push(n);
      if (acknowledged.length === 400) kill();
    }
  });
  await Promise.allSettled(writers);
  return acknowledged;
}

function get(port: number, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let answer = '';
    socket.on('data', (chunk) => (answer += chunk.toString()));
    socket.on('end', () => resolve(answer.split('\r\n')[0] ?? ''));
    socket.on('error', reject);
    socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  });
}

describe('what was acknowledged', () => {
  it('is all there after a stop, with positions and known ids', async () => {
    const before = await bench.start('stopped');
    const client = bench.client(before);
    const first = await client.appendToStream('a', [anEvent(0), anEvent(1)]);
    await client.setStreamMetadata('a', { maxCount: 1 });
    await client.appendToStream('gone', anEvent(0));
    await client.tombstoneStream('gone');
    expect(await before.kill('SIGTERM')).toBe(0);

    const again = bench.client(await bench.start('stopped'));
    expect(await linesOf(again.readStream('a'))).toStrictEqual(['1@a Thing 1']);
    // An id is known for ever: the repeated append is not written, only no longer visible.
    const repeated = await again.appendToStream('a', [anEvent(0), anEvent(1)]);
    expect(repeated).toStrictEqual(first);
    expect(await linesOf(again.readAll({ fromPosition: START }))).toStrictEqual([
      '0@$$$persistentSubscriptionConfig $metadata',
      '0@$$$scavenges $metadata',
      '0@a Thing 0',
      '1@a Thing 1',
      '0@$$a $metadata',
      '0@gone Thing 0',
      '9223372036854775807@gone $streamDeleted',
    ]);
  });

  it('is all there after a kill in the middle of writing', async () => {
    const server = await bench.start('killed');
    const client = bench.client(server);
    const acknowledged = await writeUntilDeath(client, () => void server.kill('SIGKILL'));
    expect(acknowledged.length).toBeGreaterThanOrEqual(400);

    const again = bench.client(await bench.start('killed'));
    const found = new Set<string>();
    for (const writer of [0, 1, 2, 3]) {
      for (const line of await linesOf(again.readStream(`writer-${String(writer)}`))) {
        found.add(line.split(' ')[2] ?? '');
      }
    }
    expect(acknowledged.filter((n) => !found.has(String(n)))).toStrictEqual([]);
  });

  it('survives a write that was cut short, of which nothing remains', async () => {
    const server = await bench.start('cut');
    const client = bench.client(server);
    await client.appendToStream('a', anEvent(0));
    await client.appendToStream('a', [anEvent(1), anEvent(2)]);
    await server.kill('SIGKILL');
    const path = bench.segment('cut');
    // Behind the last byte that is not zero lies room for what was to come.
    truncateSync(
      path,
      readFileSync(path).findLastIndex((byte) => byte !== 0),
    );

    const restarted = await bench.start('cut');
    const again = bench.client(restarted);
    expect(await linesOf(again.readStream('a'))).toStrictEqual(['0@a Thing 0']);
    const { nextExpectedRevision } = await again.appendToStream('a', anEvent(3));
    expect(nextExpectedRevision).toBe(1n);
  });
});

describe('a server that cannot start', () => {
  let running: RunningProcess;

  beforeAll(async () => {
    running = await bench.start('held');
  });

  async function lastWords(args: readonly string[]): Promise<[number | null, string]> {
    const process = bench.spawn(args);
    return [await process.exited, process.stderr];
  }

  it('says who holds its data', async () => {
    const db = bench.directory('held');
    const [code, words] = await lastWords(['--port', '0', '--db', db]);
    expect(code).toBe(1);
    expect(words).toMatch(/^eventstore: .*held is in use by the server with process id \d+\n$/);
  });

  it('says that its port is taken', async () => {
    const port = String(running.port);
    const [code, words] = await lastWords(['--port', port, '--db', bench.directory('other')]);
    expect(code).toBe(1);
    expect(words).toBe(`eventstore: 127.0.0.1:${port} is in use by another process\n`);
  });

  it('says where its log is damaged', async () => {
    const server = await bench.start('damaged');
    const client = bench.client(server);
    const first = await client.appendToStream('a', anEvent(0));
    await client.appendToStream('a', anEvent(1));
    await server.kill('SIGTERM');
    const path = bench.segment('damaged');
    const bytes = readFileSync(path);
    const recordAt = Number(first.position?.commit) - FIRST_EVENT_AT;
    const at = recordAt + 58;
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    const db = bench.directory('damaged');
    const [code, words] = await lastWords(['--port', '0', '--db', db]);
    expect(code).toBe(1);
    expect(words).toContain(`0000000000000016.0.log is damaged at offset ${recordAt}: `);
  });

  it.each([
    [[], 'usage:'],
    [['--port', 'x', '--db', 'y'], "--port must be an integer from 0 to 65535, was 'x'"],
    [['--nonsense', '1'], "Unknown option '--nonsense'"],
  ])('says what is wrong with %j', async (args, text) => {
    const [code, words] = await lastWords(args);
    expect(code).toBe(1);
    expect(words).toContain(text);
    expect(words.split('\n')).toHaveLength(2);
  });
});

describe('a running server', () => {
  it('answers probes over plain HTTP on the same port', async () => {
    const { port } = await bench.start('probed');
    expect(await get(port, '/ping')).toBe('HTTP/1.1 200 OK');
    expect(await get(port, '/health/live')).toBe('HTTP/1.1 200 OK');
    expect(await get(port, '/streams/a')).toBe('HTTP/1.1 404 Not Found');
  });

  it('ends its subscriptions and stops when its parent is gone, and not when a terminal interrupts', async () => {
    const server = await bench.start('child');
    const client = bench.client(server);
    await client.appendToStream('a', anEvent(0));
    const subscription = client.subscribeToStream('a', { fromRevision: START });
    const failed = new Promise<{ code: number }>((resolve) => {
      subscription.on('error', (error) => resolve(error as unknown as { code: number }));
    });
    await new Promise((resolve) => {
      subscription.on('caughtUp', resolve as () => void);
      subscription.on('data', () => undefined); // It flows only while somebody listens.
    });
    server.signal('SIGINT');
    expect(await linesOf(client.readStream('a'))).toStrictEqual(['0@a Thing 0']);
    server.disconnect();
    expect(await server.exited).toBe(0);
    expect((await failed).code).toBe(1);
  });

  it('tells a reader that takes its time that it goes away', async () => {
    const server = await bench.start('paused');
    const client = bench.client(server);
    const events = Array.from({ length: 2000 }, (_, n) => anEvent(n));
    await client.appendToStream('a', events);
    let taken = 0;
    const reading = (async () => {
      for await (const event of client.readStream('a')) {
        // More than a connection holds lies behind the first events: the server still has some of it.
        if (event.event !== undefined && ++taken === 3) {
          server.signal('SIGTERM');
          expect(await server.exited).toBe(0);
        }
      }
    })();
    await expect(reading).rejects.toBeInstanceOf(CancelledError);
    expect(taken).toBeGreaterThanOrEqual(3);
  });
});
