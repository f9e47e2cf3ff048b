import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { EventStoreDBClient, FORWARDS, START } from '@eventstore/db-client';
import { EventStoreFactFeed } from '../../src/adapters/eventstoredb/eventstoredb.feed.js';
import { EventStoreJournal } from '../../src/adapters/eventstoredb/eventstoredb.journal.js';
import { PartitionFixture } from '../support/partition-fixture.js';
import { until } from '../support/until.js';
import { ServerBench } from './eventstore-server.builder.js';
import type { RunningProcess } from './eventstore-server.builder.js';

const DEADLINE_MS = 400;

/** Passes bytes to the store until told to swallow the answers: what was sent arrives, nobody hears of it. */
class Line {
  isMute = false;
  private readonly sockets = new Set<Socket>();
  private constructor(private readonly server: Server) {}

  static async to(port: number): Promise<Line> {
    const server = createServer();
    const line = new Line(server);
    server.on('connection', (near) => {
      const far = connect(port, '127.0.0.1');
      near.on('data', (chunk) => far.write(chunk));
      far.on('data', (chunk) => line.isMute || near.write(chunk));
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        line.sockets.add(one);
        one.on('error', () => other.destroy());
        one.on('close', () => other.destroy());
      }
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return line;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

describe('the journal over the official client', () => {
  const bench = new ServerBench();
  let store: RunningProcess;
  let client: EventStoreDBClient;

  const journalOn = (on: EventStoreDBClient) =>
    new EventStoreJournal({
      client: on,
      build: 'test',
      clock: () => 1,
      appendDeadlineMs: DEADLINE_MS,
    });

  /** Decisions of a fresh partition in a stream of its own: an account that is opened. */
  const decisionsOf = (name: string, epoch = 1) => {
    const fixture = new PartitionFixture(epoch);
    fixture.command({
      kind: 'OpenAccount',
      accountId: name,
      broker: 'paper',
      mode: 'paper',
      currency: 'USDT',
      commandId: `${name}/${epoch}`,
    });
    return fixture.decisions;
  };

  beforeAll(async () => {
    store = await bench.start('journal');
    client = bench.client(store);
  });

  afterAll(() => bench.tearDown());

  const idsIn = async (streamId: string): Promise<string[]> => {
    const ids: string[] = [];
    for await (const { event } of client.readStream(streamId, {
      direction: FORWARDS,
      fromRevision: START,
    })) {
      if (event) ids.push(event.id);
    }
    return ids;
  };

  it('knows the position of the newest record, and facts behind it are what comes next', async () => {
    const feed = new EventStoreFactFeed({ client, random: () => 0, onTrouble: () => undefined });
    const journal = journalOn(client);
    await journal.append(decisionsOf('newest-1'));
    const newest = await feed.newestPosition();
    const heard: string[] = [];
    const subscription = feed.subscribe(newest, ({ facts }) => {
      heard.push(...facts.map(({ streamId }) => streamId));
      return Promise.resolve();
    });
    await journal.append(decisionsOf('newest-2'));
    await until('the next fact', () => heard.length > 0);
    await subscription.close();
    expect(heard).toStrictEqual(['account-newest-2']);
    expect(await feed.newestPosition()).toBeGreaterThan(newest);
  });

  it('settles an append whose answer was lost by reading back, without a second event', async () => {
    const line = await Line.to(store.port);
    const cut = EventStoreDBClient.connectionString(`esdb://127.0.0.1:${line.port}?tls=false`);
    try {
      const journal = journalOn(cut);
      await journal.append(decisionsOf('warm'));
      line.isMute = true;
      const decisions = decisionsOf('lost');
      expect(await journal.append(decisions)).toMatchObject({ kind: 'unavailable' });
      await until('the event has arrived all the same', () =>
        idsIn('account-lost').then(
          (ids) => ids.length === 1,
          () => false,
        ),
      );
      expect((await journalOn(client).append(decisions)).kind).toBe('appended');
      expect(await idsIn('account-lost')).toHaveLength(1);
    } finally {
      await cut.dispose();
      await line.close();
    }
  });

  it('says unavailable while the store is away, never that it failed', async () => {
    const away = EventStoreDBClient.connectionString('esdb://127.0.0.1:1?tls=false');
    try {
      expect((await journalOn(away).append(decisionsOf('away'))).kind).toBe('unavailable');
    } finally {
      await away.dispose();
    }
  });

  it('goes on behind the last batch that was taken after the store was killed', async () => {
    const away = await bench.start('reconnect');
    const port = away.port;
    const far = bench.client(away);
    await journalOn(far).append(decisionsOf('before'));
    const feed = new EventStoreFactFeed({
      client: far,
      connectionString: away.address,
      random: () => 0.1,
      onTrouble: () => undefined,
    });
    const seen: string[] = [];
    const subscription = feed.subscribe('start', (batch) => {
      seen.push(...batch.facts.map((fact) => fact.streamId));
      return Promise.resolve();
    });
    await until('the first fact is there', () => seen.length === 1);
    await away.kill('SIGKILL');
    const again = bench.spawn(['--port', String(port), '--db', bench.directory('reconnect')]);
    await again.ready;
    await until(
      'an append succeeds again',
      async () => (await journalOn(far).append(decisionsOf('after'))).kind === 'appended',
    );
    await until('the second fact is there', () => seen.length === 2);
    expect(seen).toStrictEqual(['account-before', 'account-after']);
    await subscription.close();
  });
});
