import { spawn } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import type { EventData } from '@eventstore/db-client';
import { encodeFact } from '../../src/codecs/fact.codec.js';
import type { Fact } from '../../src/domain/facts.js';
import type { Recorded } from '../../src/domain/kernel/event.js';
import { readRunAddresses } from '../../src/launch/run-addresses.js';
import { startChild, stopChild } from './running-child.js';

const APPENDS_AT_ONCE = 256;
const LOOK_MS = 10;

/**
 * The built read side (projector and API) on an embedded event store of the bench's own: whatever is appended there is
 * what an engine would have decided.
 */
export class ReadSideRun {
  private readonly dir = mkdtempSync(join(tmpdir(), 'stopledger-read-bench-'));
  private output = '';
  private running: { readonly stop: () => Promise<void> } | undefined;

  private constructor(
    private readonly store: Awaited<ReturnType<typeof startChild>>,
    readonly connectionString: string,
    readonly client: EventStoreDBClient,
    readonly port: number,
  ) {}

  static async open(): Promise<ReadSideRun> {
    const data = mkdtempSync(join(tmpdir(), 'stopledger-read-log-'));
    const script = join(__dirname, '../../src/eventstore-server/server.main.js');
    const store = await startChild(script, ['--port', '0', '--data-dir', data]);
    store.child.once('exit', () => rmSync(data, { recursive: true, force: true }));
    const uri = `esdb://127.0.0.1:${String(store.port)}?tls=false`;
    return new ReadSideRun(store, uri, EventStoreDBClient.connectionString(uri), await freePort());
  }

  get url(): string {
    return `http://127.0.0.1:${String(this.port)}`;
  }

  get databaseUrl(): string {
    return readRunAddresses(join(this.dir, 'data'))?.databaseUrl ?? '';
  }

  /**
   * Time on a core that the read side and its PostgreSQL have had so far, in ms: it says what a quiet machine would do
   * where a busy one lets everything wait.
   */
  cpuMs(): { readonly readSide: number; readonly postgres: number } {
    const children = readFileSync(join(this.dir, 'data', 'run', 'children.json'), 'utf8');
    const [postgres = 0, readSide = 0] = JSON.parse(children) as number[];
    return { readSide: cpuMsOf(readSide), postgres: cpuMsBelow(postgres) };
  }

  /**
   * Appends facts in their order: a read model parks what comes before that which it follows from. Resolves once all are
   * durable, with the newest position.
   */
  async append(facts: readonly Recorded<Fact>[]): Promise<bigint> {
    let newest = 0n;
    let under: Promise<void>[] = [];
    for (const [streamId, events] of runsOf(facts)) {
      const appended = this.client.appendToStream(streamId, events).then(({ position }) => {
        if (!position || position.commit <= newest) throw new Error('The log changed the order.');
        newest = position.commit;
      });
      under.push(appended);
      if (under.length < APPENDS_AT_ONCE) continue;
      await Promise.all(under);
      under = [];
    }
    await Promise.all(under);
    return newest;
  }

  /** Starts projector and API; resolves when they answer, which may be long before they have caught up. */
  async start(): Promise<void> {
    // PostgreSQL's own user must be able to reach its data: else they lie elsewhere, and stay there.
    chmodSync(this.dir, 0o755);
    mkdirSync(join(this.dir, 'data'));
    const config = join(this.dir, 'stopledger.yaml');
    writeFileSync(
      config,
      `dataDir: ${join(this.dir, 'data')}
http: {port: ${String(this.port)}, auth: none, requestsPerSecond: 100000}
eventStore: {connectionString: "esdb://127.0.0.1:${String(this.store.port)}?tls=false"}
feeds: [{id: main, type: simulated, seed: 1, startPrice: "83.29", ticksPerSecond: 1}]
instruments: [{id: "BINANCE:LTCUSDT", symbol: LTCUSDT, feeds: [main], priceTick: "0.01", quantityStep: "0.001", quoteCurrency: USDT}]
accounts: [{id: demo, broker: paper, mode: paper, currency: USDT}]
`,
    );
    const words = ['bin/stopledger.js', 'start', '--roles', 'projector,api', '--config', config];
    const child = spawn(process.execPath, words);
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    const note = (chunk: Buffer): void => void (this.output += chunk.toString('utf8'));
    child.stdout.on('data', note);
    child.stderr.on('data', note);
    this.running = {
      stop: async () => {
        child.kill('SIGINT');
        await gone;
      },
    };
    while (!this.output.includes('GraphiQL')) {
      if (child.exitCode !== null) throw new Error(this.output);
      await pause(LOOK_MS);
    }
  }

  /** Resolves when every read model has come so far. */
  async caughtUp(position: bigint): Promise<void> {
    for (;;) {
      const response = await fetch(
        `${this.url}/api/v1/stops?limit=1&waitFor=${position.toString()}`,
      );
      await response.arrayBuffer();
      if (response.ok) return;
    }
  }

  async close(): Promise<void> {
    await this.running?.stop();
    await this.client.dispose();
    await stopChild(this.store.child);
    rmSync(this.dir, { recursive: true, force: true });
  }
}

const TICK_MS = 10; // 1 / sysconf(_SC_CLK_TCK)

function statOf(pid: number): readonly string[] {
  const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/** Of the process and of those of its children that have ended. */
function cpuMsOf(pid: number): number {
  const spent = statOf(pid).slice(11, 15).map(Number);
  return spent.reduce((sum, ticks) => sum + ticks, 0) * TICK_MS;
}

function cpuMsBelow(pid: number): number {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const children = pids.map(Number).filter((each) => {
    try {
      return Number(statOf(each)[1]) === pid;
    } catch {
      return false; // It has ended meanwhile.
    }
  });
  return children.reduce((sum, child) => sum + cpuMsBelow(child), cpuMsOf(pid));
}

/** Neighbours of one stream together. */
function* runsOf(facts: readonly Recorded<Fact>[]): Generator<[string, EventData[]]> {
  let events: EventData[] = [];
  for (const [at, { streamId, event }] of facts.entries()) {
    events.push(eventOf(event));
    if (facts[at + 1]?.streamId === streamId) continue;
    yield [streamId, events];
    events = [];
  }
}

export function eventOf(fact: Fact): EventData {
  const { type, data, version } = encodeFact(fact);
  const ids = { $correlationId: 'c', $causationId: 'c', actor: 'engine', build: 'bench' };
  return jsonEvent({
    type,
    data: data as never,
    metadata: { ...ids, wallTimeMs: Date.now(), version } as never,
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
