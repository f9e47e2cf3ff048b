import { createHash, randomUUID } from 'node:crypto';
import type {
  CommandAccepted,
  CommandOutcome,
  CommandUnavailable,
  TrialOutcome,
} from '../application/ports/engine-gateway.port.js';
import { unreachable } from '../domain/kernel/assert.js';
import type { Problem } from '../domain/kernel/decider.js';
import type { ArmTrial } from '../engine/decisions.js';
import type { CommandRejected, RejectionKind } from '../engine/engine-commands.js';
import { caller } from './access/caller.js';
import { RequestProblem, badField, unavailable } from './problem.js';

const STATUS_OF: Readonly<Record<RejectionKind, number>> = {
  invalid: 422,
  conflict: 409,
  stale: 412,
  'not-found': 404,
};

/** Returns what was accepted; throws the problem that anything else is to a client. */
export function accepted(outcome: CommandOutcome): CommandAccepted {
  switch (outcome.kind) {
    case 'accepted':
      return outcome;
    case 'rejected':
    case 'unavailable':
      throw problemIn(outcome);
    default:
      return unreachable(outcome);
  }
}

/** Returns what a trial came to; throws the problem that anything else is to a client. */
export function tried(outcome: TrialOutcome): ArmTrial {
  if (outcome.kind === 'would-arm') return outcome;
  throw problemIn(outcome);
}

function problemIn(outcome: CommandRejected | CommandUnavailable): RequestProblem {
  if (outcome.kind === 'unavailable') {
    return unavailable('ENGINE_UNAVAILABLE', outcome.reason, outcome.retryAfterMs);
  }
  return new RequestProblem({
    status: STATUS_OF[outcome.rejection],
    problems: outcome.problems as readonly [Problem, ...Problem[]],
  });
}

const KEY_FORM = /^[\x21-\x7e]{1,255}$/;

/**
 * Head of a command. The same key of the same caller is the same command, which the log knows, whatever route it comes by:
 * with other words it is a key used again. Without a key every request is a command of its own. A request that makes
 * several commands tells them apart by their part.
 */
export function commandHead(key: string | null | undefined, part = '') {
  if (key != null && !KEY_FORM.test(key)) {
    throw badField({
      code: 'WRONG_FORM',
      field: 'Idempotency-Key',
      rule: 'must be 1 to 255 visible ASCII characters',
      value: '',
    });
  }
  const { actor } = caller();
  const commandId = createHash('sha256')
    .update(`${actor}\n${part}\n${key ?? randomUUID()}`)
    .digest('hex');
  return { commandId, actor };
}
