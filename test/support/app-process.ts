import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bookLines } from './book-lines.js';
import { seedCluster } from './postgres-fixture.js';
import { until } from './until.js';

const ROOT = join(__dirname, '..', '..');
export const PROGRAM = join(ROOT, 'bin', 'stopledger.js');

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, any>;
}

export interface PaperTerms {
  readonly submitLatencyMs?: number;
  readonly ackLatencyMs?: number;
}

/** What differs from a paper account on LTCUSDT: flow YAML of one instrument and one account. */
export interface AppSetup {
  readonly instrument?: string;
  readonly account?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** What the shell sets before it becomes the program: `ulimit -n 256`, say. */
  readonly limits?: string;
  /** A start of some of the roles: `engine`, `projector,api`. */
  readonly roles?: string;
  /** No configuration at all: what a new user sees first. */
  readonly isDemo?: boolean;
}

/** The built program as a user runs it, in a data directory of its own, on the feed of a test. */
export class AppProcess {
  readonly dir = mkdtempSync(join(tmpdir(), 'stopledger-e2e-'));
  output = '';
  private process: ChildProcess | undefined;

  private constructor(
    readonly port: number,
    on: { readonly feedUrl: string; readonly paper: PaperTerms },
    eventStoreUri: string | undefined,
    private readonly setup: AppSetup,
  ) {
    const text = configText(this.dataDir, port, { ...on, ...setup });
    const store = eventStoreUri && `eventStore: {connectionString: "${eventStoreUri}"}\n`;
    writeFileSync(this.configPath, `${text}${store ?? ''}`);
  }

  /** On an event store of its own, or on the one that is named. */
  static async prepare(
    feedUrl: string,
    paper: PaperTerms = {},
    eventStoreUri?: string,
    setup: AppSetup = {},
  ): Promise<AppProcess> {
    const app = new AppProcess(await freePort(), { feedUrl, paper }, eventStoreUri, setup);
    // PostgreSQL's own user must be able to reach its data.
    chmodSync(app.dir, 0o755);
    await seedCluster(join(app.dataDir, 'postgres'));
    return app;
  }

  /** Without a configuration. */
  static async demo(): Promise<AppProcess> {
    const port = await freePort();
    const env = { STOPLEDGER_PORT: String(port) };
    const app = new AppProcess(port, { feedUrl: '', paper: {} }, undefined, { env, isDemo: true });
    rmSync(app.configPath);
    return app;
  }

  /** Adds sections to the configuration file; before the start. */
  configure(yaml: string): void {
    appendFileSync(this.configPath, yaml);
  }

  /** The configuration as it is written for the next start. */
  get config(): string {
    return readFileSync(this.configPath, 'utf8');
  }

  /** Replaces the configuration file: what the next start reads. */
  reconfigure(yaml: string): void {
    writeFileSync(this.configPath, yaml);
  }

  private get configPath(): string {
    return join(this.dir, 'stopledger.yaml');
  }

  get dataDir(): string {
    return join(this.dir, this.setup.isDemo ? '.stopledger' : 'data');
  }

  get base(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Starts and waits until it says that it runs. */
  async start(): Promise<void> {
    this.output = '';
    const config = this.setup.isDemo ? [] : ['--config', this.configPath];
    const { roles } = this.setup;
    const some = roles === undefined ? [] : ['--roles', roles];
    const command = [process.execPath, PROGRAM, 'start', ...some, ...config];
    const limited = `${this.setup.limits ?? ':'}; exec "$@"`;
    const child = spawn('/bin/sh', ['-c', limited, 'sh', ...command], {
      cwd: this.dir,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...this.setup.env },
    });
    this.process = child;
    const take = (chunk: Buffer): void => void (this.output += chunk.toString('utf8'));
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    await until(
      'the app runs',
      () => {
        if (child.exitCode !== null)
          throw new Error(`the app ended with ${child.exitCode}:\n${this.output}`);
        const isShown = roles?.includes('api') === false || this.output.includes('GraphiQL');
        return this.output.includes('stopledger: running') && isShown;
      },
      60_000,
    );
  }

