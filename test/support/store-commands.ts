import fc from 'fast-check';
import type { Expectation, ModelMetadata } from './store-model.js';

/** Numbers of streams and of past appends are taken modulo what there is. */
export type StoreCommand =
  | {
      readonly kind: 'append';
      readonly stream: number;
      readonly expected: ExpectationPlan;
      readonly count: number;
      /** Ids of an append that was tried before, the last so many of them; otherwise fresh ones. */
      readonly again: { readonly attempt: number; readonly count: number } | undefined;
    }
  | {
      readonly kind: 'delete' | 'tombstone';
      readonly stream: number;
      readonly expected: ExpectationPlan;
    }
  | { readonly kind: 'metadata'; readonly stream: number; readonly metadata: ModelMetadata }
  | {
      readonly kind: 'read';
      readonly stream: number;
      readonly isBackwards: boolean;
      readonly from: number;
      readonly count: number;
    }
  | { readonly kind: 'read all'; readonly isBackwards: boolean; readonly count: number }
  | { readonly kind: 'subscribe'; readonly stream: number; readonly from: number }
  | { readonly kind: 'subscribe to all' }
  | { readonly kind: 'restart' };

/** A revision is planned as a distance from the last one. */
export type ExpectationPlan = Exclude<Expectation, number> | { readonly distance: number };

const stream = fc.nat({ max: 4 });
const expected: fc.Arbitrary<ExpectationPlan> = fc.oneof(
  { weight: 4, arbitrary: fc.constant('any' as const) },
  { weight: 2, arbitrary: fc.constant('no_stream' as const) },
  { weight: 2, arbitrary: fc.constant('stream_exists' as const) },
  { weight: 4, arbitrary: fc.record({ distance: fc.constant(0) }) },
  { weight: 3, arbitrary: fc.record({ distance: fc.integer({ min: -4, max: 2 }) }) },
);
/** The client builds no delete that expects an existing stream. */
const expectedOfRemoval = expected.filter((plan) => plan !== 'stream_exists');

const again = fc.option(
  fc.record({ attempt: fc.nat({ max: 30 }), count: fc.integer({ min: 1, max: 3 }) }),
  {
    nil: undefined,
    freq: 2,
  },
);

const metadata: fc.Arbitrary<ModelMetadata> = fc.oneof(
  fc.constant({}),
  fc.record({ maxCount: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ truncateBefore: fc.nat({ max: 8 }) }),
  fc.record({ maxCount: fc.integer({ min: 1, max: 4 }), truncateBefore: fc.nat({ max: 8 }) }),
);

const command: fc.Arbitrary<StoreCommand> = fc.oneof(
  {
    weight: 40,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      stream,
      expected,
      count: fc.nat({ max: 3 }),
      again,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('delete' as const),
      stream,
      expected: expectedOfRemoval,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('tombstone' as const),
      stream,
      expected: expectedOfRemoval,
    }),
  },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('metadata' as const), stream, metadata }) },
  {
    weight: 25,
    arbitrary: fc.record({
      kind: fc.constant('read' as const),
      stream,
      isBackwards: fc.boolean(),
      from: fc.nat({ max: 12 }),
      count: fc.integer({ min: 1, max: 12 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('read all' as const),
      isBackwards: fc.boolean(),
      count: fc.integer({ min: 1, max: 40 }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('subscribe' as const),
      stream,
      from: fc.integer({ min: -1, max: 8 }),
    }),
  },
  { weight: 2, arbitrary: fc.constant({ kind: 'subscribe to all' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'restart' as const }) },
);

/** Sequences of about `length` commands. */
export function storeCommands(length: number): fc.Arbitrary<StoreCommand[]> {
  return fc.array(command, { minLength: length / 2, maxLength: length, size: 'max' });
}
