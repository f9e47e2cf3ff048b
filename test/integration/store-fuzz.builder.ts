import { readFileSync } from 'node:fs';
import { emptyCounts, fuzzCalls, fuzzConnections, type FuzzCounts } from '../support/store-fuzz.js';
import { anEvent, linesOf, ServerBench } from './eventstore-server.builder.js';

export interface FuzzProof extends FuzzCounts {
  /** What a well-behaved client reads at the end. */
  readonly lines: readonly string[];
  readonly grownBytes: number;
  /** Calls that the server still holds, and connections beside the one that asks. */
  readonly held: { readonly calls: number; readonly connections: number };
  readonly exitCode: number | null;
  readonly stderr: string;
}

/** A connection that broke the protocol is closed when its peer does not answer: here soon. */
const KEEP_ALIVE = ['--keep-alive-interval-ms', '200', '--keep-alive-timeout-ms', '2000'];

/** A server, so many broken inputs of a seed (one in ten is a whole connection), and what is left of it. */
export async function proveByFuzz(seed: number, inputs: number): Promise<FuzzProof> {
  const bench = new ServerBench();
  try {
    const server = await bench.start('fuzz', KEEP_ALIVE);
    const client = bench.client(server);
    await client.appendToStream('sound', anEvent(1));
    const counts = emptyCounts();
    const rounds = inputs > 100_000 ? 10 : 2;
    let warmBytes = 0;
    for (let round = 0; round < rounds; round++) {
      const part = { seed: seed * 1000 + round, count: Math.ceil((inputs * 0.9) / rounds) };
      try {
        await fuzzCalls(server.port, part, counts);
        await fuzzConnections(server.port, { ...part, count: Math.ceil(part.count / 9) }, counts);
        residentBytes(server.pid);
      } catch {
        throw new Error(`the server ended, ${await server.exited}: ${server.stderr}`);
      }
      if (round === 0) warmBytes = residentBytes(server.pid);
    }
    await client.appendToStream('sound', anEvent(2));
    const lines = await linesOf(client.readStream('sound'));
    const metrics = await (await fetch(`http://127.0.0.1:${server.port}/metrics`)).text();
    const grownBytes = residentBytes(server.pid) - warmBytes;
    const held = { calls: gauge(metrics, 'calls'), connections: gauge(metrics, 'connections') };
    const exitCode = await server.kill('SIGTERM');
    return { ...counts, lines, grownBytes, held, exitCode, stderr: server.stderr };
  } finally {
    await bench.tearDown();
  }
}

function gauge(metrics: string, name: string): number {
  return Number(new RegExp(`^\\w*${name} (\\d+)$`, 'm').exec(metrics)?.[1] ?? NaN);
}

function residentBytes(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) * 1024;
}

/** What holds whatever was sent. */
export function expectUnharmed(proof: FuzzProof, inputs: number): void {
  const calls = [...proof.statuses.values()].reduce((sum, count) => sum + count, 0);
  expect(calls + proof.connections).toBeGreaterThanOrEqual(inputs);
  expect(proof.faults).toEqual([]);
  expect(proof.leftOpen).toBe(0);
  expect(proof.lines).toEqual(['0@sound Thing 1', '1@sound Thing 2']);
  // The client's own append call and connection, and the connection that asked.
  expect(proof.held.calls).toBeLessThanOrEqual(1);
  expect(proof.held.connections).toBeLessThanOrEqual(2);
  expect(proof.stderr).toBe('');
  expect(proof.exitCode).toBe(0);
  // Most are refused: were most taken, nothing would have been broken about them.
  expect(proof.statuses.get('3') ?? 0).toBeGreaterThan(calls / 4);
}
