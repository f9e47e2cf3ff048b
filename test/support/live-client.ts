import { WebSocket } from 'ws';
import { until } from './until.js';

/** What a message of `/live` may hold; tests look at it by name. */
export type Heard = any;

/** A connection to `/live` that keeps what it hears. */
export class LiveClient {
  readonly heard: Heard[] = [];

  private constructor(readonly socket: WebSocket) {
    socket.on('message', (data) => this.heard.push(JSON.parse((data as Buffer).toString('utf8'))));
  }

  static async join(url: string, options: object = {}): Promise<LiveClient> {
    const socket = new WebSocket(url, options);
    const client = new LiveClient(socket);
    await new Promise((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    return client;
  }

  ask(request: object): void {
    this.socket.send(JSON.stringify(request));
  }

  /** Waits until so many messages have come and returns the newest of them. */
  async nth(count: number): Promise<Heard> {
    await until(`message ${String(count)}`, () => this.heard.length >= count);
    return this.heard[count - 1];
  }

  ofType(type: string): readonly Heard[] {
    return this.heard.filter((message) => message.type === type);
  }
}
