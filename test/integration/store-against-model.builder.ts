import { randomUUID } from 'node:crypto';
import {
  BACKWARDS,
  END,
  type EventStoreDBClient,
  FORWARDS,
  jsonEvent,
  START,
  StreamDeletedError,
  streamNameFilter,
  StreamNotFoundError,
  WrongExpectedVersionError,
} from '@eventstore/db-client';
import { type ModelAnswer, StoreModel } from '../support/store-model.js';
import type { ExpectationPlan, StoreCommand } from '../support/store-commands.js';
import { Listener } from './subscription-listener.builder.js';
import type { RunningProcess, ServerBench } from './eventstore-server.builder.js';

const LIVE_MS_MAX = 10_000;

/** The server of a run; it is killed and started again on the way. */
export class ServerUnderModel {
  private constructor(
    readonly bench: ServerBench,
    private server: RunningProcess,
    private client: EventStoreDBClient,
  ) {}

  static async start(bench: ServerBench): Promise<ServerUnderModel> {
    const server = await bench.start('model');
    return new ServerUnderModel(bench, server, bench.client(server));
  }

  get at(): EventStoreDBClient {
    return this.client;
  }

  async restart(): Promise<void> {
    await this.server.kill('SIGKILL');
    this.server = await this.bench.start('model');
    this.client = this.bench.client(this.server);
  }
}

interface Following {
  readonly listener: Listener;
  /** Lines that have to come, after confirmation and caught up. */
  readonly due: string[];
  /** Of a stream; undefined for all of them. */
  readonly stream: string | undefined;
  /** Revisions up to this one are not delivered. */
  readonly after: number;
}

/** Does each command to a server through the official client and to the model, and throws where they differ. */
export class ModelRun {
  private readonly model = new StoreModel();
  private readonly prefix = `m${randomUUID().slice(0, 8)}é-`;
  private readonly attempts: string[][] = [];
  private followings: Following[] = [];
  private seen = 0;

  constructor(private readonly server: ServerUnderModel) {}

  async run(commands: readonly StoreCommand[]): Promise<void> {
    for (const command of commands) {
      await this.step(command);
      await this.followed();
    }
    await this.checkAll({ isBackwards: false, count: 1000 });
    for (const { listener } of this.followings) await listener.subscription.unsubscribe();
    this.followings.forEach((following) => this.checkHeard(following));
  }

  private step(command: StoreCommand): Promise<void> {
    switch (command.kind) {
      case 'append':
        return this.append(command);
      case 'delete':
      case 'tombstone':
        return this.remove(command);
      case 'metadata':
        return this.setMetadata(command);
      case 'read':
        return this.read(command);
      case 'read all':
        return this.checkAll(command);
      case 'subscribe':
        return this.subscribe(command);
      case 'subscribe to all':
        return this.subscribeToAll();
      case 'restart':
        return this.restart();
    }
  }

  private async append(command: Extract<StoreCommand, { kind: 'append' }>): Promise<void> {
    const name = this.name(command.stream);
    const ids = this.idsFor(command);
    this.attempts.push([...ids]);
    const expectedRevision = this.expected(name, command.expected);
    const wanted = this.model.append(name, asModel(expectedRevision), ids);
    const events = ids.map((id) => jsonEvent({ id, type: 'Thing', data: { id } }));
    const got = await outcomeOf(async () => {
      const { nextExpectedRevision } = await this.server.at.appendToStream(name, events, {
        expectedRevision,
      });
      return Number(nextExpectedRevision);
    });
    compareAnswers(command, got, wanted, ids.length > 0);
  }

  private async remove(
    command: Extract<StoreCommand, { kind: 'delete' | 'tombstone' }>,
  ): Promise<void> {
    const name = this.name(command.stream);
    const expected = this.expected(name, command.expected);
    if (expected === 'stream_exists') throw new Error('Invariant: the client cannot ask for that');
    const isDelete = command.kind === 'delete';
    const wanted = isDelete
      ? this.model.delete(name, asModel(expected))
      : this.model.tombstone(name, asModel(expected));
    const got = await outcomeOf(async () => {
      const options = { expectedRevision: expected };
      if (isDelete) await this.server.at.deleteStream(name, options);
      else await this.server.at.tombstoneStream(name, options);
      return 0;
    });
    compareAnswers(command, got, wanted, false);
  }

