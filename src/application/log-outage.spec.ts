import type { Decision } from '../engine/decisions.js';
import { JournalLine } from './journal-line.js';
import type { AppendOutcome } from './ports/journal.port.js';
import type { SpoolOutcome } from './ports/spool.port.js';
import { appendSpooled } from './spool-recovery.js';

function decision(streamId: string, revision: number, type = 'StopTriggered'): Decision {
  return {
    streamId,
    fact: { type, version: 1, data: {} },
    expectedRevision: revision - 1,
    input: { partition: 'p0', epoch: 1, seq: 0 },
    index: 0,
    actor: 'test',
  } as unknown as Decision;
}

const nameOf = ({ streamId, expectedRevision }: Decision): string =>
  `${streamId}@${expectedRevision + 1}`;
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A log that is there or not, and refuses what does not follow; a spool that answers as told. */
class Outage {
  readonly log: string[] = [];
  readonly spooled: string[][] = [];
  readonly events: string[] = [];
  isLogAway = false;
  hangs = false;
  spoolAnswers: SpoolOutcome = 'kept';
  now = 0;
  private readonly paused: (() => void)[] = [];

  readonly line = new JournalLine({
    journal: { append: (decisions) => this.append(decisions) },
    pause: () => new Promise((resolve) => this.paused.push(resolve)),
    onConflict: ({ streamId }) => void this.events.push(`conflict ${streamId}`),
    onReach: (reach) => void this.events.push(reach),
    spooling: {
      spool: {
        keep: (decisions) => {
          this.spooled.push(decisions.map(nameOf));
          return Promise.resolve(this.spoolAnswers);
        },
        clear: () => {
          this.events.push('cleared');
          return Promise.resolve();
        },
      },
      afterMs: 500,
      monotonicMs: () => this.now,
      holds: ({ streamId }) => streamId.includes('held'),
      onUnkept: (unkept, outcome) => void this.events.push(`${outcome} ${nameOf(unkept)}`),
    },
  });

  /** Puts a decision on the line and notes when it becomes safe and when the log has it. */
  put(one: Decision, after?: Promise<unknown>) {
    const kept = this.line.append(one, after);
    void kept.safe.then(() => this.events.push(`safe ${nameOf(one)}`));
    void kept.logged.then(() => this.events.push(`logged ${nameOf(one)}`));
    return kept;
  }

  /** Lets every pause end, as often as told. */
  async pass(times = 1): Promise<void> {
    for (let time = 0; time < times; time += 1) {
      for (const resume of this.paused.splice(0)) resume();
      await turn();
    }
  }

  async comeBack(): Promise<void> {
    this.isLogAway = false;
    await this.pass(5);
  }

  private async append(decisions: readonly Decision[]): Promise<AppendOutcome> {
    await Promise.resolve();
    if (this.hangs) return new Promise(() => undefined);
    if (this.isLogAway) return { kind: 'unavailable', reason: 'down' };
    for (const one of decisions) {
      if (this.log.includes(nameOf(one))) continue;
      const has = this.log.filter((name) => name.startsWith(`${one.streamId}@`)).length;
      if (has !== one.expectedRevision + 1) {
        return { kind: 'conflict', streamId: one.streamId, found: `revision ${has - 1}` };
      }
      this.log.push(nameOf(one));
    }
    return { kind: 'appended', position: BigInt(this.log.length) };
  }
}

