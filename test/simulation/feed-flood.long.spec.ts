import { provenFlood } from '../support/flood.js';

jest.setTimeout(600_000);

// 200 000 frames a second for ten seconds, as far as the machine goes along.
const FRAMES = 2_000_000;
const MIB = 1_048_576;

it(`takes a flood of ${FRAMES} prints: none is lost, the last one fires, nothing grows`, async () => {
  const { taken, refused, newestUnits, firedBy, grownBytes } = await provenFlood(FRAMES);
  expect({ taken, refused, newestUnits, firedBy }).toEqual({
    ...{ taken: FRAMES, refused: 0, newestUnits: 7990, firedBy: [String(FRAMES)] },
  });
  expect(grownBytes).toBeLessThan(150 * MIB);
});
