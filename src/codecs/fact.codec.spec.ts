import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import type { Fact } from '../domain/facts.js';
import { FACT_TYPES, decodeFact, encodeFact, versionsOf } from './fact.codec.js';

const SAMPLES = join(__dirname, '..', '..', 'test', 'fixtures', 'events');
const WRITTEN = FACT_TYPES.flatMap((type) =>
  versionsOf(type).map((version) => ({ type, version })),
);

interface Sample {
  readonly type: Fact['type'];
  readonly version: number;
  readonly data: Record<string, unknown>;
}

function sampleOf(type: string, version: number): Sample {
  const path = join(SAMPLES, `${type}.v${version}.json`);
  if (!existsSync(path)) throw new Error(`${type} version ${version} has no frozen sample`);
  return JSON.parse(readFileSync(path, 'utf8')) as Sample;
}

describe('the fact codec', () => {
  it.each(WRITTEN)('reads $type version $version as it was first written', ({ type, version }) => {
    const sample = sampleOf(type, version);
    expect({ type: sample.type, version: sample.version }).toStrictEqual({ type, version });
    expect(decodeFact(type, version, sample.data)).toStrictEqual({ kind: 'fact', fact: sample });
  });

  it.each(WRITTEN)('gives $type version $version back unchanged', ({ type, version }) => {
    const sample = sampleOf(type, version);
    expect(encodeFact(sample as unknown as Fact)).toStrictEqual(sample);
  });

  it.each(WRITTEN)(
    'names the field that $type version $version lacks, whichever it is',
    ({ type, version }) => {
      const { data } = sampleOf(type, version);
      for (const missing of Object.keys(data)) {
        const rest = Object.fromEntries(Object.entries(data).filter(([key]) => key !== missing));
        expect(decodeFact(type, version, rest)).toStrictEqual({
          kind: 'unreadable',
          reason: `${type} lacks ${missing}`,
        });
      }
    },
  );

  it.each([
    ['an unknown type', 'StopExploded', 1, {}, 'unknown event type StopExploded'],
    ['a name that every object has', 'toString', 1, {}, 'unknown event type toString'],
    ['a version of the future', 'StopArmed', 2, {}, 'unknown version 2 of StopArmed'],
    ['a version that is text', 'StopArmed', '1', {}, 'unknown version "1" of StopArmed'],
    [
      'a version that is no text',
      'StopArmed',
      { toString: '' },
      {},
      'unknown version {"toString":""} of StopArmed',
    ],
    ['no version', 'StopArmed', undefined, {}, 'unknown version undefined of StopArmed'],
    ['data that is absent', 'StopArmed', 1, undefined, 'data of StopArmed must be an object'],
    ['data that is null', 'StopArmed', 1, null, 'data of StopArmed must be an object'],
    ['data that is a list', 'StopArmed', 1, [], 'data of StopArmed must be an object'],
    ['data that is text', 'StopArmed', 1, '{}', 'data of StopArmed must be an object'],
  ])('reports %s with the reason', (_what, type, ...[version, data, reason]) => {
    expect(decodeFact(type, version, data)).toStrictEqual({ kind: 'unreadable', reason });
  });

  it('never throws, whatever JSON stands in the log', () => {
    const types = fc.oneof(fc.constantFrom(...FACT_TYPES), fc.string());
    const versions = fc.oneof(fc.constant(1), fc.jsonValue());
    fc.assert(
      fc.property(types, versions, fc.jsonValue(), (type, version, data) => {
        expect(['fact', 'unreadable']).toContain(decodeFact(type, version, data).kind);
      }),
      { numRuns: 500 },
    );
  });
});
