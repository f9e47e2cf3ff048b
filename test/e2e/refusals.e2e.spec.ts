import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROGRAM } from '../support/app-process.js';

/** Runs a command that is expected to end by itself. */
function run(
  args: readonly string[],
  env: Record<string, string> = {},
  limits = ':',
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const command = [process.execPath, PROGRAM, ...args];
    const child = spawn('/bin/sh', ['-c', `${limits}; exec "$@"`, 'sh', ...command], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
      cwd: tmpdir(),
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString('utf8')));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString('utf8')));
    child.on('close', (code) => resolve({ code, stdout, stderr: stderr.trim() }));
  });
}

describe('a start that cannot be', () => {
  const dir = mkdtempSync(join(tmpdir(), 'stopledger-refusals-'));
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  it('names every mistake of the configuration with its path', async () => {
    const file = join(dir, 'bad.yaml');
    writeFileSync(
      file,
      'http: {port: "x"}\nfeeds: [{id: a, type: other}, {id: c, type: binance, url: "http://x"}]\ninstruments: [{id: nope, symbol: S, feeds: [b], priceTick: 0.01, quantityStep: "1", quoteCurrency: usd}]\nextra: 1\n',
    );
    const { code, stderr } = await run(['start', '--config', file]);
    expect(code).toBe(1);
    const paths = stderr
      .split('\n')
      .map((line) => line.slice(`stopledger: ${file}: `.length).split(':')[0]);
    expect(paths.sort()).toStrictEqual([
      '(top)',
      'feeds.0.type',
      'feeds.1.url',
      'http.port',
      'instruments.0.feeds',
      'instruments.0.id',
      'instruments.0.priceTick',
      'instruments.0.quoteCurrency',
    ]);
  });

  it('says that no data directory can be made below /proc', async () => {
    const { code, stderr } = await run(['start'], { STOPLEDGER_DATA_DIR: '/proc/x/y' });
    expect([code, stderr]).toStrictEqual([
      1,
      'stopledger: data directory /proc/x/y cannot be written: ENOENT',
    ]);
  });

  it('says in one line that the disk is full, and starts nothing', async () => {
    const dataDir = join(dir, 'full');
    const env = { STOPLEDGER_DATA_DIR: dataDir, STOPLEDGER_PORT: '0' };
    // A file may not be longer than 4 KiB: what a full disk does to one who is not root as well.
    const { code, stderr } = await run(['start'], env, 'ulimit -f 8');
    expect([code, stderr]).toStrictEqual([
      1,
      `stopledger: data directory ${dataDir} has no room (EFBIG): the event log needs 64 KiB to start`,
    ]);
    expect(readdirSync(dataDir)).not.toContain('eventstore');
  });

  it.each([
    ...[
      ['projections'],
      ['token'],
      ['upgrade'],
      ['tape'],
      ['tape', 'ls'],
      ['tape', 'export'],
      ['sweep'],
      ['eventstore', 'export'],
    ],
    ...[['start'], ['tape', 'serve'], ['eventstore']],
  ])('helps with %s %s and ends well', async (...words) => {
    const asked = words.filter((word) => typeof word === 'string');
    for (const way of [
      [...asked, '--help'],
      ['help', ...asked.slice(0, 1)],
    ]) {
      const { code, stdout, stderr } = await run(way);
      expect([way, code, stderr]).toStrictEqual([way, 0, '']);
      expect(stdout).toContain(asked[0]);
    }
  });

  it('says that the data directory belongs to another version, and leaves it as it is', async () => {
    const dataDir = join(dir, 'other');
    mkdirSync(dataDir);
    writeFileSync(join(dataDir, 'format'), 'stopledger-data 99\n');
    const { code, stderr } = await run(['start'], {
      STOPLEDGER_DATA_DIR: dataDir,
      STOPLEDGER_PORT: '0',
    });
    expect([code, stderr]).toStrictEqual([
      1,
      `stopledger: data directory ${dataDir} belongs to another version: format is "stopledger-data 99", this program needs "stopledger-data 1"`,
    ]);
  });

  it('plays no demo where stops of somebody wait: they would fire on recorded prints', async () => {
    const dataDir = join(dir, 'own');
    mkdirSync(dataDir);
    writeFileSync(join(dataDir, 'configured'), '');
    const { code, stderr } = await run(['start'], {
      STOPLEDGER_DATA_DIR: dataDir,
      STOPLEDGER_PORT: '0',
    });
    expect([code, stderr]).toStrictEqual([
      1,
      `stopledger: data directory ${dataDir} has been used with a configuration: the demo would fire its stops on recorded prints; name the configuration (--config FILE) or another directory (STOPLEDGER_DATA_DIR)`,
    ]);
    expect(readdirSync(dataDir)).toStrictEqual(['configured']);
  });

  it('says that the data directory is in use', async () => {
    const dataDir = join(dir, 'used');
    mkdirSync(dataDir);
    // The process that runs the tests lives and is a Node process: it can stand for another instance.
    writeFileSync(join(dataDir, 'lock'), String(process.pid));
    const { code, stderr } = await run(['start'], {
      STOPLEDGER_DATA_DIR: dataDir,
      STOPLEDGER_PORT: '0',
    });
    expect([code, stderr]).toStrictEqual([
      1,
      `stopledger: data directory ${dataDir} is in use by process ${process.pid}`,
    ]);
  });

  it('says that the data directory cannot be made', async () => {
    writeFileSync(join(dir, 'file'), '');
    const dataDir = join(dir, 'file', 'data');
    const { code, stderr } = await run(['start'], {
      STOPLEDGER_DATA_DIR: dataDir,
      STOPLEDGER_PORT: '0',
    });
    expect([code, stderr]).toStrictEqual([
      1,
      `stopledger: data directory ${dataDir} cannot be written: ENOTDIR`,
    ]);
  });

  it('says that the port is taken', async () => {
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
    const { port } = holder.address() as AddressInfo;
    const env = { STOPLEDGER_DATA_DIR: join(dir, 'port'), STOPLEDGER_PORT: String(port) };
    const { code, stderr } = await run(['start'], env);
    await new Promise((resolve) => holder.close(resolve));
    expect([code, stderr]).toStrictEqual([
      1,
      `stopledger: cannot listen on 127.0.0.1:${port}: EADDRINUSE`,
    ]);
  });

  it('refuses roles that do not exist and files that are not there', async () => {
    expect(await run(['start', '--roles', 'engine,nobody'])).toStrictEqual({
      code: 2,
      stdout: '',
      stderr: 'stopledger: --roles: must be some of engine,projector,api, was "engine,nobody"',
    });
    const { code } = await run(['start', '--config', join(dir, 'missing.yaml')]);
    expect(code).toBe(1);
  });
});
