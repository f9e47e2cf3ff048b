import { EventStoreDBClient, START } from '@eventstore/db-client';
import { WireReader } from '../../src/eventstore-server/protocol/wire.codec.js';
import { anEvent, linesOf, type RunningProcess, shareServer } from './eventstore-server.builder.js';
import { rawCall } from './raw-call.builder.js';

// What a client asks before anything else: a failure here is remembered for the life of its connection.

const FEATURES = '/event_store.client.server_features.ServerFeatures/GetSupportedMethods';

let server: RunningProcess;
shareServer('info', (shared) => ({ server } = shared));

interface Supported {
  readonly methods: ReadonlyMap<string, readonly string[]>;
  readonly version: string;
}

function readSupported(message: Buffer): Supported {
  const methods = new Map<string, readonly string[]>();
  let version = '';
  const reader = new WireReader(message);
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 2) version = reader.string();
    else if (field === 1) {
      const [name, features] = readMethod(reader.message());
      methods.set(name, features);
    } else reader.skip();
  }
  return { methods, version };
}

function readMethod(reader: WireReader): [string, string[]] {
  const features: string[] = [];
  let [method, service] = ['', ''];
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) method = reader.string();
    else if (field === 2) service = reader.string();
    else features.push(reader.string());
  }
  return [`${service.replace(/^.*\./, '')}/${method}`, features];
}

it('says what it can do, whatever the caller says of itself', async () => {
  const target = { port: server.port, path: FEATURES };
  for (const headers of [{}, { authorization: 'Basic bm9ib2R5Ong=' }, { authorization: 'odd' }]) {
    const { status, messages } = await rawCall(target, Buffer.alloc(0), headers);
    expect([status, messages.length]).toEqual([0, 1]);
    const { methods, version } = readSupported(messages[0] ?? Buffer.alloc(0));
    expect(version).toMatch(/^\d+\.\d+\.\d+/);
    expect(methods.get('streams/batchappend')).toEqual(['deadline_duration']);
    expect(methods.get('streams/read')).toEqual(['position', 'events']);
    for (const name of ['append', 'delete', 'tombstone']) {
      expect(methods.get(`streams/${name}`)).toEqual([]);
    }
    for (const name of [
      'create',
      'update',
      'delete',
      'read',
      'getinfo',
      'replayparked',
      'list',
      'restartsubsystem',
    ]) {
      expect(methods.get(`persistentsubscriptions/${name}`)).toEqual(['stream', 'all']);
    }
    expect([...methods.keys()].filter((name) => name.startsWith('projections'))).toEqual([]);
  }
});

it.each([
  ['follower', 'its leader is good enough'],
  ['leader', 'it is the leader'],
])('is found by gossip for a client that prefers a %s: %s', async (preference) => {
  const uri = `esdb+discover://127.0.0.1:${server.port}?tls=false&nodePreference=${preference}`;
  const client = EventStoreDBClient.connectionString(uri);
  const stream = `gossip-${preference}`;
  await client.appendToStream(stream, anEvent(1), { requiresLeader: true });
  const lines = await linesOf(client.readStream(stream, { fromRevision: START }));
  expect(lines).toEqual([`0@${stream} Thing 1`]);
  await client.dispose();
});
