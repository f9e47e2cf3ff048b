import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/** A data directory that this server must not touch. The message is one line for the operator. */
export class DataDirectoryError extends Error {
  override readonly name = 'DataDirectoryError';
}

/**
 * Makes a folder and those above it, level by level: Node's own `recursive` never returns below /proc.
 *
 * Throws a DataDirectoryError where none can be made.
 */
export function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  try {
    mkdirSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    throw new DataDirectoryError(`${path} cannot be made (${String(code)})`, { cause: error });
  }
}
