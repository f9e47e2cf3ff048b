import { ReadSideUnavailable } from '../../application/ports/read-side.port.js';

/** SQLSTATE of a failed statement; undefined when the server was not reached or did not answer. */
function sqlState(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && !/^E[A-Z]+$/.test(code)
    ? code
    : undefined;
}

/** The rows themselves are at fault: the same statement fails for ever. Classes 22 data, 23 constraint, 54 limit. */
export function isDataError(error: unknown): boolean {
  return /^(22|23|54)/.test(sqlState(error) ?? '');
}

/** A table or view that must be there is gone: somebody deleted derived data. */
export function isMissingTable(error: unknown): boolean {
  return sqlState(error) === '42P01';
}

/** Two transactions waited for each other, and the server undid this one: it may be done again. */
export function isDeadlock(error: unknown): boolean {
  return sqlState(error) === '40P01';
}

/**
 * Classes 08 connection, 25006 read-only, 3D the database is gone, 40 rolled back, 53 resources, 55 not in state, 57
 * shutdown, 58 the server's own files cannot be read, XX they are broken; or no answer. What it holds is derived: whoever
 * deletes the files under the server has an outage until it is made again, and no statement of ours is at fault.
 */
export function isOutage(error: unknown): boolean {
  const state = sqlState(error);
  return (
    state === undefined || /^(08|25006|3D|40|53|55|57|58|XX)/.test(state) || isMissingTable(error)
  );
}

const ATTEMPTS_MAX = 3;

/**
 * Runs a read; an outage becomes `ReadSideUnavailable`, anything else is a bug and passes through. One that stood in the
 * way when a rebuild put its tables in place, and was undone for it, is repeated.
 */
export async function answering<T>(read: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await read();
    } catch (error) {
      if (isDeadlock(error) && attempt < ATTEMPTS_MAX) continue;
      if (!isOutage(error)) throw error;
      throw new ReadSideUnavailable('The read models cannot be reached now.', { cause: error });
    }
  }
}
