import { RequestProblem } from './problem.js';
import type { ReadModels } from './read-models.port.js';

const WAIT_MS_MAX = 5_000;

/** Waits until the read models have come as far as the client has seen the log. */
export async function settle(
  reads: Pick<ReadModels, 'waitFor'>,
  waitFor: string | undefined,
): Promise<void> {
  if (waitFor === undefined) return;
  if (await reads.waitFor(BigInt(waitFor), WAIT_MS_MAX)) return;
  throw new RequestProblem({
    status: 503,
    problems: [
      {
        code: 'NOT_CAUGHT_UP',
        field: 'waitFor',
        rule: 'must be a position that the read models reach in time: ask again',
        value: waitFor,
      },
    ],
    retryAfterMs: 1_000,
  });
}
