import type { FeedTime } from './ports/stream-transport.port.js';

/** One thing that an end in order does. */
export interface EndStep {
  readonly name: string;
  readonly withinMs: number;
  /** What it found, for the line about it. */
  readonly run: () => Promise<string | undefined>;
}

export interface OrderlyEndOptions {
  readonly totalMs: number;
  readonly time: Pick<FeedTime, 'schedule'>;
  /** Monotonic ms. */
  readonly monotonicMs: () => number;
  readonly say: (line: string) => void;
}

// Also what comes after the time has run out is tried: giving the partition back takes a moment and saves a standby seconds.
const LAST_CHANCE_MS = 100;

/**
 * Does the steps one after another, each with a line. One that fails or takes too long is said and left: an end must come,
 * and what it left undone the next start finds by itself.
 */
export async function endInOrder(
  steps: readonly EndStep[],
  { totalMs, time, monotonicMs, say }: OrderlyEndOptions,
): Promise<void> {
  const begunMs = monotonicMs();
  for (const { name, withinMs, run } of steps) {
    const stepMs = monotonicMs();
    const leftMs = Math.max(LAST_CHANCE_MS, totalMs - (stepMs - begunMs));
    const found = await inTime(run, Math.min(withinMs, leftMs), time);
    const tookMs = Math.round(monotonicMs() - stepMs);
    say(`stopping: ${name} (${tookMs} ms)${found === undefined ? '' : `: ${found}`}`);
  }
}

async function inTime(
  run: EndStep['run'],
  withinMs: number,
  time: OrderlyEndOptions['time'],
): Promise<string | undefined> {
  let cancel = (): void => undefined;
  const late = new Promise<string>((resolve) => {
    cancel = time.schedule(withinMs, () => resolve(`NOT DONE within ${Math.round(withinMs)} ms`));
  });
  try {
    return await Promise.race([run(), late]);
  } catch (error) {
    return `FAILED: ${String(error)}`;
  } finally {
    cancel();
  }
}
