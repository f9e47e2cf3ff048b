import type { Decision } from '../../engine/decisions.js';

/**
 * `kept`: durable on the local disk. `full`: no room is left for decisions of this kind. `broken`: the disk refused.
 * In both other cases nothing of it counts as kept.
 */
export type SpoolOutcome = 'kept' | 'full' | 'broken';

/** Where decisions become durable while the log cannot be reached. Never throws for what a disk may do. */
export interface Spool {
  /**
   * Keeps decisions of one stream, consecutive in revision, all or none. Calls that overlap are kept in their order.
   * A part of the room is reserved: only `isExit` may use it.
   */
  keep(decisions: readonly Decision[], isExit: boolean): Promise<SpoolOutcome>;
  /** Forgets everything that was kept before this call, once the log has it. */
  clear(): Promise<void>;
}
