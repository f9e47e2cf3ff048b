import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { signatureOf } from '../../src/adapters/webhook/webhook.sign.js';

export const ALARM_SECRET = 'a-secret-of-tests-0123456789';

export interface Delivery {
  /** Name of the answer that it got. */
  readonly answer: string;
  readonly isGenuine: boolean;
  readonly deliveryId: string;
  readonly body: Record<string, any>;
}

/** What the receiver does with one message. */
export type Behaviour =
  | { readonly answer: 'ok' }
  | {
      readonly answer: 'status';
      readonly status: number;
      readonly headers?: Record<string, string>;
    }
  /** Takes the message and never answers. */
  | { readonly answer: 'mute' }
  /** Sends the head of an answer at once and the rest never. */
  | { readonly answer: 'slow' }
  /** Takes the message and drops the connection without a word. */
  | { readonly answer: 'dropped' };

/** An address outside, on a real port, that answers as told and checks every signature as its docs say. */
export class AlarmReceiver {
  readonly deliveries: Delivery[] = [];
  /** Taken one by one; then all is well. */
  behaviours: Behaviour[] = [];
  private readonly sockets = new Set<Socket>();

  private constructor(
    private server: Server,
    readonly port: number,
  ) {}

  static async open(): Promise<AlarmReceiver> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const receiver = new AlarmReceiver(server, (server.address() as AddressInfo).port);
    receiver.serve();
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/hooks/4711`;
  }

  /** Alarms that were taken, heartbeats left out. */
  get alarms(): readonly string[] {
    return this.deliveries
      .filter(({ answer, body }) => answer === 'ok' && body['type'] !== 'heartbeat')
      .map(({ body }) => `${body['type']} ${body['alarm'].code} ${body['alarm'].about}`);
  }

  get beats(): readonly Delivery[] {
    return this.deliveries.filter(({ body }) => body['type'] === 'heartbeat');
  }

  /** Nobody listens from here on. */
  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** Listens again, on the same port. */
  async reopen(): Promise<void> {
    this.server = createServer();
    this.serve();
    await new Promise<void>((resolve) => this.server.listen(this.port, '127.0.0.1', resolve));
  }

  private serve(): void {
    this.server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
    });
    this.server.on('request', (request, response) => void this.take(request, response));
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString('utf8');
    const behaviour = this.behaviours.shift() ?? { answer: 'ok' as const };
    const timestampS = Number(request.headers['stopledger-timestamp']);
    const isFresh = Math.abs(Date.now() / 1_000 - timestampS) < 60;
    const wanted = signatureOf(ALARM_SECRET, timestampS, text);
    this.deliveries.push({
      answer: behaviour.answer,
      isGenuine: isFresh && request.headers['stopledger-signature'] === wanted,
      deliveryId: String(request.headers['stopledger-delivery']),
      body: JSON.parse(text) as Record<string, any>,
    });
    answerAs(behaviour, request, response);
  }
}

function answerAs(behaviour: Behaviour, request: IncomingMessage, response: ServerResponse): void {
  switch (behaviour.answer) {
    case 'ok':
      response.writeHead(204).end();
      return;
    case 'status':
      response.writeHead(behaviour.status, behaviour.headers).end('no');
      return;
    case 'slow':
      response.writeHead(200);
      response.write('{');
      return;
    case 'dropped':
      request.socket.destroy();
      return;
    case 'mute':
      return;
  }
}
