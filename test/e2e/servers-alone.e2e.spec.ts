import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PROGRAM } from '../support/app-process.js';
import { until } from '../support/until.js';

const RECORDING = join(
  __dirname,
  ...['..', '..', 'demo', 'binance-spot-ltcusdt-20250621-2128.trades.csv.gz'],
);

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

describe.each([
  ['tape serve', ['tape', 'serve', '--file', RECORDING, '--port', '0']],
  ['eventstore', ['eventstore', '--mem', '--port', '0']],
] as const)('stopledger %s alone', (_name, args) => {
  async function started() {
    const child = spawn(process.execPath, [PROGRAM, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
    const port = await until('it listens', () => /127\.0\.0\.1:(\d+)/.exec(output)?.[1]);
    return { child, port: Number(port) };
  }

  it('leaves nothing on its port when its parent is killed', async () => {
    const { child, port } = await started();
    expect(await answers(port)).toBe(true);
    child.kill('SIGKILL');
    await until('the port is free', async () => !(await answers(port)));
    expect(await answers(port)).toBe(false);
  });

  it('ends in order on Ctrl-C', async () => {
    const { child, port } = await started();
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGINT');
    expect(await ended).toBe(0);
    expect(await answers(port)).toBe(false);
  });
});

describe('stopledger eventstore backup, restore and verify', () => {
  const dir = mkdtempSync(join(tmpdir(), 'stopledger-e2e-'));
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  const run = (...words: string[]) =>
    promisify(execFile)(process.execPath, [PROGRAM, 'eventstore', ...words]);

  it('take the folders that are named behind them, as their pages say', async () => {
    const [data, copy, restored] = ['data', 'copy', 'restored'].map((name) => join(dir, name));
    const store = spawn(
      process.execPath,
      [PROGRAM, 'eventstore', '--data-dir', data!, '--port', '0'],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const gone = new Promise((resolve) => store.once('exit', resolve));
    let output = '';
    store.stdout.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
    try {
      await until('it listens', () => output.includes('listening'));
      await run('backup', copy!, '--data-dir', data!);
    } finally {
      store.kill('SIGINT');
    }
    expect(await gone).toBe(0);
    await run('restore', copy!, '--data-dir', restored!);
    expect((await run('verify', restored!)).stdout).toMatch(/nothing is wrong/);
  });
});
