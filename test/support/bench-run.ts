import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ROOT = join(__dirname, '..', '..');

export async function buildBenches(): Promise<void> {
  await run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.bench.json'], {
    cwd: ROOT,
  });
}

/** What a bench prints in its smoke size. It is run as a user runs it, from its own build. */
export async function bench(name: string): Promise<string> {
  const env = { ...process.env, BENCH: 'smoke' };
  const { stdout } = await run(process.execPath, ['build/bench/bench/bench.main.js', name], {
    cwd: ROOT,
    env,
  });
  return stdout;
}
