import type { IncomingHttpHeaders, OutgoingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { frame, FrameSplitter } from './protocol/grpc-frames.codec.js';
import {
  encodeMessage,
  encodeTrailer,
  GRPC_INTERNAL,
  GRPC_INVALID_ARGUMENT,
  GRPC_OK,
  GrpcError,
} from './protocol/grpc-status.js';
import { WireError } from './protocol/wire.codec.js';

/** What a method does with the requests of one call. */
export interface CallHandler {
  onMessage(message: Buffer): void;
  /** The client sends no more. */
  onHalfClose(): void;
  /** The call is over, however it ended: release everything. */
  onClosed(): void;
}

const RESPONSE_HEADERS = { ':status': 200, 'content-type': 'application/grpc' };

/**
 * One gRPC call over one HTTP/2 stream.
 *
 * open → (headers sent with the first message) → ended by `end`, `fail` or the client. Everything but
 * `onClosed` is ignored after that, so handlers need not guard late answers.
 */
export class GrpcCall {
  isOpen = true;
  private hasHeaders = false;
  private outgoing: Buffer[] = [];
  private isFlushPlanned = false;
  private readonly splitter = new FrameSplitter();
  private handler: CallHandler | undefined;
  private drainWaiters: (() => void)[] = [];

  constructor(
    private readonly stream: ServerHttp2Stream,
    readonly headers: IncomingHttpHeaders,
  ) {}

  attach(handler: CallHandler): void {
    this.handler = handler;
    this.stream.on('data', (chunk: Buffer) => this.guard(() => this.receive(chunk)));
    this.stream.on('end', () => this.guard(() => this.receiveEnd()));
    this.stream.on('drain', () => this.releaseWaiters());
    this.stream.on('close', () => this.closed());
  }

  /** Sends one message. Messages of one callback leave in one write. */
  send(message: Buffer): void {
    this.sendFrames(frame(message));
  }

  /** Sends messages that are framed already. Long senders await `drained` before the next. */
  sendFrames(frames: Buffer): void {
    if (!this.isOpen) return;
    this.outgoing.push(frames);
    if (!this.isFlushPlanned) {
      this.isFlushPlanned = true;
      process.nextTick(() => this.flush());
    }
  }

  /** Resolves when the client has taken what was sent, or the call is over. */
  drained(): Promise<void> {
    this.flush();
    if (!this.isOpen || !this.stream.writableNeedDrain) return Promise.resolve();
    return new Promise((resolve) => this.drainWaiters.push(resolve));
  }

  /** Stops reading requests until `resume`: the transport then slows the client down. */
  pause(): void {
    this.stream.pause();
  }

  resume(): void {
    if (this.isOpen) this.stream.resume();
  }

  get isBackedUp(): boolean {
    return this.stream.writableNeedDrain;
  }

  end(): void {
    this.finish(GRPC_OK, {});
  }

  fail(error: GrpcError): void {
    const trailers: Record<string, string> = { 'grpc-message': encodeMessage(error.message) };
    for (const [key, value] of Object.entries(error.trailers)) trailers[key] = encodeTrailer(value);
    this.finish(error.code, trailers);
  }

  /** Ends the call ahead of everything that was sent and did not leave yet. */
  reset(code: number): void {
    if (!this.isStreamGone) this.stream.close(code);
  }

  /** Runs a step of a handler; what it throws ends the call and nothing else. */
  guard(step: () => void): void {
    if (!this.isOpen) return;
    try {
      step();
    } catch (error) {
      this.fail(asGrpcError(error));
    }
  }

  private receive(chunk: Buffer): void {
    this.splitter.push(chunk, (message) => {
      if (this.isOpen) this.handler?.onMessage(message);
    });
  }

  private receiveEnd(): void {
    if (this.splitter.isInside) throw new WireError('the call ends inside a message');
    this.handler?.onHalfClose();
  }

  private flush(): void {
    this.isFlushPlanned = false;
    if (this.outgoing.length === 0 || !this.isOpen || this.isStreamGone) return;
    const [only] = this.outgoing;
    const bytes = this.outgoing.length === 1 && only ? only : Buffer.concat(this.outgoing);
    this.outgoing = [];
    this.respond();
    this.stream.write(bytes);
  }

  /** A stream that the client reset: everything written to it would throw. */
  private get isStreamGone(): boolean {
    return this.stream.destroyed || this.stream.closed;
  }

  private respond(): void {
    if (this.hasHeaders) return;
    this.hasHeaders = true;
    this.stream.respond(RESPONSE_HEADERS, { waitForTrailers: true });
  }

  private finish(code: number, details: Readonly<Record<string, string>>): void {
    if (!this.isOpen) return;
    this.flush();
    this.isOpen = false;
    if (this.isStreamGone) return;
    const trailers: OutgoingHttpHeaders = { 'grpc-status': String(code), ...details };
    if (this.hasHeaders) {
      this.stream.on('wantTrailers', () => this.stream.sendTrailers(trailers));
      this.stream.end();
    } else {
      this.stream.respond({ ...RESPONSE_HEADERS, ...trailers }, { endStream: true });
    }
    this.releaseWaiters();
    // What the client still sends is not wanted, but has to be read for the stream to close.
    this.stream.resume();
  }

  private closed(): void {
    this.isOpen = false;
    this.releaseWaiters();
    this.handler?.onClosed();
    this.handler = undefined;
  }

  private releaseWaiters(): void {
    for (const resolve of this.drainWaiters.splice(0)) resolve();
  }
}

export function asGrpcError(error: unknown): GrpcError {
  if (error instanceof GrpcError) return error;
  if (error instanceof WireError) return new GrpcError(GRPC_INVALID_ARGUMENT, error.message);
  const text = error instanceof Error ? error.message : String(error);
  return new GrpcError(GRPC_INTERNAL, text);
}
