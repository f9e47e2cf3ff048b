import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';

const EVERY_MS = 1_000;

/** A venue whose price stands still until it is told another one. */
export class SteadyVenue {
  readonly url: string;
  private tradeId = 0;
  private readonly timer: NodeJS.Timeout;

  private constructor(
    private readonly server: WebSocketServer,
    private price: string,
  ) {
    this.url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
    this.timer = setInterval(() => this.print(this.price), EVERY_MS);
  }

  static async open(price: string): Promise<SteadyVenue> {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    await new Promise((resolve) => server.once('listening', resolve));
    return new SteadyVenue(server, price);
  }

  /** Tells everybody a trade at the price, where it stands from now on. */
  print(price: string): void {
    this.price = price;
    this.tradeId += 1;
    const now = Date.now();
    const data = {
      ...{ e: 'trade', E: now, s: 'LTCUSDT', t: this.tradeId, p: price, q: '1.000' },
      ...{ T: now, m: false, M: true },
    };
    const text = JSON.stringify({ stream: 'ltcusdt@trade', data });
    for (const client of this.server.clients) client.send(text);
  }

  close(): void {
    clearInterval(this.timer);
    for (const client of this.server.clients) client.terminate();
    this.server.close();
  }
}
