import fc from 'fast-check';
import { ActionHeap } from './action-heap.js';

/** Slow and obvious: entries kept sorted by key, then slot. */
class SortedEntries {
  private entries: { slot: number; key: number }[] = [];

  set(slot: number, key: number): void {
    this.remove(slot);
    if (key === Infinity) return;
    this.entries.push({ slot, key });
    this.entries.sort((a, b) => a.key - b.key || a.slot - b.slot);
  }

  remove(slot: number): void {
    this.entries = this.entries.filter((entry) => entry.slot !== slot);
  }

  get top(): { slot: number; key: number } | undefined {
    return this.entries[0];
  }

  get count(): number {
    return this.entries.length;
  }
}

type Step =
  | { readonly kind: 'set'; readonly slot: number; readonly key: number }
  | { readonly kind: 'remove' | 'pop'; readonly slot: number };

const slots = fc.integer({ min: 0, max: 40 });
// Few different keys: ties are the interesting case.
const keys = fc.oneof(
  fc.integer({ min: -8, max: 8 }),
  fc.constant(Infinity),
  fc.constant(-Infinity),
);
const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant('set' as const), slot: slots, key: keys }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove' as const), slot: slots }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('pop' as const), slot: slots }) },
);

function apply(
  step: Step,
  to: { set(slot: number, key: number): void; remove(slot: number): void },
) {
  if (step.kind === 'set') to.set(step.slot, step.key);
  else to.remove(step.slot);
}

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
      fc.property(fc.array(steps, { maxLength: 200 }), (history) => {
        const heap = new ActionHeap();
        const model = new SortedEntries();
        for (const drawn of history) {
          const step = drawn.kind === 'pop' ? { ...drawn, slot: model.top?.slot ?? 0 } : drawn;
          apply(step, heap);
          apply(step, model);
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
