import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Writes what other commands, and the next start, want to know of this run: whole or not at all, for the owner's eyes
 * only. A note that cannot be written (the disk is full, say) is not worth the processes that it tells of.
 */
export function writeNote(
  { path, what }: { readonly path: string; readonly what: string },
  value: unknown,
  say: (line: string) => void,
): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(`${path}.new`, JSON.stringify(value), { mode: 0o600 });
    renameSync(`${path}.new`, path);
  } catch (error) {
    say(`the ${what} of this run cannot be noted in ${path}: ${String(error)}`);
  }
}
