import { setTimeout as pause } from 'node:timers/promises';
import type { EventStoreDBClient } from '@eventstore/db-client';
import { EventStoreLease } from './adapters/eventstoredb/lease-store.js';
import { Ownership } from './application/ownership.js';
import { holderOf } from './launch/holder.js';

// What a standby waits at least after the owner's last sign of life: 2.5 s.
const LEASE_MS = 2_000;
const LEASE_MARGIN_MS = 500;

export interface OwnershipTerms {
  readonly client: EventStoreDBClient;
  readonly partition: string;
  readonly dataDir: string;
  readonly deadlineMs: number;
  readonly onStandingBy: (holder: string) => void;
  readonly onSight: (isAnswered: boolean) => void;
  readonly onUnheard: (holder: string) => void;
  readonly onLost: (holder: string) => void;
}

/** Wires the ownership of a partition to the log and to this data directory. */
export function makeOwnership(terms: OwnershipTerms): Ownership {
  const { client, partition, dataDir, deadlineMs, onStandingBy, onSight, onUnheard, onLost } =
    terms;
  return new Ownership({
    store: new EventStoreLease({ client, partition, deadlineMs }),
    holder: holderOf(dataDir),
    leaseMs: LEASE_MS,
    marginMs: LEASE_MARGIN_MS,
    clock: () => performance.now(),
    pause: (ms) => pause(ms),
    onStandingBy,
    onSight,
    onUnheard,
    onLost,
  });
}
