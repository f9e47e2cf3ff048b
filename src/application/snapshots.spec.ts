import {
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PartitionFixture } from '../../test/support/partition-fixture.js';
import { SnapshotFile } from '../adapters/snapshot-file/snapshot-file.js';
import type { Recorded } from '../domain/kernel/event.js';
import type { Fact } from '../domain/facts.js';
import { Partition } from '../engine/partition.js';
import { differencesOf } from '../engine/partition-snapshot.js';
import type { EventFeed } from './ports/event-feed.port.js';
import { readLog } from './recovery.js';
import { Snapshots } from './snapshots.js';
import type { SnapshotRun } from './snapshots.js';

const STARTED = { input: { partition: 'p0', epoch: 1, seq: 0 }, at: 77, build: 'b1', rules: '1' };

/** A log that holds what a fixture decided, each decision at ten times its place. */
function logOf(fixture: PartitionFixture, startedAtMs = 77): EventFeed {
  const facts = fixture.decisions.map(({ streamId, fact, expectedRevision }, place) => ({
    ...{ event: fact, streamId, revision: expectedRevision + 1, position: BigInt(place * 10) },
    metadata: { commandId: `c${place}`, requestHash: 'h' },
  })) as unknown as Recorded<Fact>[];
  const newest = facts.at(-1)?.position ?? -1n;
  return {
    subscribe: (after, handler) => {
      const from = after === 'start' ? -1n : after;
      const tail = facts.filter(({ position }) => position > from);
      setImmediate(() => void handler({ facts: tail, position: newest, caughtUp: true }, []));
      return { close: () => Promise.resolve() };
    },
    newestPosition: () => Promise.resolve(newest),
    readStream: () =>
      Promise.resolve([
        { event: { type: 'EngineStarted', data: { ...STARTED, at: startedAtMs } } },
      ] as never),
  };
}

