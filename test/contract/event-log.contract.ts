import { randomUUID } from 'node:crypto';
import { EventStoreDBClient, FORWARDS, START, jsonEvent } from '@eventstore/db-client';
import { EventStoreFactFeed } from '../../src/adapters/eventstoredb/eventstoredb.feed.js';
import { EventStoreJournal } from '../../src/adapters/eventstoredb/eventstoredb.journal.js';
import { EventStoreLease } from '../../src/adapters/eventstoredb/lease-store.js';
import { eventIdOf } from '../../src/adapters/eventstoredb/recorded-fact.js';
import type { LeaseRecord } from '../../src/application/ports/lease.port.js';
import type { Fact } from '../../src/domain/facts.js';
import type { Recorded } from '../../src/domain/kernel/event.js';
import type { Decision } from '../../src/engine/decisions.js';
import { PartitionFixture } from '../support/partition-fixture.js';
import { until } from '../support/until.js';

/** A store under test, by the connection string that the program itself would be given. */
export interface EventLogUnderTest {
  readonly connectionString: string;
  close(): Promise<void>;
}

const DEADLINE_MS = 5_000;

/**
 * What the program needs of its log, whoever serves it. Nothing is assumed about what else the store holds: every
 * run has streams of its own.
 */
export function eventLogContract(name: string, open: () => Promise<EventLogUnderTest>): void {
  describe(`the event log: ${name}`, () => {
    let store: EventLogUnderTest;
    let client: EventStoreDBClient;
    let run: string;

    beforeAll(async () => {
      store = await open();
      client = EventStoreDBClient.connectionString(store.connectionString);
      run = randomUUID().slice(0, 8);
    });

    afterAll(async () => {
      await client.dispose();
      await store.close();
    });

    const journal = () =>
      new EventStoreJournal({
        client,
        build: 'test',
        clock: () => 1,
        appendDeadlineMs: DEADLINE_MS,
      });

    /** Decisions of a fresh partition in a stream of its own: an account that is opened. */
    const decisionsOf = (what: string, epoch = 1): readonly Decision[] => {
      const fixture = new PartitionFixture(epoch);
      const accountId = `${what}_${run}`;
      const open = {
        kind: 'OpenAccount',
        broker: 'paper',
        mode: 'paper',
        currency: 'USDT',
      } as const;
      fixture.command({ ...open, accountId, commandId: `${accountId}/${epoch}` });
      return fixture.decisions;
    };

    const streamOf = (what: string): string => `account-${what}_${run}`;

    const idsIn = async (streamId: string): Promise<string[]> => {
      const ids: string[] = [];
      const read = client.readStream(streamId, { direction: FORWARDS, fromRevision: START });
      for await (const { event } of read) if (event) ids.push(event.id);
      return ids;
    };

    const appended = async (decisions: readonly Decision[]): Promise<bigint> => {
      const outcome = await journal().append(decisions);
      if (outcome.kind !== 'appended') throw new Error(`the append was ${JSON.stringify(outcome)}`);
      return outcome.position;
    };

    it('answers a second try of the same decisions as the first, and keeps them once', async () => {
      const decisions = decisionsOf('twice');
      const position = await appended(decisions);
      expect(await appended(decisions)).toBe(position);
      expect(await idsIn(streamOf('twice'))).toStrictEqual(decisions.map(eventIdOf));
    });

    it('calls it a conflict when another engine was there first, whose events differ by their epoch', async () => {
      await appended(decisionsOf('raced', 1));
      expect(await journal().append(decisionsOf('raced', 2))).toMatchObject({
        kind: 'conflict',
        streamId: streamOf('raced'),
      });
    });

    it('calls it a conflict when the stream is shorter than was believed', async () => {
      const [first] = decisionsOf('short');
      if (!first) throw new Error('Invariant: an account was opened');
      const outcome = await journal().append([{ ...first, expectedRevision: 3 }]);
      expect(outcome).toMatchObject({ kind: 'conflict', streamId: streamOf('short') });
    });

    it('appends the rest when an earlier try carried fewer of the same decisions', async () => {
      const [first] = decisionsOf('partly');
      if (!first) throw new Error('Invariant: an account was opened');
      const second = { ...first, expectedRevision: 0 };
      await appended([first]);
      await appended([first, second]);
      expect(await idsIn(streamOf('partly'))).toStrictEqual([first, second].map(eventIdOf));
    });

    it('feeds its facts in order behind a position, and parks what is not ours', async () => {
      const before = await appended(decisionsOf('marker'));
      const foreign = `stop-foreign_${run}`;
      for (const what of ['one', 'two', 'three']) await appended(decisionsOf(what));
      await client.appendToStream(foreign, jsonEvent({ type: 'Whatever', data: { a: 1 } }));
      await appended(decisionsOf('four'));
      const feed = new EventStoreFactFeed({
        ...{ client, connectionString: store.connectionString },
        ...{ random: () => 0, onTrouble: () => undefined },
      });
      const facts: Recorded<Fact>[] = [];
      const unreadable: string[] = [];
      const subscription = feed.subscribe(before, (batch, broken) => {
        facts.push(...batch.facts.filter(({ streamId }) => streamId.endsWith(run)));
        unreadable.push(...broken.map((record) => `${record.streamId}: ${record.reason}`));
        return Promise.resolve();
      });
      await until('everything has come', () => facts.length === 4);
      await appended(decisionsOf('five'));
      await until('and what came later', () => facts.length === 5);
      await subscription.close();
      const wanted = ['one', 'two', 'three', 'four', 'five'].map(streamOf);
      expect(facts.map((fact) => fact.streamId)).toStrictEqual(wanted);
      expect(facts[0]).toMatchObject({
        event: decisionsOf('one')[0]?.fact,
        revision: 0,
        metadata: { actor: 'test', commandId: `one_${run}/1`, build: 'test', version: 1 },
      });
      expect(unreadable).toContain(`${foreign}: unknown event type Whatever`);
      expect(facts.every((fact, at) => at === 0 || fact.position > facts[at - 1]!.position)).toBe(
        true,
      );
    });

    it('holds one lease, which the first writer gets', async () => {
      const lease = new EventStoreLease({ client, partition: `p_${run}`, deadlineMs: DEADLINE_MS });
      const record: LeaseRecord = { holder: 'one', leaseMs: 1000, state: 'held' };
      expect(await lease.read()).toStrictEqual({ kind: 'absent' });
      expect(await lease.write(record, -1)).toStrictEqual({ kind: 'written', revision: 0 });
      expect(await lease.write(record, -1)).toStrictEqual({ kind: 'lost' });
      expect(await lease.write(record, 0)).toStrictEqual({ kind: 'written', revision: 1 });
      expect(await lease.read()).toStrictEqual({ kind: 'found', revision: 1, record });
      await lease.announce('two');
      await lease.announce('three');
      expect(await lease.announcements()).toBe(2);
    });
  });
}
