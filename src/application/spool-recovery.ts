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
 * What another engine's decisions have made stale once they have overtaken ours in one stream: everything about that
 * position. An order without the trigger that decided it, or a position that fills of such an order have closed under an
 * armed stop, would be a history that nobody has decided. What did happen at the venue is found there again.
 */
function roomOf({ streamId, fact }: Decision): string {
  return 'positionId' in fact.data ? `position-${fact.data.positionId}` : streamId;
}

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
  const overtaken = new Set<string>();
  const setAside: Decision[] = [];
  let appended = 0;
  for (const decisions of left) {
    const rooms = decisions.map(roomOf);
    const isStale = rooms.some((room) => overtaken.has(room));
    const conflict = isStale ? undefined : await appendOne(decisions, journal, pause);
    if (!isStale && !conflict) {
      appended += decisions.length;
      continue;
    }
    if (conflict) conflicts.set(conflict.streamId, conflict);
    for (const room of rooms) overtaken.add(room);
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
