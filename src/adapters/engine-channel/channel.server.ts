import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import type {
  CommandOutcome,
  EngineView,
  TrialOutcome,
} from '../../application/ports/engine-gateway.port.js';
import type {
  BookQuestion,
  BookView,
  MarketView,
  PriceBrief,
  QuarantinedPrice,
  RefusedFrame,
  SeenPrice,
} from '../../application/ports/market-gateway.port.js';
import type { DecimalText } from '../../domain/kernel/units.js';
import type { ArmStop, EngineCommand } from '../../engine/engine-commands.js';
import { writeAddress } from './channel-address.js';
import type { BatchLine } from './command-batches.js';

export interface ChannelServerOptions {
  readonly addressPath: string;
  /** Where callers find it, and the only address it listens on. */
  readonly host: string;
  readonly execute: (command: EngineCommand) => Promise<CommandOutcome>;
  /** What arming would come to; decides nothing. */
  readonly tryArm: (command: ArmStop) => TrialOutcome;
  readonly view: () => EngineView;
  readonly market: (instrumentId: string) => MarketView | null;
  readonly changes: (seen: readonly SeenPrice[]) => readonly PriceBrief[];
  readonly book: (instrumentId: string, asked: BookQuestion) => BookView | null;
  readonly quarantine: (feed: string) => readonly QuarantinedPrice[] | null;
  readonly refusedFrames: (feed: string) => readonly RefusedFrame[] | null;
  /** A command that takes longer is answered "unavailable"; the caller may send it again under the same id. */
  readonly deadlineMs: number;
  /** Told when nobody can find it yet, with the reason, and with undefined once they can. */
  readonly onTrouble: (reason: string | undefined) => void;
}

const POSTED: ReadonlySet<string> = new Set(['/commands', '/changes', '/trials']);
const BODY_BYTES_MAX = 1_000_000;
const AGAIN_MS = 1_000;
const BUG = { kind: 'unavailable', reason: 'internal error', retryAfterMs: 1_000 } as const;

/** Takes commands from the edge over HTTP, for holders of the token in the address file only. */
export class ChannelServer {
  private readonly server: Server;
  private readonly token = randomBytes(24).toString('hex');
  private againTimer: NodeJS.Timeout | undefined;

  constructor(private readonly options: ChannelServerOptions) {
    this.server = createServer((request, response) => {
      this.answer(request, response).catch(() => send(response, 500, { reason: 'internal error' }));
    });
    // The read side keeps its connections: one that is closed here just when it is used again would fail a command.
    this.server.keepAliveTimeout = 0;
  }

  /**
   * Resolves after the first attempt, however it ends: an engine that nobody can command still protects. A full disk, or a
   * name that is not known yet, only delays when it can be found.
   */
  async listen(): Promise<void> {
    const { addressPath, host, onTrouble } = this.options;
    try {
      writeAddress(addressPath, { host, port: await this.port(host), token: this.token });
    } catch (error) {
      if (!this.againTimer) onTrouble(String(error));
      this.againTimer = setTimeout(() => void this.listen(), AGAIN_MS).unref();
      return;
    }
    if (this.againTimer) onTrouble(undefined);
  }

  close(): Promise<void> {
    clearTimeout(this.againTimer);
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  private async port(host: string): Promise<number> {
    if (!this.server.listening) await once(this.server.listen(0, host), 'listening');
    return (this.server.address() as AddressInfo).port;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!this.isTrusted(request.headers.authorization ?? '')) {
      send(response, 401, { reason: 'wrong token' });
      return;
    }
    if (request.method === 'GET' && request.url === '/view') {
      send(response, 200, this.options.view());
      return;
    }
    if (request.method === 'GET') {
      this.answerMarket(request.url ?? '/', response);
      return;
    }
    if (request.method !== 'POST' || !POSTED.has(request.url ?? '')) {
      send(response, 404, { reason: 'no such path' });
      return;
    }
    const body = await bodyOf(request);
    if (body === undefined) {
      send(response, 413, { reason: `a command has at most ${BODY_BYTES_MAX} bytes` });
      return;
    }
    if (request.url === '/changes') {
      send(response, 200, this.options.changes(JSON.parse(body) as SeenPrice[]));
      return;
    }
    if (request.url === '/trials') {
      send(response, 200, this.options.tryArm(JSON.parse(body) as ArmStop));
    } else await this.answerBatch(JSON.parse(body) as readonly EngineCommand[], response);
  }

  /** Each outcome as a line as soon as it is known: no command waits for the answer to another. */
  private async answerBatch(
    commands: readonly EngineCommand[],
    response: ServerResponse,
  ): Promise<void> {
    response.writeHead(200, { 'content-type': 'application/x-ndjson' });
    await Promise.all(
      commands.map(async (command, at) => {
        const outcome = await this.inTime(command).catch(() => BUG);
        const line: BatchLine = { at, outcome };
        response.write(`${JSON.stringify(line)}\n`);
      }),
    );
    response.end();
  }

  /** `/market/<instrument>`, `/book/<instrument>/<levels>/<quantity>`, `/quarantine/<feed>` and `/refused/<feed>`. */
  private answerMarket(path: string, response: ServerResponse): void {
    const [, noun, id = '', levels, quantity] = path.split('/');
    const name = decodeURIComponent(id);
    if (noun === 'market') send(response, 200, this.options.market(name));
    else if (noun === 'book') send(response, 200, this.options.book(name, asked(levels, quantity)));
    else if (noun === 'quarantine') send(response, 200, this.options.quarantine(name));
    else if (noun === 'refused') send(response, 200, this.options.refusedFrames(name));
    else send(response, 404, { reason: 'no such path' });
  }

  private isTrusted(header: string): boolean {
    const given = Buffer.from(header);
    const wanted = Buffer.from(`Bearer ${this.token}`);
    return given.length === wanted.length && timingSafeEqual(given, wanted);
  }

  private async inTime(command: EngineCommand): Promise<CommandOutcome> {
    const { deadlineMs } = this.options;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<CommandOutcome>((resolve) => {
      timer = setTimeout(() => {
        resolve({
          kind: 'unavailable',
          reason: `not durable within ${deadlineMs} ms`,
          retryAfterMs: 1000,
        });
      }, deadlineMs).unref();
    });
    const outcome = await Promise.race([this.options.execute(command), late]);
    clearTimeout(timer);
    return outcome;
  }
}

function asked(levels = '0', quantity = ''): BookQuestion {
  return {
    levels: Number(levels),
    ...(quantity !== '' && { quantity: quantity as DecimalText }),
  };
}

async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length;
    if (bytes > BODY_BYTES_MAX) return undefined;
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
