import { existsSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { anEvent, linesOf, type RunningProcess, ServerBench } from './eventstore-server.builder.js';

let bench: ServerBench;

beforeAll(() => (bench = new ServerBench()));
afterAll(() => bench.tearDown());

function leftBy({ pid }: RunningProcess): string[] {
  const places = ['/dev/shm', tmpdir()].filter((place) => existsSync(place));
  return places
    .flatMap((place) => readdirSync(place))
    .filter((name) => name.startsWith(`eventstore-mem-${pid}-`));
}

it('serves like any other and leaves nothing behind', async () => {
  const server = await bench.startWith(['--mem']);
  const client = bench.client(server);
  await client.appendToStream('s', [anEvent(1), anEvent(2)]);
  expect(await linesOf(client.readStream('s'))).toEqual(['0@s Thing 1', '1@s Thing 2']);
  expect(leftBy(server)).toHaveLength(1);
  await server.kill('SIGTERM');
  expect(leftBy(server)).toEqual([]);
});

it('clears away what a killed one could not, and nothing of one that runs', async () => {
  const killed = await bench.startWith(['--mem']);
  const running = await bench.startWith(['--mem']);
  await killed.kill('SIGKILL');
  expect(leftBy(killed)).toHaveLength(1);
  const next = await bench.startWith(['--mem']);
  expect([killed, running, next].map((server) => leftBy(server).length)).toEqual([0, 1, 1]);
});

it('refuses to keep data and not to keep them', async () => {
  const started = bench.spawn(['--port', '0', '--mem', '--data-dir', bench.directory('both')]);
  await expect(started.ready).rejects.toThrow(
    /--mem keeps nothing and --data-dir .* would: one of them/,
  );
});
