import { createServer } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { Recording } from '../market-data/recorded-trades.js';
import type { TapeVenueArguments } from './tape-venue-arguments.parse.js';
import { VenueClients } from './venue-clients.js';
import { VenueCursor } from './venue-cursor.js';
import { VenuePlayer } from './venue-player.js';
import { venuePrints } from './venue-prints.js';

export interface TapeVenueOptions extends TapeVenueArguments {
  /** A client that has left so much unread is closed with 1008. */
  readonly bufferedBytesMax?: number;
  readonly saveMsMax?: number;
  /** Told once when the place in the recording cannot be stored, and with undefined once it can again. */
  readonly onTrouble?: (reason: string | undefined) => void;
  /** Unix ms. */
  readonly clock?: () => number;
}

export interface TapeVenue {
  readonly port: number;
  /** To be given to a feed: the stream path is appended to it. */
  readonly url: string;
  /** Name of the recording, as told to clients. */
  readonly recorded: string;
  readonly rows: number;
  /** Prints that are held go on. */
  release(): void;
  /** Stores the cursor and leaves nothing open. */
  close(): Promise<void>;
}

export const RECORDED_LABEL = 'recorded prints, not a live market';

const BUFFERED_BYTES_MAX = 8 * 1024 * 1024;
const SAVE_MS_MAX = 250;
// Subscriptions are all that clients send.
const MESSAGE_BYTES_MAX = 64 * 1024;
const REQUESTS: readonly string[] = ['/stream', '/ws'];

/**
 * Serves a recording over WebSocket as Binance serves its market: combined streams, bare streams, live subscription.
 * It plays while somebody is subscribed to it and waits otherwise.
 *
 * Rejects with RecordingUnreadable, or with what the system says when it cannot listen.
 */
export async function startTapeVenue(options: TapeVenueOptions): Promise<TapeVenue> {
  const { host, isOriginal, stateDir, speed, isLooped, isHeld, clock = Date.now } = options;
  const prints = venuePrints(Recording.read(options.file), options.symbol);
  const recorded = prints.recording.name;
  const saveMsMax = options.saveMsMax ?? SAVE_MS_MAX;
  const { onTrouble } = options;
  const cursor = new VenueCursor(prints, { isOriginal, stateDir, saveMsMax, onTrouble });
  const clients = new VenueClients({
    stream: prints.stream,
    bufferedBytesMax: options.bufferedBytesMax ?? BUFFERED_BYTES_MAX,
    onAudience: (isListening) => (isListening ? player.resume() : player.pause()),
  });
  const player = new VenuePlayer({
    ...{ prints, cursor, speed, isLooped, isHeld, clock },
    send: (message) => clients.send(message),
    mayGoOn: () => clients.areKeepingUp(clock()),
  });
  const sockets = socketServer(recorded);
  const server = httpServer(sockets, clients);
  await listen(server, options);
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `ws://${host.includes(':') ? `[${host}]` : host}:${port}`,
    recorded,
    rows: prints.recording.rowCount,
    release: () => player.release(),
    close: async () => {
      player.pause();
      clients.closeAll();
      for (const socket of sockets.clients) socket.terminate();
      await new Promise((resolve) => sockets.close(resolve));
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      });
      cursor.saveAtEnd(clock());
    },
  };
}

function socketServer(recorded: string): WebSocketServer {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MESSAGE_BYTES_MAX,
    perMessageDeflate: false,
  });
  // A header is no place for what a file may be called.
  const name = recorded.replace(/[^\x21-\x7e]/g, '_');
  sockets.on('headers', (headers) => headers.push(`x-stopledger-recorded: ${name}`));
  return sockets;
}

function httpServer(sockets: WebSocketServer, clients: VenueClients): Server {
  const server = createServer((_request, response) => {
    response.writeHead(426, { 'content-type': 'text/plain', upgrade: 'websocket' });
    response.end(`${RECORDED_LABEL}: connect with a WebSocket to /stream?streams=...\n`);
  });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    // Between the upgrade and its answer nobody else listens for the end of the socket.
    socket.once('error', () => socket.destroy());
    const target = streamsOf(request.url ?? '/');
    if (!target) {
      socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    sockets.handleUpgrade(request, socket, head, (client: WebSocket) =>
      clients.add(client, target),
    );
  });
  return server;
}

interface Target {
  readonly streams: readonly string[];
  /** Frames name their stream. */
  readonly isCombined: boolean;
}

/** `/stream?streams=a/b`, `/ws/a/b`, or either without streams, to be subscribed to later. Undefined for other paths. */
function streamsOf(requestUrl: string): Target | undefined {
  let url: URL;
  try {
    url = new URL(requestUrl, 'ws://venue');
  } catch {
    return undefined;
  }
  const root = REQUESTS.find(
    (path) => url.pathname === path || url.pathname.startsWith(`${path}/`),
  );
  if (root === '/stream') {
    const streams = url.searchParams.get('streams')?.split('/') ?? [];
    return { streams, isCombined: true };
  }
  if (root === '/ws') return { streams: url.pathname.slice(4).split('/'), isCombined: false };
  return undefined;
}

function listen(server: Server, { host, port }: TapeVenueArguments): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
