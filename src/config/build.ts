import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Version of the program, stamped into every event. */
export const BUILD: string = version();

function version(): string {
  // The compiled file lies one folder deeper than the source.
  for (const up of [join('..', '..'), join('..', '..', '..')]) {
    try {
      const manifest = readFileSync(join(__dirname, up, 'package.json'), 'utf8');
      return (JSON.parse(manifest) as { version: string }).version;
    } catch {
      // Not here: one folder further up.
    }
  }
  return 'unknown';
}
