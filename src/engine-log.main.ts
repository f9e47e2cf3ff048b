import { setTimeout as pause } from 'node:timers/promises';
import type { EventStoreDBClient } from '@eventstore/db-client';
import { EventStoreFactFeed } from './adapters/eventstoredb/eventstoredb.feed.js';
import { LogFollower } from './application/log-follower.js';
import { readLog } from './application/recovery.js';
import { isTaped } from './engine-tape.main.js';
import type { EngineSnapshots } from './engine-snapshots.main.js';
import type { Partition } from './engine/partition.js';

export interface LogParts {
  readonly client: EventStoreDBClient;
  /** What the client was made of. */
  readonly connectionString: string;
  readonly partition: Partition;
  readonly snapshots: EngineSnapshots;
  readonly tapeDir: string;
  readonly say: (line: string) => void;
}

/** Wires how a partition comes to know what the log holds. */
export function openLog(parts: LogParts): LogFollower {
  const { client, connectionString, partition, snapshots, tapeDir, say } = parts;
  const feed = new EventStoreFactFeed({
    ...{ client, connectionString, random: Math.random },
    onTrouble: (reason) => say(`reading the log: ${reason}`),
  });
  return new LogFollower({
    resume: () => snapshots.resume(feed),
    read: (start) => readLog(feed, partition, start),
    pause: (ms) => pause(ms),
    rehearse: () => partition.rehearse((after) => isTaped(tapeDir, after)),
    onFollowing: () => say('the log is followed: a take-over has only its end to read'),
  });
}
