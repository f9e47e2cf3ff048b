import { setImmediate as nextTurn } from 'node:timers/promises';
import { DiskPace } from './disk-pace.js';

function after(...writesMs: readonly number[]): DiskPace {
  const pace = new DiskPace();
  for (const ms of writesMs) pace.note(ms);
  return pace;
}

const fast = (count: number): number[] => Array.from({ length: count }, () => 0.2);

describe('a disk is waited for in the loop', () => {
  it.each<[boolean, string, number[]]>([
    [false, 'that nothing is known of', []],
    [false, 'that was fast a few times', fast(31)],
    [true, 'that was fast for long', fast(32)],
    [true, 'that was slow now and then', [...fast(500), 0.6, 2, ...fast(20), 3]],
    [false, 'that is slow as often as not', [...fast(500), 1, 1, 0.2, 1, 0.2, 1, 0.2, 1]],
    [false, 'that stalled', [...fast(500), 12]],
    [false, 'that stalled a short while ago', [...fast(500), 40, ...fast(31)]],
    [true, 'that stalled long ago', [40, ...fast(32)]],
  ])('%s: one %s', (isWaitedFor, _what, writesMs) => {
    expect(after(...writesMs).takeWait()).toBe(isWaitedFor);
  });

  it('once in a turn', async () => {
    const pace = after(...fast(64));
    expect([pace.takeWait(), pace.takeWait()]).toEqual([true, false]);
    await nextTurn();
    expect(pace.takeWait()).toBe(true);
  });
});
