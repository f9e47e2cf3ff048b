import { Ownership } from './ownership.js';
import type { LeaseReading, LeaseRecord, LeaseStore, LeaseWrite } from './ports/lease.port.js';

const LEASE_MS = 2_000;
const MARGIN_MS = 500;

/** One clock for all engines of a test. Engines may be frozen: their pauses do not end. */
class World {
  now = 0;
  claims: { revision: number; record: LeaseRecord } | undefined;
  announced = 0;
  writes = 0;
  private sleepers: { at: number; engine: Engine; wake: () => void }[] = [];

  pause(engine: Engine, ms: number): Promise<void> {
    return new Promise((wake) => this.sleepers.push({ at: this.now + ms, engine, wake }));
  }

  async pass(ms: number): Promise<void> {
    const end = this.now + ms;
    for (;;) {
      for (let turn = 0; turn < 10; turn += 1) await new Promise((go) => setImmediate(go));
      const [next] = this.sleepers
        .filter(({ at, engine }) => at <= end && !engine.isFrozen)
        .sort((a, b) => a.at - b.at);
      if (!next) break;
      this.sleepers = this.sleepers.filter((sleeper) => sleeper !== next);
      this.now = Math.max(this.now, next.at);
      next.wake();
    }
    this.now = end;
  }
}

/** An engine with its own view of the log, which may be cut off. */
class Engine implements LeaseStore {
  isFrozen = false;
  isCutOff = false;
  /** The next write takes place, but its answer is lost. */
  losesAnswer = false;
  /** What the newest question came to. */
  sight: boolean | undefined;
  readonly events: string[] = [];
  readonly ownership: Ownership;

  constructor(
    private readonly world: World,
    readonly holder: string,
  ) {
    this.ownership = new Ownership({
      store: this,
      holder,
      leaseMs: LEASE_MS,
      marginMs: MARGIN_MS,
      clock: () => world.now,
      pause: (ms) => world.pause(this, ms),
      onStandingBy: (owner) => void this.events.push(`stands by for ${owner}`),
      onSight: (isAnswered) => (this.sight = isAnswered),
      onUnheard: (owner) => void this.events.push(`never heard of ${owner}`),
      onLost: (owner) => void this.events.push(`lost to ${owner}`),
    });
    void this.ownership.acquire().then(() => {
      this.events.push(`owns at ${world.now}`);
      void this.ownership.keep();
    });
  }

  /** Asks to send; notes when it may. */
  send(): void {
    void this.ownership.permission().then(() => this.events.push(`sends at ${this.world.now}`));
  }

  read(): Promise<LeaseReading> {
    if (this.isCutOff) return Promise.resolve({ kind: 'unavailable', reason: 'cut off' });
    const { claims } = this.world;
    return Promise.resolve(claims ? { kind: 'found', ...claims } : { kind: 'absent' });
  }

  write(record: LeaseRecord, expectedRevision: number): Promise<LeaseWrite> {
    if (this.isCutOff) return Promise.resolve({ kind: 'unavailable', reason: 'cut off' });
    const known = this.world.claims?.revision ?? -1;
    if (known !== expectedRevision) return Promise.resolve({ kind: 'lost' });
    this.world.claims = { revision: known + 1, record };
    this.world.writes += 1;
    if (this.losesAnswer) {
      this.losesAnswer = false;
      return Promise.resolve({ kind: 'unavailable', reason: 'no answer' });
    }
    return Promise.resolve({ kind: 'written', revision: known + 1 });
  }

  announce(): Promise<void> {
    if (!this.isCutOff) this.world.announced += 1;
    return Promise.resolve();
  }

  announcements(): Promise<number | undefined> {
    return Promise.resolve(this.isCutOff ? undefined : this.world.announced);
  }
}

/** The standby has announced itself: the owner holds a lease. */
async function ownerAndStandby() {
  const world = new World();
  const owner = new Engine(world, 'a');
  await world.pass(1);
  const standby = new Engine(world, 'b');
  await world.pass(10_000);
  return { world, owner, standby };
}

