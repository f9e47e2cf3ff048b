import type { CommitClock } from './commit-clock.js';
import type { Limits } from './limits.js';
import type { GroupRegistry } from './persistent/group-registry.js';
import type { Quota } from './quota.js';
import type { Scavenges } from './scavenges.js';
import type { EventStore } from './streams/event-store.js';
import type { AllWatches } from './subscriptions/all-watches.js';

/** What the calls of one running node share. */
export interface Node {
  readonly store: EventStore;
  readonly groups: GroupRegistry;
  readonly scavenges: Scavenges;
  readonly limits: Limits;
  /** How long a batch may take to arrive as a whole. */
  readonly assemblyMs: number;
  readonly commits: CommitClock;
  /** Subscriptions and consumers of groups. */
  readonly subscriptions: Quota;
  readonly watches: AllWatches;
}
