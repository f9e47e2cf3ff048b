import { AsyncLocalStorage } from 'node:async_hooks';
import type { Grant, Scope } from '../../application/ports/access.port.js';
import { may } from '../../application/ports/access.port.js';
import { RequestProblem } from '../problem.js';

const callers = new AsyncLocalStorage<Grant>();

/** Runs what answers a request as its caller: whatever it reads or orders is judged by their grant. */
export function asCaller<Answer>(grant: Grant, answer: () => Answer): Answer {
  return callers.run(grant, answer);
}

/** Throws when nobody is known: what is not asked on somebody's behalf is not answered. */
export function caller(): Grant {
  const grant = callers.getStore();
  if (!grant) throw new Error('Invariant: a request has a caller');
  return grant;
}

export function requireScope(scope: Scope): void {
  if (!may(caller(), scope)) throw forbidden('SCOPE_MISSING', `needs a token with scope ${scope}`);
}

/** For what tells of every account at once. */
export function requireAllAccounts(): void {
  requireScope('read');
  const { accounts, scopes } = caller();
  if (accounts === 'all' || scopes.has('admin')) return;
  throw forbidden('ACCOUNT_NOT_ALLOWED', 'needs a token for all accounts');
}

export function forbidden(code: string, rule: string): RequestProblem {
  return new RequestProblem({
    status: 403,
    problems: [{ code, field: 'Authorization', rule, value: '' }],
  });
}
