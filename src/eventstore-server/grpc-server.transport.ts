import {
  constants,
  createServer as createHttp2Server,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTcpServer, type Server as TcpServer, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import type { Access } from './access/access-policy.js';
import { asGrpcError, type CallHandler, GrpcCall } from './grpc-call.transport.js';
import type { Limits } from './limits.js';
import {
  GRPC_CANCELLED,
  GRPC_RESOURCE_EXHAUSTED,
  GRPC_UNAVAILABLE,
  GRPC_UNIMPLEMENTED,
  GrpcError,
} from './protocol/grpc-status.js';

/** Both ends of the connection of a call, and what its caller may do. */
export interface Peer {
  /** Where the client reached this server. */
  readonly host: string;
  readonly port: number;
  /** Address of the client. */
  readonly from: string;
  readonly access: Access;
}

export interface Method {
  /** Builds the handler of one call. */
  readonly handle: (call: GrpcCall, peer: Peer) => CallHandler;
  /** Open for as long as the client likes: at the end of the server it is cancelled. */
  readonly isLong?: boolean;
}

export interface ServerParts {
  readonly methods: ReadonlyMap<string, Method>;
  /** Answers HTTP/1.1 on the same port. */
  readonly onRequest: RequestListener;
  /** Who is calling, by the authorization header. Throws or rejects with a GrpcError. */
  readonly identify: (authorization: string | undefined) => Access | Promise<Access>;
  /** PEM texts; absent for cleartext. */
  readonly tls: { readonly cert: Buffer; readonly key: Buffer } | undefined;
  readonly limits: Limits;
  readonly keepAlive: KeepAlive;
}

/** A peer is asked so often whether it is there, and has so long to answer. */
export interface KeepAlive {
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

const HTTP2_PREFACE = 'PRI * HTTP/2.0';
const PROTOCOLS = ['h2', 'http/1.1'];
const STREAM_WINDOW_BYTES = 1024 * 1024;
const SESSION_WINDOW_BYTES = 16 * 1024 * 1024;
const SESSION_MEMORY_MB = 1024; // The default of 10 refuses streams once a few readers are slow.
const CLOSE_GRACE_MS = 500;
const REQUEST_MS_MAX = 10_000;
const HANDSHAKE_MS_MAX = 10_000;
const MAPPED_IPV4 = /^::ffff:/; // How a dual-stack socket names an IPv4 address.

/** gRPC over HTTP/2, cleartext by prior knowledge or TLS, and a little HTTP/1.1, on one port. */
export class GrpcServer {
  private readonly calls = new Map<GrpcCall, Method>();
  private readonly sessions = new Set<ServerHttp2Session>();
  private readonly sockets = new Set<Socket>();
  private readonly http2: Http2Server;
  private readonly http: Server;
  private readonly tcp: TcpServer;

  constructor(private readonly parts: ServerParts) {
    const { tls, limits, onRequest } = parts;
    this.http2 = createHttp2Server({
      maxSessionMemory: SESSION_MEMORY_MB,
      settings: {
        maxConcurrentStreams: limits.callsPerConnectionMax,
        initialWindowSize: STREAM_WINDOW_BYTES,
      },
    });
    this.http2.on('session', (session: ServerHttp2Session) => this.openSession(session));
    this.http2.on('stream', (stream: ServerHttp2Stream, headers) =>
      this.openStream(stream, headers),
    );
    this.http2.on('sessionError', () => undefined); // The session closes; its calls are told.
    this.http = createHttpServer({ requestTimeout: REQUEST_MS_MAX }, onRequest);
    if (tls === undefined) {
      this.tcp = createTcpServer({ noDelay: true }, (socket) => this.openSocket(socket));
    } else {
      const options = { ...tls, ALPNProtocols: PROTOCOLS, handshakeTimeout: HANDSHAKE_MS_MAX };
      this.tcp = createTlsServer(options, (socket) => this.openTlsSocket(socket));
      this.tcp.on('tlsClientError', () => undefined); // That socket is closed; others go on.
    }
  }

  get connectionCount(): number {
    return this.sockets.size;
  }

  get callCount(): number {
    return this.calls.size;
  }

  /** Resolves with the port. Rejects if it is taken. */
  listen(port: number, host: string): Promise<number> {
    return new Promise((resolve, reject) => {
      this.tcp.once('error', reject);
      this.tcp.listen(port, host, () => {
        this.tcp.off('error', reject);
        const address = this.tcp.address();
        resolve(typeof address === 'object' && address !== null ? address.port : port);
      });
    });
  }

  /**
   * Takes no new connections and ends all calls. Long ones are cancelled and others "unavailable":
   * clients connect anew after both, and take each for what it is.
   */
  async close(): Promise<void> {
    const isDown = new Promise<void>((resolve) => this.tcp.close(() => resolve()));
    for (const [call, { isLong }] of this.calls) {
      const code = isLong === true ? GRPC_CANCELLED : GRPC_UNAVAILABLE;
      call.fail(new GrpcError(code, 'Server is shutting down'));
    }
    for (const session of this.sessions) session.close();
    this.http.closeIdleConnections();
    const timers = [
      setTimeout(() => this.resetCalls(), CLOSE_GRACE_MS),
      setTimeout(() => {
        for (const socket of this.sockets) socket.destroy();
      }, 2 * CLOSE_GRACE_MS),
    ];
    await isDown;
    for (const timer of timers) clearTimeout(timer);
  }

  /** A client that takes no more data does not come to the status behind them; a reset reaches it. */
  private resetCalls(): void {
    for (const [call, { isLong }] of this.calls) {
      call.reset(isLong === true ? constants.NGHTTP2_CANCEL : constants.NGHTTP2_REFUSED_STREAM);
    }
  }

  private keep(socket: Socket): void {
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket));
    socket.on('error', () => socket.destroy());
  }

  private openTlsSocket(socket: TLSSocket): void {
    this.keep(socket);
    socket.setNoDelay(true);
    const server = socket.alpnProtocol === 'h2' ? this.http2 : this.http;
    server.emit('connection', socket);
  }

  /** Without TLS nothing but the first bytes tells which protocol the client speaks. */
  private openSocket(socket: Socket): void {
    this.keep(socket);
    const early: Buffer[] = [];
    const sniff = (chunk: Buffer): void => {
      early.push(chunk);
      const bytes = Buffer.concat(early);
      const text = bytes.toString('latin1', 0, HTTP2_PREFACE.length);
      if (text.length < HTTP2_PREFACE.length && HTTP2_PREFACE.startsWith(text)) return;
      socket.off('data', sniff);
      socket.setTimeout(0);
      socket.pause();
      socket.unshift(bytes);
      if (text === HTTP2_PREFACE) this.http2.emit('connection', socket);
      else {
        this.http.emit('connection', socket);
        socket.resume();
      }
    };
    socket.setTimeout(HANDSHAKE_MS_MAX, () => socket.destroy());
    socket.on('data', sniff);
  }

  private openSession(session: ServerHttp2Session): void {
    this.sessions.add(session);
    session.setLocalWindowSize(SESSION_WINDOW_BYTES);
    const timer = this.keepAlive(session);
    session.on('close', () => {
      clearInterval(timer);
      this.sessions.delete(session);
    });
    session.on('error', () => session.destroy());
  }

  /**
   * Ends a session whose peer does not answer: it is gone without a word, or it has broken the protocol, after
   * which the HTTP/2 library neither reads nor closes the connection. One that sends is there: its answer stands
   * behind all that it sent before.
   */
  private keepAlive(session: ServerHttp2Session): NodeJS.Timeout {
    const { intervalMs, timeoutMs } = this.parts.keepAlive;
    let heardAtMs = 0;
    let heardBytes = 0;
    let isAsked = false;
    const beat = (): void => {
      if (session.destroyed) return; // Its 'close' is due.
      const nowMs = performance.now();
      const { bytesRead } = session.socket;
      if (!isAsked || bytesRead > heardBytes) heardAtMs = nowMs;
      heardBytes = bytesRead;
      if (nowMs - heardAtMs >= timeoutMs) session.destroy();
      if (isAsked) return;
      isAsked = true;
      session.ping(() => (isAsked = false));
    };
    return setInterval(beat, intervalMs);
  }

  private openStream(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    stream.on('error', () => undefined); // Always followed by 'close', which releases the call.
    // Reset by the same packet that opened it: whatever is done to it now throws.
    if (stream.destroyed || stream.closed) return;
    const contentType = headers['content-type'] ?? '';
    if (!contentType.startsWith('application/grpc')) {
      stream.respond({ ':status': constants.HTTP_STATUS_NOT_FOUND }, { endStream: true });
      return;
    }
    const call = new GrpcCall(stream, headers);
    const method = this.parts.methods.get(headers[':path'] ?? '');
    const refusal = this.refusalOf(method);
    if (method === undefined || refusal !== undefined) {
      call.fail(refusal ?? new GrpcError(GRPC_UNIMPLEMENTED, 'Method is unimplemented.'));
      return;
    }
    this.calls.set(call, method);
    stream.on('close', () => this.calls.delete(call));
    this.openCall(call, stream, method);
  }

  private refusalOf(method: Method | undefined): GrpcError | undefined {
    const { connectionsMax, callsMax } = this.parts.limits;
    if (this.sockets.size > connectionsMax) {
      const text = `Server Is Too Busy: it takes at most ${connectionsMax} connections.`;
      return new GrpcError(GRPC_UNAVAILABLE, text);
    }
    if (method !== undefined && this.calls.size >= callsMax) {
      const text = `The server takes at most ${callsMax} calls at a time.`;
      return new GrpcError(GRPC_RESOURCE_EXHAUSTED, text);
    }
    return undefined;
  }

  /** Nothing is read from the call until it is known who makes it. */
  private openCall(call: GrpcCall, stream: ServerHttp2Stream, method: Method): void {
    const attach = (access: Access): void => {
      if (call.isOpen && !stream.destroyed)
        call.attach(method.handle(call, peerOf(stream, access)));
    };
    try {
      const access = this.parts.identify(call.headers.authorization);
      if (!(access instanceof Promise)) attach(access);
      else access.then(attach).catch((error: unknown) => call.fail(asGrpcError(error)));
    } catch (error) {
      call.fail(asGrpcError(error));
    }
  }
}

function peerOf(stream: ServerHttp2Stream, access: Access): Peer {
  const { localAddress, localPort, remoteAddress, remotePort } = stream.session?.socket ?? {};
  const plain = (address = '127.0.0.1'): string => address.replace(MAPPED_IPV4, '');
  return {
    host: plain(localAddress),
    port: localPort ?? 0,
    from: `${plain(remoteAddress)}:${remotePort ?? 0}`,
    access,
  };
}
