import { OrderLane } from '../src/application/order-lane.js';
import type { Urgency } from '../src/application/turn-queue.js';
import { TurnQueue } from '../src/application/turn-queue.js';

export interface OrderQueueRun {
  readonly orders: number;
  readonly enqueueNs: number;
  readonly dequeueNs: number;
  /** Place at which the exit left that came last, behind all others; 0 is first. */
  readonly placeOfLastExit: number;
  /** Of the order in which all left. */
  readonly checksum: number;
}

/** What does an order cost that joins so many others, and does the exit that comes last leave first? */
export function orderQueue(orders: number): OrderQueueRun {
  const queue = new TurnQueue<number>();
  const random = generator(7);
  const urgencies = Array.from({ length: orders }, (): Urgency => entryOf(random()));
  const began = process.cpuUsage();
  for (const [item, urgency] of urgencies.entries()) queue.push(item, urgency);
  const enqueueNs = nanosecondsSince(began) / orders;
  queue.push(orders, { isExit: true, value: { units: 1n, scale: 0 } });
  let placeOfLastExit = -1;
  let checksum = 0;
  const popping = process.cpuUsage();
  for (let place = 0; queue.length > 0; place += 1) {
    const item = queue.pop() ?? 0;
    if (item === orders) placeOfLastExit = place;
    checksum = (Math.imul(checksum, 31) + item) | 0;
  }
  const dequeueNs = nanosecondsSince(popping) / (orders + 1);
  return { orders, enqueueNs, dequeueNs, placeOfLastExit, checksum };
}

/** The lane of an account with so many exits waiting while the venue is busy: which leaves first when it answers? */
export async function busyLane(exits: number): Promise<{ readonly first: number }> {
  const lane = new OrderLane({
    limits: [],
    clock: () => 0,
    pause: () => new Promise(() => undefined),
    onCircuit: () => undefined,
  });
  const busy = await Promise.all(Array.from({ length: 16 }, () => lane.turn(exitOf(0))));
  const left: number[] = [];
  const random = generator(11);
  for (let exit = 0; exit < exits; exit += 1) {
    void lane.turn(exitOf(random())).then(() => left.push(exit));
  }
  void lane.turn(exitOf(Number.MAX_SAFE_INTEGER)).then(() => left.push(exits));
  busy[0]?.clear();
  await new Promise((resolve) => setImmediate(resolve));
  lane.close();
  return { first: left[0] ?? -1 };
}

/** Rows of the report: sizes interleaved, the best of three rounds of each. */
export function orderQueueReport(sizes: readonly number[]): string {
  const rounds = Array.from({ length: 3 }, () => sizes.map(orderQueue));
  const lines = [
    '| queued | enqueue ns | leave ns | place of the last exit |',
    '| --- | --- | --- | --- |',
  ];
  for (const [at, size] of sizes.entries()) {
    const runs = rounds.map((round) => round[at]!);
    const least = (of: (run: OrderQueueRun) => number) => Math.min(...runs.map(of)).toFixed(0);
    const place = runs[0]!.placeOfLastExit;
    lines.push(
      `| ${size.toLocaleString('en')} | ${least((run) => run.enqueueNs)} | ${least((run) => run.dequeueNs)} | ${place} |`,
    );
  }
  return lines.join('\n');
}

/** Time that the process had on its core: other work does not count. */
function nanosecondsSince(began: NodeJS.CpuUsage): number {
  return process.cpuUsage(began).user * 1_000;
}

function entryOf(value: number): Urgency {
  return { isExit: false, value: { units: BigInt(value), scale: 2 } };
}

function exitOf(value: number): Urgency {
  return { isExit: true, value: { units: BigInt(value), scale: 2 } };
}

/** Numbers up to 2^32 from a seed. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state;
  };
}
