import { existsSync, readFileSync } from 'node:fs';

/** The whole lines of a venue's own book, also while it is being written. */
export function bookLines(path: string): Record<string, any>[] {
  if (!existsSync(path)) return [];
  return readFileSync(path, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Record<string, any>);
}
