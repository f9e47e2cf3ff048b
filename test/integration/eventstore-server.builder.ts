import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { EventStoreDBClient, jsonEvent, type ResolvedEvent } from '@eventstore/db-client';
import { transformFileSync } from '@swc/core';

const SOURCE = join(__dirname, '../../src/eventstore-server');

/** A server process under test, and everything that a spec has to take down again. */
export class ServerBench {
  readonly root = mkdtempSync(join(tmpdir(), 'eventstore-server-'));
  private readonly main = join(this.root, 'program/server.main.js');
  readonly tools = join(this.root, 'program/tools.main.js');
  private readonly running = new Set<RunningProcess>();
  private readonly clients: EventStoreDBClient[] = [];

  constructor() {
    for (const file of readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })) {
      if (!file.endsWith('.ts') || file.endsWith('.spec.ts')) continue;
      const { code } = transformFileSync(join(SOURCE, file), {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
        module: { type: 'commonjs' },
      });
      const target = join(this.root, 'program', file.replace(/\.ts$/, '.js'));
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, code);
    }
  }

  directory(name: string): string {
    return join(this.root, name);
  }

  /** The file with the first events of a server. */
  segment(name: string): string {
    return join(this.directory(name), 'segments', '0000000000000016.0.log');
  }

  /** Starts a server and waits until it listens. Rejects with its last words if it does not. */
  async start(name: string, extra: readonly string[] = []): Promise<RunningProcess> {
    return this.startWith(['--db', this.directory(name), ...extra]);
  }

  /** The same without a data directory of the bench. */
  async startWith(args: readonly string[]): Promise<RunningProcess> {
    const started = this.spawn(['--port', '0', ...args]);
    await started.ready;
    return started;
  }

  spawn(args: readonly string[], environment: Record<string, string> = {}): RunningProcess {
    const started = new RunningProcess(this.main, args, environment);
    this.running.add(started);
    return started;
  }

  client(server: RunningProcess): EventStoreDBClient {
    const client = EventStoreDBClient.connectionString(server.address);
    this.clients.push(client);
    return client;
  }

  async tearDown(): Promise<void> {
    for (const client of this.clients) await client.dispose();
    for (const server of this.running) await server.kill('SIGKILL');
    rmSync(this.root, { recursive: true });
  }
}

/** On cleartext the client leaves credentials out, and makes a call of its own for each append that has them. */
export const ALONE = { credentials: { username: 'any', password: 'any' } };

/** What the tests of a file share. */
export interface SharedServer {
  readonly bench: ServerBench;
  readonly server: RunningProcess;
  readonly client: EventStoreDBClient;
}

/** Starts one server for all tests of the file, and takes it down behind them. */
export function shareServer(
  name: string,
  take: (shared: SharedServer) => void,
  extra: readonly string[] = [],
): void {
  const bench = new ServerBench();
  beforeAll(async () => {
    const server = await bench.start(name, extra);
    take({ bench, server, client: bench.client(server) });
  });
  afterAll(() => bench.tearDown());
}

export class RunningProcess {
  port = 0;
  stderr = '';
  stdout = '';
  readonly exited: Promise<number | null>;
  readonly ready: Promise<void>;
  private readonly child: ChildProcess;

  constructor(main: string, args: readonly string[], environment: Record<string, string>) {
    this.child = spawn(process.execPath, [main, ...args], {
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.child.stdout?.on('data', (chunk: Buffer) => (this.stdout += chunk.toString()));
    this.child.stderr?.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()));
    // Not 'close': that never comes once the IPC channel was disconnected from this side.
    const ended = new Promise((resolve) => this.child.stderr?.once('close', resolve));
    this.exited = new Promise((resolve) => {
      this.child.once('exit', (code) => void ended.then(() => resolve(code)));
    });
    this.ready = new Promise((resolve, reject) => {
      this.child.once('message', (message) => {
        this.port = (message as { port: number }).port;
        resolve();
      });
      void this.exited.then(() => reject(new Error(this.stderr)));
    });
    this.ready.catch(() => undefined); // Whoever cares awaits it; nobody else should hear of it.
  }

  get address(): string {
    return `esdb://127.0.0.1:${this.port}?tls=false`;
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  async kill(signal: 'SIGTERM' | 'SIGINT' | 'SIGKILL'): Promise<number | null> {
    this.child.kill(signal);
    return this.exited;
  }

  signal(signal: 'SIGINT' | 'SIGTERM'): void {
    this.child.kill(signal);
  }

  disconnect(): void {
    this.child.disconnect();
  }
}

export const ID = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

/** Event number `n` of a test: id, type and data follow from it. */
export function anEvent(n: number, type = 'Thing'): ReturnType<typeof jsonEvent> {
  return jsonEvent({ id: ID(n), type, data: { n } });
}

/** A short line for an event: `revision@stream type n`. */
export function lineOf({ event, link }: ResolvedEvent): string {
  const shown = event === undefined ? 'nothing' : lineOfRecord(event);
  return link === undefined ? shown : `${lineOfRecord(link)} → ${shown}`;
}

function lineOfRecord(record: NonNullable<ResolvedEvent['event']>): string {
  const { revision, streamId, type, data } = record;
  const n = (data as { n?: number } | undefined)?.n;
  return `${revision.toString()}@${streamId} ${type}${n === undefined ? '' : ` ${String(n)}`}`;
}

export async function linesOf(events: AsyncIterable<ResolvedEvent>): Promise<string[]> {
  const lines: string[] = [];
  for await (const event of events) lines.push(lineOf(event));
  return lines;
}
