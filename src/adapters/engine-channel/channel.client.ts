import { Agent, request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type {
  CommandOutcome,
  CommandUnavailable,
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
import { CommandBatches } from './command-batches.js';
import type { BatchLine } from './command-batches.js';

export interface ChannelClientOptions {
  readonly addressPath: string;
  readonly commandDeadlineMs: number;
  readonly viewDeadlineMs: number;
  /** Sees every command with its answer; times are ms since 1970. */
  readonly onAnswered?: (
    command: EngineCommand,
    outcome: CommandOutcome,
    times: { readonly fromMs: number; readonly untilMs: number },
  ) => void;
}

/** The edge's way to the engine: another process on this machine, which may be away or be another one by now. */
export class ChannelClient implements EngineGateway, MarketGateway {
  private readonly agent = new Agent({ keepAlive: true });

  private readonly batches = new CommandBatches(
    (commands, onLine) => this.sendBatch(commands, onLine),
    unreachable,
  );

  constructor(private readonly options: ChannelClientOptions) {}

  async execute(command: EngineCommand): Promise<CommandOutcome> {
    const { onAnswered } = this.options;
    if (!onAnswered) return this.batches.execute(command);
    const fromMs = Date.now();
    const outcome = await this.batches.execute(command);
    onAnswered(command, outcome, { fromMs, untilMs: Date.now() });
    return outcome;
  }

  async tryArm(command: ArmStop): Promise<TrialOutcome> {
    const { commandDeadlineMs: deadlineMs } = this.options;
    try {
      const given = { body: JSON.stringify(command), deadlineMs };
      return (await this.call('POST', '/trials', given)) as TrialOutcome;
    } catch (error) {
      return unreachable(error);
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
      const given = { body: JSON.stringify(seen), deadlineMs: this.options.viewDeadlineMs };
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

  private async sendBatch(
    commands: readonly string[],
    onLine: (line: BatchLine) => void,
  ): Promise<void> {
    const { commandDeadlineMs: deadlineMs } = this.options;
    const given = { body: `[${commands.join(',')}]`, deadlineMs };
    const response = await this.open('POST', '/commands', given);
    response.setEncoding('utf8');
    let rest = '';
    for await (const chunk of response) {
      const lines = (rest + String(chunk)).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) onLine(JSON.parse(line) as BatchLine);
    }
  }

  private async call(
    method: string,
    path: string,
    given: { body?: string; deadlineMs: number },
  ): Promise<unknown> {
    const response = await this.open(method, path, given);
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  }

  private open(
    method: string,
    path: string,
    given: { body?: string; deadlineMs: number },
  ): Promise<IncomingMessage> {
    const { addressPath } = this.options;
    const address = readAddress(addressPath);
    if (!address) return Promise.reject(new Error(`no engine has written ${addressPath}`));
    return this.ask(address, { method, path, ...given });
  }

  private ask(
    { host, port, token }: ChannelAddress,
    call: { method: string; path: string; body?: string; deadlineMs: number },
  ): Promise<IncomingMessage> {
    const { method, path, body, deadlineMs } = call;
    const headers = {
      authorization: `Bearer ${token}`,
      ...(body !== undefined && {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
      }),
    };
    const to = { host, port, method, path, headers };
    return new Promise((resolve, reject) => {
      const outgoing = request({ ...to, agent: this.agent, timeout: deadlineMs }, (response) => {
        if (response.statusCode === 200) return resolve(response);
        response.resume();
        reject(new Error(`status ${String(response.statusCode)}`));
      });
      outgoing.on('timeout', () =>
        outgoing.destroy(new Error(`no answer within ${deadlineMs} ms`)),
      );
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  }
}

function unreachable(error: unknown): CommandUnavailable {
  const reason = error instanceof Error ? error.message : String(error);
  return {
    kind: 'unavailable',
    reason: `the engine cannot be reached: ${reason}`,
    retryAfterMs: 1000,
  };
}