describe('while the log is away', () => {
  it('makes a trigger and its order safe in the spool, and brings both into the log in that order', async () => {
    const away = new Outage();
    away.isLogAway = true;
    const trigger = away.put(decision('stop-a', 0));
    away.put(decision('order-a', 0, 'OrderPlaced'), trigger.safe);
    await away.pass();
    away.put(decision('order-a', 1, 'OrderAcked'));
    away.put(decision('stop-b', 0));
    await away.pass();
    expect(away.log).toStrictEqual([]);
    expect(away.events).toStrictEqual([
      'away',
      'safe stop-a@0',
      'safe order-a@0',
      'safe order-a@1',
      'safe stop-b@0',
    ]);
    expect([away.line.available, away.line.queued, away.line.spooled]).toStrictEqual([false, 4, 4]);
    await away.comeBack();
    expect(away.log).toStrictEqual(['stop-a@0', 'order-a@0', 'order-a@1', 'stop-b@0']);
    expect(away.events.slice(-3)).toContain('cleared');
    expect([away.line.available, away.line.queued, away.line.spooled]).toStrictEqual([true, 0, 0]);
  });

  it('takes the moves of a stream into the spool only in front of what acts', async () => {
    const away = new Outage();
    away.isLogAway = true;
    away.put(decision('stop-a', 0, 'StopTrailed'));
    await away.pass();
    away.put(decision('stop-a', 1, 'StopTrailed'));
    away.put(decision('stop-b', 0, 'StopTrailed'));
    await away.pass();
    expect(away.spooled).toStrictEqual([]);
    away.put(decision('stop-a', 2));
    away.put(decision('stop-a', 3, 'StopTrailed'));
    await away.pass();
    expect(away.spooled).toStrictEqual([['stop-a@0', 'stop-a@1', 'stop-a@2']]);
    await away.comeBack();
    expect(away.log).toStrictEqual(['stop-a@0', 'stop-a@1', 'stop-a@2', 'stop-a@3', 'stop-b@0']);
  });

  it('loses no move of a stream when only moves wait', async () => {
    const away = new Outage();
    away.isLogAway = true;
    for (let revision = 0; revision < 3; revision += 1) {
      away.put(decision('stop-a', revision, 'StopTrailed'));
      await away.pass();
    }
    await away.comeBack();
    expect(away.log).toStrictEqual(['stop-a@0', 'stop-a@1', 'stop-a@2']);
    expect(away.events).not.toContain('cleared');
  });

  it('counts an append that never ends as an outage, and writes nothing twice when it ends after all', async () => {
    const away = new Outage();
    away.hangs = true;
    away.put(decision('stop-a', 0));
    away.now = 499;
    await away.pass();
    expect(away.events).toStrictEqual([]);
    away.now = 500;
    await away.pass();
    expect(away.events).toStrictEqual(['slow', 'safe stop-a@0']);
    // It may still take what it was given: commands are not refused.
    expect(away.line.available).toBe(true);
    away.hangs = false;
    await away.comeBack();
    expect(away.log).toStrictEqual(['stop-a@0']);
    expect(away.line.available).toBe(true);
  });

  it('lets nothing of an account that holds become safe before the log has it', async () => {
    const away = new Outage();
    away.isLogAway = true;
    const trigger = away.put(decision('stop-held', 0));
    away.put(decision('order-held', 0, 'OrderPlaced'), trigger.safe);
    await away.pass();
    expect(away.spooled).toStrictEqual([['stop-held@0']]);
    expect(away.events).toStrictEqual(['away']);
    await away.comeBack();
    expect(away.log).toStrictEqual(['stop-held@0', 'order-held@0']);
  });

  it.each(['full', 'broken'] as const)(
    'says what waits when the spool is %s, and leaves no gap when it has room again',
    async (outcome) => {
      const away = new Outage();
      away.isLogAway = true;
      away.spoolAnswers = outcome;
      away.put(decision('stop-a', 0, 'StopActivated'));
      await away.pass();
      expect(away.events).toStrictEqual(['away', `${outcome} stop-a@0`]);
      away.spoolAnswers = 'kept';
      away.put(decision('stop-a', 1));
      await away.pass();
      expect(away.spooled.at(-1)).toStrictEqual(['stop-a@0', 'stop-a@1']);
      expect(away.events.slice(2)).toStrictEqual(['safe stop-a@0', 'safe stop-a@1']);
    },
  );

  it('reports a conflict when another engine acted meanwhile', async () => {
    const away = new Outage();
    away.isLogAway = true;
    away.put(decision('stop-a', 0));
    await away.pass();
    away.log.push('stop-a@foreign');
    await away.comeBack();
    expect(away.events).toContain('conflict stop-a');
    expect(away.events).not.toContain('cleared');
  });
});

describe('a spool that an earlier run left', () => {
  it('is appended in its order, waits for the log, and sets a lost race aside', async () => {
    const asked: string[] = [];
    let refusals = 2;
    const journal = {
      append: (decisions: readonly Decision[]): Promise<AppendOutcome> => {
        asked.push(decisions.map(nameOf).join());
        if (refusals > 0) {
          refusals -= 1;
          return Promise.resolve({ kind: 'unavailable', reason: 'down' });
        }
        const { streamId = '' } = decisions[0] ?? {};
        return Promise.resolve(
          streamId === 'stop-b'
            ? { kind: 'conflict', streamId, found: 'another id' }
            : { kind: 'appended', position: 1n },
        );
      },
    };
    const left = [
      [decision('stop-a', 4), decision('stop-a', 5)],
      [decision('stop-b', 1)],
      [decision('stop-b', 2)],
      [decision('order-a', 0, 'OrderPlaced')],
    ];
    const found = await appendSpooled(left, journal, () => Promise.resolve());
    expect(asked).toStrictEqual([
      'stop-a@4,stop-a@5',
      'stop-a@4,stop-a@5',
      'stop-a@4,stop-a@5',
      'stop-b@1',
      'order-a@0',
    ]);
    expect([found.appended, found.setAside.map(nameOf), found.conflicts]).toStrictEqual([
      3,
      ['stop-b@1', 'stop-b@2'],
      [{ kind: 'conflict', streamId: 'stop-b', found: 'another id' }],
    ]);
  });

  it('is set aside with everything about a position that another engine has acted on', async () => {
    const about = (positionId: string, one: Decision): Decision =>
      ({ ...one, fact: { ...one.fact, data: { positionId } } }) as unknown as Decision;
    const left = [
      [about('P1', decision('stop-a', 3))],
      [about('P1', decision('order-a-0101', 0, 'OrderPlaced'))],
      [about('P2', decision('order-b-0101', 0, 'OrderPlaced'))],
      [about('P1', decision('position-P1', 1, 'PositionClosed'))],
    ];
    const asked: string[] = [];
    const journal = {
      append: (decisions: readonly Decision[]): Promise<AppendOutcome> => {
        const { streamId = '' } = decisions[0] ?? {};
        asked.push(streamId);
        const isForeign = streamId === 'stop-a';
        return Promise.resolve(
          isForeign
            ? { kind: 'conflict', streamId, found: 'another id' }
            : { kind: 'appended', position: 1n },
        );
      },
    };
    const found = await appendSpooled(left, journal, () => Promise.resolve());
    expect(asked).toStrictEqual(['stop-a', 'order-b-0101']);
    expect(found.setAside.map(nameOf)).toStrictEqual([
      'stop-a@3',
      'order-a-0101@0',
      'position-P1@1',
    ]);
  });
});
