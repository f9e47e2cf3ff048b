import { VirtualTime } from '../../test/support/virtual-time.js';
import { endInOrder } from './orderly-end.js';
import type { EndStep } from './orderly-end.js';

const never = (): Promise<undefined> => new Promise(() => undefined);
const done = (found?: string) => (): Promise<string | undefined> => Promise.resolve(found);

/** The lines that are said, time passing as far as any step waits for it. */
async function linesOf(steps: readonly EndStep[], totalMs: number): Promise<string[]> {
  const time = new VirtualTime(0);
  const lines: string[] = [];
  const state = { hasEnded: false };
  const ended = endInOrder(steps, {
    ...{ totalMs, time, monotonicMs: time.clock },
    say: (line) => void lines.push(line),
  }).then(() => (state.hasEnded = true));
  const turn = async (): Promise<void> => {
    for (let n = 0; n < 20; n += 1) await Promise.resolve();
  };
  for (await turn(); !state.hasEnded; await turn()) time.advance(time.nextMs);
  await ended;
  expect(time.running).toBe(0);
  return lines;
}

describe('an end in order', () => {
  it('does every step, and says what it took and found', async () => {
    const steps = [
      { name: 'no new commands', withinMs: 100, run: done() },
      { name: 'journal flushed', withinMs: 100, run: done('3 decisions') },
    ];
    expect(await linesOf(steps, 1_000)).toStrictEqual([
      'stopping: no new commands (0 ms)',
      'stopping: journal flushed (0 ms): 3 decisions',
    ]);
  });

  it('leaves a step that takes too long or fails, says so, and goes on', async () => {
    const steps = [
      { name: 'a', withinMs: 300, run: never },
      { name: 'b', withinMs: 100, run: () => Promise.reject(new Error('disk full')) },
      { name: 'c', withinMs: 100, run: done() },
    ];
    expect(await linesOf(steps, 1_000)).toStrictEqual([
      'stopping: a (300 ms): NOT DONE within 300 ms',
      'stopping: b (0 ms): FAILED: Error: disk full',
      'stopping: c (0 ms)',
    ]);
  });

  it('ends within its time, but for a last chance to each step', async () => {
    const steps = ['a', 'b', 'c'].map((name) => ({ name, withinMs: 700, run: never }));
    expect(await linesOf(steps, 1_000)).toStrictEqual([
      'stopping: a (700 ms): NOT DONE within 700 ms',
      'stopping: b (300 ms): NOT DONE within 300 ms',
      'stopping: c (100 ms): NOT DONE within 100 ms',
    ]);
  });
});
