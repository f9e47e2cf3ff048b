import { engineTicks } from './engine-ticks.bench.js';

it('does the same work as ever in the smoke size of the engine bench', () => {
  const { ticks, moves, fired, checksum } = engineTicks(100, 1);
  expect({ ticks, moves, fired, checksum }).toStrictEqual({
    ticks: 30_901,
    moves: 1_689,
    fired: 24,
    checksum: 408_870_030,
  });
});
