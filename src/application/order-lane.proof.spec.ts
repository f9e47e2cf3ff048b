import { decimal } from '../domain/kernel/decimal.js';
import { OrderLane, QUEUED_ENTRIES_MAX } from './order-lane.js';
import type { Turn } from './order-lane.js';
import type { RateLimitTerms } from './ports/broker.port.js';

const turnOfLoop = () => new Promise((resolve) => setImmediate(resolve));

/** A lane with a clock that the test moves; who gets a turn is noted in order. */
class Timed {
  now = 0;
  readonly served: string[] = [];
  readonly turns: Turn[] = [];
  readonly circuits: string[] = [];
  private sleepers: { at: number; wake: () => void }[] = [];
  readonly lane: OrderLane;

  constructor(limits: readonly RateLimitTerms[] = []) {
    this.lane = new OrderLane({
      limits,
      clock: () => this.now,
      pause: (ms) => new Promise((wake) => this.sleepers.push({ at: this.now + ms, wake })),
      onCircuit: (state, forMs) => void this.circuits.push(`${state} ${forMs}`),
    });
  }

  leave(name: string): Promise<boolean> {
    return this.ask(name, '1', true, true);
  }

  ask(name: string, value = '1', isExit = true, leaves = false): Promise<boolean> {
    return this.lane.turn({ isExit, leaves, value: decimal(value) }).then((turn) => {
      if (!turn) return false;
      this.served.push(name);
      this.turns.push(turn);
      return true;
    });
  }

  async until(now: number): Promise<void> {
    await turnOfLoop();
    for (;;) {
      const next = this.sleepers.filter(({ at }) => at <= now).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.sleepers = this.sleepers.filter((sleeper) => sleeper !== next);
      this.now = Math.max(this.now, next.at);
      next.wake();
      await turnOfLoop();
    }
    this.now = now;
  }
}

const perSecond = (permits: number, reservedForExits = 0): RateLimitTerms => ({
  name: 'orders',
  permits,
  perMs: 1_000,
  reservedForExits,
});

describe('the lane of an account', () => {
  it('serves exits before entries, larger values first, then in the order of asking', async () => {
    const timed = new Timed([perSecond(1)]);
    void timed.ask('first', '1', false);
    void timed.ask('entry of 900', '900', false);
    void timed.ask('exit of 5', '5');
    void timed.ask('exit of 70', '70');
    void timed.ask('exit of 5.0, later', '5.0');
    await timed.until(10_000);
    expect(timed.served).toStrictEqual([
      'first',
      'exit of 70',
      'exit of 5',
      'exit of 5.0, later',
      'entry of 900',
    ]);
  });

  it('never lets any second hold more than the permits, wherever it begins', async () => {
    const timed = new Timed([perSecond(3)]);
    const at: number[] = [];
    for (let order = 0; order < 10; order += 1)
      void timed.ask(`${order}`).then(() => at.push(timed.now));
    await timed.until(900);
    void timed.ask('late').then(() => at.push(timed.now));
    await timed.until(10_000);
    expect(at).toStrictEqual([0, 0, 0, 1000, 1000, 1000, 2000, 2000, 2000, 3000, 3000]);
  });

  it('keeps a share of the permits for exits, and an exit does not wait behind a waiting entry', async () => {
    const timed = new Timed([perSecond(3, 1)]);
    for (const name of ['a', 'b', 'c']) void timed.ask(name, '1', false);
    await timed.until(100);
    expect(timed.served).toStrictEqual(['a', 'b']);
    void timed.ask('exit');
    await timed.until(100);
    expect(timed.served).toStrictEqual(['a', 'b', 'exit']);
    await timed.until(1_000);
    expect(timed.served).toStrictEqual(['a', 'b', 'exit', 'c']);
  });

  it('has a limit for entries and none for exits', async () => {
    const timed = new Timed([perSecond(1)]);
    void timed.ask('first');
    const waiting = Array.from({ length: QUEUED_ENTRIES_MAX }, () => timed.ask('', '1', false));
    expect(await timed.ask('one too many', '1', false)).toBe(false);
    void timed.ask('exit');
    await timed.until(1_000);
    expect(timed.served).toStrictEqual(['first', 'exit']);
    timed.lane.close();
    expect(waiting).toHaveLength(QUEUED_ENTRIES_MAX);
  });

  it('asks a silent venue less and less, one thing at a time, until it answers', async () => {
    const timed = new Timed();
    for (let order = 0; order < 5; order += 1) void timed.ask(`${order}`);
    await turnOfLoop();
    for (const turn of timed.turns) turn.unclear();
    expect([timed.circuits, timed.lane.health.circuit]).toStrictEqual([['open 500'], 'open']);
    void timed.ask('probe');
    void timed.ask('next');
    await timed.until(499);
    expect(timed.served).toHaveLength(5);
    await timed.until(500);
    expect(timed.served.slice(5)).toStrictEqual(['probe']);
    timed.turns[5]?.unclear();
    expect(timed.circuits).toStrictEqual(['open 500', 'open 1000']);
    await timed.until(1_500);
    expect(timed.served.slice(5)).toStrictEqual(['probe', 'next']);
    timed.turns[6]?.clear();
    expect([timed.circuits.at(-1), timed.lane.health.circuit]).toStrictEqual([
      'closed 0',
      'closed',
    ]);
  });

  it('sends an exit also while it asks a silent venue nothing else, ahead of every question', async () => {
    const timed = new Timed();
    for (let order = 0; order < 5; order += 1) void timed.ask(`${order}`);
    await turnOfLoop();
    for (const turn of timed.turns) turn.unclear();
    void timed.ask('look-up', '900');
    for (const exit of ['exit', 'other exit']) void timed.leave(exit);
    await turnOfLoop();
    expect(timed.served.slice(5)).toStrictEqual(['exit', 'other exit']);
    for (const turn of timed.turns.slice(5)) turn.unclear();
    // What is known already opens the circuit for no longer.
    expect(timed.circuits).toStrictEqual(['open 500']);
    await timed.until(500);
    expect(timed.served.slice(7)).toStrictEqual(['look-up']);
  });

  it.each(['leave', 'ask'] as const)(
    'comes again when the venue said it may, and not before: %s',
    async (way) => {
      const timed = new Timed();
      void timed.ask('throttled');
      await turnOfLoop();
      timed.turns[0]?.unclear(7_000);
      void timed[way]('exit');
      await timed.until(6_999);
      expect(timed.served).toStrictEqual(['throttled']);
      await timed.until(7_000);
      expect(timed.served).toStrictEqual(['throttled', 'exit']);
    },
  );

  it('counts a turn once, however often it is given back', async () => {
    const timed = new Timed();
    void timed.ask('one');
    await turnOfLoop();
    for (let time = 0; time < 5; time += 1) timed.turns[0]?.unclear();
    expect([timed.circuits, timed.lane.health.inFlight]).toStrictEqual([[], 0]);
  });

  it('lets the exit that comes last behind 100 000 entries and exits leave first', async () => {
    const timed = new Timed([perSecond(1)]);
    void timed.ask('first');
    for (let order = 0; order < 100_000; order += 1) void timed.ask('small', `${order % 97}.5`);
    void timed.ask('large', '98');
    await timed.until(1_000);
    expect(timed.served).toStrictEqual(['first', 'large']);
    timed.lane.close();
  });
});
