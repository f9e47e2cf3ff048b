import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { anEvent, linesOf, ServerBench } from './eventstore-server.builder.js';

let bench: ServerBench;

beforeAll(() => {
  bench = new ServerBench();
});

afterAll(() => bench.tearDown());

/** Runs `eventstore-tools`; resolves with its exit code and what it wrote. */
async function tool(...args: readonly string[]): Promise<[number | null, string]> {
  const child = spawn(process.execPath, [bench.tools, ...args]);
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const words = await Promise.all([text(child.stdout), text(child.stderr)]);
  return [await ended, words.join('')];
}

it('a running store is told to give back space, and tells how that went', async () => {
  const server = await bench.start('scavenged');
  const client = bench.client(server);
  const watched = client.subscribeToStream('$scavenges', { resolveLinkTos: true });
  const done = new Promise<unknown>((resolve) => {
    watched.on('data', ({ event }) => {
      if (event?.type === '$scavengeCompleted') resolve(event.data);
    });
  });
  const [code, words] = await tool('scavenge', '--at', server.address);
  const [, id] =
    /^scavenge ([0-9a-f-]{36}): started; how it ends is told in \$scavenges\n$/.exec(words) ?? [];
  expect([code, words]).toStrictEqual([0, expect.stringContaining(String(id))]);
  expect(await done).toMatchObject({ scavengeId: id, result: 'Success' });
  await watched.unsubscribe();
  await server.kill('SIGTERM');
  expect((await tool('scavenge', '--at', server.address))[0]).toBe(1);
  expect(await tool('scavenge')).toStrictEqual([
    1,
    'eventstore: usage: eventstore scavenge --at esdb://HOST:PORT?tls=false\n',
  ]);
});

it('a store is copied while it runs, checked, and restored', async () => {
  const server = await bench.start('live', ['--chunk-size', '4096']);
  const client = bench.client(server);
  for (let n = 0; n < 40; n++) await client.appendToStream('a-1', anEvent(n));
  const lines = await linesOf(client.readAll());
  const backup = bench.directory('backup');
  const live = bench.directory('live');
  const [code, words] = await tool('backup', backup, '--data-dir', live);
  expect([code, words]).toStrictEqual([
    0,
    expect.stringMatching(/ segments, 0 of them from before/),
  ]);
  expect(await tool('verify', backup)).toStrictEqual([
    0,
    expect.stringMatching(/^42 events in \d+ segments: nothing is wrong\n$/),
  ]);
  expect((await tool('verify', live))[1]).toContain('is in use by the server with process id');

  const restored = bench.directory('restored');
  expect((await tool('restore', backup, '--data-dir', restored))[0]).toBe(0);
  expect(await tool('restore', backup, '--data-dir', restored)).toStrictEqual([
    1,
    `eventstore: ${restored} is not empty: nothing is overwritten\n`,
  ]);
  const again = bench.client(await bench.start('restored'));
  expect(await linesOf(again.readAll())).toStrictEqual(lines);
  expect(await linesOf(again.readStream('$ce-a'))).toHaveLength(40);

  const damaged = join(backup, 'segments', '0000000000000016.0.log');
  const bytes = readFileSync(damaged);
  bytes[1000] = (bytes[1000] ?? 0) ^ 1;
  writeFileSync(damaged, bytes);
  const [failed, report] = await tool('verify', backup);
  expect(failed).toBe(1);
  expect(report).toMatch(
    /0000000000000016\.0\.log is damaged at offset \d+: the record there is broken\n/,
  );
});
