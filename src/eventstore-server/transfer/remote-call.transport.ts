import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  type IncomingHttpHeaders,
} from 'node:http2';
import { frame, FrameSplitter } from '../protocol/grpc-frames.codec.js';
import { GrpcError, GRPC_OK, GRPC_UNAVAILABLE } from '../protocol/grpc-status.js';
import type { StoreAddress } from './store-address.parse.js';

const WINDOW_BYTES = 4 * 1024 * 1024;

/**
 * Calls to another store. The official client is of no use here: it hands out JSON parsed, and what is
 * written again from that is no longer what was stored (long numbers, spaces, doubled keys).
 */
export class RemoteStore {
  private readonly session: ClientHttp2Session;
  /** Why there is no connection, when there is none. */
  private trouble = 'the connection was lost';

  constructor(private readonly address: StoreAddress) {
    const { origin, ca } = address;
    this.session = connect(origin, {
      ...(ca === undefined ? {} : { ca }),
      settings: { initialWindowSize: WINDOW_BYTES },
    });
    // Calls under way are told by their own streams; those that come later only know that it is gone.
    this.session.on('error', (error: Error) => (this.trouble = error.message));
  }

  /** Opens a call; its messages are awaited by iterating over it. Throws a GrpcError without a connection, and rejects with one if it fails. */
  open(path: string): RemoteCall {
    if (this.session.destroyed) throw new GrpcError(GRPC_UNAVAILABLE, this.trouble);
    const { authorization } = this.address;
    const stream = this.session.request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
      ...(authorization === undefined ? {} : { authorization }),
    });
    return new RemoteCall(stream);
  }

  close(): void {
    this.session.destroy();
  }
}

export class RemoteCall implements AsyncIterable<Buffer> {
  private readonly splitter = new FrameSplitter();
  private ending: IncomingHttpHeaders = {};
  /** Bytes of answers that nobody asked for. */
  private unread = 0;
  private trouble = 'the connection was lost';

  constructor(private readonly stream: ClientHttp2Stream) {
    const note = (headers: IncomingHttpHeaders): void => {
      this.ending = { ...this.ending, ...headers };
    };
    stream.on('response', note);
    stream.on('trailers', note);
    stream.on('error', (error: Error) => (this.trouble = error.message));
  }

  /** Resolves when the other side can take more. */
  async send(message: Buffer): Promise<void> {
    if (this.stream.destroyed || this.stream.write(frame(message))) return;
    await new Promise<void>((resolve) => {
      this.stream.once('drain', resolve);
      this.stream.once('close', resolve);
    });
  }

  halfClose(): void {
    this.stream.end();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    const messages: Buffer[] = [];
    try {
      for await (const chunk of this.stream as AsyncIterable<Buffer>) {
        this.splitter.push(chunk, (message) => messages.push(message));
        yield* messages.splice(0);
      }
    } catch (error) {
      if (error instanceof GrpcError) throw error;
    }
    const status = this.ending['grpc-status'];
    if (status === undefined) throw new GrpcError(GRPC_UNAVAILABLE, this.trouble);
    if (Number(status) !== GRPC_OK) throw this.failure(Number(status));
  }

  /** Resolves when the call has ended well. */
  async ended(): Promise<void> {
    for await (const message of this) this.unread += message.length;
  }

  private failure(code: number): GrpcError {
    const text = decodeURIComponent(textOf(this.ending['grpc-message']));
    const exception = textOf(this.ending['exception']);
    return new GrpcError(code, text, { exception });
  }
}

function textOf(header: string | string[] | undefined): string {
  return Array.isArray(header) ? header.join(',') : (header ?? '');
}
