import { request, type IncomingHttpHeaders } from 'node:http';
import type { EventStoreDBClient } from '@eventstore/db-client';
import {
  anEvent,
  ID,
  linesOf,
  type RunningProcess,
  ServerBench,
} from './eventstore-server.builder.js';

const EVENT_LIST = 'application/vnd.eventstore.events+json';

let bench: ServerBench;
let server: RunningProcess;
let client: EventStoreDBClient;

beforeAll(async () => {
  bench = new ServerBench();
  server = await bench.start('http', ['--max-append-bytes', '1000']);
  client = bench.client(server);
});

afterAll(async () => bench.tearDown());

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: IncomingHttpHeaders;
}

function call(
  method: string,
  path: string,
  { headers = {}, body = '' }: { headers?: Record<string, string>; body?: string } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(
      { host: '127.0.0.1', port: server.port, method, path, headers },
      (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, body: text, headers: response.headers });
        });
      },
    );
    asked.on('error', reject);
    asked.end(body);
  });
}

const aListed = (n: number, data: unknown = { n }): Record<string, unknown> => ({
  eventId: ID(n),
  eventType: 'Thing',
  data,
});

function post(stream: string, events: unknown, headers: Record<string, string> = {}) {
  return call('POST', `/streams/${stream}`, {
    headers: { 'content-type': EVENT_LIST, ...headers },
    body: typeof events === 'string' ? events : JSON.stringify(events),
  });
}

it('answers probes, and 404 to whatever it does not serve', async () => {
  const ping = await call('GET', '/ping');
  expect(JSON.parse(ping.body)).toMatchObject({ text: 'Ping request successfully handled' });
  expect((await call('GET', '/health/live')).status).toBe(200);
  expect((await call('POST', '/asdpoijsad')).status).toBe(404);
  expect((await call('GET', '/streams/a')).status).toBe(404);
  expect((await call('GET', '/')).status).toBe(404);
});

it('counts what it holds and does', async () => {
  const before = Number(/^eventstore_events_total (\d+)$/m.exec((await metrics()).body)?.[1]);
  await client.appendToStream('counted', [anEvent(1), anEvent(2)]);
  const { body, headers } = await metrics();
  expect(headers['content-type']).toContain('text/plain; version=0.0.4');
  expect(body).toContain(`\neventstore_events_total ${before + 2}\n`);
  expect(body).toMatch(/^eventstore_connections [1-9]/m);
});

const metrics = (): Promise<Answer> => call('GET', '/metrics');

it('appends a list of events as one, once, at the revision that was expected', async () => {
  const first = await post('posted', [aListed(1), aListed(2)], { 'ES-ExpectedVersion': '-1' });
  expect([first.status, first.headers.location]).toStrictEqual([201, '/streams/posted/0']);
  const again = await post('posted', [aListed(1), aListed(2)], { 'ES-ExpectedVersion': '-1' });
  expect(again.status).toBe(201);
  const late = await post('posted', [aListed(3)], { 'ES-ExpectedVersion': '0' });
  expect([late.status, late.headers['es-currentversion']]).toStrictEqual([400, '1']);
  expect(await linesOf(client.readStream('posted'))).toStrictEqual([
    '0@posted Thing 1',
    '1@posted Thing 2',
  ]);
});

it('takes names of any script, and none that must not be written', async () => {
  expect((await post(encodeURIComponent('größe-1'), [aListed(5)])).status).toBe(201);
  expect(await linesOf(client.readStream('größe-1'))).toStrictEqual(['0@größe-1 Thing 5']);
  expect((await post('$all', [aListed(6)])).status).toBe(403);
  expect((await post('%E0%A4%A', [aListed(6)])).status).toBe(400);
  await client.tombstoneStream('gone');
  expect((await post('gone', [aListed(6)])).status).toBe(410);
});

it.each<[number, unknown, Record<string, string>]>([
  [415, [aListed(1)], { 'content-type': 'application/json' }],
  [415, [aListed(1)], { 'content-type': 'application/json', 'ES-EventType': 'T' }],
  [415, [aListed(1)], { 'content-type': 'text/plain' }],
  [403, [aListed(1)], { origin: 'http://elsewhere.example' }],
  [403, [aListed(1)], { origin: 'null' }],
  [403, [aListed(1)], { host: 'elsewhere.example' }],
  [400, '{', {}],
  [400, '{}', {}],
  [400, [], {}],
  [400, [{ ...aListed(1), eventId: 'x' }], {}],
  [400, [{ ...aListed(1), eventType: '' }], {}],
  [400, [null], {}],
  [400, [aListed(1)], { 'ES-ExpectedVersion': 'now' }],
  [413, [aListed(1, 'x'.repeat(1000))], {}],
  [413, [aListed(1, 'x'.repeat(10_000))], {}],
])('refuses with %i and writes nothing, case %#', async (status, events, headers) => {
  expect((await post('refused', events, headers)).status).toBe(status);
  await expect(linesOf(client.readStream('refused'))).rejects.toThrow('not found');
});

it('takes a local name of the machine', async () => {
  expect((await post('local', [aListed(1)], { host: `localhost:${server.port}` })).status).toBe(
    201,
  );
  expect((await post('local', [aListed(2)], { host: '[::1]:2113' })).status).toBe(201);
});
