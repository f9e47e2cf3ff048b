import { Partition } from '../engine/partition.js';
import { PartitionFixture, trade, ulidOf } from '../../test/support/partition-fixture.js';
import { EngineHost } from './engine-host.js';
import { JournalLine } from './journal-line.js';
import type { AppendOutcome } from './ports/journal.port.js';

/** A host over a log that answers when told; every step that leaves the host is noted in order. */
class Steps {
  readonly steps: string[] = [];
  private readonly answers: ((outcome: AppendOutcome) => void)[] = [];
  readonly host: EngineHost;
  readonly timers: (() => void)[] = [];
  readonly deferred: (() => void)[] = [];
  private now = 1;

  constructor(partition: Partition) {
    const line = new JournalLine({
      journal: {
        append: (decisions) => {
          this.steps.push(`append ${decisions.map((one) => one.fact.type).join('+')}`);
          return new Promise((resolve) => this.answers.push(resolve));
        },
      },
      pause: () => Promise.resolve(),
      onConflict: () => undefined,
      onReach: () => undefined,
    });
    this.host = new EngineHost({
      partitionName: 'p0',
      epoch: 1,
      partition,
      tape: {
        append: ({ seq, at }) => void this.steps.push(`tape ${seq} at ${at}`),
        flush: () => void this.steps.push('flush'),
        close: () => Promise.resolve(),
      },
      line,
      send: ({ orderId }) => void this.steps.push(`send ${orderId}`),
      cancel: ({ orderId }) => void this.steps.push(`cancel ${orderId}`),
      clock: () => this.now,
      timer: (_ms, then) => void this.timers.push(then),
      defer: (then) => void this.deferred.push(then),
    });
  }

  durable(): Promise<void> {
    return this.answer({ kind: 'appended', position: 7n });
  }

  /** What was put off to the next turn of the loop. */
  turn(): void {
    for (const then of this.deferred.splice(0)) then();
  }

  away(): Promise<void> {
    return this.answer({ kind: 'unavailable', reason: 'down' });
  }

