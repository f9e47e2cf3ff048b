import { engineArm } from './engine-arm.bench.js';
import { engineBurst } from './engine-burst.bench.js';
import { engineMemory } from './engine-memory.bench.js';
import { engineScan } from './engine-scan.bench.js';
import { engineWorst } from './engine-worst.bench.js';
import { FIXTURE } from './support/recorded-prices.js';

describe('the smoke sizes of the benches of many stops', () => {
  it('scan and index come to the same', () => {
    const { ticks, fired } = engineScan(100, 10_000);
    expect({ ticks, fired }).toStrictEqual({ ticks: 10_000, fired: 3 });
  });

  it('a day that moves every stop does the same work as ever', () => {
    const { busyTicks, moves, fired, checksum } = engineWorst(FIXTURE, 100, 10);
    expect({ busyTicks, moves, fired, checksum }).toStrictEqual({
      ...{ busyTicks: 11, moves: 1_000, fired: 100, checksum: 971_119_856 },
    });
  });

  it('every stop of one position, and of many instruments, is armed', () => {
    expect(engineArm(40).armed).toBe(40);
    expect(engineMemory(400, 20, 5).armed).toBe(400);
  });

  it('a burst hands the trigger over first, and writes the moves of others down', () => {
    const { others, recorded } = engineBurst(100, 40);
    expect({ others, recorded }).toStrictEqual({ others: 100, recorded: 1_410 });
  });
});
