import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Paths of all files below a folder whose bytes hold the text. */
export function filesHolding(dir: string, text: string): string[] {
  const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return files
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => readFileSync(path).includes(text));
}
