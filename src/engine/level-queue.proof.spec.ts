import fc from 'fast-check';
import { SortedEntries, applyStep, steps } from '../../test/support/sorted-entries.js';
import { LevelQueue } from './level-queue.js';

const byNumber = (a: number, b: number): number => a - b;

function taken(queue: LevelQueue, probe: number): number[] {
  const into: number[] = [];
  queue.take(probe, into);
  return into;
}

describe('the queue of next prices', () => {
  it('is empty at first', () => {
    const queue = new LevelQueue();
    queue.remove(7);
    expect([queue.topKey, queue.keyOf(7), taken(queue, Infinity)]).toStrictEqual([
      Infinity,
      Infinity,
      [],
    ]);
  });

  it('gives all that wait for a price, or for one before it, and keeps the others', () => {
    const queue = new LevelQueue();
    const keys = [5, 7, 5, 6, 5];
    keys.forEach((key, slot) => queue.set(slot, key));
    queue.remove(2);
    expect(taken(queue, 4)).toStrictEqual([]);
    expect(taken(queue, 6).sort(byNumber)).toStrictEqual([0, 3, 4]);
    expect([queue.topKey, queue.keyOf(0), queue.keyOf(1)]).toStrictEqual([7, Infinity, 7]);
  });

  it('keeps the place of one that is set where it stands, and takes out one that waits for nothing', () => {
    const queue = new LevelQueue();
    queue.set(1, 3);
    queue.set(2, 3);
    queue.set(1, 3);
    queue.set(2, Infinity);
    expect([queue.topKey, taken(queue, 3)]).toStrictEqual([3, [1]]);
  });

  it('lets its row go on, whoever leaves it', () => {
    for (const leaving of [
      [2, 1],
      [2, 0],
      [1, 0],
      [0, 1],
      [1, 2],
      [0, 2],
    ]) {
      const queue = new LevelQueue();
      // The newest stands first.
      for (const slot of [0, 1, 2]) queue.set(slot, 5);
      for (const slot of leaving) queue.remove(slot);
      expect(taken(queue, 5)).toStrictEqual([0, 1, 2].filter((slot) => !leaving.includes(slot)));
    }
  });

  it('agrees with a sorted list after every step', () => {
    const takes = fc.oneof(
      { weight: 1, arbitrary: fc.integer({ min: -13, max: 13 }) },
      { weight: 20, arbitrary: fc.constant(null) },
    );
    const history = fc.array(fc.tuple(steps, takes), {
      ...{ maxLength: 200, size: 'max' },
    });
    fc.assert(
      fc.property(history, fc.constantFrom(2, 64), (drawn, fewRows) => {
        const queue = new LevelQueue(fewRows);
        const model = new SortedEntries();
        for (const [one, at] of drawn) {
          const step = one.kind === 'pop' ? { ...one, slot: model.top?.slot ?? 0 } : one;
          applyStep(step, queue);
          applyStep(step, model);
          if (at !== null) {
            const due = model.upTo(at);
            for (const slot of due) model.remove(slot);
            expect(taken(queue, at).sort(byNumber)).toStrictEqual(due.sort(byNumber));
          }
          expect(queue.topKey).toBe(model.top?.key ?? Infinity);
          if (model.top) expect(queue.keyOf(model.top.slot)).toBe(model.top.key);
        }
      }),
    );
  });
});
