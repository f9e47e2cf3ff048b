import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { GrpcError } from '../protocol/grpc-status.js';
import { restated } from './filler.js';
import { fillersFor, type ImportStep, planImport } from './import-plan.js';
import { BATCH_PATH, nextRevisionsOf } from './next-revision.js';
import { type RemoteCall, RemoteStore } from './remote-call.transport.js';
import { parseStoreAddress } from './store-address.parse.js';
import { eventsOf, TransferFileError } from './transfer-file.js';
import type { EmptiedStream } from './transfer-line.codec.js';
import { TOMBSTONE_REVISION } from '../protocol/recorded-event.codec.js';
import { ANY } from '../streams/expected-version.js';
import { batchRequest, readBatchAnswer, tombstoneRequest } from './transfer-messages.codec.js';

const TOMBSTONE_PATH = '/event_store.client.streams.Streams/Tombstone';
const UNANSWERED_MAX = 64;
const CURSOR_EVERY_LINES = 5000;

type Append = Extract<ImportStep, { kind: 'append' }>;
type Fill = Extract<ImportStep, { kind: 'fill' }>;

/**
 * Appends the events of an export file to a store, in their order, under their ids and revisions.
 *
 * What is there already, from an import that was interrupted, is recognised and not written again; how far it
 * has come is kept beside the file. Rejects where the store holds something else in the place of an event.
 * Returns the number of events in the file.
 */
export async function importLog(path: string, to: string): Promise<number> {
  const address = parseStoreAddress(to);
  const { events, emptied, tombstoned } = await survey(path);
  const cursor = new Cursor(`${path}.imported`, address.origin);
  const store = new RemoteStore(address);
  const line = new AppendLine(store.open(BATCH_PATH), tombstoned);
  try {
    for await (const step of planImport(eventsOf(path), cursor.line, emptied)) {
      if (step.kind === 'append') await line.append(step);
      else if (step.kind === 'fill') await fill(store, line, step);
      else {
        await line.settled();
        await tombstone(store, step.stream);
        line.done = step.line;
      }
      cursor.advance(line.done);
    }
    await line.settled();
  } finally {
    cursor.write(line.done);
    store.close();
  }
  return events;
}

/** Reads the file once before anything is written: half an export is not imported. */
async function survey(path: string): Promise<{
  readonly events: number;
  readonly emptied: readonly EmptiedStream[];
  readonly tombstoned: ReadonlySet<string>;
}> {
  const tombstoned = new Set<string>();
  let events = 0;
  const all = eventsOf(path);
  for (;;) {
    const next = await all.next();
    if (next.done === true) {
      if (next.value !== undefined) return { events, emptied: next.value, tombstoned };
      throw new TransferFileError(
        `${path} is not whole: do the export again, it goes on where it stopped`,
      );
    }
    events++;
    const { stream, revision } = next.value.event;
    if (revision === TOMBSTONE_REVISION) tombstoned.add(stream);
  }
}

/**
 * Takes the numbers at the target that an emptied stream has used at the source. Where something was said of
 * the stream already, an append may revive it: then what holds in the end is said once more behind it.
 */
async function fill(store: RemoteStore, line: AppendLine, step: Fill): Promise<void> {
  const { stream, next } = step.emptied;
  await line.settled();
  const metastream = `$$${stream}`;
  const ends = await nextRevisionsOf(store, [stream, metastream]);
  const from = ends.get(stream);
  if (from === undefined || from >= next) return;
  const isDescribed = ends.get(metastream) !== 0n;
  if (isDescribed && step.metadata === undefined) return;
  for (const fillers of fillersFor(stream, from, next)) {
    await line.append({ ...fillers, line: step.line });
  }
  if (step.metadata === undefined) return;
  await line.settled();
  const events = [restated(step.metadata, next)];
  await line.append({ kind: 'append', stream: metastream, expected: ANY, events, line: step.line });
}

async function tombstone(store: RemoteStore, stream: string): Promise<void> {
  const call = store.open(TOMBSTONE_PATH);
  await call.send(tombstoneRequest(stream));
  call.halfClose();
  try {
    await call.ended();
  } catch (error) {
    const wasDone = error instanceof GrpcError && error.trailers['exception'] === 'stream-deleted';
    if (!wasDone) throw error;
  }
}

/** Appends that are under way, answered in any order, counted as done in theirs. */
class AppendLine {
  /** Line of the file up to which everything is in the store. */
  done = 0;
  private readonly unanswered = new Map<string, { readonly step: Append; isAnswered: boolean }>();
  private failure: Error | undefined;
  private wake: () => void = () => undefined;

  constructor(
    private readonly call: RemoteCall,
    private readonly tombstoned: ReadonlySet<string>,
  ) {
    void this.listen();
  }

  async append(step: Append): Promise<void> {
    await this.until(() => this.unanswered.size < UNANSWERED_MAX);
    const correlationId = randomUUID();
    this.unanswered.set(correlationId, { step, isAnswered: false });
    await this.call.send(batchRequest({ ...step, correlationId }));
  }

  settled(): Promise<void> {
    return this.until(() => this.unanswered.size === 0);
  }

  private async until(isTrue: () => boolean): Promise<void> {
    while (!isTrue()) {
      if (this.failure !== undefined) throw this.failure;
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
    if (this.failure !== undefined) throw this.failure;
  }

  private async listen(): Promise<void> {
    try {
      for await (const message of this.call) this.take(message);
      throw new Error('the store has ended the call');
    } catch (error) {
      this.failure ??= error instanceof Error ? error : new Error(String(error));
    }
    this.wake();
  }

  private take(message: Buffer): void {
    const { correlationId, error } = readBatchAnswer(message);
    const entry = this.unanswered.get(correlationId);
    if (entry === undefined) return;
    const { stream, expected } = entry.step;
    const isGone = error === 'StreamDeleted' && this.tombstoned.has(stream);
    if (error !== undefined && !isGone) {
      this.failure ??= new Error(
        `the store refuses ${stream} behind revision ${expected}: ${error}` +
          (error === 'WrongExpectedVersion' ? ' (it holds other events there)' : ''),
      );
    }
    entry.isAnswered = this.failure === undefined;
    for (const [id, { step, isAnswered }] of this.unanswered) {
      if (!isAnswered) break;
      this.done = step.line;
      this.unanswered.delete(id);
    }
    this.wake();
  }
}

/** How far an import to one store has come; lost, it only costs time. */
class Cursor {
  line = 0;

  constructor(
    private readonly path: string,
    private readonly to: string,
  ) {
    if (!existsSync(path)) return;
    const found = JSON.parse(readFileSync(path, 'utf8')) as { to?: unknown; line?: unknown };
    if (found.to === to && typeof found.line === 'number') this.line = found.line;
  }

  advance(line: number): void {
    if (line >= this.line + CURSOR_EVERY_LINES) this.write(line);
  }

  write(line: number): void {
    if (line <= this.line) return;
    this.line = line;
    writeFileSync(`${this.path}.new`, JSON.stringify({ to: this.to, line }), { flush: true });
    renameSync(`${this.path}.new`, this.path);
  }
}
