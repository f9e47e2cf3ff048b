import { loadavg } from 'node:os';
import type { WebSocket } from 'ws';
import { Mover } from './open-stops-list.bench.js';
import { guardedPositions } from './support/bench-facts.js';
import { WAYS, followDecisions } from './support/live-subscriber.js';
import { OwnDelay } from './support/own-delay.js';
import { latencyLine } from './support/percentile.js';
import { ReadSideRun } from './support/read-side-run.js';

/**
 * Question: how long after a decision is durable has each of so many subscribers heard of it?
 *
 * Counted for every message of every subscriber; all of them live in this process, which also writes, so that its own
 * work is in the figures. Decisions do not pass PostgreSQL on their way.
 */
const WARM_UP_MS = 2_000;
const STOPS = 1_000;

export interface Subscribers {
  readonly subscribers: number;
  readonly perSecond: number;
  readonly seconds: number;
}

/** By each way in turn, twice: what the machine does beside it changes. */
export async function liveSubscribers(size: Subscribers): Promise<string> {
  const run = await ReadSideRun.open();
  try {
    const position = await run.append(guardedPositions(STOPS));
    await run.start();
    await run.caughtUp(position);
    const lines: string[] = [];
    for (const way of ['live', 'graphql', 'live', 'graphql'] as const) {
      lines.push(await heardBy(run, way, size));
    }
    return lines.join('\n');
  } finally {
    await run.close();
  }
}

async function heardBy(
  run: ReadSideRun,
  way: keyof typeof WAYS,
  { subscribers, perSecond, seconds }: Subscribers,
): Promise<string> {
  const sockets: WebSocket[] = [];
  try {
    const heard: { position: string; atMs: number }[] = [];
    const note = (at: string) => heard.push({ position: at, atMs: performance.now() });
    for (let number = 0; number < subscribers; number += 1) {
      sockets.push(await followDecisions(run.url, note, WAYS[way]));
    }
    const durable = new Map<string, number>();
    const own = new OwnDelay();
    const startMs = performance.now();
    const writer = new Mover(run, STOPS, perSecond, (at, _sentMs, durableMs) => {
      durable.set(at.toString(), durableMs);
    });
    await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
    const rate = await writer.stop();
    const late = own.line();
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const times = heard.flatMap(({ position: at, atMs }) => {
      const durableMs = durable.get(at);
      const counts = durableMs !== undefined && durableMs - startMs > WARM_UP_MS;
      return counts ? [Math.max(0, atMs - durableMs)] : [];
    });
    const expected = durable.size * subscribers;
    return [
      latencyLine(`durable → heard by ${way}`, times),
      late,
      `${String(subscribers)} subscribers, ${rate.toFixed(0)} decisions a second, heard ${String(heard.length)} of ${String(expected)}, load average ${loadavg()[0]?.toFixed(1) ?? ''}`,
    ].join('\n');
  } finally {
    for (const socket of sockets) socket.terminate();
  }
}
