import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ProgramRun } from './support/program-run.js';
import { SteadyVenue } from './support/steady-venue.js';

/**
 * Question: how long from the start of the installed and built program to its first decision, and how much memory do
 * the engine's process and the read side's hold with many armed stops?
 */
const PRICE = '83.29';

export async function startToDecision(stops: number): Promise<string> {
  const dir = mkdtempSync(join(tmpdir(), 'stopledger-start-'));
  // Without a price a trailing stop has no level, and each would be an alarm beside a stop.
  const venue = await SteadyVenue.open(PRICE);
  try {
    const run = await ProgramRun.start(dir, venue.url);
    try {
      return await measured(run, stops);
    } catch (error) {
      throw new Error(`${String(error)}; the program said last:\n${run.lastWords}`);
    } finally {
      await run.stop();
    }
  } finally {
    venue.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

async function measured(run: ProgramRun, stops: number): Promise<string> {
  const { engine: engineId, readSide: readSideId } = run.pids();
  const one = { side: 'long', entryPrice: PRICE, plan: { trail: { percent: '5' } } } as const;
  await run.guard(Array.from({ length: stops }, () => one));
  const engine = memoryMb(engineId, 'VmRSS').toFixed(0);
  const readSide = memoryMb(readSideId, 'VmRSS').toFixed(0);
  const peak = memoryMb(readSideId, 'VmHWM').toFixed(0);
  return [
    `start → ready ${run.readyMs.toFixed(0)} ms, start → first decision ${run.decisionMs.toFixed(0)} ms`,
    `${stops} armed stops: engine process ${engine} MB, projector with api ${readSide} MB (at most ${peak} MB)`,
  ].join('\n');
}

function memoryMb(pid: number, field: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1] ?? NaN) / 1024;
}
