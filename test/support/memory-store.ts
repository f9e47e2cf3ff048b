import { spawn } from 'node:child_process';
import { PROGRAM } from './app-process.js';
import { until } from './until.js';

/** The embedded event store as a process of its own that keeps nothing. */
export interface MemoryStore {
  readonly port: number;
  kill(): void;
}

export async function startMemoryStore(): Promise<MemoryStore> {
  const args = [PROGRAM, 'eventstore', '--mem', '--port', '0'];
  const store = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  store.stdout.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
  const port = await until('the log listens', () => /127\.0\.0\.1:(\d+)/.exec(output)?.[1]);
  return { port: Number(port), kill: () => void store.kill('SIGKILL') };
}
