import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';

/** A child's word that it runs, with what the parent has to know of it. */
export interface Ready {
  readonly type: 'ready';
  readonly port?: number;
  readonly url?: string;
  /** Of an engine: how many stops and unsettled orders it has found. */
  readonly guards?: number;
}

/** What a child tells its parent over the IPC channel. */
export type ChildMessage =
  | Ready
  | { readonly type: 'failed'; readonly line: string }
  /** Sent again and again while its event loop turns. */
  | { readonly type: 'pulse' };

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
  private lastErrorAtMs = -Infinity;
  /** Why it is not to be ready, in its own words. */
  private refusal: string | undefined;
  private looksSincePulse: number | undefined;

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
      this.lastErrorLine = lastWords(chunk.toString('utf8')) ?? this.lastErrorLine;
      this.lastErrorAtMs = performance.now();
    });
    this.exited = new Promise((resolve) => {
      this.process.once('exit', (code, signal) =>
        // What it said last may still be on its way to us.
        setImmediate(() => {
          const how = `${spec.name} ended with ${signal ?? `code ${String(code)}`}`;
          const why = this.refusal ?? (this.isFresh ? this.lastErrorLine : undefined);
          resolve(why === undefined ? how : `${how}: ${why}`);
        }),
      );
    });
    this.process.on('message', (message: ChildMessage) => {
      if (message.type === 'pulse') this.looksSincePulse = 0;
      if (message.type === 'failed') this.refusal = message.line;
    });
    if (spec.configure !== undefined) this.send({ type: 'configure', config: spec.configure });
  }

  get pid(): number | undefined {
    return this.process.pid;
  }

  get isRunning(): boolean {
    return this.process.exitCode === null && this.process.signalCode === null;
  }

  /** It ended, and not by its own will. */
  get wasKilled(): boolean {
    return this.process.signalCode !== null;
  }

  /** How often in a row the parent has looked and found no sign of life; 0 for a child that never gave one. */
  feelPulse(): number {
    if (this.looksSincePulse === undefined || !this.isRunning) return 0;
    this.looksSincePulse += 1;
    return this.looksSincePulse - 1;
  }

  private get isFresh(): boolean {
    return this.lastErrorLine !== '' && performance.now() - this.lastErrorAtMs < LAST_WORDS_MS;
  }

  /** Resolves with the child's own word that it is ready. Rejects with one line when it is not to be. */
  ready(): Promise<Ready> {
    const { name, readyWithinMs } = this.spec;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`${name} was not ready within ${readyWithinMs} ms`)),
        readyWithinMs,
      );
      this.process.on('message', (message: ChildMessage) => {
        if (message.type === 'pulse') return;
        clearTimeout(timer);
        if (message.type === 'ready') resolve(message);
        else reject(new Error(`${name}: ${message.line}`));
      });
      void this.exited.then((how) => {
        clearTimeout(timer);
        reject(new Error(how));
      });
    });
  }

  /** Asks the child to end and ends it by force if it does not in time. */
  async stop(graceMs: number): Promise<'ended' | 'killed'> {
    if (!this.isRunning) return 'ended';
    let how: 'ended' | 'killed' = 'ended';
    this.send({ type: 'stop' });
    this.process.kill('SIGTERM');
    const timer = setTimeout(() => {
      how = 'killed';
      this.process.kill('SIGKILL');
    }, graceMs);
    await this.exited;
    clearTimeout(timer);
    return how;
  }

  kill(): void {
    if (this.isRunning) this.process.kill('SIGKILL');
  }

  /** Nothing for a child that is gone. */
  send(message: object): void {
    if (this.process.connected) this.process.send(message, () => undefined);
  }
}

/** The line that says why: behind it Node prints the stack and its own version. */
function lastWords(text: string): string | undefined {
  const lines = text.split('\n').map((line) => line.trim());
  return lines.findLast((line) => line !== '' && !/^(at |Node\.js v)/.test(line));
}

// An error line counts as the last word of a process when it ended this soon after it.
const LAST_WORDS_MS = 1_000;

// require(esm) prints a warning on some Node 20 releases; the console belongs to the trader.
const NODE_FLAGS = ['--disable-warning=ExperimentalWarning'] as const;
