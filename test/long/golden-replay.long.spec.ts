import { rowsFoldedFrom } from '../support/golden-rows.js';
import { rebuildUnderKills } from '../support/rebuild-under-kills.js';
import { recordedStream } from '../support/recorded-stream.js';

const NAME = 'demo-day';
const KILLS = 100;

it('gives the golden rows after a hundred kills of projector and PostgreSQL', async () => {
  const golden = rowsFoldedFrom(recordedStream(NAME));
  const seed = Math.floor(Math.random() * 2 ** 31);
  const { rows, projectorKills, postgresKills } = await rebuildUnderKills(NAME, KILLS, seed);
  expect({ seed, rows }).toStrictEqual({ seed, rows: golden });
  expect(Math.min(projectorKills, postgresKills)).toBeGreaterThan(KILLS / 4);
}, 3_600_000);
