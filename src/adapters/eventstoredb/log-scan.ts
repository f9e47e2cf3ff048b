import { connect, constants } from 'node:http2';
import type { ClientHttp2Session, ClientHttp2Stream, IncomingHttpHeaders } from 'node:http2';
import { FrameSplitter, frame } from '../../eventstore-server/protocol/grpc-frames.codec.js';
import type { LogAddress } from './log-address.parse.js';
import { placedEventOf, readRequest } from './logged-event.codec.js';
import type { PlacedEvent } from './logged-event.codec.js';

export interface ScanRequest {
  /** The first event may be that of this position itself. */
  readonly from: bigint | 'start';
  /** Of the names of the streams that are read. */
  readonly prefixes: readonly string[];
}

export interface ScanHandlers {
  readonly onEvents: (events: readonly PlacedEvent[]) => void;
  /** Nothing comes after it. `whole`: the end that the log had at the beginning has been reached. */
  readonly onEnd: (end: 'whole' | 'broken') => void;
}

const PATH = '/event_store.client.streams.Streams/Read';
// What may be on its way at once: a page of the server must not wait for our word.
const WINDOW_BYTES = 4 * 1024 * 1024;
// A server that filters may be silent for a while; one that is gone is so for ever.
const SILENCE_MS_MAX = 5_000;

/**
 * Reads what the log holds, once, to its end. The official client spends several times what a fold costs on each event
 * that it hands out; here a chunk of the connection becomes its events in one go. Whatever is out of the ordinary ends the
 * scan as broken: then the official client goes on behind the last event, and has the word.
 */
export class LogScan {
  private readonly session: ClientHttp2Session;
  private readonly call: ClientHttp2Stream;
  private readonly frames = new FrameSplitter();
  private status: string | undefined;
  private isOver = false;

  constructor(
    address: LogAddress,
    request: ScanRequest,
    private readonly handlers: ScanHandlers,
  ) {
    const { origin, authorization, ca } = address;
    this.session = connect(origin, {
      settings: { initialWindowSize: WINDOW_BYTES, enablePush: false },
      ...(ca && { ca }),
    });
    this.session.on('connect', () => this.session.setLocalWindowSize(WINDOW_BYTES));
    this.session.on('error', () => this.end('broken'));
    this.session.on('close', () => this.end('broken'));
    this.call = this.session.request({
      [constants.HTTP2_HEADER_METHOD]: 'POST',
      [constants.HTTP2_HEADER_PATH]: PATH,
      [constants.HTTP2_HEADER_CONTENT_TYPE]: 'application/grpc',
      [constants.HTTP2_HEADER_TE]: 'trailers',
      ...(authorization !== undefined && { authorization }),
    });
    this.call.setTimeout(SILENCE_MS_MAX, () => this.end('broken'));
    this.call.on('error', () => this.end('broken'));
    this.call.on('response', (headers) => this.noteStatus(headers));
    this.call.on('trailers', (headers: IncomingHttpHeaders) => this.noteStatus(headers));
    this.call.on('data', (chunk: Buffer) => this.take(chunk));
    this.call.on('end', () => this.end(this.isWhole() ? 'whole' : 'broken'));
    this.call.end(frame(readRequest(request.from, request.prefixes)));
  }

  pause(): void {
    this.call.pause();
    this.call.setTimeout(0);
  }

  resume(): void {
    this.call.setTimeout(SILENCE_MS_MAX);
    this.call.resume();
  }

  /** Nothing is told any more. */
  close(): void {
    this.isOver = true;
    this.call.close(constants.NGHTTP2_CANCEL);
    this.session.destroy();
  }

  private noteStatus({ 'grpc-status': status }: IncomingHttpHeaders): void {
    if (typeof status === 'string') this.status = status;
  }

  private take(chunk: Buffer): void {
    if (this.isOver) return;
    const events: PlacedEvent[] = [];
    try {
      this.frames.push(chunk, (message) => {
        const placed = placedEventOf(message);
        if (placed) events.push(placed);
      });
    } catch {
      // What was understood before it counts.
      if (events.length > 0) this.handlers.onEvents(events);
      this.end('broken');
      return;
    }
    if (events.length > 0) this.handlers.onEvents(events);
  }

  private isWhole(): boolean {
    return this.status === '0' && !this.frames.isInside;
  }

  private end(end: 'whole' | 'broken'): void {
    if (this.isOver) return;
    this.close();
    this.handlers.onEnd(end);
  }
}
