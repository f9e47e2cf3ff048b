import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fillLog } from './support/filled-log.js';
import type { FilledLog } from './support/filled-log.js';
import { startChild, stopChild } from './support/running-child.js';
import { SteadyVenue } from './support/steady-venue.js';

/** Question: how long after the owner of a log was killed does the engine that stands by guard its stops? */
export interface TakeOverSize extends FilledLog {
  readonly rounds: number;
  /** The log is made there once and used there again the next time. */
  readonly keptIn?: string;
}

const SERVER = join(__dirname, '../src/eventstore-server/server.main.js');
const LOOK_MS = 10;
const LIMIT_MS = 120_000;

export async function takeOverReport(size: TakeOverSize): Promise<string> {
  const root = mkdtempSync(join(tmpdir(), 'take-over-'));
  const log = size.keptIn ?? join(root, 'log');
  mkdirSync(log, { recursive: true });
  if (!existsSync(join(log, 'segments'))) await fillLog(log, size);
  const { child, port } = await startChild(SERVER, ['--port', '0', '--data-dir', log]);
  const venue = await SteadyVenue.open('83.29');
  const engines: Engine[] = [];
  const open = (): Engine => {
    const dir = join(root, `engine-${engines.length}`);
    const engine = new Engine(dir, `esdb://127.0.0.1:${port}?tls=false`, venue.url);
    engines.push(engine);
    return engine;
  };
  try {
    const took: number[] = [];
    let owner = open();
    await owner.says('EngineRecovered');
    for (let round = 0; round < size.rounds; round += 1) {
      const standby = open();
      await standby.says('standing by');
      await standby.says('the log is followed');
      const startMs = performance.now();
      owner.kill();
      await standby.says('EngineRecovered');
      took.push(performance.now() - startMs);
      owner = standby;
    }
    const guarded = /(\d+) stops guarded/.exec(owner.output)?.[1] ?? '?';
    return `${guarded} stops, load average ${loadavg()[0]?.toFixed(1)}: killed → guarded by the standby ${took.map((ms) => ms.toFixed(0)).join(' ')} ms`;
  } finally {
    for (const engine of engines) engine.kill();
    venue.close();
    await stopChild(child);
    rmSync(root, { recursive: true, force: true });
  }
}

/** The engine's role alone, in a data directory of its own. */
class Engine {
  output = '';
  private readonly parent: ChildProcess;

  constructor(
    private readonly dir: string,
    store: string,
    feedUrl: string,
  ) {
    mkdirSync(dir, { recursive: true });
    writeFileSync(
      join(dir, 'stopledger.yaml'),
      `dataDir: ${join(dir, 'data')}
http: {port: 0, auth: none}
eventStore: {connectionString: "${store}"}
feeds: [{id: main, type: binance, url: "${feedUrl}"}]
instruments: [{id: "BINANCE:LTCUSDT", symbol: LTCUSDT, feeds: [main], priceTick: "0.01", quantityStep: "0.001", quoteCurrency: USDT}]
accounts: [{id: demo, broker: paper, mode: paper, currency: USDT}]
`,
    );
    const words = ['start', '--roles', 'engine', '--config', join(dir, 'stopledger.yaml')];
    this.parent = spawn(process.execPath, ['bin/stopledger.js', ...words]);
    const take = (chunk: Buffer): void => void (this.output += chunk.toString('utf8'));
    this.parent.stdout?.on('data', take);
    this.parent.stderr?.on('data', take);
  }

  async says(words: string): Promise<void> {
    const endMs = performance.now() + LIMIT_MS;
    while (!this.output.includes(words)) {
      if (performance.now() > endMs) throw new Error(`never said "${words}":\n${this.output}`);
      await pause(LOOK_MS);
    }
  }

  /** The parent first: it would start the engine again. */
  kill(): void {
    this.parent.kill('SIGKILL');
    const path = join(this.dir, 'data', 'run', 'children.json');
    const children = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as number[]) : [];
    for (const pid of children) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended with its parent.
      }
    }
  }
}
