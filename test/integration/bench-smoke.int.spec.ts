import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ROOT = join(__dirname, '..', '..');

/** What a bench prints in its smoke size. It is run as a user runs it, from its own build. */
async function bench(name: string): Promise<string> {
  const env = { ...process.env, BENCH: 'smoke' };
  const { stdout } = await run(process.execPath, ['build/bench/bench/bench.main.js', name], {
    cwd: ROOT,
    env,
  });
  return stdout;
}

describe('the benches in their smoke size', () => {
  beforeAll(async () => {
    await run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.bench.json'], {
      cwd: ROOT,
    });
  });

  it('send one order for each print that reaches a stop', async () => {
    // 2 s of 50 triggers a second; the first ten warm up and are not counted.
    const counted = Number(
      /frame → durable → order\s+n (\d+)/.exec(await bench('frame-to-order'))?.[1],
    );
    expect(counted).toBeGreaterThan(80);
    expect(counted).toBeLessThanOrEqual(90);
  });

  it('arm as many stops over REST as they say and read the memory of both processes', async () => {
    expect(await bench('start')).toMatch(
      /first decision \d+ ms\n1000 armed stops: engine process \d+ MB, projector with api \d+ MB/,
    );
  });

  it('try plans over a recording on one thread and on several, and come to the same', async () => {
    const checksums = [...(await bench('sweep')).matchAll(/plans 100 .* checksum (\d+)/g)];
    expect(checksums.map(([, checksum]) => checksum)).toStrictEqual(['182261604', '182261604']);
  });
});