  private async setMetadata({
    stream,
    metadata,
  }: Extract<StoreCommand, { kind: 'metadata' }>): Promise<void> {
    const name = this.name(stream);
    this.model.setMetadata(name, metadata);
    await this.server.at.setStreamMetadata(name, { ...metadata });
  }

  private async read(command: Extract<StoreCommand, { kind: 'read' }>): Promise<void> {
    const name = this.name(command.stream);
    const ids: string[] = [];
    let got: readonly string[] | string = ids;
    try {
      const read = this.server.at.readStream(name, {
        direction: command.isBackwards ? BACKWARDS : FORWARDS,
        fromRevision: BigInt(command.from),
        maxCount: command.count,
      });
      for await (const { event } of read) ids.push(event?.id ?? 'nothing');
    } catch (error) {
      if (error instanceof StreamNotFoundError) got = 'not found';
      else if (error instanceof StreamDeletedError) got = 'deleted';
      else throw error;
    }
    compare(command, got, this.model.read(name, command));
  }

  private async checkAll({
    isBackwards,
    count,
  }: {
    isBackwards: boolean;
    count: number;
  }): Promise<void> {
    const lines: string[] = [];
    const read = this.server.at.readAll({
      direction: isBackwards ? BACKWARDS : FORWARDS,
      fromPosition: isBackwards ? END : START,
    });
    let before: bigint | undefined;
    for await (const { event } of read) {
      if (event === undefined) continue;
      const { commit } = event.position;
      const rises = before === undefined || (isBackwards ? commit < before : commit > before);
      if (!rises) throw new Error(`the position ${commit} follows ${before}`);
      before = commit;
      if (event.streamId.startsWith(this.prefix)) lines.push(lineOf(event));
    }
    const wanted = this.model.log.map((event) => lineOfModel(event));
    if (isBackwards) wanted.reverse();
    compare({ kind: 'read all', isBackwards }, lines.slice(0, count), wanted.slice(0, count));
  }

  private async subscribe({
    stream,
    from,
  }: Extract<StoreCommand, { kind: 'subscribe' }>): Promise<void> {
    const name = this.name(stream);
    const subscription = this.server.at.subscribeToStream(name, {
      fromRevision: from < 0 ? START : BigInt(from),
    });
    const listener = new Listener(subscription);
    if (this.model.isTombstoned(name)) {
      compare({ kind: 'subscribe', stream, from }, await listener.hears(1), ['error']);
      return;
    }
    const first = Math.max(from + 1, this.model.firstShown(name));
    const due = this.model.log
      .filter((event) => event.stream === name && event.revision >= first)
      .map((event) => `${event.revision}@${name} Thing`);
    const heard = await within(listener, due.length + 2);
    compare({ kind: 'subscribe', stream, from }, heard, ['confirmed', ...due, 'caught up']);
    this.followings.push({ listener, due, stream: name, after: from });
  }

  private async subscribeToAll(): Promise<void> {
    const subscription = this.server.at.subscribeToAll({
      fromPosition: START,
      filter: streamNameFilter({ prefixes: [this.prefix] }),
    });
    const listener = new Listener(subscription);
    const due = this.model.log.map((event) => heardAs(event));
    const heard = await within(listener, due.length + 2);
    compare({ kind: 'subscribe to all' }, heard, ['confirmed', ...due, 'caught up']);
    this.followings.push({ listener, due, stream: undefined, after: -1 });
  }

  private async restart(): Promise<void> {
    // Whoever follows is cut off; what was heard so far has to be right.
    this.followings.forEach((following) => this.checkHeard(following));
    this.followings = [];
    await this.server.restart();
  }

