import fc from 'fast-check';

/** Slow and obvious: entries kept sorted by key, then slot. */
export class SortedEntries {
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

  /** Slots whose key is not above the probe. */
  upTo(probe: number): number[] {
    return this.entries.filter(({ key }) => key <= probe).map(({ slot }) => slot);
  }

  get count(): number {
    return this.entries.length;
  }
}

export type Step =
  | { readonly kind: 'set'; readonly slot: number; readonly key: number }
  | { readonly kind: 'remove' | 'pop'; readonly slot: number };

export const slots = fc.integer({ min: 0, max: 40 });
// Few different keys: ties are the interesting case.
const keys = fc.oneof(
  fc.integer({ min: -12, max: 12 }),
  fc.constant(Infinity),
  fc.constant(-Infinity),
);
export const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant('set' as const), slot: slots, key: keys }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove' as const), slot: slots }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('pop' as const), slot: slots }) },
);

export function applyStep(
  step: Step,
  to: { set(slot: number, key: number): void; remove(slot: number): void },
) {
  if (step.kind === 'set') to.set(step.slot, step.key);
  else to.remove(step.slot);
}