describe('snapshots', () => {
  const dir = mkdtempSync(join(tmpdir(), 'stopledger-snapshot-'));
  const path = join(dir, 'p0.snapshot');
  const said: string[] = [];
  afterAll(() => rmSync(dir, { recursive: true, force: true }));
  beforeEach(() => {
    rmSync(path, { force: true });
    said.length = 0;
  });

  const snapshotsOf = (partition: Partition, build = 'b1'): Snapshots =>
    new Snapshots({
      store: new SnapshotFile(path),
      ...{ partition, partitionName: 'p0', build, say: (line) => said.push(line) },
    });

  const runOf = (fixture: PartitionFixture, line = Promise.resolve()): SnapshotRun => ({
    host: {
      finish: () => undefined,
      knownPosition: BigInt((fixture.decisions.length - 1) * 10),
      durableOutcomes: () => [
        ['c0', { outcome: { kind: 'accepted', id: 'x' } as never, requestHash: 'h' }],
      ],
    },
    line: { settled: () => line },
    ...{ epoch: 1, unreadable: [] },
  });

  /** Stops that moved, one with a fill, one suspended, one of an average range. */
  async function written(): Promise<PartitionFixture> {
    const fixture = PartitionFixture.ready({ recordIntervalMs: 100, trailEventsPerSecondMax: 5 });
    for (const number of [1, 2, 3, 4]) fixture.position(number, number % 2 ? 'long' : 'short');
    fixture.arm(11, 1, { trail: { percent: '2' } });
    fixture.arm(12, 2, { stop: '90', targets: [{ price: '82', portion: '0.5' }] });
    fixture.arm(13, 3, { trail: { atr: { period: 3, multiple: '2', interval: 'PT1S' } } });
    fixture.arm(14, 4, { trail: { amount: '1' }, timeStop: { after: 'PT1H' } });
    for (const price of ['83.29', '83.40', '83.50', '82']) fixture.price(price);
    const snapshots = snapshotsOf(fixture.partition);
    snapshots.note({ type: 'EngineStarted', data: STARTED });
    await snapshots.write(runOf(fixture));
    return fixture;
  }

  async function resumed(fixture: PartitionFixture, build?: string, startedAtMs?: number) {
    const partition = new Partition({
      partition: 'p0',
      recording: { recordIntervalMs: 100, trailEventsPerSecondMax: 5 },
    });
    const feed = logOf(fixture, startedAtMs);
    const { start, found } = await snapshotsOf(partition, build).resume(feed);
    const reading = await readLog(feed, partition, start);
    return { partition, found, reading };
  }

  it('spare a start the log before them', async () => {
    const fixture = await written();
    const before = fixture.partition.snapshot();
    const { partition, found, reading } = await resumed(fixture);
    expect(found.outcome).toBe('used');
    expect(reading).toMatchObject({ eventsRead: 0, epoch: 1 });
    expect([...reading.outcomes.keys()]).toStrictEqual(['c0']);
    partition.beginRecovery();
    partition.live();
    expect(differencesOf(partition.snapshot().state, before.state)).toStrictEqual([]);
    expect(said).toStrictEqual([]);
  });

  it('leave what came after them to the log', async () => {
    const fixture = await written();
    const count = fixture.decisions.length;
    fixture.position(5, 'long');
    fixture.arm(15, 5, { stop: '80' });
    const { partition, reading } = await resumed(fixture);
    expect(reading.eventsRead).toBe(fixture.decisions.length - count);
    expect(
      differencesOf(partition.registry.snapshot(), fixture.partition.registry.snapshot()),
    ).toStrictEqual([]);
  });

  it.each<[string, (fixture: PartitionFixture) => Promise<{ found: { outcome: string } }>, RegExp]>(
    [
      ['of another build', (fixture) => resumed(fixture, 'b2'), /build must be b2, was b1/],
      ['of another log', (fixture) => resumed(fixture, 'b1', 78), /epoch 1 of this log began/],
      [
        'ahead of the log',
        (fixture) => {
          fixture.decisions.length = 3;
          return resumed(fixture);
        },
        /the log must reach position \d+, was 20/,
      ],
      [
        'with one bit turned',
        (fixture) => {
          const bytes = readFileSync(path);
          bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 4;
          writeFileSync(path, bytes);
          return resumed(fixture);
        },
        /checksum must be/,
      ],
      [
        'cut short',
        (fixture) => {
          truncateSync(path, readFileSync(path).length - 9);
          return resumed(fixture);
        },
        /checksum must be/,
      ],
      [
        'of another form',
        (fixture) => {
          writeFileSync(path, 'SLSNAP99 and whatever follows');
          return resumed(fixture);
        },
        /form must be SLSNAP01/,
      ],
    ],
  )('are left aside when they are %s, and the whole log is read', async (_what, start, why) => {
    const fixture = await written();
    const count = fixture.decisions.length;
    const { found } = await start(fixture);
    expect(found.outcome).toBe('ignored');
    expect(said).toStrictEqual([expect.stringMatching(why)]);
    expect(fixture.decisions.length).toBeLessThanOrEqual(count);
  });

  it('hold nothing that the log may not get', async () => {
    const fixture = await written();
    rmSync(path);
    const snapshots = snapshotsOf(fixture.partition);
    snapshots.note({ type: 'EngineStarted', data: STARTED });
    let settle = (): void => undefined;
    const line = new Promise<void>((resolve) => (settle = resolve));
    const writing = snapshots.write(runOf(fixture, line));
    await new Promise((resolve) => setImmediate(resolve));
    expect(existsSync(path)).toBe(false);
    settle();
    await writing;
    expect(existsSync(path)).toBe(true);
  });

  it('survive a kill while the next one is written', async () => {
    const fixture = await written();
    writeFileSync(`${path}.new`, readFileSync(path).subarray(0, 100));
    expect((await resumed(fixture)).found.outcome).toBe('used');
    rmSync(path);
    expect((await resumed(fixture)).found.outcome).toBe('none');
    expect(said).toStrictEqual([]);
  });
});
