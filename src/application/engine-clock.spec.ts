import { VirtualTime } from '../../test/support/virtual-time.js';
import { PartitionFixture, T0, trade, ulidOf } from '../../test/support/partition-fixture.js';
import { Seeded } from '../../test/support/seeded.js';
import { EngineClock } from './engine-clock.js';
import { EngineHost } from './engine-host.js';
import { JournalLine } from './journal-line.js';

const HOUR_MS = 3_600_000;

/** Time passes as the test lets it; the wall clock is set to whatever the test says. */
function machine() {
  const time = new VirtualTime(T0);
  const wall = { offMs: 0 };
  const clock = new EngineClock({
    wallMs: () => time.clock() + wall.offMs,
    monotonicMs: () => time.clock() - T0,
  });
  return { time, wall, clock };
}

/** An engine on such a machine, with a stop that fires 10 s after its arming. What fires is noted with the true time. */
function guarding() {
  const { time, wall, clock } = machine();
  const fixture = PartitionFixture.ready();
  fixture.price('83.29');
  fixture.position(1, 'long');
  fixture.arm(2, 1, { stop: '80', timeStop: { after: 'PT10S' } });
  const fired: (readonly [atMs: number, eventAtMs: number])[] = [];
  const line = new JournalLine({
    journal: { append: () => Promise.resolve({ kind: 'appended', position: 1n }) },
    pause: () => new Promise(() => undefined),
    onConflict: () => undefined,
    onReach: () => undefined,
  });
  const host = new EngineHost({
    partitionName: 'p0',
    epoch: 2,
    partition: fixture.partition,
    tape: { append: () => undefined, flush: () => undefined, close: () => Promise.resolve() },
    line,
    send: () => undefined,
    cancel: () => undefined,
    clock: clock.now,
    timer: (ms, then) => void time.schedule(ms, then),
    defer: (then) => void time.schedule(0, then),
    onDurable: ({ fact }) => {
      if (fact.type === 'StopTriggered') fired.push([time.clock() - T0, fact.data.at - T0]);
    },
  });
  const tick = (): void => host.onTick(trade('83.29', { receivedAtMs: clock.now() }));
  return { time, wall, tick, fired, stop: () => fixture.partition.registry.stops.get(ulidOf(2)) };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('the clock of an engine', () => {
  it('is the wall clock, as long as that is only kept right', () => {
    const { time, wall, clock } = machine();
    time.advance(10_000);
    expect(clock.now()).toBe(T0 + 10_000);
    wall.offMs = 400;
    expect(clock.now()).toBe(T0 + 10_400);
    // Back, it waits until the wall clock has caught up.
    wall.offMs = -200;
    expect(clock.now()).toBe(T0 + 10_400);
    time.advance(600);
    expect(clock.now()).toBe(T0 + 10_400);
    time.advance(1_000);
    expect(clock.now()).toBe(T0 + 11_400);
  });

  it('does not jump with it, and comes back to it at a twentieth of what passes', () => {
    const { time, wall, clock } = machine();
    for (const offMs of [HOUR_MS, -HOUR_MS]) {
      const before = clock.now();
      wall.offMs = offMs;
      expect(clock.now()).toBe(before);
      time.advance(1_000);
      expect(clock.now() - before).toBe(1_000 + Math.sign(offMs) * 50);
    }
  });

  it('is right at once after the machine has slept, as soon as a live venue says so', () => {
    const { time, wall, clock } = machine();
    wall.offMs = HOUR_MS;
    time.advance(10);
    // A recording and a venue that is late agree with nothing.
    for (const venueMs of [T0 - 9 * HOUR_MS, clock.now(), T0 + HOUR_MS - 5_000])
      clock.witness(venueMs);
    expect(clock.now()).toBe(T0 + 10);
    clock.witness(T0 + HOUR_MS - 300);
    expect(clock.now()).toBe(T0 + HOUR_MS + 10);
  });

  it('never runs backwards, and never more than a twentieth off, however the wall clock is set', () => {
    for (let seed = 1; seed <= 8; seed += 1) {
      const chance = new Seeded(seed);
      const { time, wall, clock } = machine();
      let before = clock.now();
      for (let step = 0; step < 200; step += 1) {
        if (chance.happens(0.3)) wall.offMs = chance.between(-HOUR_MS, HOUR_MS);
        const passed = chance.between(0, 5_000);
        time.advance(passed);
        const now = clock.now();
        const gained = now - before;
        expect(gained).toBeGreaterThanOrEqual(0);
        expect(Math.abs(gained - passed)).toBeLessThanOrEqual(passed * 0.05 + 1_001);
        before = now;
      }
    }
  });

  it('lets a time stop fire when its time has come, neither earlier nor later, while the wall clock jumps', async () => {
    const { time, wall, tick, fired, stop } = guarding();
    for (let second = 0; second < 12 && stop()?.status === 'armed'; second += 1) {
      wall.offMs = [0, HOUR_MS, -HOUR_MS][second % 3] ?? 0;
      tick();
      time.advance(1_000);
      await settled();
    }
    expect(fired).toHaveLength(1);
    const [atMs = 0, eventAtMs = 0] = fired[0] ?? [];
    expect(Math.abs(atMs - 10_000)).toBeLessThanOrEqual(600);
    expect(Math.abs(eventAtMs - 10_000)).toBeLessThanOrEqual(600);
  });
});
