import {
  constants,
  createServer as createHttp2Server,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import { createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { answerPlainHttp } from './plain-http.transport.js';
import { asGrpcError, type CallHandler, GrpcCall } from './grpc-call.transport.js';
import { GRPC_UNAVAILABLE, GRPC_UNIMPLEMENTED, GrpcError } from './protocol/grpc-status.js';

/** Both ends of the connection of a call. */
export interface Peer {
  /** Where the client reached this server. */
  readonly host: string;
  readonly port: number;
  /** Address of the client. */
  readonly from: string;
}

/** Builds the handler of one call. */
export type Method = (call: GrpcCall, peer: Peer) => CallHandler;

const HTTP2_PREFACE = 'PRI * HTTP/2.0';
const STREAMS_MAX = 1_000_000; // Each subscription is a stream of its own.
const STREAM_WINDOW_BYTES = 1024 * 1024;
const SESSION_WINDOW_BYTES = 16 * 1024 * 1024;
const SESSION_MEMORY_MB = 1024; // The default of 10 refuses streams once a few readers are slow.
const CLOSE_GRACE_MS = 500;
const MAPPED_IPV4 = /^::ffff:/; // How a dual-stack socket names an IPv4 address.

/** gRPC over cleartext HTTP/2 with prior knowledge, and a little plain HTTP, on one port. */
export class GrpcServer {
  private readonly calls = new Set<GrpcCall>();
  private readonly sessions = new Set<ServerHttp2Session>();
  private readonly sockets = new Set<Socket>();
  private readonly http2: Http2Server;
  private readonly tcp: Server;

  constructor(private readonly methods: ReadonlyMap<string, Method>) {
    this.http2 = createHttp2Server({
      maxSessionMemory: SESSION_MEMORY_MB,
      settings: { maxConcurrentStreams: STREAMS_MAX, initialWindowSize: STREAM_WINDOW_BYTES },
    });
    this.http2.on('session', (session: ServerHttp2Session) => this.openSession(session));
    this.http2.on('stream', (stream: ServerHttp2Stream, headers) => this.openCall(stream, headers));
    this.http2.on('sessionError', () => undefined); // The session closes; its calls are told.
    this.tcp = createTcpServer({ noDelay: true }, (socket) => this.openSocket(socket));
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

  /** Takes no new connections and ends all calls with "unavailable", so that clients reconnect. */
  async close(): Promise<void> {
    const isDown = new Promise<void>((resolve) => this.tcp.close(() => resolve()));
    for (const call of this.calls) {
      call.fail(new GrpcError(GRPC_UNAVAILABLE, 'Server is shutting down'));
    }
    for (const session of this.sessions) session.close();
    const timer = setTimeout(() => {
      for (const socket of this.sockets) socket.destroy();
    }, CLOSE_GRACE_MS);
    await isDown;
    clearTimeout(timer);
  }

  private openSocket(socket: Socket): void {
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    const early: Buffer[] = [];
    const sniff = (chunk: Buffer): void => {
      early.push(chunk);
      const bytes = Buffer.concat(early);
      const text = bytes.toString('latin1', 0, HTTP2_PREFACE.length);
      if (text.length < HTTP2_PREFACE.length && HTTP2_PREFACE.startsWith(text)) return;
      socket.off('data', sniff);
      if (text !== HTTP2_PREFACE) {
        answerPlainHttp(socket, bytes);
        return;
      }
      socket.pause();
      socket.unshift(bytes);
      this.http2.emit('connection', socket);
    };
    socket.on('data', sniff);
  }

  private openSession(session: ServerHttp2Session): void {
    this.sessions.add(session);
    session.setLocalWindowSize(SESSION_WINDOW_BYTES);
    session.on('close', () => this.sessions.delete(session));
    session.on('error', () => session.destroy());
  }

  private openCall(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    stream.on('error', () => undefined); // Always followed by 'close', which releases the call.
    const contentType = headers['content-type'] ?? '';
    if (!contentType.startsWith('application/grpc')) {
      stream.respond({ ':status': constants.HTTP_STATUS_NOT_FOUND }, { endStream: true });
      return;
    }
    const call = new GrpcCall(stream, headers);
    this.calls.add(call);
    stream.on('close', () => this.calls.delete(call));
    const method = this.methods.get(headers[':path'] ?? '');
    if (method === undefined) {
      call.fail(new GrpcError(GRPC_UNIMPLEMENTED, 'Method is unimplemented.'));
      return;
    }
    try {
      call.attach(method(call, peerOf(stream)));
    } catch (error) {
      call.fail(asGrpcError(error));
    }
  }
}

function peerOf(stream: ServerHttp2Stream): Peer {
  const { localAddress, localPort, remoteAddress, remotePort } = stream.session?.socket ?? {};
  const plain = (address = '127.0.0.1'): string => address.replace(MAPPED_IPV4, '');
  return {
    host: plain(localAddress),
    port: localPort ?? 0,
    from: `${plain(remoteAddress)}:${remotePort ?? 0}`,
  };
}
