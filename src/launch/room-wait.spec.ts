import { NoRoom, StartRefused } from './data-dir.js';
import { onceThereIsRoom } from './room-wait.js';

describe('work that waits for room on the disk', () => {
  it('is tried ever later, at most 15 s, until it is done, and each wait is told', async () => {
    const waits: number[] = [];
    const told: string[] = [];
    let tries = 0;
    const done = await onceThereIsRoom(
      () => {
        tries += 1;
        if (tries <= 8) throw new NoRoom('full');
        return 'claimed';
      },
      {
        onFull: (reason, againInMs) => void told.push(`${reason} ${againInMs}`),
        pause: (ms) => Promise.resolve(void waits.push(ms)),
        random: () => 0.5,
      },
    );
    expect(done).toBe('claimed');
    expect(waits).toStrictEqual([375, 750, 1_500, 3_000, 6_000, 11_250, 11_250, 11_250]);
    expect(told).toStrictEqual(waits.map((ms) => `full ${ms}`));
  });

  it('is refused at once for anything else', async () => {
    const never = { onFull: fail, pause: fail, random: () => 0 };
    const work = (): never => {
      throw new StartRefused('in use');
    };
    await expect(onceThereIsRoom(work, never)).rejects.toThrow('in use');
  });
});

function fail(): never {
  throw new Error('it does not wait');
}
