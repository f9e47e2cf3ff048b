import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { isRunning } from './data-dir.js';

const WAIT_MS = 5_000;
const LOOK_EVERY_MS = 25;

/**
 * Notes the children of this run, so that the next start finds what a kill may have left behind. A note that cannot be
 * written (the disk is full, say) is not worth the children: they end by themselves when their parent is gone.
 */
export function noteChildren(
  path: string,
  pids: readonly number[],
  say: (line: string) => void,
): void {
  try {
    // Whole or not at all: a kill in the middle must not hide the children from the next start.
    writeFileSync(`${path}.new`, JSON.stringify(pids));
    renameSync(`${path}.new`, path);
  } catch (error) {
    say(`the children of this run cannot be noted in ${path}: ${String(error)}`);
  }
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
