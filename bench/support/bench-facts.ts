import type { Fact } from '../../src/domain/facts.js';
import type { Recorded } from '../../src/domain/kernel/event.js';
import {
  accountOpened,
  d,
  instrumentDefined,
  positionOpened,
  recordedLog,
  stopArmed,
  stopTrailed,
} from '../../test/support/event-builders.js';

const HEAD: readonly Fact[] = [instrumentDefined(), accountOpened()];

function idOf(number: number): string {
  return String(number).padStart(7, '0');
}

/** So many open positions, each with an armed stop. */
export function guardedPositions(count: number): readonly Recorded<Fact>[] {
  const facts = Array.from({ length: count }, (_, number) => {
    const ids = { positionId: `P${idOf(number)}` };
    return [positionOpened(ids), stopArmed({ ...ids, stopId: `S${idOf(number)}` })];
  });
  return recordedLog([...HEAD, ...facts.flat()]);
}

/** The stop of one of them moves once more. */
export function aMove(number: number, moves: number): Fact {
  const ids = { positionId: `P${idOf(number)}`, stopId: `S${idOf(number)}` };
  const level = d((80 + (moves % 300) / 100).toFixed(2));
  return stopTrailed({ ...ids, moves, track: { level, extreme: d('84'), trailMoves: moves } });
}

export function streamOfStop(number: number): string {
  return `stop-S${idOf(number)}`;
}
