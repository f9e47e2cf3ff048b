import { readFileSync } from 'node:fs';
import { isRunning } from './data-dir.js';
import { writeNote } from './run-note.js';

const WAIT_MS = 5_000;
const LOOK_EVERY_MS = 25;

/** Notes the children of this run: the next start finds what a kill left behind. They end by themselves as well. */
export function noteChildren(
  path: string,
  pids: readonly number[],
  say: (line: string) => void,
): void {
  writeNote({ path, what: 'children' }, pids, say);
}

/** Waits until the children of the run before have ended by themselves, and ends those that do not. */
export async function awaitOrphans(path: string, say: (line: string) => void): Promise<void> {
  const left = (): number[] => notedChildren(path).filter(isRunning);
  for (const until = Date.now() + WAIT_MS; left().length > 0 && Date.now() < until;) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  for (const pid of left()) {
    say(`ending process ${pid}, left over from the run before`);
    process.kill(pid, 'SIGKILL');
  }
}

function notedChildren(path: string): number[] {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as number[];
  } catch {
    // No run before, or one that was killed while it wrote: then nothing is known of its children.
    return [];
  }
}
