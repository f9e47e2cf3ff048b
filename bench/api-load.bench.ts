import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { END, EventStoreDBClient, eventTypeFilter } from '@eventstore/db-client';
import type { LoadSeen } from './support/api-load.main.js';
import { latencyLine, percentile } from './support/percentile.js';
import { ProgramRun } from './support/program-run.js';
import type { Guarded } from './support/program-run.js';
import { startChild, stopChild } from './support/running-child.js';
import { SteadyVenue } from './support/steady-venue.js';

/**
 * Question: does the engine fire later while the API is asked and followed, and what do those who ask wait for?
 *
 * The whole program, built. A price that falls a tick at a time reaches one stop with each print, and moves others, whose
 * moves are what is written meanwhile. Measured from the print at the venue to the trigger's arrival here from the log,
 * where it is durable; rounds without and with load by turns.
 */
export interface ApiLoadSize {
  readonly requestsPerSecond: number;
  readonly subscribers: number;
  readonly secondsEach: number;
  /** Of each kind. */
  readonly rounds: number;
}

const PRINTS_PER_SECOND = 20;
// Each is written up to ten times a second, and told to every subscriber.
const MOVED = 10;
const START_UNITS = 60_000;
const SETTLE_MS = 1_000;
/** Code that is cold, and what arming has left behind. */
const WARM_UP_SECONDS = 3;

export async function apiLoad(size: ApiLoadSize): Promise<string> {
  const dir = mkdtempSync(join(tmpdir(), 'stopledger-load-'));
  const venue = await SteadyVenue.open(priceOf(START_UNITS));
  try {
    const run = await ProgramRun.start(dir, venue.url);
    try {
      return await measured(run, venue, size);
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

async function measured(run: ProgramRun, venue: SteadyVenue, size: ApiLoadSize): Promise<string> {
  const { requestsPerSecond, subscribers, secondsEach, rounds } = size;
  const prints = (WARM_UP_SECONDS + 2 * rounds * secondsEach) * PRINTS_PER_SECOND;
  await run.guard([...reachedOneByOne(prints), ...movedByEach()]);
  const load = await startChild(join(__dirname, 'support/api-load.main.js'), [
    ...[run.url, String(requestsPerSecond), String(subscribers)],
  ]);
  const triggers = await Triggers.follow(run.eventStoreUri);
  const [quiet, loaded]: [number[], number[]] = [[], []];
  const seen: LoadSeen[] = [];
  try {
    await triggers.fire(venue, WARM_UP_SECONDS);
    for (let round = 0; round < 2 * rounds; round += 1) {
      const isLoaded = round % 2 === 1;
      const answer = isLoaded
        ? new Promise<LoadSeen>((resolve) => load.child.once('message', resolve as () => void))
        : undefined;
      if (isLoaded) load.child.send(secondsEach);
      const times = await triggers.fire(venue, secondsEach);
      (isLoaded ? loaded : quiet).push(...times);
      if (answer) seen.push(await answer);
    }
  } finally {
    await triggers.close();
    await stopChild(load.child);
  }
  return report(size, { quiet, loaded, seen, heardAfter: triggers.heardAfter(seen) });
}

function* reachedOneByOne(count: number): Generator<Guarded> {
  for (let number = 1; number <= count; number += 1) {
    const stop = priceOf(START_UNITS - number);
    yield { side: 'long', entryPrice: priceOf(START_UNITS), plan: { stop } };
  }
}

/** Shorts, whose stops follow a price that falls. */
function* movedByEach(): Generator<Guarded> {
  for (let number = 0; number < MOVED; number += 1) {
    const trail = { amount: priceOf(1_000 + number) };
    yield { side: 'short', entryPrice: priceOf(START_UNITS), plan: { trail } };
  }
}

function priceOf(units: number): string {
  return (units / 100).toFixed(2);
}

function now(): number {
  return performance.timeOrigin + performance.now();
}

/** Triggers as the log tells of them. */
class Triggers {
  private readonly durable = new Map<string, number>();
  private onTrigger: () => void = () => undefined;
  private priceUnits = START_UNITS;

  private constructor(
    private readonly client: EventStoreDBClient,
    private readonly end: () => Promise<void>,
  ) {}

  static async follow(uri: string): Promise<Triggers> {
    const client = EventStoreDBClient.connectionString(uri);
    const subscription = client.subscribeToAll({
      fromPosition: END,
      filter: eventTypeFilter({ prefixes: ['StopTriggered'] }),
    });
    const triggers = new Triggers(client, () => subscription.unsubscribe());
    subscription.on('data', ({ commitPosition }) => {
      triggers.durable.set(String(commitPosition), now());
      triggers.onTrigger();
    });
    await new Promise((resolve) => subscription.once('confirmation', resolve));
    return triggers;
  }

  /** Prints one price after the other, a tick lower each; returns how long each trigger took, in ms. */
  async fire(venue: SteadyVenue, seconds: number): Promise<readonly number[]> {
    const times: number[] = [];
    const printedMs: number[] = [];
    const count = seconds * PRINTS_PER_SECOND;
    const done = new Promise<void>((resolve) => {
      this.onTrigger = () => {
        times.push(now() - (printedMs[times.length] ?? NaN));
        if (times.length === count) resolve();
      };
    });
    const startMs = now();
    for (let print = 0; print < count; print += 1) {
      const dueMs = startMs + (print * 1_000) / PRINTS_PER_SECOND;
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, dueMs - now())));
      printedMs.push(now());
      this.priceUnits -= 1;
      venue.print(priceOf(this.priceUnits));
    }
    await done;
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    return times;
  }

  /** Between here and each subscriber; below zero where they heard of it first. */
  heardAfter(seen: readonly LoadSeen[]): readonly number[] {
    return seen.flatMap(({ heard }) =>
      heard.flatMap(({ position, atMs }) => {
        const durableMs = this.durable.get(position);
        return durableMs === undefined ? [] : [Math.max(0, atMs - durableMs)];
      }),
    );
  }

  async close(): Promise<void> {
    await this.end();
    await this.client.dispose();
  }
}

interface Measured {
  readonly quiet: readonly number[];
  readonly loaded: readonly number[];
  readonly seen: readonly LoadSeen[];
  readonly heardAfter: readonly number[];
}

function report(
  { requestsPerSecond, subscribers, secondsEach, rounds }: ApiLoadSize,
  { quiet, loaded, seen, heardAfter }: Measured,
): string {
  const kinds = Object.keys(seen[0]?.times ?? {});
  const timesOf = (kind: string) => seen.flatMap(({ times }) => times[kind] ?? []);
  const answered = kinds.reduce((sum, kind) => sum + timesOf(kind).length, 0);
  const failed = seen.reduce((sum, each) => sum + each.failed, 0);
  const ratio = (share: number) =>
    (percentile(loaded, share) / percentile(quiet, share)).toFixed(2);
  const asked = requestsPerSecond === 0 ? 'as fast as answers come' : `${requestsPerSecond} asked`;
  return [
    `${(answered / (rounds * secondsEach)).toFixed(0)} requests a second (${asked}), ${failed} failed, ${subscribers} subscribers, load average ${loadavg()[0]?.toFixed(1) ?? ''}`,
    latencyLine('print → trigger, quiet', quiet),
    latencyLine('print → trigger, loaded', loaded),
    `ratio p50 ${ratio(0.5)}  p90 ${ratio(0.9)}  p99 ${ratio(0.99)}`,
    ...kinds.map((kind) => latencyLine(kind, timesOf(kind))),
    latencyLine('trigger → subscriber', heardAfter),
  ].join('\n');
}
