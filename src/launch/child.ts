import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';

/** What a child tells its parent over the IPC channel. */
export type ChildMessage =
  | { readonly type: 'ready'; readonly port?: number; readonly url?: string }
  | { readonly type: 'failed'; readonly line: string };

export interface ChildSpec {
  readonly name: string;
  readonly script: string;
  readonly args: readonly string[];
  /** Flags of Node for this child alone. */
  readonly nodeFlags?: readonly string[];
  /** Sent at once; what must not stand in the list of processes travels this way. */
  readonly configure?: unknown;
  readonly readyWithinMs: number;
}

/**
 * One child process: starting ──ready──► running ──stop──► stopped; any ──exit──► stopped
 *
 * It leads a process group of its own, so that Ctrl-C reaches only the parent, which stops its children in order, and
 * it watches the channel to its parent, so that a killed parent leaves no orphan.
 */
export class Child {
  readonly exited: Promise<string>;
  private readonly process: ChildProcess;
  private lastErrorLine = '';

  constructor(private readonly spec: ChildSpec) {
    this.process = spawn(
      process.execPath,
      [...NODE_FLAGS, ...(spec.nodeFlags ?? []), spec.script, ...spec.args],
      {
        detached: true,
        stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
      },
    );
    this.process.stderr?.on('data', (chunk: Buffer) => {
      process.stderr.write(chunk);
      const lines = chunk.toString('utf8').trim().split('\n');
      this.lastErrorLine = lines.at(-1) ?? '';
    });
    this.exited = new Promise((resolve) => {
      this.process.once('exit', (code, signal) =>
        resolve(`${spec.name} ended with ${signal ?? `code ${String(code)}`}`),
      );
    });
    if (spec.configure !== undefined) this.send({ type: 'configure', config: spec.configure });
  }

  get pid(): number | undefined {
    return this.process.pid;
  }

  get isRunning(): boolean {
    return this.process.exitCode === null && this.process.signalCode === null;
  }

  /** Resolves with the child's own word that it is ready. Rejects with one line when it is not to be. */
  ready(): Promise<ChildMessage & { type: 'ready' }> {
    const { name, readyWithinMs } = this.spec;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`${name} was not ready within ${readyWithinMs} ms`)),
        readyWithinMs,
      );
      this.process.on('message', (message: ChildMessage) => {
        if (message.type === 'ready') resolve(message);
        else reject(new Error(`${name}: ${message.line}`));
      });
      void this.exited.then((how) =>
        reject(new Error(this.lastErrorLine === '' ? how : `${how}: ${this.lastErrorLine}`)),
      );
      void this.exited.finally(() => clearTimeout(timer));
      this.process.once('message', () => clearTimeout(timer));
    });
  }

  /** Asks the child to end and ends it by force if it does not in time. */
  async stop(graceMs: number): Promise<void> {
    if (!this.isRunning) return;
    this.send({ type: 'stop' });
    this.process.kill('SIGTERM');
    const timer = setTimeout(() => this.process.kill('SIGKILL'), graceMs);
    await this.exited;
    clearTimeout(timer);
  }

  kill(): void {
    if (this.isRunning) this.process.kill('SIGKILL');
  }

  private send(message: object): void {
    if (this.process.connected) this.process.send(message, () => undefined);
  }
}

// require(esm) prints a warning on some Node 20 releases; the console belongs to the trader.
const NODE_FLAGS = ['--disable-warning=ExperimentalWarning'] as const;
