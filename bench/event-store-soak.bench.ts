import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type EventData,
  EventStoreDBClient,
  jsonEvent,
  persistentSubscriptionToStreamSettingsFromDefaults,
  START,
  StreamNotFoundError,
} from '@eventstore/db-client';
import { startChild, stopChild } from './support/running-child.js';

/**
 * Question: does the embedded event store stay as it is, in memory and open files, however long it is used at full
 * speed in every way at once?
 *
 * One writer of new streams, one of a stream that keeps its last hundred, readers, subscriptions that come and go, a
 * group of consumers, streams that are deleted. Samples are taken in regular intervals; the first third warms up.
 */
const SAMPLES = 30;
const WARM_SHARE = 1 / 3;
const GIVEN_UP_EVERY_MS = 50;
const GROUP = 'soak';
const WORK = 'soak-work';

interface Sample {
  readonly rssMb: number;
  readonly files: number;
  readonly done: number;
}

class Soak {
  done = 0;
  readEvents = 0;
  private isOver = false;

  constructor(private readonly client: EventStoreDBClient) {}

  stop(): void {
    this.isOver = true;
  }

  async run(): Promise<void> {
    const settings = persistentSubscriptionToStreamSettingsFromDefaults({ startFrom: START });
    await this.client.setStreamMetadata(WORK, { maxCount: 100 });
    await this.client.createPersistentSubscriptionToStream(WORK, GROUP, settings);
    const consuming = this.consume();
    await Promise.all([
      this.again((n) => this.write(n)),
      this.again((n) => this.work(n)),
      this.again((n) => this.read(n)),
      this.again((n) => this.listen(n)),
      this.again((n) => this.remove(n)),
    ]);
    await consuming();
  }

  private async again(work: (n: number) => Promise<unknown>): Promise<void> {
    for (let n = 0; !this.isOver; n++) {
      await work(n);
      this.done++;
    }
  }

  private write(n: number): Promise<unknown> {
    const appends = Array.from({ length: 16 }, (_, i) =>
      this.client.appendToStream(`soak${n % 7}-${n % 500}-${i}`, anEvent()),
    );
    return Promise.all(appends);
  }

  private work(n: number): Promise<unknown> {
    return this.client.appendToStream(WORK, n % 2 === 0 ? anEvent() : [anEvent(), anEvent()]);
  }

  private async read(n: number): Promise<void> {
    const read = this.client.readStream(`$ce-soak${n % 7}`, {
      maxCount: 200,
      resolveLinkTos: true,
    });
    try {
      for await (const { event } of read) this.readEvents += event === undefined ? 0 : 1;
    } catch (error) {
      const isEmptyYet = error instanceof StreamNotFoundError;
      if (!isEmptyYet) throw error;
    }
  }

  private async listen(n: number): Promise<void> {
    const subscription = this.client.subscribeToStream(`soak${n % 7}-${n % 500}-0`, {
      fromRevision: START,
    });
    subscription.on('error', () => undefined); // Deleted under its eyes, perhaps.
    await new Promise((resolve) => {
      subscription.once('caughtUp', resolve);
      subscription.once('error', resolve);
    });
    await subscription.unsubscribe();
    // The HTTP/2 library of Node ends a connection that gives up more than 33 calls a second for long.
    await pause(GIVEN_UP_EVERY_MS);
  }

  private async remove(n: number): Promise<void> {
    const stream = `soak-gone-${n}`;
    await this.client.appendToStream(stream, anEvent());
    await this.client.deleteStream(stream);
  }

  /** Acknowledges whatever comes, until what is returned is called. */
  private consume(): () => Promise<void> {
    const subscription = this.client.subscribeToPersistentSubscriptionToStream(WORK, GROUP);
    subscription.on('data', (event) => void subscription.ack(event));
    subscription.on('error', () => undefined);
    return () => subscription.unsubscribe();
  }
}

export async function eventStoreSoak(seconds: number): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'event-store-soak-'));
  const script = join(__dirname, '../src/eventstore-server/server.main.js');
  const { child, port } = await startChild(script, ['--port', '0', '--data-dir', directory]);
  const client = EventStoreDBClient.connectionString(`esdb://127.0.0.1:${port}?tls=false`);
  try {
    const soak = new Soak(client);
    const running = soak.run();
    const samples: Sample[] = [];
    for (let i = 0; i < SAMPLES; i++) {
      await Promise.race([running, pause((seconds * 1000) / SAMPLES)]);
      samples.push({ ...sampleOf(child.pid ?? 0), done: soak.done });
    }
    soak.stop();
    await running;
    return report(samples, seconds);
  } finally {
    await client.dispose();
    await stopChild(child);
    rmSync(directory, { recursive: true });
  }
}

function report(samples: readonly Sample[], seconds: number): string {
  const warm = samples.slice(Math.floor(samples.length * WARM_SHARE));
  const half = Math.floor(warm.length / 2);
  const median = (part: readonly Sample[], key: 'rssMb' | 'files'): number =>
    part.map((sample) => sample[key]).sort((a, b) => a - b)[Math.floor(part.length / 2)] ?? NaN;
  const line = (name: string, key: 'rssMb' | 'files'): string =>
    `${name}: ${median(warm.slice(0, half), key).toFixed(0)} in the first half behind the warm-up, ` +
    `${median(warm.slice(half), key).toFixed(0)} in the second`;
  return [
    `${seconds} s, ${samples.at(-1)?.done ?? 0} steps (a step of the writer is 16 appends)`,
    line('RSS MB', 'rssMb'),
    line('open files', 'files'),
    `load average ${loadavg()[0]?.toFixed(1)}`,
  ].join('\n');
}

function sampleOf(pid: number): Omit<Sample, 'done'> {
  const line = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return { rssMb: Number(line?.[1] ?? NaN) / 1024, files: readdirSync(`/proc/${pid}/fd`).length };
}

function anEvent(): EventData {
  return jsonEvent({ type: 'Soaked', data: { text: 'x'.repeat(250) } });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
