import { AppProcess } from '../support/app-process.js';
import { residentMb } from '../support/resident-memory.js';

const ROUNDS = 50;
const AT_ONCE = 100;
// The budget is 250 MB with 100,000 stops. Left to V8's own measure the process is there after 2,000.
const LIMIT_MB = 240;

let app: AppProcess;

beforeEach(async () => {
  app = await AppProcess.prepare('ws://127.0.0.1:9');
  await app.start();
}, 60_000);

afterEach(() => app.dispose(), 60_000);

async function openGuarded(): Promise<void> {
  const positionId = await app.openPosition('long', '1', '83.29');
  await app.armStop(positionId, { trail: { percent: '5' } });
}

describe('projector with api', () => {
  it('stays small while 5,000 stops are armed', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      await Promise.all(Array.from({ length: AT_ONCE }, openGuarded));
    }
    expect(residentMb(app.children()[3] ?? 0)).toBeLessThan(LIMIT_MB);
  }, 1_800_000);
});
