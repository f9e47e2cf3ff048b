import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from '../config/config-shape.js';

import { Child } from './child.js';
import type { ChildSpec, Ready } from './child.js';
import { StartRefused, checkRoom, claimDataDir, hasRoom } from './data-dir.js';
import type { ClaimedDataDir } from './data-dir.js';
import { awaitOrphans, noteChildren } from './orphans.js';
import type { ProcessWatch } from './process-watch.js';
import { onceThereIsRoom } from './room-wait.js';
import { removeRunAddresses, writeRunAddresses } from './run-addresses.js';

export type Role = 'engine' | 'projector' | 'api';

/** What a role process is told at its start. */
export interface RoleConfig {
  readonly roles: readonly Role[];
  readonly config: Config;
  /** Prints every decision as a line. */
  readonly narrates: boolean;
}

export interface SupervisorOptions {
  readonly config: Config;
  /** Roles that share a process. */
  readonly processes: readonly (readonly Role[])[];
  /** Folder of the compiled program. */
  readonly distDir: string;
  /** Folder that holds package.json. */
  readonly rootDir: string;
  readonly say: (line: string) => void;
  readonly narrates: boolean;
  /** Called once the data directory is ours. */
  readonly openWatch: () => ProcessWatch;
  /** Recording played by a local venue when nothing is configured. */
  readonly demoRecording: string;
}

export interface Addresses {
  readonly eventStoreUri: string;
  readonly databaseUrl: string;
  readonly venueUrl: string | undefined;
  readonly http: string | undefined;
}

/** What stops the start when it refuses to run, and what may come up later while stops are guarded. */
type Need = 'guards' | 'shows';

interface Watched {
  child: Child;
  readonly need: Need;
  /** Makes the child anew, on the ports of before. */
  readonly spec: () => ChildSpec;
  failures: number;
  /** When it was ready; undefined before. */
  readyAtMs: number | undefined;
}

// The engine's heap is nearly all long-lived stops: small steps of growth and a small nursery keep its pauses short and
// its memory close to what the stops need (by default V8 lets it grow to more than twice that).
const ENGINE_FLAGS = ['--heap-growing-percent=20', '--max-semi-space-size=4'] as const;
// The read side lives long on little, and makes much that is dead at once (rows, answers, events): left to itself V8 keeps
// three times what it needs. A full collection holds a live row up by 50 to 120 ms, so that it may come no more often than
// every ten seconds or so: with steps of 40 % it came every three.
const READ_FLAGS = ['--heap-growing-percent=100', '--max-semi-space-size=8'] as const;
const STORE = 'event store';
const VENUE = 'recorded venue';
const READY_MS = 60_000;
const STOP_MS = 10_000;
/** All children together; each has at least a second. */
export const STOP_ALL_MS = 20_000;
const STOP_MS_MIN = 1_000;
const RESTART_MS_MIN = 200;
const RESTART_MS_MAX = 5_000;
// A process that dies sooner after its start is started again ever later.
const STABLE_MS = 10_000;
const PULSE_LOOK_MS = 1_000;
// Far beyond any pause of a healthy process. Looks are counted, not time: a machine that slept kills nobody.
const PULSES_MISSED_MAX = 15;

/**
 * Starts the processes in order, starts again what dies, and stops them in order: read side, engine, venue, stores.
 *
 *     starting ──all ready──► running ──stop──► stopping ──► stopped ; a refusal while starting stops what had started
 *
 * The engine waits for the log alone. What was killed while it started is started again, and so is what only shows
 * (PostgreSQL, the read side) whatever it died of once the engine guards a stop: no trouble of theirs may end that.
 */