  private async answer(outcome: AppendOutcome): Promise<void> {
    for (const answer of this.answers.splice(0)) answer(outcome);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function armed(): Steps {
  const fixture = PartitionFixture.ready();
  fixture.price('83.29');
  fixture.position(1, 'long');
  fixture.arm(2, 1, { stop: '82' });
  return new Steps(fixture.partition);
}

/** Takes back the stop of `armed`. */
function cancelling(commandId: string) {
  return { kind: 'CancelStop', commandId, actor: 'test', stopId: ulidOf(2) } as const;
}

const OTHERS = 100;
// Only so many moves are under way at once.
const MOVE = ['append StopTrailed'];

/** A short at 84, and longs that every new high moves. */
function crowded(): Steps {
  const fixture = PartitionFixture.ready();
  fixture.price('83.29');
  fixture.position(1, 'long', String(OTHERS));
  fixture.position(2, 'short', '1');
  fixture.arm(50, 2, { stop: '84' });
  for (let other = 0; other < OTHERS; other += 1) {
    fixture.arm(100 + other, 1, { trail: { percent: '1' } }, '1');
  }
  return new Steps(fixture.partition);
}

describe('the host of a partition', () => {
  it('puts the price on the tape, the decision into the log, and only then lets the order leave', async () => {
    const steps = armed();
    steps.host.onTick(trade('82', { receivedAtMs: 5 }));
    expect(steps.steps).toStrictEqual(['tape 0 at 5', 'flush', 'append StopTriggered']);
    await steps.durable();
    expect(steps.steps.slice(3)).toStrictEqual([`send ${ulidOf(2)}-0101`, 'append OrderPlaced']);
  });

  it('never lets input time run backwards', () => {
    const steps = armed();
    steps.host.onTick(trade('83', { receivedAtMs: 9 }));
    steps.host.onTick(trade('83', { receivedAtMs: 4 }));
    expect(steps.steps).toStrictEqual(['tape 0 at 9', 'tape 1 at 9']);
  });

  it('gives a repeated command its first answer without judging it again', async () => {
    const steps = armed();
    const command = cancelling('once');
    const first = steps.host.execute(command);
    const second = steps.host.execute(command);
    await steps.durable();
    expect(await first).toStrictEqual({
      kind: 'accepted',
      id: ulidOf(2),
      streamId: `stop-${ulidOf(2)}`,
      revision: 1,
      position: '7',
    });
    expect(await second).toBe(await first);
    expect(steps.steps.filter((step) => step.startsWith('append'))).toStrictEqual([
      'append StopCancelled',
    ]);
  });

  it('refuses a command id that comes back with another request, and forgets what it refused', async () => {
    const steps = armed();
    const cancel = cancelling('key');
    const wrong = { ...cancel, stopId: ulidOf(9), requestHash: 'a' };
    expect(await steps.host.execute(wrong)).toMatchObject({ rejection: 'not-found' });
    const first = steps.host.execute({ ...cancel, requestHash: 'b' });
    await steps.durable();
    expect(await first).toMatchObject({ kind: 'accepted' });
    expect(await steps.host.execute({ ...cancel, requestHash: 'c' })).toMatchObject({
      rejection: 'invalid',
      problems: [{ code: 'IDEMPOTENCY_KEY_REUSED', field: 'Idempotency-Key' }],
    });
    expect(await steps.host.execute({ ...cancel, requestHash: 'b' })).toBe(await first);
  });

  it('tells who waits when the log is away, and gives the answer of before to the same command again', async () => {
    const steps = armed();
    const command = cancelling('c');
    const first = steps.host.execute(command);
    await steps.away();
    expect(await first).toMatchObject({ kind: 'unavailable' });
    const second = steps.host.execute(command);
    await steps.durable();
    expect(await second).toMatchObject({ kind: 'unavailable' });
    expect(await steps.host.execute(command)).toMatchObject({ kind: 'accepted', revision: 1 });
    expect(steps.steps.filter((step) => step.startsWith('append'))).toHaveLength(2);
  });

  it('answers a command only when it is durable', async () => {
    const steps = armed();
    let isAnswered = false;
    const command = cancelling('c');
    void steps.host.execute(command).then(() => (isAnswered = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(isAnswered).toBe(false);
    await steps.durable();
    expect(isAnswered).toBe(true);
  });

  it('lets a trigger go before the moves of others, and a turn of the loop between their parts', () => {
    const steps = crowded();
    steps.host.onTick(trade('84', { receivedAtMs: 5 }));
    const first = ['tape 0 at 5', 'flush', 'append StopTriggered'];
    expect(steps.steps).toStrictEqual(first);
    // A price that comes meanwhile waits its turn.
    steps.host.onTick(trade('83.90', { receivedAtMs: 6 }));
    expect(steps.steps).toStrictEqual(first);
    steps.turn();
    expect(steps.steps.slice(3, 6)).toStrictEqual(['flush', ...MOVE, ...MOVE]);
    expect(steps.steps).not.toContain('tape 1 at 6');
    steps.turn();
    steps.turn();
    expect(steps.steps).toContain('tape 1 at 6');
  });

  it('does at once what is left of a price when anything but a price comes in', async () => {
    const steps = crowded();
    steps.host.onTick(trade('84', { receivedAtMs: 5 }));
    steps.host.onTick(trade('83.90', { receivedAtMs: 6 }));
    const stopId = ulidOf(100);
    const cancelled = steps.host.execute({
      ...{ kind: 'CancelStop', commandId: 'c', actor: 'test', stopId },
    });
    const taped = steps.steps.filter((step) => step.startsWith('tape'));
    expect(taped).toStrictEqual(['tape 0 at 5', 'tape 1 at 6', 'tape 2 at 6']);
    for (let answers = 0; answers < OTHERS; answers += 1) await steps.durable();
    expect(await cancelled).toMatchObject({ kind: 'accepted', id: stopId });
    const before = steps.steps.length;
    steps.turn();
    expect(steps.steps.slice(before).filter((step) => step !== 'flush')).toStrictEqual([]);
  });

  it('lets no more prices wait than it has room for', () => {
    const steps = crowded();
    steps.host.onTick(trade('84', { receivedAtMs: 5 }));
    for (let tick = 0; tick < 10_001; tick += 1) {
      steps.host.onTick(trade('83.90', { receivedAtMs: 6 }));
    }
    expect(steps.host.inputs).toBe(10_002);
  });

  it('tells the engine that the log lags, and that it has caught up, as inputs on the tape', async () => {
    const fixture = PartitionFixture.ready();
    for (let number = 1; number <= 40; number += 1) {
      fixture.position(number, 'long', '1', '83.29');
      fixture.arm(100 + number, number, { trail: { amount: '50' } });
    }
    const steps = new Steps(fixture.partition);
    const lags = (): string[] => steps.steps.filter((step) => step.includes('EngineLagged'));
    for (let tick = 0; tick < 300; tick += 1) {
      const price = ((8330 + tick) / 100).toFixed(2);
      steps.host.onTick(trade(price, { receivedAtMs: 1000 + tick * 1000 }));
    }
    steps.turn();
    expect(lags()).toStrictEqual(['append EngineLagged']);
    for (let round = 0; round < 500 && lags().length < 2; round += 1) {
      await steps.durable();
      for (const then of steps.timers.splice(0)) then();
      steps.turn();
    }
    expect(lags()).toHaveLength(2);
  });
});
