import type { Fact } from '../domain/facts.js';
import { compareInputs } from '../domain/kernel/units.js';
import type { InputRef } from '../domain/kernel/units.js';
import type { KnownStop } from '../domain/stop/stop-state.js';
import type { Partition } from '../engine/partition.js';
import { readLog } from './recovery.js';
import type { EventFeed } from './ports/event-feed.port.js';
import type { TapeRecord } from './ports/tape.port.js';

export interface UpgradeCheckNeeds {
  readonly feed: EventFeed;
  /** An engine of this build, with nothing in it. */
  readonly partition: () => Partition;
  readonly partitionName: string;
  /** Every input that the running build has kept, oldest first. */
  readonly tape: () => Iterable<TapeRecord>;
  /** Rules that this build executes. */
  readonly rules: readonly string[];
}

export interface UpgradeReport {
  readonly stopsOpen: number;
  readonly inputsReplayed: number;
  /** Stops that this build would treat in another way. */
  readonly differing: readonly { readonly stopId: string; readonly how: string }[];
  /** Streams that this build cannot read whole. */
  readonly unreadable: readonly { readonly streamId: string; readonly reason: string }[];
  /** Stops whose prices the tape does not hold any more: their state was read, their moves were not made again. */
  readonly notReplayed: readonly string[];
}

/**
 * Asks what this build would make of the open stops of a running one. What prices did to a stop since the newest command
 * or report about it is left out of what the log says and made again from the tape; then it must stand where the running
 * build has brought it. Nothing is written, nothing is sent.
 */
export async function checkUpgrade(needs: UpgradeCheckNeeds): Promise<UpgradeReport> {
  const { feed, tape, rules } = needs;
  const recorded = needs.partition();
  const bases = new Map<string, Base>();
  const reading = await readLog(feed, {
    restore: (streamId, fact, revision) => {
      if (!isMove(fact)) bases.set(streamId, { revision, input: fact.data.input });
      recorded.restore(streamId, fact, revision);
    },
  });
  for (const { streamId } of reading.unreadable) recorded.isolate(streamId);
  const open = [...recorded.registry.stops.values()].filter(isOpen);
  const cutAt = lossOf(tape());
  const { whole, part } = split(open, (stop) => {
    const base = bases.get(`stop-${stop.stopId}`);
    return base !== undefined && compareInputs(base.input, cutAt) >= 0;
  });
  const replayed = needs.partition();
  const again = new Set(whole.map(({ stopId }) => `stop-${stopId}`));
  await readLog(feed, {
    restore: (streamId, fact, revision) => {
      // What the running build has added since the first reading is left out here, too.
      if (revision > recorded.registry.revisionOf(streamId)) return;
      if (again.has(streamId) && revision > (bases.get(streamId)?.revision ?? -1)) return;
      replayed.restore(streamId, fact, revision);
    },
  });
  for (const { streamId } of reading.unreadable) replayed.isolate(streamId);
  const inputsReplayed = replayBoth(needs, recorded, replayed);
  const differing = open.flatMap(({ stopId, stamp }) => {
    const how = rules.includes(stamp.rules)
      ? difference(standing(recorded, stopId), standing(replayed, stopId))
      : `runs under rules ${stamp.rules}, which this build does not have`;
    return how === undefined ? [] : [{ stopId, how }];
  });
  const isolated = recorded.isolated.map((stopId) => ({
    ...{ stopId, how: 'its history cannot be folded: it would not be guarded' },
  }));
  return {
    stopsOpen: open.length + isolated.length,
    inputsReplayed,
    differing: [...isolated, ...differing],
    unreadable: reading.unreadable.map(({ streamId, reason }) => ({ streamId, reason })),
    notReplayed: part.map(({ stopId }) => stopId),
  };
}

interface Base {
  readonly revision: number;
  readonly input: InputRef;
}

function isOpen({ status }: KnownStop): boolean {
  return status === 'armed' || status === 'suspended';
}

/** What prices alone lead to, again and again: made once more from the tape. */
function isMove({ type }: Fact): boolean {
  return type === 'StopActivated' || type === 'StopTrailed' || type === 'StopMovedToBreakEven';
}

function split(stops: readonly KnownStop[], isWhole: (stop: KnownStop) => boolean) {
  return {
    whole: stops.filter(isWhole),
    part: stops.filter((stop) => stop.status === 'armed' && !isWhole(stop)),
  };
}

/** The input up to which the tape has lost something: its beginning, or the newest gap in it. */
function lossOf(tape: Iterable<TapeRecord>): InputRef {
  let before: { epoch: number; seq: number } = { epoch: 0, seq: -1 };
  let lostAt = before;
  for (const { epoch, seq } of tape) {
    const isNext = epoch === before.epoch ? seq === before.seq + 1 : seq === 0;
    const isFirst = before.seq === -1 && before.epoch === 0;
    if (!isNext || (isFirst && epoch > 1)) lostAt = { epoch, seq: seq - 1 };
    before = { epoch, seq };
  }
  return { partition: '', ...lostAt };
}

/** Both see the same prices: what the running build did not record yet is the same for both. */
function replayBoth(
  { tape, partitionName }: UpgradeCheckNeeds,
  recorded: Partition,
  replayed: Partition,
): number {
  recorded.beginRecovery();
  const start = replayed.beginRecovery();
  let inputs = 0;
  if (start) {
    for (const { epoch, seq, at, input } of tape()) {
      const ref = { partition: partitionName, epoch, seq };
      if (compareInputs(ref, start) <= 0) continue;
      recorded.recover({ ref, at, input });
      replayed.recover({ ref, at, input });
      inputs += 1;
    }
  }
  recorded.live();
  replayed.live();
  return inputs;
}

type Standing = Readonly<Record<string, string | number | boolean | null>>;

function standing(partition: Partition, stopId: string): Standing {
  const stop = partition.registry.stops.get(stopId);
  if (!stop) return { status: 'isolated' };
  const { level, extreme, trailMoves, limit } = partition.trackOf(stopId) ?? stop.track;
  return {
    status: stop.status,
    ...{ quantity: stop.quantity, targetsHit: stop.targetsHit, activated: stop.activated },
    ...{ level, extreme, trailMoves, limit: limit ?? null },
  };
}

/** Each thing that is not the same, the running build's first; undefined when all is. */
function difference(running: Standing, here: Standing): string | undefined {
  const keys = [...new Set([...Object.keys(running), ...Object.keys(here)])];
  const unlike = keys.filter((key) => running[key] !== here[key]);
  if (unlike.length === 0) return undefined;
  return unlike
    .map((key) => `${key} ${String(running[key] ?? '-')}, here ${String(here[key] ?? '-')}`)
    .join('; ');
}
