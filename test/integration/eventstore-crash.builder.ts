import { appendFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  DeadlineExceededError,
  type EventStoreDBClient,
  FORWARDS,
  START,
} from '@eventstore/db-client';
import type { Seeded } from '../support/seeded.js';
import { KILL_STEPS } from '../../src/eventstore-server/log/kill-point.js';
import { anEvent, type RunningProcess, type ServerBench } from './eventstore-server.builder.js';
import { rawCall } from './raw-call.builder.js';

/** Small enough that segments, indexes and manifests are written all the time. */
const CHUNK_BYTES = 32 * 1024;
const WRITERS = 4;
const APPENDS_MAX = 250;
/** A stream that shows its last events only: what a scavenge finds to remove. */
const SHORT = 'short';

/** One append: all its events or none of them may be found. */
interface Attempt {
  readonly stream: string;
  readonly numbers: readonly number[];
  /** Position of its last event, once it was acknowledged. */
  position: bigint | undefined;
}

interface Found {
  readonly position: bigint;
  readonly revision: bigint;
  readonly stream: string;
}

export interface CrashReport {
  readonly kills: number;
  readonly byStep: ReadonlyMap<string, number>;
  readonly acknowledged: number;
}

/**
 * Writes numbered events while the server is killed, again and again on one data directory. After each
 * kill: every acknowledged event is there, none twice, no append in part, and all of those before are
 * where they were.
 */
export class CrashTrial {
  private readonly known = new Map<number, Found>();
  private readonly byStep = new Map<string, number>();
  private attempts: Attempt[] = [];
  private nextNumber = 0;
  private acknowledged = 0;
  private kills = 0;

  constructor(
    private readonly bench: ServerBench,
    private readonly random: Seeded,
    private readonly name = 'crash',
  ) {}

  async run(kills: number): Promise<CrashReport> {
    // Each step in turn, and a kill from outside at any moment between them.
    while (this.kills < kills) {
      await this.killAt(KILL_STEPS[this.kills % (KILL_STEPS.length + 1)]);
    }
    // A scavenge may end before it comes to its step, with nothing to remove: that step is still owed.
    const owed = (): (typeof KILL_STEPS)[number] | undefined =>
      KILL_STEPS.find((step) => !this.byStep.has(step));
    for (let step = owed(); step !== undefined && this.kills < 2 * kills; step = owed()) {
      await this.killAt(step);
    }
    const server = this.start();
    await server.ready;
    await this.check(this.bench.client(server), true);
    await server.kill('SIGTERM');
    return { kills: this.kills, byStep: this.byStep, acknowledged: this.acknowledged };
  }

  private async killAt(step: (typeof KILL_STEPS)[number] | undefined): Promise<void> {
    const often = step?.startsWith('group') === true ? 40 : 2;
    const count = step === 'tail-cut' ? 1 : 1 + this.below(often);
    if (step === 'tail-cut') this.tearTail();
    const server = this.start(step === undefined ? {} : { EVENTSTORE_KILL_AT: `${step}:${count}` });
    const isUp = await server.ready.then(
      () => true,
      () => false,
    );
    if (isUp) {
      const client = this.bench.client(server);
      await this.check(client, false);
      await this.writeUntilDeath(server, client, step);
    } else this.note(step ?? 'from outside');
    const signalled = await server.kill('SIGKILL');
    if (signalled !== null) throw new Error(`the server ended by itself: ${server.stderr}`);
    this.kills++;
  }

  /** As if the system had stopped in the middle of a write. */
  private tearTail(): void {
    const segments = join(this.bench.directory(this.name), 'segments');
    const newest = readdirSync(segments)
      .filter((file) => file.endsWith('.log'))
      .toSorted()
      .at(-1);
    appendFileSync(join(segments, newest ?? ''), Buffer.alloc(1 + this.below(300), 7));
  }

  private async writeUntilDeath(
    server: RunningProcess,
    client: EventStoreDBClient,
    step: string | undefined,
  ): Promise<void> {
    await client.setStreamMetadata(SHORT, { maxCount: 3 }).catch(() => undefined);
    const isScavenging = step?.startsWith('scavenge') === true || this.below(4) === 0;
    const deadline = { left: step === undefined ? 20 + this.below(100) : APPENDS_MAX };
    const life = { isOver: false };
    void server.exited.then(() => (life.isOver = true));
    const writers = Array.from({ length: WRITERS }, async (_, writer) => {
      while (!life.isOver && deadline.left-- > 0) {
        await this.append(client, this.below(3) === 0 ? SHORT : `writer-${String(writer)}`);
        if (isScavenging && deadline.left === 30) void scavenge(server.port);
      }
    });
    const outcomes = await Promise.allSettled(writers);
    if (outcomes.some(isDeathOfServer)) await server.exited;
    // The scavenge may not have come to the step yet: it is asked for until it has nothing to do.
    else if (step?.startsWith('scavenge') === true) {
      await Promise.race([server.exited, scavengedOnce(client, server.port)]);
    }
    // Who was not killed by now is killed as it stands.
    this.note(life.isOver && step !== undefined ? step : 'from outside');
  }