  /** Runs another command of the program beside it, with the same configuration. */
  async command(...words: string[]): Promise<{ code: number | null; lines: string[] }> {
    const config = ['--config', this.configPath];
    const env = { ...process.env, ...this.setup.env };
    const child = spawn(process.execPath, [PROGRAM, ...words, ...config], { cwd: this.dir, env });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => void (output += chunk.toString('utf8')));
    child.stderr.on('data', (chunk: Buffer) => void (output += chunk.toString('utf8')));
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
    return { code, lines: output.trimEnd().split('\n') };
  }

  /** Address of the event store in this run. */
  get eventStoreUri(): string {
    return /esdb:\/\/\S+/.exec(this.output)?.[0] ?? '';
  }

  /** SIGKILL of the parent process: nothing of the app may outlive it for long. */
  async kill(): Promise<void> {
    const child = this.running();
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  /** Ctrl-C. Resolves with the exit code. */
  async interrupt(): Promise<number | null> {
    const child = this.running();
    const gone = new Promise<number | null>((resolve) => child.once('exit', resolve));
    child.kill('SIGINT');
    return gone;
  }

  /** Sends a signal to the parent and waits for nothing. */
  signal(name: NodeJS.Signals): void {
    this.running().kill(name);
  }

  /** The exit code once the parent has ended. */
  async ended(): Promise<number | null> {
    const child = this.running();
    return until(
      'the app has ended',
      () => child.exitCode !== null || child.signalCode !== null,
      60_000,
    ).then(() => child.exitCode);
  }

  /** Process ids of the children of this run: event store, PostgreSQL guard, engine, read side. */
  children(): number[] {
    return JSON.parse(readFileSync(join(this.dataDir, 'run', 'children.json'), 'utf8')) as number[];
  }

  /** Lines of the paper venue's own book. */
  book(): Record<string, any>[] {
    return bookLines(join(this.dataDir, 'paper', 'demo.jsonl'));
  }

  async get(path: string): Promise<Answer> {
    return answerOf(await fetch(`${this.base}${path}`));
  }

  async post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    return answerOf(
      await fetch(`${this.base}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      }),
    );
  }

  /** All rows of a list, without what tells when it was asked. */
  async rows(list: string): Promise<unknown[]> {
    return (await this.get(`/api/v1/${list}?limit=200`)).body['items'] as unknown[];
  }

  async openPosition(
    side: 'long' | 'short',
    quantity: string,
    entryPrice: string,
    instrumentId = 'BINANCE:LTCUSDT',
  ): Promise<string> {
    const answer = await this.post('/api/v1/positions', {
      accountId: 'demo',
      instrumentId,
      side,
      quantity,
      entryPrice,
    });
    if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
    return answer.body['positionId'] as string;
  }

  async armStop(positionId: string, plan: unknown): Promise<string> {
    const answer = await this.post('/api/v1/stops', { positionId, plan });
    if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
    return answer.body['stopId'] as string;
  }

  /** The stop once it has this status. */
  stopWhen(stopId: string, status: string): Promise<Record<string, any>> {
    return until(`stop ${stopId} is ${status}`, async () => {
      const { body } = await this.get(`/api/v1/stops/${stopId}`);
      return body['status'] === status ? body : undefined;
    });
  }

  async lastTradeIs(tradeId: string, instrumentId = 'BINANCE:LTCUSDT'): Promise<void> {
    await until(`trade ${tradeId} is the last`, async () => {
      const { body } = await this.get(`/api/v1/instruments/${instrumentId}`);
      return body['last']?.tradeId === tradeId;
    });
  }

  /** PostgreSQL's data lies elsewhere when its user cannot reach the data directory; the start said where. */
  get postgresDir(): string {
    const elsewhere = /PostgreSQL data lies in ([^:\s]+)/.exec(this.output)?.[1];
    return elsewhere ?? join(this.dataDir, 'postgres');
  }

  /** Ends everything and removes the data. */
  async dispose(): Promise<void> {
    if (this.process?.exitCode === null && this.process.signalCode === null) await this.interrupt();
    rmSync(this.postgresDir, { recursive: true, force: true });
    rmSync(this.dir, { recursive: true, force: true });
  }

  private running(): ChildProcess {
    if (!this.process) throw new Error('the app was not started');
    return this.process;
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const stat = existsSync(`/proc/${pid}/stat`) ? readFileSync(`/proc/${pid}/stat`, 'utf8') : '';
  return !stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z');
}

async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text.startsWith('{') ? (JSON.parse(text) as Record<string, any>) : { text },
  };
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function configText(
  dataDir: string,
  port: number,
  on: { feedUrl: string; paper: PaperTerms } & AppSetup,
): string {
  const { submitLatencyMs = 0, ackLatencyMs = 0 } = on.paper;
  const {
    instrument = `{id: "BINANCE:LTCUSDT", symbol: LTCUSDT, feeds: [main], priceTick: "0.01", quantityStep: "0.001", quoteCurrency: USDT}`,
    account = `{id: demo, broker: paper, mode: paper, currency: USDT, paper: {submitLatencyMs: ${submitLatencyMs}, ackLatencyMs: ${ackLatencyMs}}}`,
  } = on;
  return `
dataDir: ${dataDir}
http: {port: ${port}, auth: none}
feeds:
  - {id: main, type: binance, url: "${on.feedUrl}"}
instruments:
  - ${instrument}
accounts:
  - ${account}
`;
}
