import type { Decision } from '../engine/decisions.js';
import { JournalLine } from './journal-line.js';
import type { AppendConflict, AppendOutcome } from './ports/journal.port.js';

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

/** A log whose answers the test gives one by one. */
class Asked {
  readonly asked: { decisions: readonly Decision[]; answer: (outcome: AppendOutcome) => void }[] =
    [];
  readonly conflicts: AppendConflict[] = [];
  readonly reaches: string[] = [];
  readonly line = new JournalLine({
    journal: {
      append: (decisions) => new Promise((answer) => this.asked.push({ decisions, answer })),
    },
    pause: () => Promise.resolve(),
    onConflict: (conflict) => this.conflicts.push(conflict),
    onReach: (reach) => this.reaches.push(reach),
  });

  streams(): string[] {
    return this.asked.map(({ decisions }) => decisions[0]?.streamId ?? '');
  }

  async answer(place: number, outcome: AppendOutcome): Promise<void> {
    this.asked[place]?.answer(outcome);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const done = (position: bigint): AppendOutcome => ({ kind: 'appended', position });

describe('the line into the journal', () => {
  it('keeps one append of a stream in flight and takes what has gathered in the next', async () => {
    const log = new Asked();
    const first = log.line.append(decision('stop-a', 0)).logged;
    const second = log.line.append(decision('stop-a', 1)).logged;
    const third = log.line.append(decision('stop-a', 2)).logged;
    expect(log.asked).toHaveLength(1);
    await log.answer(0, done(5n));
    expect(await first).toBe(5n);
    expect(log.asked[1]?.decisions.map((one) => one.expectedRevision)).toStrictEqual([0, 1]);
    await log.answer(1, done(9n));
    expect([await second, await third]).toStrictEqual([9n, 9n]);
  });

  it('lets no more than 16 streams of trail moves be in flight, and triggers pass them', () => {
    const log = new Asked();
    for (let stream = 0; stream < 40; stream += 1) {
      void log.line.append(decision(`stop-${stream}`, 0, 'StopTrailed'));
    }
    expect(log.asked).toHaveLength(16);
    void log.line.append(decision('stop-trigger', 0));
    expect(log.streams().at(-1)).toBe('stop-trigger');
  });

  it('sends a decision only after the one that must be durable before it', async () => {
    const log = new Asked();
    const trigger = log.line.append(decision('stop-a', 0)).safe;
    void log.line.append(decision('order-a', 0, 'OrderPlaced'), trigger);
    void log.line.append(decision('order-a', 1, 'OrderAcked'));
    expect(log.streams()).toStrictEqual(['stop-a']);
    await log.answer(0, done(1n));
    expect(log.streams()).toStrictEqual(['stop-a', 'order-a']);
    expect(log.asked[1]?.decisions).toHaveLength(2);
  });

  it('repeats the very same append while the log is away and drops nothing', async () => {
    const log = new Asked();
    const position = log.line.append(decision('stop-a', 0)).logged;
    await log.answer(0, { kind: 'unavailable', reason: 'down' });
    await log.answer(1, { kind: 'unavailable', reason: 'down' });
    expect(log.asked[2]?.decisions).toStrictEqual(log.asked[0]?.decisions);
    expect([log.line.available, log.reaches]).toStrictEqual([false, ['away']]);
    await log.answer(2, done(3n));
    expect([await position, log.line.available, log.line.queued]).toStrictEqual([3n, true, 0]);
  });

  it('reports a conflict and never calls such a decision durable', async () => {
    const log = new Asked();
    let isDurable = false;
    void log.line.append(decision('stop-a', 0)).safe.then(() => (isDurable = true));
    await log.answer(0, { kind: 'conflict', streamId: 'stop-a', found: 'x' });
    expect(log.conflicts).toStrictEqual([{ kind: 'conflict', streamId: 'stop-a', found: 'x' }]);
    expect(isDurable).toBe(false);
  });

  it('is drained when everything has been answered', async () => {
    const log = new Asked();
    void log.line.append(decision('stop-a', 0));
    let isDrained = false;
    void log.line.drained().then(() => (isDrained = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(isDrained).toBe(false);
    await log.answer(0, done(1n));
    expect(isDrained).toBe(true);
  });
});
