import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Id of a data directory, kept in it. Its lock makes sure that one run at a time uses it: what a killed run owned the
 * next run on the same data may take back at once.
 */
export function holderOf(dataDir: string): string {
  const path = join(dataDir, 'run', 'holder');
  if (existsSync(path)) {
    const known = readFileSync(path, 'utf8').trim();
    if (known !== '') return known;
  }
  const holder = randomUUID();
  mkdirSync(join(dataDir, 'run'), { recursive: true });
  writeFileSync(path, `${holder}\n`);
  return holder;
}
