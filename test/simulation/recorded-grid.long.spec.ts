import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { playGrid } from '../support/recorded-grid.js';

// Other recordings in the same form: RECORDINGS=dir npm run test:long -- test/simulation/recorded-grid
const DIR = process.env['RECORDINGS'] ?? join('test', 'fixtures', 'ticks');

describe('a grid of plans over every row of a recording', () => {
  const files = readdirSync(DIR).filter((file) => /\.(trades|quotes)\.csv\.gz$/.test(file));

  it.each(files)(
    'is decided by the engine as by the slow model: %s',
    (file) => {
      const { rows, fired } = playGrid(join(DIR, file));
      expect(rows).toBeGreaterThan(0);
      expect(fired).toBeGreaterThan(0);
    },
    3_600_000,
  );
});
