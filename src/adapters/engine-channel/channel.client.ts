import { Agent, request } from 'node:http';
import type {
  CommandOutcome,
  EngineGateway,
  EngineView,
  TrialOutcome,
} from '../../application/ports/engine-gateway.port.js';
import type {
  BookQuestion,
  BookView,
  MarketGateway,
  MarketView,
  PriceBrief,
  QuarantinedPrice,
  RefusedFrame,
  SeenPrice,
} from '../../application/ports/market-gateway.port.js';
import type { ArmStop, EngineCommand } from '../../engine/engine-commands.js';
import { readAddress } from './channel-address.js';
import type { ChannelAddress } from './channel-address.js';

export interface ChannelClientOptions {
  readonly addressPath: string;
  readonly commandDeadlineMs: number;
  readonly viewDeadlineMs: number;
}

/** The edge's way to the engine: another process on this machine, which may be away or be another one by now. */
export class ChannelClient implements EngineGateway, MarketGateway {
  private readonly agent = new Agent({ keepAlive: true });

  constructor(private readonly options: ChannelClientOptions) {}

  async execute(command: EngineCommand): Promise<CommandOutcome> {
    return (await this.order('/commands', command)) as CommandOutcome;
  }

  async tryArm(command: ArmStop): Promise<TrialOutcome> {
    return (await this.order('/trials', command)) as TrialOutcome;
  }

  private async order(path: string, body: EngineCommand): Promise<unknown> {
    const { commandDeadlineMs: deadlineMs } = this.options;
    try {
      return await this.call('POST', path, { body, deadlineMs });
    } catch (error) {
      return {
        kind: 'unavailable',
        reason: `the engine cannot be reached: ${reasonOf(error)}`,
        retryAfterMs: 1000,
      };
    }
  }

  async view(): Promise<EngineView | undefined> {
    return (await this.look('/view')) as EngineView | undefined;
  }

  async market(instrumentId: string): Promise<MarketView | null | undefined> {
    const path = `/market/${encodeURIComponent(instrumentId)}`;
    return (await this.look(path)) as MarketView | null | undefined;
  }

  async changes(seen: readonly SeenPrice[]): Promise<readonly PriceBrief[] | undefined> {
    try {
      const given = { body: seen, deadlineMs: this.options.viewDeadlineMs };
      return (await this.call('POST', '/changes', given)) as readonly PriceBrief[];
    } catch {
      return undefined;
    }
  }

  async book(
    instrumentId: string,
    { levels, quantity }: BookQuestion,
  ): Promise<BookView | null | undefined> {
    const path = `/book/${encodeURIComponent(instrumentId)}/${levels}/${quantity ?? ''}`;
    return (await this.look(path)) as BookView | null | undefined;
  }

  async quarantine(feed: string): Promise<readonly QuarantinedPrice[] | null | undefined> {
    const path = `/quarantine/${encodeURIComponent(feed)}`;
    return (await this.look(path)) as readonly QuarantinedPrice[] | null | undefined;
  }

  async refusedFrames(feed: string): Promise<readonly RefusedFrame[] | null | undefined> {
    const path = `/refused/${encodeURIComponent(feed)}`;
    return (await this.look(path)) as readonly RefusedFrame[] | null | undefined;
  }

  private async look(path: string): Promise<unknown> {
    try {
      return await this.call('GET', path, { deadlineMs: this.options.viewDeadlineMs });
    } catch {
      // Absence is the answer: the caller shows that the engine cannot be reached.
      return undefined;
    }
  }

  close(): void {
    this.agent.destroy();
  }

  private call(
    method: string,
    path: string,
    given: { body?: unknown; deadlineMs: number },
  ): Promise<unknown> {
    const address = readAddress(this.options.addressPath);
    if (!address) return Promise.reject(new Error('no engine has started'));
    return this.ask(address, { method, path, ...given });
  }

  private ask(
    { port, token }: ChannelAddress,
    call: { method: string; path: string; body?: unknown; deadlineMs: number },
  ): Promise<unknown> {
    const body = call.body === undefined ? undefined : JSON.stringify(call.body);
    return new Promise((resolve, reject) => {
      const outgoing = request(
        {
          host: '127.0.0.1',
          port,
          method: call.method,
          path: call.path,
          agent: this.agent,
          timeout: call.deadlineMs,
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () => {
            if (response.statusCode !== 200)
              reject(new Error(`status ${String(response.statusCode)}`));
            else resolve(JSON.parse(Buffer.concat(chunks).toString('utf8')));
          });
        },
      );
      outgoing.on('timeout', () =>
        outgoing.destroy(new Error(`no answer within ${call.deadlineMs} ms`)),
      );
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