  private async append(client: EventStoreDBClient, stream: string): Promise<void> {
    const count = 1 + this.below(5);
    const numbers = Array.from({ length: count }, () => this.nextNumber++);
    const attempt: Attempt = { stream, numbers, position: undefined };
    this.attempts.push(attempt);
    const result = await client.appendToStream(
      stream,
      numbers.map((n) => anEvent(n)),
    );
    attempt.position = result.position?.commit;
    this.acknowledged += count;
  }

  private async check(client: EventStoreDBClient, isWhole: boolean): Promise<void> {
    const found = await this.read(client, isWhole ? START : this.resumeAt());
    for (const attempt of this.attempts) this.judge(attempt, found);
    if (isWhole) this.compare(found);
    for (const [n, place] of found) this.known.set(n, place);
    this.attempts = [];
  }

  /** What was there before this kill is looked at again at the end: from here on it is new. */
  private resumeAt(): typeof START | { commit: bigint; prepare: bigint } {
    const first = this.attempts[0]?.numbers[0] ?? 0;
    const before = this.known.get(first - 1)?.position;
    return before === undefined ? START : { commit: before, prepare: before };
  }

  private async read(
    client: EventStoreDBClient,
    from: ReturnType<CrashTrial['resumeAt']>,
  ): Promise<Map<number, Found>> {
    const found = new Map<number, Found>();
    for await (const { event } of client.readAll({ direction: FORWARDS, fromPosition: from })) {
      if (event?.type !== 'Thing') continue;
      const { n } = event.data as { n: number };
      if (found.has(n)) throw new Error(`event ${String(n)} is there twice`);
      const { streamId, revision } = event;
      found.set(n, { position: event.position.commit, revision, stream: streamId });
    }
    return found;
  }

  private judge({ stream, numbers, position }: Attempt, found: ReadonlyMap<number, Found>): void {
    // What a scavenge may have removed is judged by what is left.
    const there = numbers.filter((n) => found.has(n));
    if (stream === SHORT) return;
    const name = `append of ${numbers.join()} to ${stream}`;
    if (there.length > 0 && there.length < numbers.length) {
      throw new Error(`the ${name} is there in part`);
    }
    if (position === undefined) return;
    if (there.length === 0) throw new Error(`the acknowledged ${name} is lost`);
    const last = found.get(numbers.at(-1) ?? -1);
    if (last?.position !== position) throw new Error(`the ${name} has moved`);
  }

  /** Of all that was ever found nothing is lost and nothing has moved. */
  private compare(found: ReadonlyMap<number, Found>): void {
    for (const [n, before] of this.known) {
      const now = found.get(n);
      if (now === undefined && before.stream === SHORT) continue;
      const isSame = now?.position === before.position && now.revision === before.revision;
      if (!isSame) throw new Error(`event ${String(n)} was at ${String(before.position)}`);
    }
  }

  private start(environment: Record<string, string> = {}): RunningProcess {
    const db = this.bench.directory(this.name);
    const args = ['--port', '0', '--db', db, '--chunk-size', String(CHUNK_BYTES)];
    return this.bench.spawn(args, environment);
  }

  private note(step: string): void {
    this.byStep.set(step, (this.byStep.get(step) ?? 0) + 1);
  }

  private below(limit: number): number {
    return this.random.between(0, limit - 1);
  }
}

/** Not a machine so busy that the server did not come to answering. */
function isDeathOfServer(outcome: PromiseSettledResult<void>): boolean {
  return outcome.status === 'rejected' && !(outcome.reason instanceof DeadlineExceededError);
}

async function scavenge(port: number): Promise<void> {
  const path = '/event_store.client.operations.Operations/StartScavenge';
  await rawCall({ port, path }, Buffer.alloc(0)).catch(() => undefined);
}

/** Resolves when a scavenge has run to its end. */
async function scavengedOnce(client: EventStoreDBClient, port: number): Promise<void> {
  const watched = client.subscribeToStream('$scavenges', {
    fromRevision: 'end',
    resolveLinkTos: true,
  });
  await new Promise<void>((resolve) => {
    watched.on('error', () => resolve());
    watched.on('caughtUp', () => void scavenge(port));
    watched.on('data', ({ event }) => {
      if (event?.type === '$scavengeCompleted') resolve();
    });
  });
  await watched.unsubscribe().catch(() => undefined);
}
