import type { Access } from './access/access-policy.js';
import type { CallHandler, GrpcCall } from './grpc-call.transport.js';
import { APPEND_OVERHEAD_BYTES_MAX as OVERHEAD_MAX } from './limits.js';
import type { Node } from './node.js';
import { type BatchChunk, parseBatchChunk } from './protocol/append-request.parse.js';
import {
  type BatchAddress,
  batchFailure,
  type BatchFailure,
  batchOutcome,
} from './protocol/append-response.codec.js';
import type { ProposedEvent } from './protocol/recorded-event.codec.js';
import type { EventStore } from './streams/event-store.js';
import { refuseStreamName } from './streams/stream-name.parse.js';

/** Appends of one call that may wait for the disk before the client is made to wait. */
const UNANSWERED_MAX = 8192;
const PENDING_BYTES_MAX = 32 * 1024 * 1024;

interface Batch {
  readonly address: BatchAddress;
  readonly stream: string;
  readonly expected: bigint;
  events: readonly ProposedEvent[];
  dataBytes: number;
  wireBytes: number;
  timer: NodeJS.Timeout | undefined;
}

/**
 * BatchAppend: one long call, many appends, each in one or more chunks under a correlation id.
 *
 * Per id: first chunk with options → assembling → written at the final chunk → answered → free again.
 * Every id is answered exactly once: a second or a missing answer kills or hangs the client process.
 * Chunks of an id that is not being assembled are ignored, because its answer was given already.
 */
export class BatchAppendHandler implements CallHandler {
  private readonly batches = new Map<string, Batch>();
  private unanswered = 0;
  private isHalfClosed = false;
  private isHeldBack = false;

  private readonly store: EventStore;

  constructor(
    private readonly call: GrpcCall,
    private readonly access: Pick<Access, 'allows'>,
    private readonly node: Pick<Node, 'store' | 'assemblyMs' | 'limits' | 'commits'>,
  ) {
    this.store = node.store;
  }

  onMessage(message: Buffer): void {
    const chunk = parseBatchChunk(message);
    // Most appends come in one chunk, and nobody ever asks for the text of their id.
    const isAlone = this.batches.size === 0 && chunk.isFinal;
    const key = isAlone ? undefined : chunk.correlationId?.text;
    const known = key === undefined ? undefined : this.batches.get(key);
    const hasId = chunk.correlationId !== undefined;
    if (chunk.options === undefined && known === undefined && hasId) return;
    const batch = known ?? this.begin(chunk);
    if (batch !== undefined) this.extend(batch, chunk, key);
    void this.holdBackWhileFull();
  }

  onHalfClose(): void {
    this.isHalfClosed = true;
    this.endIfDone();
  }

  onClosed(): void {
    for (const batch of this.batches.values()) clearTimeout(batch.timer);
    this.batches.clear();
  }

  /** Checks the first chunk of an append; what is wrong with it is answered here. */
  private begin(chunk: BatchChunk): Batch | undefined {
    const { options, correlation } = chunk;
    const stream = options?.stream;
    const address = { correlation, stream };
    if (chunk.correlationId === undefined)
      return this.refuse(address, 'the correlation id is no uuid');
    if (options === undefined || stream === undefined) {
      return this.refuse(address, 'no stream is named');
    }
    if (options.expected === undefined)
      return this.refuse(address, 'no expected revision is named');
    const refusal = refuseStreamName(stream);
    if (refusal !== undefined) {
      const isDenied = refusal.trailers['exception'] === 'access-denied';
      if (!isDenied) return this.refuse(address, refusal.message);
      return this.answer(address, { kind: 'access-denied' });
    }
    if (!this.access.allows('write', stream)) {
      return this.answer(address, { kind: 'access-denied' });
    }
    const { assemblyMs } = this.node;
    const timeoutMs = Math.min(options.deadlineMs ?? assemblyMs, assemblyMs);
    if (timeoutMs <= 0) return this.answer(address, { kind: 'timeout' });
    const { expected } = options;
    const batch: Batch = {
      address,
      stream,
      expected,
      events: [],
      dataBytes: 0,
      wireBytes: 0,
      timer: undefined,
    };
    if (!chunk.isFinal) this.waitForRest(batch, chunk.correlationId.text, timeoutMs);
    return batch;
  }

  private waitForRest(batch: Batch, key: string, timeoutMs: number): void {
    this.batches.set(key, batch);
    batch.timer = setTimeout(() => {
      this.forget(key);
      this.answer(batch.address, { kind: 'timeout' });
      this.endIfDone();
    }, timeoutMs);
  }

  private extend(batch: Batch, chunk: BatchChunk, key: string | undefined): void {
    const failure = takeEvents(batch, chunk, this.node.limits.appendBytesMax);
    if (failure !== undefined) {
      this.forget(key);
      this.answer(batch.address, failure);
      return;
    }
    if (!chunk.isFinal) return;
    this.forget(key);
    const { stream, expected, events, address } = batch;
    this.unanswered++;
    let isAnswered = false;
    const finish = (response: Buffer): void => {
      if (isAnswered) return; // Given up, and written after all: one answer is all a client bears.
      isAnswered = true;
      this.unanswered--;
      this.call.send(response);
      this.endIfDone();
    };
    const timedOut = (): void => finish(batchFailure(address, { kind: 'timeout' }));
    const isDone = this.node.commits.watch(timedOut);
    this.store.append({ stream, expected, events }, (outcome) => {
      isDone();
      finish(batchOutcome(address, expected, outcome));
    });
  }

  private forget(key: string | undefined): void {
    if (key === undefined) return;
    clearTimeout(this.batches.get(key)?.timer);
    this.batches.delete(key);
  }

  private refuse(address: BatchAddress, message: string): undefined {
    return this.answer(address, { kind: 'bad-request', message });
  }

  private answer(address: BatchAddress, failure: BatchFailure): undefined {
    this.call.send(batchFailure(address, failure));
    return undefined;
  }

  /** Lets the transport slow the client down until the disk and the client's own reading keep up. */
  private async holdBackWhileFull(): Promise<void> {
    if (this.isHeldBack || !this.isFull()) return;
    this.isHeldBack = true;
    this.call.pause();
    while (this.isFull() && this.call.isOpen) {
      await (this.call.isBackedUp ? this.call.drained() : this.store.durable());
    }
    this.isHeldBack = false;
    this.call.resume();
  }

  private isFull(): boolean {
    return (
      this.unanswered >= UNANSWERED_MAX ||
      this.store.pendingBytes >= PENDING_BYTES_MAX ||
      this.call.isBackedUp
    );
  }

  private endIfDone(): void {
    if (this.isHalfClosed && this.unanswered === 0 && this.batches.size === 0) this.call.end();
  }
}

function takeEvents(
  batch: Batch,
  { events, fault, eventBytes }: BatchChunk,
  bytesMax: number,
): BatchFailure | undefined {
  if (fault !== undefined) return { kind: 'bad-request', message: fault };
  for (const { data } of events) batch.dataBytes += data.length;
  batch.wireBytes += eventBytes;
  batch.events = batch.events.length === 0 ? events : [...batch.events, ...events];
  const isTooLarge = batch.dataBytes > bytesMax || batch.wireBytes > bytesMax + OVERHEAD_MAX;
  return isTooLarge ? { kind: 'too-large', bytesMax } : undefined;
}
