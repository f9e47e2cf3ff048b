/** The disk is full: nothing of an append was written, and later ones may be. */
export class OutOfSpaceError extends Error {
  override readonly name = 'OutOfSpaceError';

  constructor(cause: Error) {
    super(`the disk of the event store is full: ${cause.message}`, { cause });
  }
}

const CODES: readonly unknown[] = ['ENOSPC', 'EDQUOT'];

export function isOutOfSpace(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && CODES.includes(error.code);
}
