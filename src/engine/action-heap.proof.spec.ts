import fc from 'fast-check';
import { SortedEntries, applyStep, slots, steps } from '../../test/support/sorted-entries.js';
import { ActionHeap } from './action-heap.js';

function drained(heap: ActionHeap): (readonly [key: number, slot: number])[] {
  const left: (readonly [number, number])[] = [];
  while (heap.count > 0) {
    left.push([heap.topKey, heap.topSlot]);
    heap.remove(heap.topSlot);
  }
  return left;
}

describe('the heap of next actions', () => {
  it('is empty at first', () => {
    const heap = new ActionHeap();
    expect([heap.count, heap.topKey]).toStrictEqual([0, Infinity]);
    heap.remove(7);
    expect(heap.count).toBe(0);
  });

  it('gives the smallest key first and of equal keys the smallest slot', () => {
    const heap = new ActionHeap();
    for (const [slot, key] of [
      [3, 10],
      [1, 10],
      [2, 5],
      [0, 20],
    ] as const) {
      heap.set(slot, key);
    }
    heap.set(0, 10); // moved up, and now a tie of three
    expect(drained(heap)).toStrictEqual([
      [5, 2],
      [10, 0],
      [10, 1],
      [10, 3],
    ]);
  });

  it('takes a slot out when nothing can happen to it any more', () => {
    const heap = new ActionHeap();
    heap.set(4, 1);
    heap.set(5, 2);
    heap.set(4, Infinity);
    expect([heap.count, heap.topKey, heap.topSlot]).toStrictEqual([1, 2, 5]);
  });

  it('holds a slot far beyond its first size', () => {
    const heap = new ActionHeap();
    heap.set(1_000, 1);
    heap.set(3, 2);
    expect(drained(heap)).toStrictEqual([
      [1, 1_000],
      [2, 3],
    ]);
  });

  it('agrees with a sorted list after every step', () => {
    fc.assert(
      fc.property(fc.array(steps, { maxLength: 200, size: 'max' }), (history) => {
        const heap = new ActionHeap();
        const model = new SortedEntries();
        for (const drawn of history) {
          const step = drawn.kind === 'pop' ? { ...drawn, slot: model.top?.slot ?? 0 } : drawn;
          applyStep(step, heap);
          applyStep(step, model);
          expect(heap.count).toBe(model.count);
          expect(heap.topKey).toBe(model.top?.key ?? Infinity);
          if (model.top) expect(heap.topSlot).toBe(model.top.slot);
        }
      }),
    );
  });

  it('leaves in an order that depends on its content alone', () => {
    const content = fc.uniqueArray(fc.tuple(slots, fc.integer({ min: -3, max: 3 })), {
      selector: ([slot]) => slot,
      minLength: 1,
    });
    fc.assert(
      fc.property(content, (entries) => {
        const one = new ActionHeap();
        const other = new ActionHeap();
        for (const [slot, key] of entries) one.set(slot, key);
        for (const [slot] of entries) other.set(slot, 0);
        for (const [slot, key] of [...entries].reverse()) other.set(slot, key);
        expect(drained(other)).toStrictEqual(drained(one));
      }),
    );
  });
});
