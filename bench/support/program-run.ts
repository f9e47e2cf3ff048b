import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readRunAddresses } from '../../src/launch/run-addresses.js';

const LOOK_MS = 20;
const AT_ONCE = 200;
/** Few enough that none is without a stop for long: each would be an alarm. */
const BATCH = 1_000;

export const INSTRUMENT = 'BINANCE:LTCUSDT';

/** A position, and the stop that guards it. */
export interface Guarded {
  readonly side: 'long' | 'short';
  readonly entryPrice: string;
  readonly plan: object;
}

/** The built program, whole: store, PostgreSQL, engine and read side in processes of their own, and a feed of the bench's. */
export class ProgramRun {
  private output = '';
  readyMs = NaN;
  decisionMs = NaN;

  private constructor(
    private readonly dir: string,
    private readonly port: number,
    private readonly stopProgram: () => Promise<void>,
  ) {}

  /** Resolves when everything runs. */
  static async start(dir: string, feedUrl: string): Promise<ProgramRun> {
    const port = 20_000 + (process.pid % 20_000);
    const config = join(dir, 'stopledger.yaml');
    writeFileSync(
      config,
      `dataDir: ${join(dir, 'data')}
http: {port: ${String(port)}, auth: none, requestsPerSecond: 100000}
feeds: [{id: main, type: binance, url: "${feedUrl}"}]
instruments: [{id: "${INSTRUMENT}", symbol: LTCUSDT, feeds: [main], priceTick: "0.01", quantityStep: "0.001", quoteCurrency: USDT}]
accounts: [{id: demo, broker: paper, mode: paper, currency: USDT}]
`,
    );
    const startMs = performance.now();
    const child = spawn(process.execPath, ['bin/stopledger.js', 'start', '--config', config]);
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    const run = new ProgramRun(dir, port, async () => {
      child.kill('SIGINT');
      await gone;
    });
    child.stderr.on('data', (chunk: Buffer) => (run.output += chunk.toString('utf8')));
    child.stdout.on('data', (chunk: Buffer) => {
      run.output += chunk.toString('utf8');
      if (Number.isNaN(run.decisionMs) && run.output.includes('EngineStarted'))
        run.decisionMs = performance.now() - startMs;
    });
    while (!run.output.includes('stopledger: running')) {
      if (child.exitCode !== null) throw new Error(run.output);
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
    run.readyMs = performance.now() - startMs;
    return run;
  }

  get url(): string {
    return `http://127.0.0.1:${String(this.port)}`;
  }

  get eventStoreUri(): string {
    return readRunAddresses(join(this.dir, 'data'))?.eventStoreUri ?? '';
  }

  get lastWords(): string {
    return this.output.slice(-2000);
  }

  stop(): Promise<void> {
    return this.stopProgram();
  }

  pids(): { readonly engine: number; readonly readSide: number } {
    const children = readFileSync(join(this.dir, 'data', 'run', 'children.json'), 'utf8');
    const [engine = 0, readSide = 0] = (JSON.parse(children) as number[]).slice(2);
    return { engine, readSide };
  }

  /** Opens positions and arms the stop of each. */
  async guard(wanted: readonly Guarded[]): Promise<void> {
    for (let from = 0; from < wanted.length; from += BATCH) {
      const batch = wanted.slice(from, from + BATCH);
      const positions = await this.openPositions(batch);
      const stops = batch.map(({ plan }, at) => ({ positionId: positions[at], plan }));
      const { refused } = await this.post('stops/batch', { stops });
      if (refused !== 0) throw new Error(`${String(refused)} stops were refused`);
    }
  }

  private async openPositions(wanted: readonly Guarded[]): Promise<readonly string[]> {
    const positions: string[] = [];
    let next = 0;
    const open = async (): Promise<void> => {
      for (let at = next++; at < wanted.length; at = next++) {
        const { side, entryPrice } = wanted[at]!;
        const body = {
          accountId: 'demo',
          instrumentId: INSTRUMENT,
          side,
          quantity: '1',
          entryPrice,
        };
        positions[at] = String((await this.post('positions', body))['positionId']);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, open));
    return positions;
  }

  private async post(path: string, body: unknown): Promise<Record<string, unknown>> {
    const response = await fetch(`${this.url}/api/v1/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const answer = (await response.json()) as Record<string, unknown>;
    if (!response.ok) throw new Error(JSON.stringify(answer));
    return answer;
  }
}
