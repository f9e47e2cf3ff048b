import { WebSocket } from 'ws';

export interface ClientsOptions {
  /** The one stream that is served. Others may be subscribed to, as at the venue, and stay silent. */
  readonly stream: string;
  readonly bufferedBytesMax: number;
  /** Told when the first subscriber of the stream has come and when the last one has gone. */
  readonly onAudience: (isListening: boolean) => void;
}

interface Client {
  readonly socket: WebSocket;
  readonly isCombined: boolean;
  isSubscribed: boolean;
  hasAnswered: boolean;
  /** Since when it has much unread before it; undefined while it keeps up. */
  behindSinceMs: number | undefined;
}

const PING_MS = 20_000;
// At full speed all wait for the slowest: no longer than for a pause of its garbage collection and then some.
const BEHIND_MS_MAX = 10_000;
// A close that the client does not read must not keep its socket; a slow one gets the time to read why it is closed.
const CLOSING_MS_MAX = 30_000;
const POLICY_VIOLATION = 1008;

/** The connections of a venue and who listens to its stream. */
export class VenueClients {
  private readonly clients = new Set<Client>();
  private readonly closing = new Set<NodeJS.Timeout>();
  private listeners = 0;
  private readonly pings: NodeJS.Timeout;

  constructor(private readonly options: ClientsOptions) {
    this.pings = setInterval(() => this.ping(), PING_MS);
  }

  add(
    socket: WebSocket,
    target: { readonly streams: readonly string[]; readonly isCombined: boolean },
  ): void {
    const { isCombined, streams } = target;
    const client: Client = {
      socket,
      isCombined,
      isSubscribed: false,
      hasAnswered: true,
      behindSinceMs: undefined,
    };
    this.clients.add(client);
    socket.on('pong', () => (client.hasAnswered = true));
    socket.on('message', (data, isBinary) => {
      if (!isBinary) this.request(client, (data as Buffer).toString('utf8'));
    });
    // The close that follows an error is what counts.
    socket.on('error', () => socket.terminate());
    socket.on('close', () => this.remove(client));
    if (streams.includes(this.options.stream)) this.subscribe(client, true);
  }

  send(message: string): void {
    const combined = `{"stream":"${this.options.stream}","data":${message}}`;
    for (const client of this.clients) {
      if (!client.isSubscribed) continue;
      const { socket, isCombined } = client;
      if (socket.readyState !== WebSocket.OPEN) continue;
      socket.send(isCombined ? combined : message);
      if (socket.bufferedAmount > this.options.bufferedBytesMax) this.dismiss(client);
    }
  }

  /** False while somebody has much of what was sent still before him; not for ever: who stands still is dismissed. */
  areKeepingUp(nowMs: number): boolean {
    let areAll = true;
    for (const client of this.clients) {
      if (!client.isSubscribed) continue;
      if (client.socket.bufferedAmount <= this.options.bufferedBytesMax / 4) {
        client.behindSinceMs = undefined;
        continue;
      }
      client.behindSinceMs ??= nowMs;
      if (nowMs - client.behindSinceMs > BEHIND_MS_MAX) this.dismiss(client);
      else areAll = false;
    }
    return areAll;
  }

  closeAll(): void {
    clearInterval(this.pings);
    for (const timer of this.closing) clearTimeout(timer);
    for (const { socket } of this.clients) socket.terminate();
  }

  /** `{"method":"SUBSCRIBE","params":["a@trade"],"id":1}` is answered with `{"result":null,"id":1}`. */
  private request(client: Client, text: string): void {
    const { method, params, id } = parse(text);
    const isKnown = method === 'SUBSCRIBE' || method === 'UNSUBSCRIBE';
    if (!isKnown || !Array.isArray(params)) {
      client.socket.send(
        JSON.stringify({ error: { code: 2, msg: 'Invalid request' }, id: id ?? null }),
      );
      return;
    }
    client.socket.send(JSON.stringify({ result: null, id: id ?? null }));
    if (params.includes(this.options.stream)) this.subscribe(client, method === 'SUBSCRIBE');
  }

  private subscribe(client: Client, isSubscribed: boolean): void {
    if (client.isSubscribed === isSubscribed) return;
    client.isSubscribed = isSubscribed;
    this.listeners += isSubscribed ? 1 : -1;
    if (this.listeners === (isSubscribed ? 1 : 0)) this.options.onAudience(isSubscribed);
  }

  private dismiss(client: Client): void {
    this.subscribe(client, false);
    client.socket.close(POLICY_VIOLATION, 'too slow: more was sent than read');
    const timer = setTimeout(() => {
      this.closing.delete(timer);
      client.socket.terminate();
    }, CLOSING_MS_MAX);
    this.closing.add(timer);
    client.socket.once('close', () => {
      clearTimeout(timer);
      this.closing.delete(timer);
    });
  }

  private remove(client: Client): void {
    this.subscribe(client, false);
    this.clients.delete(client);
  }

  private ping(): void {
    for (const client of this.clients) {
      if (!client.hasAnswered) {
        client.socket.terminate();
        continue;
      }
      client.hasAnswered = false;
      if (client.socket.readyState === WebSocket.OPEN) client.socket.ping();
    }
  }
}

interface Request {
  readonly method?: unknown;
  readonly params?: unknown;
  readonly id?: unknown;
}

function parse(text: string): Request {
  try {
    const found = JSON.parse(text) as unknown;
    return typeof found === 'object' && found !== null ? found : {};
  } catch {
    return {};
  }
}
