import { join } from 'node:path';
import { engineArmReport } from './engine-arm.bench.js';
import { engineBurstReport } from './engine-burst.bench.js';
import { engineMemoryReport } from './engine-memory.bench.js';
import { engineScanReport } from './engine-scan.bench.js';
import { engineTicksReport } from './engine-ticks.bench.js';
import { engineWorstReport } from './engine-worst.bench.js';
import { eventStoreSize } from './event-store-size.bench.js';
import { eventStoreSoak } from './event-store-soak.bench.js';
import { eventStoreSpeed } from './event-store-speed.bench.js';
import { feedFramesReport } from './feed-frames.bench.js';
import { feedLatencyReport } from './feed-latency.bench.js';
import { frameToOrder } from './frame-to-order.bench.js';
import { nautilusReport } from './nautilus.bench.js';
import { orderQueueReport } from './order-queue.bench.js';
import { recoveryReport } from './recovery.bench.js';
import { startToDecision } from './start-to-decision.bench.js';
import { sweepReport } from './sweep.bench.js';
import { takeOverReport } from './take-over.bench.js';
import { tapeCodingReport } from './tape-coding.bench.js';
import { tickTimingReport } from './tick-timing.bench.js';

// node build/bench/bench/bench.main.js <name>; sizes are the full ones unless BENCH=smoke.
const isSmoke = process.env['BENCH'] === 'smoke';

async function main(name: string | undefined): Promise<string> {
  switch (name) {
    case 'engine':
      return engineTicksReport(
        isSmoke ? [100, 10_000] : [100, 10_000, 1_000_000],
        isSmoke ? 1 : 20,
      );
    case 'engine-arm':
      return engineArmReport(isSmoke ? [1_000] : [1_000, 4_000]);
    case 'engine-burst':
      return engineBurstReport(isSmoke ? [100] : [0, 100, 10_000, 100_000], isSmoke ? 40 : 60);
    case 'engine-memory':
      return engineMemoryReport([
        isSmoke ? [2_000, 100, 2] : [numberAt(3, 1e6), numberAt(4, 1e4), numberAt(5, 1)],
      ]);
    case 'engine-scan':
      return engineScanReport(isSmoke ? [[100, 3_000]] : SCANS);
    case 'engine-worst':
      return engineWorstReport(process.argv[3], isSmoke ? 1_000 : 100_000);
    case 'frame-to-order':
      return frameToOrder(isSmoke ? SMOKE : FULL);
    case 'frame-to-order-spool':
      return frameToOrder(isSmoke ? SMOKE.map((size) => ({ ...size, isLogAway: true })) : SPOOLED);
    case 'recovery':
      return recoveryReport({ ...filledLog(), rounds: isSmoke ? 1 : 2 });
    case 'take-over':
      return takeOverReport({ ...filledLog(), rounds: isSmoke ? 1 : 3 });
    case 'start':
      return startToDecision(Number(process.argv[3] ?? (isSmoke ? 1_000 : 100_000)));
    case 'event-store-size':
      return eventStoreSize({
        events: isSmoke ? 1_000_000 : 10_000_000,
        streams: Number(process.argv[3] ?? 10_000),
      });
    case 'event-store-speed':
      return eventStoreSpeed(isSmoke ? SMALL_SPEED : FULL_SPEED);
    case 'event-store-soak':
      return eventStoreSoak(isSmoke ? 15 : 1200);
    case 'feed':
      return feedFramesReport(process.argv[3] ?? FRAMES, isSmoke ? 1 : 3);
    case 'feed-latency':
      return feedLatencyReport(isSmoke ? 1 : 10);
    case 'nautilus':
      return nautilusReport(process.argv[3]);
    case 'order-queue':
      return orderQueueReport(isSmoke ? [1_000, 10_000] : [1_000, 10_000, 100_000, 1_000_000]);
    case 'sweep':
      return sweepReport(process.argv[3], isSmoke ? [100] : [1_000]);
    case 'tape':
      return tapeCodingReport(process.argv.slice(3));
    case 'tick-timing':
      return tickTimingReport(isSmoke ? 100 : 10_000, isSmoke ? 3 : 601);
    default:
      throw new Error(
        `name one of engine, engine-arm, engine-burst, engine-memory, engine-scan, engine-worst, event-store-size, event-store-speed, event-store-soak, frame-to-order, frame-to-order-spool, recovery, take-over, start, feed, feed-latency, nautilus, order-queue, sweep, tape, tick-timing; was ${String(name)}`,
      );
  }
}

function numberAt(place: number, missing: number): number {
  return Number(process.argv[place] ?? missing);
}

/** recovery|take-over [FOLDER [STOPS]] */
function filledLog() {
  const [keptIn, stops] = process.argv.slice(3);
  return {
    ...{ stops: Number(stops ?? (isSmoke ? 1_000 : 100_000)), moves: 8 },
    ...(keptIn !== undefined && { keptIn }),
  };
}

// From build/bench/bench.
const FRAMES = join(
  __dirname,
  '../../../test/fixtures/frames/binance-usdm-btcusdt-20240718-2357.ws.jsonl.gz',
);
// Stops, and how many prices: a scan of many stops takes its time.
const SCANS = [
  [100, 30_000],
  [10_000, 3_000],
  [100_000, 300],
] as const;
const SMALL_SPEED = { rounds: 1, singles: 50, flights: 500, batches: 20, reads: 1000, idle: 50 };
const FULL_SPEED = {
  rounds: 5,
  singles: 200,
  flights: 3000,
  batches: 100,
  reads: 10_000,
  idle: 1000,
};
const SMOKE = [{ stops: 1_000, ticksPerSecond: 1_000, seconds: 2 }];
const SPOOLED = [
  { stops: 1_000, ticksPerSecond: 20_000, seconds: 10 },
  { stops: 1_000, ticksPerSecond: 20_000, seconds: 10, isLogAway: true },
];
const FULL = [
  { stops: 1_000, ticksPerSecond: 1_000, seconds: 15 },
  { stops: 1_000, ticksPerSecond: 20_000, seconds: 15 },
  { stops: 100_000, ticksPerSecond: 1_000, seconds: 15 },
  { stops: 100_000, ticksPerSecond: 20_000, seconds: 15 },
];

main(process.argv[2]).then(
  (report) => {
    process.stdout.write(`${report}\n`);
    process.exit(0);
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? '') : String(error)}\n`);
    process.exit(1);
  },
);