  /** Awaits what has been written at everybody who follows. */
  private async followed(): Promise<void> {
    const news = this.model.log.slice(this.seen);
    this.seen = this.model.log.length;
    for (const following of this.followings) {
      const { stream, after, due, listener } = following;
      const mine = news.filter(
        (event) =>
          stream === undefined ||
          (event.stream === stream && (event.revision > after || event.revision < 0)),
      );
      due.push(...mine.map((event) => heardAs(event)));
      const isOver = stream !== undefined && mine.some((event) => event.revision < 0);
      if (isOver) due.push('error');
      await within(listener, due.length + 2);
      this.checkHeard(following);
    }
    this.followings = this.followings.filter(({ due }) => due.at(-1) !== 'error');
  }

  private checkHeard({ listener, due }: Following): void {
    const heard = listener.heard.filter((line) => line !== 'confirmed' && line !== 'caught up');
    compare({ kind: 'heard' }, heard, due);
  }

  private idsFor({ count, again }: Extract<StoreCommand, { kind: 'append' }>): string[] {
    const past = again && this.attempts[again.attempt % Math.max(1, this.attempts.length)];
    if (past !== undefined && again !== undefined) return past.slice(-again.count);
    return Array.from({ length: count }, () => randomUUID());
  }

  private expected(
    name: string,
    plan: ExpectationPlan,
  ): 'any' | 'no_stream' | 'stream_exists' | bigint {
    if (typeof plan === 'string') return plan;
    const revision = this.model.lastOf(name) + plan.distance;
    return revision < 0 ? 'no_stream' : BigInt(revision);
  }

  private name(stream: number): string {
    return `${this.prefix}${stream}`;
  }
}

type Got =
  { readonly kind: 'success'; readonly revision: number } | { readonly kind: 'wrong' | 'deleted' };

async function outcomeOf(work: () => Promise<number>): Promise<Got> {
  try {
    return { kind: 'success', revision: await work() };
  } catch (error) {
    if (error instanceof WrongExpectedVersionError) return { kind: 'wrong' };
    if (error instanceof StreamDeletedError) return { kind: 'deleted' };
    throw error;
  }
}

function compareAnswers(
  command: object,
  got: Got,
  wanted: ModelAnswer,
  hasRevision: boolean,
): void {
  const isRight =
    got.kind === wanted.kind &&
    (got.kind !== 'success' ||
      wanted.kind !== 'success' ||
      !hasRevision ||
      wanted.revisions.includes(got.revision));
  if (!isRight) throw new Error(`${text(command)}: ${text(got)} where ${text(wanted)} is due`);
}

function compare(command: object, got: unknown, wanted: unknown): void {
  if (text(got) !== text(wanted)) {
    throw new Error(`${text(command)}: ${text(got)} where ${text(wanted)} is due`);
  }
}

function text(value: unknown): string {
  return JSON.stringify(value);
}

function asModel(
  expected: 'any' | 'no_stream' | 'stream_exists' | bigint,
): 'any' | 'no_stream' | 'stream_exists' | number {
  return typeof expected === 'bigint' ? Number(expected) : expected;
}

interface Shown {
  readonly streamId: string;
  readonly revision: bigint;
  readonly type: string;
  readonly id: string;
}

function lineOf({ streamId, revision, type, id }: Shown): string {
  return type === '$streamDeleted' ? `${streamId} ends` : `${revision}@${streamId} ${id}`;
}

function lineOfModel({ stream, revision, id }: StoreModel['log'][number]): string {
  return revision < 0 ? `${stream} ends` : `${revision}@${stream} ${id}`;
}

/** As a Listener notes it. */
function heardAs({ stream, revision }: StoreModel['log'][number]): string {
  return revision < 0
    ? `9223372036854775807@${stream} $streamDeleted`
    : `${revision}@${stream} Thing`;
}

async function within(listener: Listener, count: number): Promise<string[]> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`heard ${text(listener.heard)} where ${count} lines are due`)),
      LIVE_MS_MAX,
    );
  });
  try {
    return await Promise.race([listener.hears(count), late]);
  } finally {
    clearTimeout(timer);
  }
}
