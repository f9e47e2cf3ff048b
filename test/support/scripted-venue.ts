import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { until } from './until.js';

const FIXTURE = join(
  __dirname,
  '..',
  'fixtures',
  'ticks',
  'binance-spot-ltcusdt-20250621-first.trades.csv.gz',
);

/** A venue in Binance's stream format that sends recorded prints of LTCUSDT (2025-06-21) when the test says so. */
export class ScriptedVenue {
  readonly url: string;
  /** Row of the recording that is sent next. */
  row = 0;
  private readonly rows: readonly string[];
  private client: WebSocket | undefined;
  private lastCents: number | undefined;

  private constructor(private readonly server: WebSocketServer) {
    this.url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
    this.rows = gunzipSync(readFileSync(FIXTURE)).toString('utf8').trim().split('\n').slice(1);
    server.on('connection', (socket) => {
      this.client = socket;
      socket.on('close', () => {
        if (this.client === socket) this.client = undefined;
      });
    });
  }

  static async open(): Promise<ScriptedVenue> {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    await new Promise((resolve) => server.once('listening', resolve));
    return new ScriptedVenue(server);
  }

  connected(): Promise<WebSocket> {
    return until('the app connects to the venue', () => this.client);
  }

  /** Sends the rows up to and with this one. */
  async sendThrough(row: number): Promise<void> {
    const client = await this.connected();
    while (this.row <= row) {
      const [time, price, size, side, id] = (this.rows[this.row] ?? '').split(',');
      client.send(
        frame({
          time: Number(time),
          price: price ?? '',
          size: size ?? '',
          isSell: side === 'sell',
          id: Number(id),
        }),
      );
      this.row += 1;
      this.lastCents = cents(price ?? '');
    }
  }

  /** Lets the market walk to a price of the test's own, in steps that no gate takes for an error. */
  async sendPrint(price: string): Promise<void> {
    const client = await this.connected();
    for (const step of walk(this.lastCents, cents(price))) {
      const [time, , , , id] = (this.rows[this.row] ?? '').split(',');
      const stepPrice = (step / 100).toFixed(2);
      client.send(
        frame({ time: Number(time), price: stepPrice, size: '1', isSell: true, id: Number(id) }),
      );
      this.row += 1;
      this.lastCents = step;
    }
  }

  async sendRaw(text: string): Promise<void> {
    (await this.connected()).send(text);
  }

  /** The connection breaks; the app may come again. */
  drop(): void {
    this.client?.terminate();
    this.client = undefined;
  }

  async close(): Promise<void> {
    this.client?.terminate();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

// 0.35 of 80 and more is below 45 bps.
const STEP_CENTS = 35;

function walk(from: number | undefined, to: number): number[] {
  const steps: number[] = [];
  for (let at = from ?? to; Math.abs(to - at) > STEP_CENTS;) {
    at += Math.sign(to - at) * STEP_CENTS;
    steps.push(at);
  }
  return [...steps, to];
}

function cents(price: string): number {
  return Math.round(Number(price) * 100);
}

function frame(print: {
  time: number;
  price: string;
  size: string;
  isSell: boolean;
  id: number;
}): string {
  const { time, price, size, isSell, id } = print;
  const data = {
    e: 'trade',
    E: time,
    s: 'LTCUSDT',
    t: id,
    p: price,
    q: size,
    T: time,
    m: isSell,
    M: true,
  };
  return JSON.stringify({ stream: 'ltcusdt@trade', data });
}
