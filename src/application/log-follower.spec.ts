import { LogFollower } from './log-follower.js';
import type { LogReading, LogStart } from './recovery.js';

const NONE = { outcome: 'none', detail: '' } as const;
const UNREADABLE = { streamId: 's', revision: 0, position: 5n, type: 'X', reason: 'unknown' };

/** A log of so many events, 100 positions apart; a reading folds what is behind its start. */
class Log {
  events = 0;
  readonly begun: (bigint | undefined)[] = [];
  readonly said: string[] = [];
  readonly rehearsedAt: number[] = [];
  /** How many there can be. */
  rehearsals = Infinity;
  private waiting: (() => void)[] = [];

  readonly follower = new LogFollower({
    resume: () => Promise.resolve({ start: this.start, found: NONE }),
    read: (start) => Promise.resolve(this.read(start)),
    pause: () => new Promise((resolve) => this.waiting.push(resolve)),
    onFollowing: () => this.said.push('following'),
    rehearse: () => {
      this.rehearsedAt.push(this.events);
      return this.rehearsals > this.rehearsedAt.length;
    },
  });

  constructor(private readonly start?: LogStart) {}

  /** Lets the pause end, and what follows it. */
  async pass(): Promise<void> {
    for (const resume of this.waiting.splice(0)) resume();
    await new Promise((resolve) => setImmediate(resolve));
  }

  private read(start: LogStart | undefined): LogReading {
    this.begun.push(start?.position);
    const position = BigInt(this.events * 100);
    const eventsRead = Number(position - (start?.position ?? 0n)) / 100;
    const known = new Map(start?.outcomes);
    const outcome = {
      kind: 'accepted',
      id: 'x',
      streamId: 's',
      revision: 0,
      position: '0',
    } as const;
    known.set(`c${this.events}`, { outcome, requestHash: undefined });
    const unreadable = start ? start.unreadable : [UNREADABLE];
    return {
      eventsRead,
      position,
      epoch: Math.max(1, start?.epoch ?? 0),
      outcomes: known,
      unreadable,
    };
  }
}

describe('an engine that stands by', () => {
  it('has folded the log before it takes over, and reads only the rest then', async () => {
    const log = new Log();
    log.events = 10;
    log.follower.follow();
    await log.pass();
    log.events = 12;
    await log.pass();
    log.events = 13;
    const taken = log.follower.finish();
    await log.pass();
    const { eventsRead, position, outcomes, unreadable } = await taken;
    expect(log.begun.slice(0, 2)).toStrictEqual([undefined, 1_000n]);
    expect([eventsRead, position]).toStrictEqual([13, 1_300n]);
    // What was learnt on the way is not forgotten.
    expect([...outcomes.keys()]).toStrictEqual(['c10', 'c12', 'c13']);
    expect(unreadable).toStrictEqual([UNREADABLE]);
    expect(log.said).toStrictEqual(['following']);
  });

  it('makes ready what it has read, each time, and takes over without waiting for the next', async () => {
    const log = new Log();
    log.events = 10;
    log.follower.follow();
    await log.pass();
    log.events = 12;
    await log.pass();
    expect(log.rehearsedAt).toStrictEqual([10, 12]);
    log.events = 13;
    expect(await log.follower.finish()).toMatchObject({ eventsRead: 13 });
    expect(log.rehearsedAt).toStrictEqual([10, 12]);
  });

  it('rehearses no more once nothing can be made ready', async () => {
    const log = new Log();
    log.rehearsals = 2;
    log.follower.follow();
    for (let round = 0; round < 4; round += 1) await log.pass();
    expect(log.rehearsedAt).toHaveLength(2);
  });

  it('reads the log whole, behind its snapshot, when it never stood by', async () => {
    const start = { position: 400n, epoch: 7, outcomes: [], unreadable: [] };
    const log = new Log(start);
    log.events = 9;
    const { eventsRead, epoch } = await log.follower.finish();
    expect([log.begun, eventsRead, epoch]).toStrictEqual([[400n], 5, 7]);
    expect(log.said).toStrictEqual([]);
  });

  it('hands the trouble of its reading to whoever takes over', async () => {
    const follower = new LogFollower({
      resume: () => Promise.reject(new Error('no snapshot folder')),
      read: () => Promise.reject(new Error('never asked')),
      pause: () => Promise.resolve(),
      onFollowing: () => undefined,
      rehearse: () => true,
    });
    follower.follow();
    await expect(follower.finish()).rejects.toThrow('no snapshot folder');
  });
});
