import { WebSocket } from 'ws';
import type { RawData } from 'ws';
import type { FeedConnection } from '../../application/ports/market-feed.port.js';

export interface TransportOptions {
  /** Without the stream path: `wss://stream.binance.com:9443`. */
  readonly url: string;
  readonly streams: readonly string[];
  /** From 0 to below 1. */
  readonly random: () => number;
  /** Calls back after so many ms, unless the returned function was called before. */
  readonly schedule: (ms: number, then: () => void) => () => void;
  readonly limits?: Partial<TransportLimits>;
}

export interface TransportLimits {
  readonly backOffMsFirst: number;
  readonly backOffMsMax: number;
  readonly handshakeMsMax: number;
  /** A ping leaves so often; a connection that was silent for two of these is dead. */
  readonly heartbeatMs: number;
  /** A connection that answers pings but brings no frame for so long is given up: its subscription is lost. */
  readonly muteMsMax: number;
  readonly frameBytesMax: number;
}

export interface TransportHandlers {
  onFrame(text: string): void;
  onBinary(bytes: number): void;
  onConnected(info: FeedConnection): void;
  onLost(reason: string): void;
}

/** Names the recording on the answer to the upgrade, when a venue replays one. */
export const RECORDED_HEADER = 'x-stopledger-recorded';

// It is stored with every FeedConnected and shown: a hostile venue must not decide how long it is.
const RECORDED_NAME_CHARS_MAX = 200;

export const TRANSPORT_LIMITS: TransportLimits = {
  backOffMsFirst: 250,
  backOffMsMax: 30_000,
  handshakeMsMax: 10_000,
  heartbeatMs: 10_000,
  // The longest silence of a quiet pair's trades in our recordings is 88 s.
  muteMsMax: 120_000,
  // Larger frames than any parser takes are still read, to be refused and counted; beyond this the memory is guarded.
  frameBytesMax: 4 * 1024 * 1024,
};

/**
 * One connection to a combined stream, made again after every loss.
 *
 *     idle ──start──► connecting ──open──► open ──lost──► waiting ──back-off──► connecting ; any ──close──► closed
 *
 * Back-off is exponential with full jitter and begins anew once a frame has come: a venue that takes connections and
 * drops them is not called more often than one that takes none.
 */
export class BinanceTransport {
  private readonly limits: TransportLimits;
  private readonly address: string;
  private handlers: TransportHandlers | undefined;
  private socket: WebSocket | undefined;
  private recorded: string | null = null;
  private failures = 0;
  private isLossTold = false;
  private isClosed = false;
  private lossReason: string | undefined;
  private heardSinceBeat = false;
  private framesSinceMuteCheck = 0;
  private cancelRetry: () => void = () => undefined;
  private cancelBeat: () => void = () => undefined;
  private cancelMute: () => void = () => undefined;

  constructor(private readonly options: TransportOptions) {
    this.limits = { ...TRANSPORT_LIMITS, ...options.limits };
    this.address = `${options.url.replace(/\/+$/, '')}/stream?streams=${options.streams.join('/')}`;
  }

  start(handlers: TransportHandlers): void {
    this.handlers = handlers;
    this.connect();
  }

  close(): Promise<void> {
    this.isClosed = true;
    this.cancelRetry();
    this.stopWatching();
    const { socket } = this;
    if (!socket || socket.readyState === WebSocket.CLOSED) return Promise.resolve();
    return new Promise((resolve) => {
      socket.once('close', () => resolve());
      // A venue that does not answer the closing would hold us for 30 s.
      socket.terminate();
    });
  }

  private connect(): void {
    const { frameBytesMax, handshakeMsMax } = this.limits;
    this.recorded = null;
    this.lossReason = undefined;
    let socket: WebSocket;
    try {
      socket = new WebSocket(this.address, {
        perMessageDeflate: false,
        maxPayload: frameBytesMax,
        handshakeTimeout: handshakeMsMax,
      });
    } catch (error) {
      this.lost(`no address: ${text(error)}`);
      return;
    }
    this.socket = socket;
    socket.on('upgrade', ({ headers }) => {
      const name = headers[RECORDED_HEADER];
      this.recorded = typeof name === 'string' ? name.slice(0, RECORDED_NAME_CHARS_MAX) : null;
    });
    socket.on('open', () => this.opened(socket));
    // The answer to a ping is sent by ws itself.
    socket.on('ping', () => (this.heardSinceBeat = true));
    socket.on('pong', () => (this.heardSinceBeat = true));
    socket.on('message', (data, isBinary) => this.heard(data, isBinary));
    socket.on('error', (error) => (this.lossReason ??= text(error)));
    socket.on('close', (code, reason) => {
      const words = reason.length > 0 ? `${code} ${reason.toString('utf8')}` : String(code);
      this.lost(this.lossReason ?? `closed by the venue: ${words}`);
    });
  }

  private opened(socket: WebSocket): void {
    if (this.isClosed) return;
    this.isLossTold = false;
    this.heardSinceBeat = true;
    this.framesSinceMuteCheck = 0;
    this.beat(socket);
    this.watchForMute(socket);
    this.handlers?.onConnected({ url: this.options.url, recorded: this.recorded });
  }

  private heard(data: RawData, isBinary: boolean): void {
    if (this.isClosed) return;
    this.heardSinceBeat = true;
    this.framesSinceMuteCheck += 1;
    this.failures = 0;
    const bytes = data as Buffer;
    if (isBinary) this.handlers?.onBinary(bytes.length);
    else this.handlers?.onFrame(bytes.toString('utf8'));
  }

  private beat(socket: WebSocket): void {
    this.cancelBeat = this.options.schedule(this.limits.heartbeatMs, () => {
      if (!this.heardSinceBeat) {
        this.giveUp(socket, 'no answer to the heartbeat');
        return;
      }
      this.heardSinceBeat = false;
      socket.ping();
      this.beat(socket);
    });
  }

  private watchForMute(socket: WebSocket): void {
    this.cancelMute = this.options.schedule(this.limits.muteMsMax, () => {
      if (this.framesSinceMuteCheck === 0) {
        this.giveUp(socket, `connected but silent for ${this.limits.muteMsMax} ms`);
        return;
      }
      this.framesSinceMuteCheck = 0;
      this.watchForMute(socket);
    });
  }

  private giveUp(socket: WebSocket, reason: string): void {
    this.lossReason = reason;
    socket.terminate();
  }

  private stopWatching(): void {
    this.cancelBeat();
    this.cancelMute();
  }

  private lost(reason: string): void {
    this.stopWatching();
    if (this.isClosed) return;
    if (!this.isLossTold) this.handlers?.onLost(reason);
    this.isLossTold = true;
    const { backOffMsFirst, backOffMsMax } = this.limits;
    const ceiling = Math.min(backOffMsMax, backOffMsFirst * 2 ** this.failures);
    this.failures = Math.min(this.failures + 1, 30);
    this.cancelRetry = this.options.schedule(Math.floor(this.options.random() * ceiling), () =>
      this.connect(),
    );
  }
}

function text(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error);
  const { message, code } = error as { readonly message?: unknown; readonly code?: unknown };
  // Node leaves the message empty when it has tried several addresses of one name.
  return String(message === '' ? code : (message ?? 'unknown error'));
}