export class Supervisor {
  private readonly watched: Watched[] = [];
  private dataDir: ClaimedDataDir | undefined;
  private watch: ProcessWatch | undefined;
  private pulseTimer: NodeJS.Timeout | undefined;
  private isStopping = false;
  private mayPlay = false;
  private readonly ending = new AbortController();
  private tellGuarded: (count: number) => void = () => undefined;
  /**
   * How many stops and unsettled orders the engine has found. Nobody knows before it has said so, or before it is clear
   * that it will not: PostgreSQL may have ended long before the log is there for the engine to read.
   */
  private readonly guarded = new Promise<number>((resolve) => (this.tellGuarded = resolve));

  constructor(private readonly options: SupervisorOptions) {}

  async start(): Promise<Addresses> {
    const { config, processes } = this.options;
    const use = config.isDemo ? 'demo' : 'configured';
    try {
      this.dataDir = await this.withRoom(() => claimDataDir(config.dataDir, use));
      this.watch ??= this.options.openWatch();
      if (config.eventStoreUri === undefined) await this.withRoom(() => checkRoom(config.dataDir));
      else this.watch.runningAgain(STORE);
      this.pulseTimer = setInterval(() => this.feelPulses(), PULSE_LOOK_MS).unref();
      const hasApi = processes.some((roles) => roles.includes('api'));
      if (hasApi) await checkPort(config.http.host, config.http.port);
      await awaitOrphans(this.childrenPath, this.options.say);
      return await this.startAll(hasApi);
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Does it once the disk has room. A full disk that passes must not end what stops wait for. */
  private withRoom<T>(work: () => T): Promise<T> {
    return onceThereIsRoom(work, {
      onFull: (reason, againInMs) => {
        // On a disk that takes no lock nobody else holds one.
        this.watch ??= this.options.openWatch();
        this.watch.ended(STORE, reason, againInMs);
      },
      pause: async (ms) => {
        const { signal } = this.ending;
        await delay(ms, undefined, { signal }).catch(() => undefined);
        // Whoever stops it hears of that end alone.
        if (signal.aborted) await new Promise<never>(() => undefined);
      },
      random: Math.random,
    });
  }

  /** Asked to stop, or stopped. */
  get isEnding(): boolean {
    return this.isStopping;
  }

  async stop(): Promise<void> {
    this.isStopping = true;
    this.tellGuarded(0);
    this.ending.abort();
    clearInterval(this.pulseTimer);
    const endMs = performance.now() + STOP_ALL_MS;
    for (const { child, spec } of [...this.watched].reverse()) {
      const leftMs = Math.max(STOP_MS_MIN, endMs - performance.now());
      await this.stopChild(child, { name: spec().name, graceMs: Math.min(STOP_MS, leftMs) });
    }
    await this.watch?.close();
    if (this.dataDir) removeRunAddresses(this.options.config.dataDir);
    this.dataDir?.release();
  }

  private async stopChild(
    child: Child,
    { name, graceMs }: { name: string; graceMs: number },
  ): Promise<void> {
    if (!child.isRunning) return;
    const begunMs = performance.now();
    const how = await child.stop(graceMs);
    const tookMs = Math.round(performance.now() - begunMs);
    const forced = how === 'killed' ? `: KILLED after ${Math.round(graceMs)} ms` : '';
    this.options.say(`stopping: ${name} ended (${tookMs} ms)${forced}`);
  }

  /** Lets the recorded venue of the demo go on behind its first print. */
  play(): void {
    this.mayPlay = true;
    for (const { child, spec } of this.watched)
      if (spec().name === VENUE) child.send({ type: 'play' });
  }

  /** Ends everything at once: the second Ctrl-C. */
  killAll(): void {
    this.isStopping = true;
    this.ending.abort();
    for (const { child } of this.watched) child.kill();
    this.dataDir?.release();
  }

  private get childrenPath(): string {
    return join(this.options.config.dataDir, 'run', 'children.json');
  }

  private async startAll(hasApi: boolean): Promise<Addresses> {
    const { config, processes, narrates, say } = this.options;
    const needsDatabase = processes.some(
      (roles) => roles.includes('api') || roles.includes('projector'),
    );
    const store = config.eventStoreUri ?? this.startEventStore();
    const database = Promise.resolve(
      needsDatabase ? (config.databaseUrl ?? this.startPostgres()) : '',
    );
    // Whoever waits for it hears of it; until then somebody must.
    database.catch(() => undefined);
    const [eventStoreUri, venueUrl] = await Promise.all([
      store,
      config.isDemo ? this.startVenue() : undefined,
    ]);
    writeRunAddresses(config.dataDir, { eventStoreUri, databaseUrl: '' }, say);
    const base = withDemo({ ...config, eventStoreUri }, venueUrl);
    const started = processes.map(async (roles) => {
      const resolved = actsAlone(roles) ? base : { ...base, databaseUrl: await database };
      const configure: RoleConfig = { roles, config: resolved, narrates };
      return this.launch(roles.includes('engine') ? 'guards' : 'shows', () => ({
        name: roles.join('+'),
        script: join(this.options.distDir, 'src', 'main.js'),
        args: [],
        nodeFlags: nodeFlagsFor(roles),
        configure,
        readyWithinMs: READY_MS,
      }));
    });
    const engine = started[processes.findIndex((roles) => roles.includes('engine'))];
    Promise.resolve(engine).then(
      (ready) => this.tellGuarded(ready?.guards ?? 0),
      () => this.tellGuarded(0),
    );
    const [databaseUrl, ...ports] = await Promise.all([database, ...started]);
    writeRunAddresses(config.dataDir, { eventStoreUri, databaseUrl }, say);
    const port =
      ports[processes.findIndex((roles) => roles.includes('api'))]?.port ?? config.http.port;
    const http = hasApi ? `http://${config.http.host}:${port}` : undefined;
    return { eventStoreUri, databaseUrl, venueUrl, http };
  }

  private async startEventStore(): Promise<string> {
    let port = 0;
    const ready = await this.launch('guards', () => ({
      name: STORE,
      script: join(this.options.distDir, 'src', 'eventstore-server', 'server.main.js'),
      args: ['--port', String(port), '--db', join(this.options.config.dataDir, 'eventstore')],
      readyWithinMs: READY_MS,
    }));
    port = ready.port ?? 0;
    this.watch?.runningAgain(STORE);
    return `esdb://127.0.0.1:${port}?tls=false`;
  }

  private async startPostgres(): Promise<string> {
    let port = 0;
    const ready = await this.launch('shows', () => ({
      name: 'postgres',
      script: join(this.options.distDir, 'src', 'embedded-postgres', 'embedded-postgres.main.js'),
      args: ['--data-dir', join(this.options.config.dataDir, 'postgres'), '--port', String(port)],
      readyWithinMs: READY_MS,
    }));
    const url = ready.url ?? '';
    port = Number(new URL(url).port);
    return url;
  }

  private async startVenue(): Promise<string> {
    let port = 0;
    const ready = await this.launch('guards', () => ({
      name: VENUE,
      script: join(this.options.distDir, 'src', 'tape-venue', 'tape-venue.main.js'),
      args: [
        ...['--file', this.options.demoRecording, '--symbol', 'LTCUSDT', '--port', String(port)],
        ...['--speed', '8', '--loop', '--state', join(this.options.config.dataDir, 'venue')],
        ...(this.mayPlay ? [] : ['--hold']),
      ],
      readyWithinMs: READY_MS,
    }));
    port = ready.port ?? 0;
    return `ws://127.0.0.1:${port}`;
  }

  private async launch(need: Need, spec: () => ChildSpec): Promise<Ready> {
    const watched: Watched = {
      ...{ child: new Child(spec()), need, spec, failures: 0, readyAtMs: undefined },
    };
    this.watched.push(watched);
    this.noteChildren();
    for (;;) {
      try {
        const ready = await watched.child.ready();
        watched.readyAtMs = performance.now();
        if (watched.failures > 0) this.watch?.runningAgain(spec().name);
        this.keepAlive(watched);
        return ready;
      } catch (error) {
        if (!(await this.mayTryAgain(watched))) throw error;
        watched.child.kill();
        await delay(this.pauseAfter(watched, await watched.child.exited));
        if (this.isStopping) throw error;
        watched.child = new Child(spec());
        this.noteChildren();
      }
    }
  }

  /** One that was killed has refused nothing, and neither has one on a full disk. */
  private async mayTryAgain({ child, need }: Watched): Promise<boolean> {
    if (this.isStopping) return false;
    if (child.wasKilled || !hasRoom(this.options.config.dataDir)) return true;
    return need === 'shows' && (await this.guarded) > 0;
  }

  private keepAlive(watched: Watched): void {
    void watched.child.exited.then((how) => {
      if (this.isStopping) return;
      const { readyAtMs } = watched;
      const wasStable = readyAtMs !== undefined && performance.now() - readyAtMs >= STABLE_MS;
      if (wasStable) watched.failures = 0;
      watched.readyAtMs = undefined;
      setTimeout(() => this.restart(watched), this.pauseAfter(watched, how));
    });
  }

  /** Says that it ended; returns when it is tried again, in ms. */
  private pauseAfter(watched: Watched, how: string): number {
    const pauseMs = Math.min(RESTART_MS_MAX, RESTART_MS_MIN * 2 ** watched.failures);
    watched.failures += 1;
    this.watch?.ended(watched.spec().name, how, pauseMs);
    return pauseMs;
  }

  private restart(watched: Watched): void {
    if (this.isStopping) return;
    watched.child = new Child(watched.spec());
    this.noteChildren();
    watched.child.ready().then(
      () => {
        watched.readyAtMs = performance.now();
        this.watch?.runningAgain(watched.spec().name);
      },
      // The reason was printed by the child; its exit starts the next try.
      () => watched.child.kill(),
    );
    this.keepAlive(watched);
  }

  /** What lives but does not move protects nothing: it is ended, and so started again. */
  private feelPulses(): void {
    for (const { child, spec } of this.watched) {
      if (child.feelPulse() < PULSES_MISSED_MAX) continue;
      this.watch?.frozen(spec().name, PULSES_MISSED_MAX * PULSE_LOOK_MS);
      child.kill();
    }
  }

  private noteChildren(): void {
    const pids = this.watched.map(({ child }) => child.pid).filter((pid) => pid !== undefined);
    noteChildren(this.childrenPath, pids, this.options.say);
  }
}

/** Whether the process needs the log alone. */
function actsAlone(roles: readonly Role[]): boolean {
  return roles.every((role) => role === 'engine');
}

function nodeFlagsFor(roles: readonly Role[]): readonly string[] {
  if (!roles.includes('engine')) return READ_FLAGS;
  return actsAlone(roles) ? ENGINE_FLAGS : [];
}

export const DEMO_ACCOUNT = 'demo';
export const DEMO_INSTRUMENT = 'BINANCE:LTCUSDT';

/** The configuration that plays recorded prints through a paper account. */
function withDemo(config: Config, venueUrl: string | undefined): Config {
  if (venueUrl === undefined) return config;
  return {
    ...config,
    feeds: [{ id: 'demo', type: 'binance', url: venueUrl }],
    instruments: [
      {
        id: DEMO_INSTRUMENT,
        symbol: 'LTCUSDT',
        feeds: ['demo'],
        priceTick: '0.01',
        quantityStep: '0.001',
        quoteCurrency: 'USDT',
      },
    ],
    accounts: [{ id: DEMO_ACCOUNT, broker: 'paper', mode: 'paper', currency: 'USDT' }],
  };
}

async function checkPort(host: string, port: number): Promise<void> {
  if (port === 0) return;
  await new Promise<void>((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => {
      reject(new StartRefused(`cannot listen on ${host}:${port}: ${error.code ?? error.message}`));
    });
    probe.listen(port, host, () => probe.close(() => resolve()));
  });
}
