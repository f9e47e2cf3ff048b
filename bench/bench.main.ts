import { join } from 'node:path';
import { apiLoad } from './api-load.bench.js';
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
import { liveRow } from './live-row.bench.js';
import { liveSubscribers } from './live-subscribers.bench.js';
import { nautilusReport } from './nautilus.bench.js';
import { openStopsList } from './open-stops-list.bench.js';
import { orderQueueReport } from './order-queue.bench.js';
import { rebuildSpeed } from './rebuild.bench.js';
import { recoveryReport } from './recovery.bench.js';
import { startToDecision } from './start-to-decision.bench.js';
import { sweepReport } from './sweep.bench.js';
import { takeOverReport } from './take-over.bench.js';
import { tapeCodingReport } from './tape-coding.bench.js';
import { tickTimingReport } from './tick-timing.bench.js';

// node build/bench/bench/bench.main.js <name>; sizes are the full ones unless BENCH=smoke.
const isSmoke = process.env['BENCH'] === 'smoke';
const WORDS = process.argv.slice(3);

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
  rounds: 20,
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

/** By name; what is named behind it on the command line stands in place of the usual size. */
const BENCHES: Readonly<Record<string, () => string | Promise<string>>> = {
  'api-load': () =>
    apiLoad({
      requestsPerSecond: sizeAt(0, 100),
      subscribers: sizeAt(1, isSmoke ? 5 : 50),
      ...(isSmoke ? { secondsEach: 2, rounds: 1 } : { secondsEach: 10, rounds: 3 }),
    }),
  engine: () =>
    engineTicksReport(
      isSmoke ? [100, 10_000] : [100, 10_000, 100_000, 1_000_000],
      isSmoke ? 1 : 20,
    ),
  'engine-arm': () => engineArmReport(isSmoke ? [1_000] : [1_000, 4_000]),
  'engine-burst': () =>
    engineBurstReport(isSmoke ? [100] : [0, 100, 10_000, 100_000], isSmoke ? 40 : 60),
  'engine-memory': () =>
    engineMemoryReport([
      isSmoke ? [2_000, 100, 2] : [sizeAt(0, 1e6), sizeAt(1, 1e4), sizeAt(2, 1)],
    ]),
  'engine-scan': () => engineScanReport(isSmoke ? [[100, 3_000]] : SCANS),
  'engine-worst': () => engineWorstReport(WORDS[0], isSmoke ? 1_000 : 100_000),
  'event-store-size': () =>
    eventStoreSize({
      events: isSmoke ? 1_000_000 : 10_000_000,
      streams: sizeAt(0, 10_000),
    }),
  'event-store-soak': () => eventStoreSoak(isSmoke ? 15 : 1200),
  'event-store-speed': () => eventStoreSpeed(isSmoke ? SMALL_SPEED : FULL_SPEED),
  feed: () => feedFramesReport(WORDS[0] ?? FRAMES, isSmoke ? 1 : 3),
  'feed-latency': () => feedLatencyReport(isSmoke ? 1 : 10),
  'frame-to-order': () => frameToOrder(isSmoke ? SMOKE : FULL),
  'frame-to-order-spool': () =>
    frameToOrder(isSmoke ? SMOKE.map((size) => ({ ...size, isLogAway: true })) : SPOOLED),
  'live-row': () => liveRow(2_000, isSmoke ? 4 : 15),
  'live-subscribers': () =>
    liveSubscribers(
      isSmoke
        ? { subscribers: 10, perSecond: 20, seconds: 3 }
        : { subscribers: 200, perSecond: 50, seconds: 12 },
    ),
  nautilus: () => nautilusReport(WORDS[0]),
  'open-stops-list': () =>
    openStopsList(sizeAt(0, isSmoke ? 1_000 : 100_000), sizeAt(1, isSmoke ? 300 : 2_000)),
  'order-queue': () =>
    orderQueueReport(isSmoke ? [1_000, 10_000] : [1_000, 10_000, 100_000, 1_000_000]),
  rebuild: () => rebuildSpeed(sizeAt(0, isSmoke ? 200 : 10_000)),
  recovery: () => recoveryReport({ ...filledLog(), rounds: isSmoke ? 1 : 2 }),
  start: () => startToDecision(sizeAt(0, isSmoke ? 1_000 : 100_000)),
  sweep: () => sweepReport(WORDS[0], isSmoke ? [100] : [1_000]),
  'take-over': () => takeOverReport({ ...filledLog(), rounds: isSmoke ? 1 : 3 }),
  tape: () => tapeCodingReport(WORDS),
  'tick-timing': () => tickTimingReport(isSmoke ? 100 : 10_000, isSmoke ? 3 : 601),
};

async function main(name: string | undefined): Promise<string> {
  const bench = BENCHES[name ?? ''];
  if (!bench) {
    throw new Error(`name one of ${Object.keys(BENCHES).join(', ')}; was ${String(name)}`);
  }
  return bench();
}

function sizeAt(place: number, usual: number): number {
  return Number(WORDS[place] ?? usual);
}

/** recovery|take-over [FOLDER [STOPS]] */
function filledLog() {
  const [keptIn] = WORDS;
  return {
    ...{ stops: sizeAt(1, isSmoke ? 1_000 : 100_000), moves: 8 },
    ...(keptIn !== undefined && { keptIn }),
  };
}

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
