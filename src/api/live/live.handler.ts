import type { IncomingMessage } from 'node:http';
import { WebSocket, WebSocketServer } from 'ws';
import type { Grant } from '../../application/ports/access.port.js';
import type { MarketGateway } from '../../application/ports/market-gateway.port.js';
import { unreachable } from '../../domain/kernel/assert.js';
import { refuseUpgrade } from '../upgrades.js';
import type { Upgrade } from '../upgrades.js';
import { LIVE_PROTOCOL } from './live-door.js';
import { LiveDecisions } from './live-decisions.js';
import type { DecisionSources } from './live-decisions.js';
import { LiveReader } from './live-reader.js';
import type { LiveWire } from './live-reader.js';
import { INSTRUMENTS_MAX, REQUEST_BYTES_MAX, parseLiveRequest } from './live-request.parse.js';
import type { LiveRequest } from './live.messages.js';

export interface LiveLimits {
  readonly readersMax: number;
  /** The engine is asked so often, for all readers at once, and not at all while there is none. */
  readonly askMs: number;
  /** A reader that takes nothing for so long is closed: it must begin anew. */
  readonly behindMsMax: number;
  readonly pingMs: number;
}

export const LIVE_LIMITS: LiveLimits = {
  readersMax: 500,
  askMs: 100,
  behindMsMax: 30_000,
  pingMs: 15_000,
};

export const LIVE_PATH = '/live';
// Closing codes of WebSocket: the server is too busy for more; the client has broken a rule.
const TRY_AGAIN_LATER = 1013;

interface Joined {
  readonly socket: WebSocket;
  readonly reader: LiveReader;
  readonly decisions: LiveDecisions;
  /** A token may be revoked while it is used: a text says that it was. */
  readonly judge: () => Grant | string;
  behindSinceMs: number | undefined;
  isAlive: boolean;
}

/**
 * The WebSocket for user interfaces: a snapshot of each instrument, then what changes of it; and every decision as the
 * log takes it.
 *
 * It asks the engine for what has changed, so that however many readers there are and however slow they are, the engine
 * does the same work.
 */
export class LiveHandler {
  private readonly sockets = new WebSocketServer({
    ...{ noServer: true, maxPayload: REQUEST_BYTES_MAX, perMessageDeflate: false },
    handleProtocols: (offered) => (offered.has(LIVE_PROTOCOL) ? LIVE_PROTOCOL : false),
  });
  private readonly joined = new Set<Joined>();
  private readonly limits: LiveLimits;
  private askTimer: NodeJS.Timeout | undefined;
  private readonly pingTimer: NodeJS.Timeout;
  private isAway = false;

  constructor(
    private readonly gateway: MarketGateway,
    private readonly sources: DecisionSources,
    limits: Partial<LiveLimits> = {},
  ) {
    this.limits = { ...LIVE_LIMITS, ...limits };
    this.pingTimer = setInterval(() => this.ping(), this.limits.pingMs).unref();
  }

  /** Takes requests for its path, but those that `judge` gives a status line for. */
  upgrade(judge: (request: IncomingMessage) => Grant | string): Upgrade {
    return (request, socket, head) => {
      const judged = judge(request);
      if (typeof judged === 'string') refuseUpgrade(socket, judged);
      else if (this.joined.size >= this.limits.readersMax) {
        refuseUpgrade(socket, '503 Service Unavailable');
      } else {
        this.sockets.handleUpgrade(request, socket, head, (client) =>
          this.join(client, judged, () => judge(request)),
        );
      }
    };
  }

  get readerCount(): number {
    return this.joined.size;
  }

  close(): void {
    clearInterval(this.pingTimer);
    clearTimeout(this.askTimer);
    for (const joined of this.joined) this.leave(joined);
  }

  private join(socket: WebSocket, grant: Grant, judge: Joined['judge']): void {
    const reader = new LiveReader(wireOf(socket));
    let current = grant;
    const joined: Joined = {
      ...{ socket, reader, behindSinceMs: undefined, isAlive: true },
      decisions: new LiveDecisions(this.sources, reader, () => current),
      judge: () => {
        const judged = judge();
        if (typeof judged !== 'string') current = judged;
        return judged;
      },
    };
    this.joined.add(joined);
    socket.on('message', (data) => void this.take(joined, (data as Buffer).toString('utf8')));
    socket.on('pong', () => (joined.isAlive = true));
    socket.on('error', () => socket.terminate());
    socket.on('close', () => this.leave(joined));
    this.plan();
  }

