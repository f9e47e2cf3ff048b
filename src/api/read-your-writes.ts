import { unavailable } from './problem.js';
import type { ReadModels } from './read-models.port.js';

const WAIT_MS_MAX = 5_000;

/** Waits until the read models have come as far as the client has seen the log. */
export async function settle(
  reads: Pick<ReadModels, 'waitFor'>,
  waitFor: string | undefined,
): Promise<void> {
  if (waitFor === undefined) return;
  if (await reads.waitFor(BigInt(waitFor), WAIT_MS_MAX)) return;
  throw unavailable(
    'NOT_CAUGHT_UP',
    `the read models have not reached position ${waitFor} yet`,
    1_000,
  );
}
