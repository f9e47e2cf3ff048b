import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';

const EVERY_MS = 1_000;

/** A venue whose price stands still: stops have a price to be judged by, and nothing moves them. */
export class SteadyVenue {
  readonly url: string;
  private tradeId = 0;

  private constructor(
    private readonly server: WebSocketServer,
    private readonly price: string,
  ) {
    this.url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('connection', (client) => {
      const timer = setInterval(() => this.print(client), EVERY_MS);
      client.once('close', () => clearInterval(timer));
    });
  }

  static async open(price: string): Promise<SteadyVenue> {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    await new Promise((resolve) => server.once('listening', resolve));
    return new SteadyVenue(server, price);
  }

  close(): void {
    for (const client of this.server.clients) client.terminate();
    this.server.close();
  }

  private print(client: WebSocket): void {
    this.tradeId += 1;
    const now = Date.now();
    const data = {
      ...{ e: 'trade', E: now, s: 'LTCUSDT', t: this.tradeId, p: this.price, q: '1.000' },
      ...{ T: now, m: false, M: true },
    };
    client.send(JSON.stringify({ stream: 'ltcusdt@trade', data }));
  }
}
