import { WebSocket } from 'ws';
import type {
  SocketHandlers,
  StreamSocket,
  StreamTransport,
} from '../../application/ports/stream-transport.port.js';

export interface WebSocketLimits {
  /** Larger frames than any parser takes are still read, to be refused and counted; beyond this the memory is guarded. */
  readonly frameBytesMax: number;
  /** What a venue does not read of us is not piled up: the connection is given up. */
  readonly unsentBytesMax: number;
}

/** Names the recording on the answer to the upgrade, when a venue replays one. */
export const RECORDED_HEADER = 'x-stopledger-recorded';

const LIMITS: WebSocketLimits = {
  frameBytesMax: 4 * 1024 * 1024,
  unsentBytesMax: 1024 * 1024,
};
// It is stored with every FeedConnected and shown: a hostile venue must not decide how long it is.
const RECORDED_NAME_CHARS_MAX = 200;

/** WebSockets over TCP or TLS. Compression is not offered: it costs time on every frame and lets a small one become huge. */
export class WebSocketTransport implements StreamTransport {
  private readonly limits: WebSocketLimits;

  constructor(limits: Partial<WebSocketLimits> = {}) {
    this.limits = { ...LIMITS, ...limits };
  }

  open(address: string, handlers: SocketHandlers): StreamSocket {
    const { frameBytesMax, unsentBytesMax } = this.limits;
    const socket = new WebSocket(address, { perMessageDeflate: false, maxPayload: frameBytesMax });
    let recorded: string | null = null;
    let trouble: string | undefined;
    socket.on('upgrade', ({ headers }) => {
      const name = headers[RECORDED_HEADER];
      recorded = typeof name === 'string' ? name.slice(0, RECORDED_NAME_CHARS_MAX) : null;
    });
    socket.on('open', () => handlers.onOpen({ recorded }));
    socket.on('ping', () => handlers.onSign());
    socket.on('pong', () => handlers.onSign());
    socket.on('message', (data, isBinary) => {
      const bytes = data as Buffer;
      if (isBinary) handlers.onBinary(bytes.length);
      else handlers.onText(bytes.toString('utf8'));
    });
    socket.on('error', (error) => (trouble ??= words(error)));
    socket.on('close', (code, reason) => {
      const text = reason.length > 0 ? `${code} ${reason.toString('utf8')}` : String(code);
      handlers.onClosed(trouble ?? `closed by the venue: ${text}`);
    });
    const guard = (send: () => void): void => {
      if (socket.readyState !== WebSocket.OPEN) return;
      if (socket.bufferedAmount > unsentBytesMax) socket.terminate();
      else send();
    };
    return {
      send: (text) => guard(() => socket.send(text)),
      ping: () => guard(() => socket.ping()),
      // A venue that does not answer the closing would hold us for 30 s.
      terminate: () => socket.terminate(),
    };
  }
}

function words(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error);
  const { message, code } = error as { readonly message?: unknown; readonly code?: unknown };
  // Node leaves the message empty when it has tried several addresses of one name.
  return String(message === '' ? code : (message ?? 'unknown error'));
}
