import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  AccessDeniedError,
  EventStoreDBClient,
  persistentSubscriptionToStreamSettingsFromDefaults as groupSettings,
} from '@eventstore/db-client';
import { anEvent, linesOf, type RunningProcess, ServerBench } from './eventstore-server.builder.js';

const CERT = join(__dirname, '../fixtures/tls/node.crt');
const KEY = join(__dirname, '../fixtures/tls/node.key');
const PASSWORDS: Readonly<Record<string, string>> = {
  admin: 'a: long one',
  ops: 'operator',
  ann: 'ann-ü',
  bob: 'bob',
};
const GROUPS: Readonly<Record<string, string>> = { admin: '$admins', ops: '$ops', ann: 'desk' };

let bench: ServerBench;
let server: RunningProcess;
const clients: EventStoreDBClient[] = [];

beforeAll(async () => {
  bench = new ServerBench();
  const userFile = bench.directory('users.json');
  for (const [name, password] of Object.entries(PASSWORDS)) {
    const groups = GROUPS[name];
    const extra = groups === undefined ? [] : ['--groups', groups];
    const args = [bench.tools, 'user', name, '--user-file', userFile, ...extra];
    execFileSync(process.execPath, args, { input: password });
  }
  expect(readFileSync(userFile, 'utf8')).not.toContain(PASSWORDS['ops']);
  const tls = ['--tls-cert', CERT, '--tls-key', KEY, '--user-file', userFile];
  server = await bench.start('secure', tls);
});

afterAll(async () => {
  for (const client of clients) await client.dispose();
  await bench.tearDown();
});

/** A client of a user; of nobody without a name. */
function clientOf(name?: string, password = PASSWORDS[name ?? ''] ?? ''): EventStoreDBClient {
  const client = new EventStoreDBClient(
    { endpoint: `127.0.0.1:${server.port}` },
    { rootCertificate: readFileSync(CERT) },
    ...(name === undefined ? [] : [{ username: name, password }]),
  );
  clients.push(client);
  return client;
}

async function outcomeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'done';
  } catch (error) {
    return error instanceof AccessDeniedError ? 'denied' : String(error);
  }
}

const append = (client: EventStoreDBClient, stream: string): Promise<string> =>
  outcomeOf(client.appendToStream(stream, anEvent(Math.floor(Math.random() * 1e9))));
const read = (client: EventStoreDBClient, stream: string): Promise<string> =>
  outcomeOf(linesOf(client.readStream(stream)));

it('lets every user read and write streams, and nobody without an account', async () => {
  expect(await append(clientOf('ann'), 'shared')).toBe('done');
  expect(await read(clientOf('bob'), 'shared')).toBe('done');
  expect(await append(clientOf(), 'shared')).toBe('denied');
  expect(await read(clientOf(), 'shared')).toBe('denied');
  const unary = clientOf('ann').appendToStream('shared', anEvent(1), {
    credentials: { username: 'bob', password: 'bob' },
  });
  expect(await outcomeOf(unary)).toBe('done');
});

it.each([
  ['a wrong password', 'ann', 'guessed'],
  ['an unknown user', 'eve', 'ann-ü'],
])('refuses %s', async (_, name, password) => {
  expect(await read(clientOf(name, password), 'shared')).toBe('denied');
  const client = clientOf(name, password);
  expect(await outcomeOf(client.deleteStream('shared'))).toBe('denied');
});

it('keeps $all and the streams of the node for administrators', async () => {
  const all = (client: EventStoreDBClient): Promise<string> =>
    outcomeOf(linesOf(client.readAll({ maxCount: 3 })));
  expect(await all(clientOf('admin'))).toBe('done');
  expect(await all(clientOf('ops'))).toBe('denied');
  expect(await all(clientOf('ann'))).toBe('denied');
  expect(await append(clientOf('admin'), '$own')).toBe('done');
  expect(await append(clientOf('ops'), '$own')).toBe('denied');
  expect(await read(clientOf('ann'), '$ce-shared')).toBe('denied');
  expect(await append(clientOf('admin'), '$all')).toBe('denied');
});