  private leave(joined: Joined): void {
    this.joined.delete(joined);
    joined.decisions.stop();
    joined.socket.terminate();
  }

  private async take({ socket, reader, decisions }: Joined, text: string): Promise<void> {
    const request = parseLiveRequest(text);
    if (!('action' in request)) {
      reader.say({ type: 'refused', ...request });
      return;
    }
    switch (request.action) {
      case 'subscribe':
        return this.subscribe(reader, request, () => socket.readyState === WebSocket.OPEN);
      case 'unsubscribe':
        return request.instrumentIds.forEach((instrumentId) => reader.forget(instrumentId));
      case 'follow':
        return decisions.follow(request);
      case 'unfollow':
        return decisions.stop();
      default:
        return unreachable(request);
    }
  }

  private async subscribe(
    reader: LiveReader,
    { instrumentIds }: LiveRequest,
    isOpen: () => boolean,
  ): Promise<void> {
    for (const instrumentId of instrumentIds) {
      const market = await this.gateway.market(instrumentId);
      if (!isOpen()) return;
      const field = { field: 'instrumentIds', value: instrumentId };
      if (reader.count >= INSTRUMENTS_MAX) {
        const rule = `at most ${INSTRUMENTS_MAX} instruments on a connection`;
        reader.say({ type: 'refused', code: 'TOO_MANY', rule, ...field });
      } else if (market) {
        reader.snapshot(market);
      } else {
        const [code, rule] = market === null ? UNKNOWN : AWAY;
        reader.say({ type: 'refused', code, rule, ...field });
      }
    }
  }

  private plan(): void {
    this.askTimer ??= setTimeout(() => {
      void this.ask().finally(() => {
        this.askTimer = undefined;
        if (this.joined.size > 0) this.plan();
      });
    }, this.limits.askMs);
  }

  /** One question for all: of each instrument the oldest state that any reader who keeps up has. */
  private async ask(): Promise<void> {
    this.closeSlow();
    const oldest = new Map<string, number>();
    for (const { reader } of this.joined) {
      if (reader.isBehind) continue;
      for (const { instrumentId, version } of reader.seen()) {
        oldest.set(instrumentId, Math.min(version, oldest.get(instrumentId) ?? version));
      }
    }
    if (oldest.size === 0) return;
    const seen = [...oldest].map(([instrumentId, version]) => ({ instrumentId, version }));
    const changes = await this.gateway.changes(seen);
    if (!changes) {
      this.tellAway();
      return;
    }
    this.isAway = false;
    for (const { reader } of this.joined) {
      for (const brief of changes) reader.update(brief);
    }
  }

  private tellAway(): void {
    if (this.isAway) return;
    this.isAway = true;
    for (const { reader } of this.joined) reader.say({ type: 'engine-away' });
  }

  private closeSlow(): void {
    const nowMs = performance.now();
    for (const joined of this.joined) {
      if (!joined.reader.isBehind) joined.behindSinceMs = undefined;
      else joined.behindSinceMs ??= nowMs;
      const { behindSinceMs, socket } = joined;
      if (behindSinceMs === undefined || nowMs - behindSinceMs < this.limits.behindMsMax) continue;
      // What waits would never be taken: the reason goes out, and the end does not wait for an answer.
      socket.close(TRY_AGAIN_LATER, 'too slow: subscribe again');
      this.leave(joined);
    }
  }

  private ping(): void {
    for (const joined of this.joined) {
      if (!joined.isAlive || typeof joined.judge() === 'string') {
        this.leave(joined);
        continue;
      }
      joined.isAlive = false;
      joined.socket.ping();
    }
  }
}

const UNKNOWN = ['MARKET_NOT_FOUND', 'must name an instrument that has had a price'] as const;
const AWAY = ['ENGINE_UNAVAILABLE', 'the engine cannot be reached now'] as const;

function wireOf(socket: WebSocket): LiveWire {
  const waiting = new Set<() => void>();
  const wake = () => {
    for (const each of waiting) each();
    waiting.clear();
  };
  socket.on('close', wake);
  return {
    send: (text) => socket.send(text, wake),
    taken: () => (socket.bufferedAmount === 0 ? Promise.resolve() : once(waiting)),
    get unsentBytes() {
      return socket.bufferedAmount;
    },
  };
}

function once(waiting: Set<() => void>): Promise<void> {
  return new Promise((resolve) => waiting.add(resolve));
}
