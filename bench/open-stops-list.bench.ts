import { loadavg } from 'node:os';
import { aMove, guardedPositions, streamOfStop } from './support/bench-facts.js';
import { latencyLine } from './support/percentile.js';
import { ReadSideRun, eventOf } from './support/read-side-run.js';
import { requestTimes } from './support/request-load.js';
import type { Asked } from './support/request-load.js';

/**
 * Question: how long does a list of 100 open stops out of so many take by REST and by GraphQL, alone and while a writer
 * moves 2,000 stops a second?
 *
 * One connection at a time tells what a reader waits for; eight what the process can bear. Real processes: event store,
 * PostgreSQL, projector with API; the requests come from this one.
 */
const REST: Asked = { method: 'GET', path: '/api/v1/stops?status=armed&limit=100' };
const QUERY =
  '{stops(status:"armed",limit:100){items{stopId status side level extreme quantity positionId instrumentId accountId} nextCursor asOfPosition}}';
const GRAPHQL: Asked = { method: 'POST', path: '/graphql', body: JSON.stringify({ query: QUERY }) };
const READERS = [
  ['REST', REST, 1],
  ['REST', REST, 8],
  ['GraphQL', GRAPHQL, 1],
  ['GraphQL', GRAPHQL, 8],
] as const;
const WRITE_MS = 10;

export async function openStopsList(stops: number, requests: number): Promise<string> {
  const run = await ReadSideRun.open();
  try {
    const position = await run.append(guardedPositions(stops));
    await run.start();
    await run.caughtUp(position);
    const lines = [`${stops} armed stops, load average ${loadavg()[0]?.toFixed(1) ?? ''}`];
    for (const isWritten of [false, true]) {
      const writer = isWritten ? new Mover(run, stops) : undefined;
      lines.push(...(await timed(run, requests, isWritten ? ' written' : '')));
      if (writer) lines.push(`moves written ${(await writer.stop()).toFixed(0)} a second`);
    }
    return lines.join('\n');
  } finally {
    await run.close();
  }
}

async function timed(run: ReadSideRun, requests: number, how: string): Promise<string[]> {
  const lines: string[] = [];
  for (const [name, asked, connections] of READERS) {
    await requestTimes(run.url, () => asked, { requests: requests / 10, connections });
    const before = run.cpuMs();
    const times = await requestTimes(run.url, () => asked, { requests, connections });
    const after = run.cpuMs();
    const each = (of: 'readSide' | 'postgres') => ((after[of] - before[of]) / requests).toFixed(2);
    lines.push(
      `${latencyLine(`${name} x${String(connections)}${how}`, times)}, on a core: read side ${each('readSide')} ms, PostgreSQL ${each('postgres')} ms`,
    );
  }
  return lines;
}

/** Moves stops, one after the other, twenty every 10 ms, as fast as the log takes them. */
export class Mover {
  private isOver = false;
  private moves = 0;
  private readonly startMs = performance.now();
  private readonly done: Promise<void>;

  constructor(
    run: ReadSideRun,
    stops: number,
    perSecond = 2_000,
    onAppended?: (position: bigint, sentMs: number, durableMs: number) => void,
  ) {
    this.done = this.work(run, { stops, perSecond, onAppended });
  }

  /** Returns how many it moved a second. */
  async stop(): Promise<number> {
    this.isOver = true;
    await this.done;
    return (this.moves * 1_000) / (performance.now() - this.startMs);
  }

  private async work(
    run: ReadSideRun,
    how: {
      stops: number;
      perSecond: number;
      onAppended: ((position: bigint, sentMs: number, durableMs: number) => void) | undefined;
    },
  ): Promise<void> {
    const under = new Set<Promise<void>>();
    while (!this.isOver) {
      const due = ((performance.now() - this.startMs) * how.perSecond) / 1_000;
      while (this.moves < due && under.size < how.stops) {
        const number = this.moves % how.stops;
        const sentMs = performance.now();
        const event = eventOf(aMove(number, 1 + this.moves));
        this.moves += 1;
        const one = run.client.appendToStream(streamOfStop(number), event).then(({ position }) => {
          how.onAppended?.(position?.commit ?? 0n, sentMs, performance.now());
          under.delete(one);
        });
        under.add(one);
      }
      await new Promise((resolve) => setTimeout(resolve, WRITE_MS));
    }
    await Promise.all(under);
  }
}