it('holds the rights of a stream against all but administrators', async () => {
  const acl = { readRoles: ['desk'], writeRoles: ['ann'], deleteRoles: [], metaReadRoles: ['bob'] };
  await append(clientOf('ann'), 'desk-1');
  await clientOf('admin').setStreamMetadata('desk-1', {
    acl: { ...acl, metaWriteRoles: [] },
  });
  expect(await read(clientOf('ann'), 'desk-1')).toBe('done');
  expect(await read(clientOf('bob'), 'desk-1')).toBe('denied');
  expect(await append(clientOf('ann'), 'desk-1')).toBe('done');
  expect(await append(clientOf('bob'), 'desk-1')).toBe('denied');
  expect(await outcomeOf(clientOf('ann').deleteStream('desk-1'))).toBe('denied');
  expect(await outcomeOf(clientOf('bob').getStreamMetadata('desk-1'))).toBe('done');
  expect(await outcomeOf(clientOf('ann').getStreamMetadata('desk-1'))).toBe('denied');
  expect(await outcomeOf(clientOf('ann').setStreamMetadata('desk-1', {}))).toBe('denied');
  expect(await outcomeOf(clientOf('admin').tombstoneStream('desk-1'))).toBe('done');
});

it('shows the target of a link only to those who may read it', async () => {
  await append(clientOf('ann'), 'secret-1');
  await clientOf('admin').setStreamMetadata('secret-1', { acl: { readRoles: ['ann'] } });
  await clientOf('admin').setStreamMetadata('$ce-secret', { acl: { readRoles: ['$all'] } });
  const linked = (name: string): Promise<string[]> =>
    linesOf(clientOf(name).readStream('$ce-secret', { resolveLinkTos: true }));
  expect(await linked('bob')).toStrictEqual(['0@$ce-secret $> → nothing']);
  expect(await linked('ann')).toStrictEqual([
    expect.stringMatching(/^0@\$ce-secret \$> → 0@secret-1 Thing/),
  ]);
});

it('takes rights of all other streams from the settings', async () => {
  const admin = clientOf('admin');
  const { jsonEvent } = await import('@eventstore/db-client');
  const rights = { $userStreamAcl: { $r: '$all', $w: 'desk', $d: '$all', $mr: [], $mw: [] } };
  await admin.appendToStream('$settings', jsonEvent({ type: 'update', data: rights }));
  expect(await append(clientOf('ann'), 'any-1')).toBe('done');
  expect(await append(clientOf('bob'), 'any-1')).toBe('denied');
  await admin.appendToStream('$settings', jsonEvent({ type: 'update', data: {} }));
  expect(await append(clientOf('bob'), 'any-1')).toBe('done');
});

it('lets operators manage groups, and readers of the stream consume', async () => {
  await append(clientOf('ann'), 'queue-1');
  const create = (name: string): Promise<string> =>
    outcomeOf(clientOf(name).createPersistentSubscriptionToStream('queue-1', 'g', groupSettings()));
  expect(await create('ann')).toBe('denied');
  expect(await create('ops')).toBe('done');
  const info = await clientOf('admin').getPersistentSubscriptionToStreamInfo('queue-1', 'g');
  expect(info.groupName).toBe('g');
  const consume = (client: EventStoreDBClient): Promise<string> =>
    new Promise((resolve) => {
      const joined = client.subscribeToPersistentSubscriptionToStream('queue-1', 'g');
      joined.on('confirmation', () => {
        resolve('done');
        void joined.unsubscribe();
      });
      joined.on('error', (error) =>
        resolve(error instanceof AccessDeniedError ? 'denied' : String(error)),
      );
    });
  expect(await consume(clientOf('bob'))).toBe('done');
  expect(await consume(clientOf())).toBe('denied');
});

it.each([
  [['--host', '0.0.0.0'], '--host 0.0.0.0 can be reached from elsewhere'],
  [['--tls-cert', CERT], '--tls-cert, --tls-key and --user-file are needed together'],
  [['--tls-cert', CERT, '--tls-key', KEY, '--user-file', KEY], 'cannot read the user file'],
])('does not start with %s', async (extra, words) => {
  const refused = bench.spawn(['--port', '0', '--db', bench.directory('no'), ...extra]);
  await expect(refused.ready).rejects.toThrow(words);
  expect(await refused.exited).toBe(1);
});
