import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { admitted, engineTick, instrumentOf, knownStop } from '../../test/support/armed-stops.js';
import type { DecimalText } from '../domain/kernel/units.js';
import { STOPLEDGER_DIALECT } from '../domain/stop/dialect.js';
import type { StopPlan } from '../domain/stop/stop-plan.js';
import { noOutcome } from './price-index.js';
import { StopBook } from './stop-book.js';

const TICKS = 1_000_000;
const SLICES = 5;
// The statistics themselves and the test runner allocate a little; one number a tick would be 2.4 MB of a slice.
const BYTES_MAX = 400_000;

const d = (text: string): DecimalText => text as DecimalText;

/** Bytes in use while nothing is collected: what the work in between has allocated. */
function allocatedBy(work: () => void): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  const before = getHeapStatistics();
  work();
  const after = getHeapStatistics();
  return (
    after.used_heap_size - before.used_heap_size + (after.malloced_memory - before.malloced_memory)
  );
}

describe('a tick that concerns no stop', () => {
  it('allocates nothing, a million times, whatever stops are armed', () => {
    const book = new StopBook();
    const plans: Partial<StopPlan>[] = [
      { stop: d('80') },
      { trail: { percent: d('5') } },
      { trail: { ticks: 300 }, activation: d('90'), stop: d('79') },
      { stop: d('80'), breakEven: { trigger: d('90'), offset: d('0') } },
      { targets: [{ price: d('91'), portion: d('1') }] },
      { stop: d('80'), triggerBy: 'bidAsk' },
    ];
    plans.forEach((parts, number) => {
      const plan: StopPlan = { triggerBy: 'last', dialect: STOPLEDGER_DIALECT, ...parts };
      const stop = knownStop('long', plan, { stopId: String(number), entryPrice: d('83') });
      admitted(book, stop, instrumentOf('0.01'));
    });
    const out = noOutcome();
    book.onTick(engineTick({ last: '85' }, 2), out);
    out.changed.length = 0;
    out.reactions.length = 0;
    const ticks = [
      engineTick({ last: '84' }, 2),
      engineTick({ last: '83.50' }, 2),
      engineTick({ bid: '83.50', ask: '83.51' }, 2),
    ];
    const show = (count: number): void => {
      for (let at = 0; at < count; at += 1) {
        const tick = ticks[at % 3];
        if (tick) book.onTick(tick, out);
      }
    };
    show(TICKS);
    // In slices that fit into the young generation: no collection in between hides anything. What a tick allocates is in
    // every slice; what V8 allocates while it still compiles the loop is in some.
    const slices = Array.from({ length: SLICES }, () => allocatedBy(() => show(TICKS / SLICES)));
    expect(Math.min(...slices)).toBeLessThan(BYTES_MAX);
    expect(out).toStrictEqual(noOutcome());
  });
});
