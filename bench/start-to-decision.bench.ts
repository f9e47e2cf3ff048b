import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SteadyVenue } from './support/steady-venue.js';

/**
 * Question: how long from the start of the installed and built program to its first decision, and how much memory do
 * the engine's process and the read side's hold with many armed stops?
 */
const LOOK_MS = 20;
const AT_ONCE = 200;
const PRICE = '83.29';
/** Few enough that none is without a stop for long: each would be an alarm. */
const BATCH = 1_000;

interface Run {
  readonly port: number;
  readonly readyMs: number;
  readonly decisionMs: number;
  readonly output: () => string;
  stop(): Promise<void>;
}

export async function startToDecision(stops: number): Promise<string> {
  const dir = mkdtempSync(join(tmpdir(), 'stopledger-start-'));
  // Without a price a trailing stop has no level, and each would be an alarm beside a stop.
  const venue = await SteadyVenue.open(PRICE);
  try {
    const run = await start(dir, venue.url);
    try {
      return await measured(run, join(dir, 'data'), stops);
    } catch (error) {
      throw new Error(`${String(error)}; the program said last:\n${run.output().slice(-2000)}`);
    } finally {
      await run.stop();
    }
  } finally {
    venue.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

async function measured(run: Run, dataDir: string, stops: number): Promise<string> {
  const children = readFileSync(join(dataDir, 'run', 'children.json'), 'utf8');
  const [engineId = 0, readSideId = 0] = (JSON.parse(children) as number[]).slice(2);
  await armMany(run.port, stops);
  const engine = memoryMb(engineId, 'VmRSS').toFixed(0);
  const readSide = memoryMb(readSideId, 'VmRSS').toFixed(0);
  const peak = memoryMb(readSideId, 'VmHWM').toFixed(0);
  return [
    `start → ready ${run.readyMs.toFixed(0)} ms, start → first decision ${run.decisionMs.toFixed(0)} ms`,
    `${stops} armed stops: engine process ${engine} MB, projector with api ${readSide} MB (at most ${peak} MB)`,
  ].join('\n');
}

async function start(dir: string, feedUrl: string): Promise<Run> {
  const port = 20_000 + (process.pid % 20_000);
  writeFileSync(
    join(dir, 'stopledger.yaml'),
    `dataDir: ${join(dir, 'data')}
http: {port: ${port}, auth: none}
feeds: [{id: main, type: binance, url: "${feedUrl}"}]
instruments: [{id: "BINANCE:LTCUSDT", symbol: LTCUSDT, feeds: [main], priceTick: "0.01", quantityStep: "0.001", quoteCurrency: USDT}]
accounts: [{id: demo, broker: paper, mode: paper, currency: USDT}]
`,
  );
  const startMs = performance.now();
  const child = spawn(process.execPath, [
    'bin/stopledger.js',
    'start',
    '--config',
    join(dir, 'stopledger.yaml'),
  ]);
  let output = '';
  let decisionMs = NaN;
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString('utf8');
    if (Number.isNaN(decisionMs) && output.includes('EngineStarted'))
      decisionMs = performance.now() - startMs;
  });
  while (!output.includes('stopledger: running')) await pause();
  const readyMs = performance.now() - startMs;
  const stop = async (): Promise<void> => {
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGINT');
    await gone;
  };
  return { port, readyMs, decisionMs, output: () => output, stop };
}

async function armMany(port: number, stops: number): Promise<void> {
  for (let from = 0; from < stops; from += BATCH) {
    const positions = await openPositions(port, Math.min(BATCH, stops - from));
    await post(port, 'stops/batch', {
      stops: positions.map((positionId) => ({ positionId, plan: { trail: { percent: '5' } } })),
    });
  }
}

async function openPositions(port: number, count: number): Promise<readonly string[]> {
  const positions: string[] = [];
  const open = async (): Promise<void> => {
    while (positions.length < count) {
      const place = positions.push('') - 1;
      positions[place] = await openPosition(port);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, open));
  return positions;
}

async function openPosition(port: number): Promise<string> {
  const { positionId } = await post(port, 'positions', {
    ...{ accountId: 'demo', instrumentId: 'BINANCE:LTCUSDT' },
    ...{ side: 'long', quantity: '1', entryPrice: PRICE },
  });
  return String(positionId);
}

async function post(port: number, path: string, body: unknown): Promise<Record<string, unknown>> {
  const response = await fetch(`http://127.0.0.1:${port}/api/v1/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const answer = (await response.json()) as Record<string, unknown>;
  if (!response.ok) throw new Error(JSON.stringify(answer));
  return answer;
}

function memoryMb(pid: number, field: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1] ?? NaN) / 1024;
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, LOOK_MS));
}
