import type { Fact } from '../domain/facts.js';
import type { Recorded } from '../domain/kernel/event.js';
import { compareInputs } from '../domain/kernel/units.js';
import type { InputRef } from '../domain/kernel/units.js';
import type { Decision } from '../engine/decisions.js';
import type { Partition } from '../engine/partition.js';
import type { CommandAccepted } from './ports/engine-gateway.port.js';
import type { EventFeed, UnreadableRecord } from './ports/event-feed.port.js';
import type { TapeRecord } from './ports/tape.port.js';

export interface DurableOutcome {
  readonly outcome: CommandAccepted;
  readonly requestHash: string | undefined;
}

/** Outcomes of the newest commands, so that a repeated request gets its first answer without being judged again. */
export const REMEMBERED_COMMANDS_MAX = 50_000;

type Outcomes = Map<string, DurableOutcome>;

/** What was known of the log before a place in it. */
export interface LogStart {
  readonly position: bigint;
  readonly epoch: number;
  /** A map is filled on: who reads on four times a second does not copy all of it each time. */
  readonly outcomes: Iterable<readonly [commandId: string, durable: DurableOutcome]>;
  readonly unreadable: readonly UnreadableRecord[];
}

export interface LogReading {
  readonly eventsRead: number;
  /** Everything up to and with this place in the log is folded. */
  readonly position: bigint;
  /** Highest epoch that any engine has had; 0 when there was none. */
  readonly epoch: number;
  /** Outcomes of commands by command id: a repeated request gets its first answer. */
  readonly outcomes: ReadonlyMap<string, DurableOutcome>;
  /** Records that no codec understands: their streams cannot be trusted. */
  readonly unreadable: readonly UnreadableRecord[];
}

/** Folds the log, or what is behind a place in it, into the partition. Resolves when the end that was there at the beginning has been reached. */
export function readLog(
  feed: EventFeed,
  partition: Pick<Partition, 'restore'>,
  start?: LogStart,
): Promise<LogReading> {
  const known: LogStart['outcomes'] = start?.outcomes ?? [];
  const outcomes = known instanceof Map ? (known as Outcomes) : new Map(known);
  const unreadable: UnreadableRecord[] = [...(start?.unreadable ?? [])];
  let eventsRead = 0;
  let position = start?.position ?? 0n;
  let epoch = start?.epoch ?? 0;
  return new Promise((resolve, reject) => {
    const subscription = feed.subscribe(start?.position ?? 'start', (batch, broken) => {
      try {
        for (const recorded of batch.facts) {
          partition.restore(recorded.streamId, recorded.event, recorded.revision);
          noteOutcome(outcomes, recorded);
          epoch = Math.max(epoch, recorded.event.data.input.epoch);
        }
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
        return Promise.resolve();
      }
      eventsRead += batch.facts.length;
      if (batch.position > position) position = batch.position;
      unreadable.push(...broken);
      if (batch.caughtUp) {
        void subscription.close();
        resolve({ eventsRead, position, epoch, outcomes, unreadable });
      }
      return Promise.resolve();
    });
  });
}

function noteOutcome(outcomes: Outcomes, recorded: Recorded<Fact>): void {
  const { commandId, requestHash } = recorded.metadata;
  // The first event that a command wrote is that of the aggregate it was about.
  if (commandId === undefined || outcomes.has(commandId)) return;
  const { streamId, revision, position } = recorded;
  const outcome: CommandAccepted = {
    kind: 'accepted',
    id: streamId.slice(streamId.indexOf('-') + 1),
    streamId,
    revision,
    position: position.toString(),
  };
  outcomes.set(commandId, { outcome, requestHash });
  if (outcomes.size <= REMEMBERED_COMMANDS_MAX) return;
  const oldest = outcomes.keys().next();
  if (!oldest.done) outcomes.delete(oldest.value);
}

export interface TapeReplay {
  readonly decisions: readonly Decision[];
  readonly inputsReplayed: number;
}

/**
 * Does the taped prices again that lie behind the newest fact of any armed stop: extremes and moves that no event holds,
 * and triggers that were decided but never became durable. Then every stop is guarded.
 */
export function replayTape(
  partition: Partition,
  partitionName: string,
  read: (after: InputRef) => Iterable<TapeRecord>,
): TapeReplay {
  const start = partition.beginRecovery();
  const decisions: Decision[] = [];
  let inputsReplayed = 0;
  if (start) {
    for (const { epoch, seq, at, input } of read(start)) {
      const ref = { partition: partitionName, epoch, seq };
      if (compareInputs(ref, start) <= 0) continue;
      decisions.push(...partition.recover({ ref, at, input }));
      inputsReplayed += 1;
    }
  }
  partition.live();
  return { decisions, inputsReplayed };
}
