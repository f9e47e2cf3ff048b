import type { Decision } from '../engine/decisions.js';
import type { AppendConflict, Journal } from './ports/journal.port.js';

export interface SpoolRecovery {
  /** Decisions that the log has now. */
  readonly appended: number;
  /** Streams in which another engine acted meanwhile: the log is right, and what we kept for them is set aside. */
  readonly conflicts: readonly AppendConflict[];
  readonly setAside: readonly Decision[];
}

const RETRY_MS_MIN = 50;
const RETRY_MS_MAX = 2_000;

/**
 * Brings what an earlier run kept in the spool into the log, in its order, before anything is recovered from the log.
 * Tries until the log answers. What the log has already is found there and not written twice.
 */
export async function appendSpooled(
  left: readonly (readonly Decision[])[],
  journal: Journal,
  pause: (ms: number) => Promise<void>,
): Promise<SpoolRecovery> {
  const conflicts = new Map<string, AppendConflict>();
  const setAside: Decision[] = [];
  let appended = 0;
  for (const decisions of left) {
    const streamId = decisions[0]?.streamId ?? '';
    const conflict = conflicts.has(streamId) || (await appendOne(decisions, journal, pause));
    if (conflict === undefined) {
      appended += decisions.length;
      continue;
    }
    if (conflict !== true) conflicts.set(streamId, conflict);
    setAside.push(...decisions);
  }
  return { appended, conflicts: [...conflicts.values()], setAside };
}

async function appendOne(
  decisions: readonly Decision[],
  journal: Journal,
  pause: (ms: number) => Promise<void>,
): Promise<AppendConflict | undefined> {
  for (let pauseMs = RETRY_MS_MIN; ; pauseMs = Math.min(pauseMs * 2, RETRY_MS_MAX)) {
    const outcome = await journal.append(decisions);
    if (outcome.kind === 'appended') return undefined;
    if (outcome.kind === 'conflict') return outcome;
    await pause(pauseMs);
  }
}
