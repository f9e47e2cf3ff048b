import { loadavg } from 'node:os';
import { Client } from 'pg';
import { Mover } from './open-stops-list.bench.js';
import { guardedPositions } from './support/bench-facts.js';
import { OwnDelay } from './support/own-delay.js';
import { latencyLine } from './support/percentile.js';
import { ReadSideRun } from './support/read-side-run.js';

/**
 * Question: how long after an event is durable is its row visible, while so many come a second?
 *
 * Visible is what another connection of PostgreSQL sees: the checkpoint of the read model moves in the transaction of its
 * rows, and is looked at every millisecond or two.
 */
const LOOK_MS = 1;
// Tables that were filled get their indexes and are counted once the end of the log is known: that is no live row.
const WARM_UP_MS_MAX = 6_000;

export async function liveRow(perSecond: number, seconds: number): Promise<string> {
  const run = await ReadSideRun.open();
  const waiting: { position: bigint; durableMs: number }[] = [];
  try {
    const stops = 2_000;
    const position = await run.append(guardedPositions(stops));
    await run.start();
    await run.caughtUp(position);
    const database = new Client({ connectionString: run.databaseUrl });
    await database.connect();
    const times: number[] = [];
    let visible = 0;
    const before = run.cpuMs();
    const own = new OwnDelay();
    const startMs = performance.now();
    const warmUpMs = Math.min(WARM_UP_MS_MAX, seconds * 500);
    const writer = new Mover(run, stops, perSecond, (at, _sentMs, durableMs) => {
      waiting.push({ position: at, durableMs });
    });
    while (performance.now() - startMs < seconds * 1_000) {
      const { rows } = await database.query<{ position: string }>(
        "select position::text from projection_checkpoints where name = 'open_stops' and serving",
      );
      const seenMs = performance.now();
      const seen = BigInt(rows[0]?.position ?? '-1');
      waiting.sort((a, b) => Number(a.position - b.position));
      if (seenMs - startMs < warmUpMs) times.length = 0;
      while (waiting[0] && waiting[0].position <= seen) {
        const { durableMs } = waiting.shift() ?? { durableMs: 0 };
        visible += 1;
        times.push(Math.max(0, seenMs - durableMs));
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
    const rate = await writer.stop();
    const after = run.cpuMs();
    const events = visible;
    const perEvent = (of: 'readSide' | 'postgres') =>
      (((after[of] - before[of]) * 1_000) / events).toFixed(0);
    await database.end();
    return [
      latencyLine('durable → row visible', times),
      own.line(),
      `on a core for each event: read side ${perEvent('readSide')} µs, PostgreSQL ${perEvent('postgres')} µs`,
      `${rate.toFixed(0)} events a second, ${String(waiting.length)} not visible at the end, load average ${loadavg()[0]?.toFixed(1) ?? ''}`,
    ].join('\n');
  } finally {
    await run.close();
  }
}