describe('ownership of a partition', () => {
  it('costs a sole engine one write, and nothing keeps it from sending when the log is away', async () => {
    const world = new World();
    const sole = new Engine(world, 'a');
    await world.pass(60_000);
    expect([sole.events, world.writes]).toStrictEqual([['owns at 0'], 1]);
    sole.isCutOff = true;
    await world.pass(60_000);
    sole.send();
    await world.pass(0);
    expect(sole.events).toStrictEqual(['owns at 0', 'sends at 120000']);
  });

  it('stays with an owner that lives, however long another stands by', async () => {
    const world = new World();
    const owner = new Engine(world, 'a');
    await world.pass(1);
    const standby = new Engine(world, 'b');
    await world.pass(600_000);
    owner.send();
    standby.send();
    await world.pass(0);
    expect(owner.events).toStrictEqual(['owns at 0', 'sends at 600001']);
    expect(standby.events).toStrictEqual(['stands by for a']);
  });

  it('goes to the standby in lease + margin and a little when the owner freezes, and the owner that wakes sends nothing', async () => {
    const { world, owner, standby } = await ownerAndStandby();
    owner.isFrozen = true;
    await world.pass(LEASE_MS + MARGIN_MS + LEASE_MS);
    const [, owns] = standby.events;
    const at = Number(owns?.replace('owns at ', ''));
    expect(at - 10_001).toBeGreaterThan(LEASE_MS / 2);
    // It looks four times in a lease, and claims in the moment when the owner has none left.
    expect(at - 10_001).toBeLessThanOrEqual(LEASE_MS + MARGIN_MS + LEASE_MS / 4);
    owner.isFrozen = false;
    owner.send();
    standby.send();
    await world.pass(2 * LEASE_MS);
    expect(owner.events).toStrictEqual(['owns at 0', 'lost to b']);
    expect(standby.events.filter((event) => event.startsWith('sends'))).toHaveLength(1);
  });

  it('tells while it stands by whether the log answers, and whether an owner claims anew', async () => {
    const { world, owner, standby } = await ownerAndStandby();
    expect([standby.sight, standby.ownership.seesOwner]).toStrictEqual([true, true]);
    standby.isCutOff = true;
    await world.pass(1_000);
    expect(standby.sight).toBe(false);
    standby.isCutOff = false;
    await world.pass(1_000);
    expect([standby.sight, standby.ownership.seesOwner]).toStrictEqual([true, true]);
    owner.isFrozen = true;
    await world.pass(LEASE_MS + MARGIN_MS / 2);
    expect([standby.sight, standby.ownership.seesOwner]).toStrictEqual([true, false]);
    expect(standby.events).toStrictEqual(['stands by for a']);
  });

  it('leaves no moment in which a cut-off owner and its standby may both send', async () => {
    const { world, owner, standby } = await ownerAndStandby();
    owner.isCutOff = true;
    for (let step = 0; step < 100; step += 1) {
      owner.send();
      standby.send();
      await world.pass(50);
    }
    const times = (engine: Engine) =>
      engine.events
        .filter((event) => event.startsWith('sends at '))
        .map((event) => Number(event.slice('sends at '.length)));
    const last = Math.max(...times(owner));
    const first = Math.min(...times(standby));
    expect(times(standby).length).toBeGreaterThan(10);
    expect(first - last).toBeGreaterThanOrEqual(MARGIN_MS);
    // What the owner held meanwhile never leaves.
    owner.isCutOff = false;
    await world.pass(10_000);
    expect(Math.max(...times(owner))).toBe(last);
    expect(owner.events.at(-1)).toBe('lost to b');
  });

  it('goes from one that was cut off before anybody stood by, which sends on: the new owner tells that it never heard of it', async () => {
    const world = new World();
    const lone = new Engine(world, 'a');
    await world.pass(1_000);
    lone.isCutOff = true;
    const late = new Engine(world, 'b');
    await world.pass(10_000);
    expect(late.events.slice(0, -1)).toStrictEqual(['stands by for a', 'never heard of a']);
    const owns = Number(late.events.at(-1)?.replace('owns at ', ''));
    expect(owns).toBeGreaterThanOrEqual(1_000 + LEASE_MS + MARGIN_MS);
    lone.send();
    await world.pass(0);
    expect(lone.events).toStrictEqual(['owns at 0', 'sends at 11000']);
    lone.isCutOff = false;
    await world.pass(LEASE_MS);
    expect(lone.events.at(-1)).toBe('lost to b');
  });

  it('lets what was held leave when the owner reaches the log again before anybody took over', async () => {
    const { world, owner, standby } = await ownerAndStandby();
    owner.isCutOff = true;
    standby.isFrozen = true;
    await world.pass(LEASE_MS + 100);
    owner.send();
    await world.pass(1_000);
    expect(owner.events).toStrictEqual(['owns at 0']);
    owner.isCutOff = false;
    await world.pass(LEASE_MS);
    expect(owner.events).toHaveLength(2);
  });

  it('takes back at once what an earlier run on the same data held, or what was released', async () => {
    const world = new World();
    const killed = new Engine(world, 'a');
    await world.pass(5_000);
    killed.isFrozen = true;
    const next = new Engine(world, 'a');
    await world.pass(10);
    expect(next.events).toStrictEqual(['owns at 5000']);
    await next.ownership.release();
    const other = new Engine(world, 'b');
    await world.pass(10);
    expect(other.events).toStrictEqual(['owns at 5010']);
  });

  it('knows whether another fell silent before it: that one may have sent what no log knows', async () => {
    const { world, owner, standby } = await ownerAndStandby();
    owner.isFrozen = true;
    await world.pass(10_000);
    const at = Number(standby.events.at(-1)?.replace('owns at ', ''));
    const known = ({ ownership }: Engine) => ownership.othersSentUntilMs;
    expect([known(owner), known(standby)]).toStrictEqual([undefined, at]);
    standby.isFrozen = true;
    const next = new Engine(world, 'b');
    await world.pass(10);
    expect(known(next)).toBe(20_001);
    await next.ownership.release();
    const orderly = new Engine(world, 'c');
    await world.pass(10);
    expect(known(orderly)).toBeUndefined();
  });

  it('does not take its own claim for that of another when the answer was lost', async () => {
    const { world, owner, standby } = await ownerAndStandby();
    owner.losesAnswer = true;
    await world.pass(10_000);
    expect([owner.events, standby.events]).toStrictEqual([['owns at 0'], ['stands by for a']]);
  });

  it('goes to one of two that start at the same moment', async () => {
    const world = new World();
    const engines = [new Engine(world, 'a'), new Engine(world, 'b')];
    await world.pass(60_000);
    const owners = engines.filter(({ events }) => events.some((event) => event.startsWith('owns')));
    expect(owners).toHaveLength(1);
  });
});
