import type { DecimalText } from '../domain/kernel/units.js';
import type { SweepCase, SweepExit, SweepOutcome } from './plan-sweep.js';
import { gainOf } from './sweep-gain.js';

function exit(price: string, quantity: string): SweepExit {
  return {
    ...{ branch: 'target', row: 7, at: 0 },
    ...{ price: price as DecimalText, quantity: quantity as DecimalText },
  };
}

function ran(exits: readonly SweepExit[]): SweepOutcome {
  return {
    ...{ kind: 'ran', end: 'open', entryPrice: '100.1' as DecimalText, exits, activated: true },
    track: { level: null, extreme: null, trailMoves: 0 },
  };
}

const LONG: SweepCase = { side: 'long', quantity: '3', plan: { stop: '90' } };

describe('what the exits of a swept plan come to', () => {
  it('is the way from the entry to each exit by its quantity, exactly', () => {
    // 1 x (100.3 - 100.1) + 2 x (99.95 - 100.1)
    const outcome = ran([exit('100.3', '1'), exit('99.95', '2')]);
    expect(gainOf(LONG, outcome)).toBe('-0.1');
    expect(gainOf({ ...LONG, side: 'short' }, outcome)).toBe('0.1');
  });

  it('is nothing where nothing left', () => {
    expect(gainOf(LONG, ran([]))).toBeUndefined();
    expect(gainOf(LONG, { kind: 'refused', problems: [] })).toBeUndefined();
  });
});
