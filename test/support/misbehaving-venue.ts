import { createServer } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer } from 'ws';

/** A venue on a real socket that does what it is told, good or bad. */
export class MisbehavingVenue {
  /** Path and query of every connection that was asked for. */
  readonly requests: string[] = [];
  /** Sent as the header that names a recording. */
  recorded: string | undefined;
  /** Answer upgrades with 503. */
  refuses = false;
  /** What clients have sent. */
  readonly received: string[] = [];
  pongs = 0;
  /** Pings that came in. */
  pings = 0;
  answersPings = true;
  /** Kept after the end, so that a test can come back to it. */
  url = '';
  private readonly sockets = new WebSocketServer({ noServer: true, autoPong: false });
  private readonly server: Server;
  private readonly open = new Set<Duplex>();

  private constructor() {
    this.sockets.on('headers', (headers) => {
      if (this.recorded !== undefined) headers.push(`x-stopledger-recorded: ${this.recorded}`);
    });
    this.server = createServer();
    this.server.on('connection', (socket: Socket) => {
      this.open.add(socket);
      socket.on('close', () => this.open.delete(socket));
    });
    this.server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      this.requests.push(request.url ?? '');
      if (this.refuses) {
        socket.end('HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n');
        return;
      }
      this.sockets.handleUpgrade(request, socket, head, (client) => {
        client.on('message', (data) => this.received.push((data as Buffer).toString('utf8')));
        client.on('pong', () => (this.pongs += 1));
        client.on('ping', (data) => {
          this.pings += 1;
          if (this.answersPings) client.pong(data);
        });
      });
    });
  }

  static async start(port = 0): Promise<MisbehavingVenue> {
    const venue = new MisbehavingVenue();
    await new Promise<void>((resolve) => {
      venue.server.listen(port, '127.0.0.1', resolve);
    });
    venue.url = `ws://127.0.0.1:${(venue.server.address() as AddressInfo).port}`;
    return venue;
  }

  get clients(): readonly WebSocket[] {
    return [...this.sockets.clients].filter(({ readyState }) => readyState === WebSocket.OPEN);
  }

  send(frame: string | Buffer): void {
    for (const client of this.clients) client.send(frame, { binary: typeof frame !== 'string' });
  }

  ping(): void {
    for (const client of this.clients) client.ping();
  }

  /** Ends the connections without a word. */
  drop(): void {
    for (const client of this.clients) client.terminate();
  }

  /** Ends the connections with a code and a reason of the protocol. */
  dismiss(code: number, reason: string): void {
    for (const client of this.clients) client.close(code, reason);
  }

  /** Nothing is read of what clients send from here on, pings included, and nothing is ended: a line that was cut. */
  freeze(): void {
    this.answersPings = false;
    for (const client of this.clients) client.pause();
  }

  /** Bytes as they are, past the protocol. */
  sendRaw(bytes: Buffer): void {
    for (const socket of this.open) socket.write(bytes);
  }

  async close(): Promise<void> {
    for (const client of this.sockets.clients) client.terminate();
    for (const socket of this.open) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
