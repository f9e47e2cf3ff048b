import fc from 'fast-check';
import type { EngineInput } from '../../src/engine/inputs.js';

/** Unix ms. */
export const inputTimes = fc.integer({ min: 0, max: 4_000_000_000_000 });
const tickInputs = fc
  .record({
    ...{ instrumentId: fc.string(), feed: fc.string(), size: fc.string(), text: fc.string() },
    ...{
      units: fc.maxSafeInteger(),
      more: fc.maxSafeInteger(),
      time: inputTimes,
      isTrade: fc.boolean(),
    },
    verdict: fc.constantFrom('good' as const, 'duplicate' as const, 'not-a-trade' as const),
  })
  .map(({ instrumentId, feed, size, text, units, more, time, isTrade, verdict }): EngineInput => {
    const rest = { instrumentId, feed, venueTimeMs: time, receivedAtMs: time + 1, verdict };
    if (isTrade) {
      return {
        kind: 'tick',
        tick: { kind: 'trade', priceUnits: units, size, tradeId: text, ...rest },
      };
    }
    const sizes = { bidSize: size, askSize: text, sequence: text };
    return {
      kind: 'tick',
      tick: { kind: 'quote', bidUnits: units, askUnits: more, ...sizes, ...rest },
    };
  });
// Commands and reports come as JSON, which knows no negative zero.
const json = fc
  .jsonValue({ maxDepth: 3 })
  .map((value) => JSON.parse(JSON.stringify(value)) as unknown);
/** Every kind of input, with any text and any number in it. */
export const engineInputs: fc.Arbitrary<EngineInput> = fc.oneof(
  tickInputs,
  json.map((command) => ({ kind: 'command', command }) as unknown as EngineInput),
  json.map((report) => ({ kind: 'report', report }) as unknown as EngineInput),
  json.map((found) => ({ kind: 'recovered', found }) as unknown as EngineInput),
  fc.tuple(fc.string(), json).map(([feed, change]) => {
    return { kind: 'feed', feed, change } as unknown as EngineInput;
  }),
  fc.string().map((build): EngineInput => ({ kind: 'started', build })),
  fc
    .tuple(fc.boolean(), fc.nat())
    .map(([isLagging, queued]): EngineInput => ({ kind: 'lag', isLagging, queued })),
  fc.constant<EngineInput>({ kind: 'timer' }),
  fc.constant<EngineInput>({ kind: 'stopped' }),
);
