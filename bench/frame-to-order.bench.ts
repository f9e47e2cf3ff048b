import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventStoreDBClient, NO_STREAM, jsonEvent } from '@eventstore/db-client';
import { EventStoreJournal } from '../src/adapters/eventstoredb/eventstoredb.journal.js';
import { WebSocketTransport } from '../src/adapters/web-socket/web-socket.transport.js';
import { BinanceFeed } from '../src/adapters/feed-binance/binance.feed.js';
import { DecisionSpool } from '../src/adapters/spool/decision-spool.js';
import { TapeWriter } from '../src/adapters/tape/tape.writer.js';
import { EngineHost } from '../src/application/engine-host.js';
import { JournalLine } from '../src/application/journal-line.js';
import type { EngineCommand } from '../src/engine/engine-commands.js';
import { Partition } from '../src/engine/partition.js';
import { QualityGate } from '../src/engine/quality-gate.js';
import type { TradeTick } from '../src/engine/tick.js';
import { latencyLine, percentile } from './support/percentile.js';
import { startChild, stopChild } from './support/running-child.js';

/**
 * Question: how long from a WebSocket frame to the bytes of the order, the decision being durable in between, beside a
 * bare durable append through the official client in the same process, run and load? And through the spool, log away?
 */
export interface FrameToOrderSize {
  readonly stops: number;
  readonly ticksPerSecond: number;
  readonly seconds: number;
  /** The log takes nothing: what is decided becomes durable in the spool. */
  readonly isLogAway?: boolean;
}

const TRIGGERS_PER_SECOND = 50;
const INSTRUMENT = 'BINANCE:LTCUSDT';
const ARM_AT_ONCE = 400;

export async function frameToOrder(sizes: readonly FrameToOrderSize[]): Promise<string> {
  const reports: string[] = [];
  for (const size of sizes) reports.push(await measure(size));
  return reports.join('\n');
}

/** Everything between the frame and the order, wired as the engine's process wires it, with the real store. */
class Way {
  readonly partition = new Partition({ partition: 'p0' });
  readonly host: EngineHost;
  readonly sentAt = new Map<string, number>();
  readonly receivedAt = new Map<string, number>();
  private readonly tape: TapeWriter;
  private readonly line: JournalLine;
  private readonly spool: DecisionSpool;
  /** What a log that is away answers; the bare appends of the same run reach it all the same. */
  isLogAway = false;

  constructor(
    readonly client: EventStoreDBClient,
    dir: string,
    private readonly venueSocket: Socket,
  ) {
    const clock = (): number => performance.timeOrigin + performance.now();
    this.tape = TapeWriter.open(join(dir, 'tape'), {
      segmentBytesMax: 8 << 20,
      fsyncIntervalMs: 200,
    });
    this.spool = DecisionSpool.open(join(dir, 'p0.spool'), {
      ...{ bytes: 32 << 20, exitShare: 0.75 },
      onTrouble: (reason) => {
        throw new Error(reason);
      },
    });
    const log = new EventStoreJournal({ client, build: 'bench', clock, appendDeadlineMs: 5_000 });
    const away = { kind: 'unavailable', reason: 'away' } as const;
    this.line = new JournalLine({
      journal: {
        append: (decisions) => (this.isLogAway ? Promise.resolve(away) : log.append(decisions)),
      },
      spooling: {
        ...{ spool: this.spool, afterMs: 500, monotonicMs: () => performance.now() },
        holds: () => false,
        onUnkept: (_decision, outcome) => {
          throw new Error(`the spool is ${outcome}`);
        },
      },
      pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      onConflict: ({ streamId }) => {
        throw new Error(`conflict in ${streamId}`);
      },
      onReach: () => undefined,
    });
    this.host = new EngineHost({
      partitionName: 'p0',
      epoch: 1,
      partition: this.partition,
      tape: this.tape,
      line: this.line,
      send: (ticket) => {
        this.venueSocket.write(`${JSON.stringify(ticket)}\n`);
        this.sentAt.set(ticket.orderId, clock());
      },
      cancel: () => undefined,
      clock,
      timer: (ms, then) => void setTimeout(then, ms),
      defer: (then) => void setImmediate(then),
      onDurable: ({ fact }) => {
        if (fact.type !== 'StopTriggered' || !fact.data.cause) return;
        this.receivedAt.set(fact.data.order.orderId, fact.data.cause.receivedAtMs);
      },
    });
  }

  async arm(stops: number, triggers: number): Promise<void> {
    const head = () => ({ commandId: randomUUID(), actor: 'bench' });
    await this.accept({
      ...{
        kind: 'DefineInstrument',
        instrumentId: INSTRUMENT,
        symbol: 'LTCUSDT',
        priceTick: '0.01',
      },
      ...{ quantityStep: '0.001', quoteCurrency: 'USDT', feeds: ['main'], ...head() },
    });
    await this.accept({
      kind: 'OpenAccount',
      accountId: 'demo',
      broker: 'paper',
      mode: 'paper',
      currency: 'USDT',
      ...head(),
    });
    this.host.onTick(firstTick());
    for (let from = 0; from < stops; from += ARM_AT_ONCE) {
      const numbers = Array.from(
        { length: Math.min(ARM_AT_ONCE, stops - from) },
        (_, at) => from + at,
      );
      await Promise.all(numbers.map((number) => this.armOne(number, triggers)));
    }
  }

  private async armOne(number: number, triggers: number): Promise<void> {
    const id = String(number).padStart(24, '0');
    const head = () => ({ commandId: randomUUID(), actor: 'bench' });
    await this.accept({
      ...{
        kind: 'OpenPosition',
        positionId: `P0${id}`,
        accountId: 'demo',
        instrumentId: INSTRUMENT,
      },
      ...{ side: 'long', quantity: '1', entryPrice: '83.00', ...head() },
    });
    // One stop a trigger at its own level; of the rest half trail far behind a price that never rises.
    const units = number < triggers ? 8000 - number - 1 : 4000;
    const plan =
      number >= triggers && number % 2 === 0
        ? { trail: { percent: '40' } }
        : { stop: (units / 100).toFixed(2) };
    await this.accept({
      kind: 'ArmStop',
      stopId: `S0${id}`,
      positionId: `P0${id}`,
      plan,
      ...head(),
    });
  }

  private async accept(command: EngineCommand): Promise<void> {
    const outcome = await this.host.execute(command);
    if (outcome.kind !== 'accepted') throw new Error(JSON.stringify(outcome));
  }

  async close(): Promise<void> {
    await this.line.drained();
    this.line.close();
    await Promise.all([this.tape.close(), this.spool.close()]);
  }
}

/** Seen before anything is armed: a trailing stop then stands from the beginning, and the quiet prints lie below. */
function firstTick(): TradeTick {
  return {
    ...{
      kind: 'trade',
      instrumentId: INSTRUMENT,
      feed: 'main',
      priceUnits: 8310,
      size: '1',
      tradeId: '',
    },
    ...{ venueTimeMs: 0, receivedAtMs: 0, verdict: 'good' },
  };
}

async function measure(size: FrameToOrderSize): Promise<string> {
  const dir = mkdtempSync(join(tmpdir(), 'stopledger-bench-'));
  const store = await startChild(
    join('build', 'bench', 'src', 'eventstore-server', 'server.main.js'),
    ['--port', '0', '--db', join(dir, 'db')],
  );
  const client = EventStoreDBClient.connectionString(`esdb://127.0.0.1:${store.port}?tls=false`);
  const venue = createServer((socket) => socket.resume());
  await new Promise<void>((resolve) => venue.listen(0, '127.0.0.1', resolve));
  const socket = connect((venue.address() as AddressInfo).port, '127.0.0.1');
  try {
    const way = new Way(client, dir, socket);
    await way.arm(size.stops, size.seconds * TRIGGERS_PER_SECOND);
    const rss = process.memoryUsage.rss() / 1e6;
    way.isLogAway = size.isLogAway === true;
    const bare = await runLoad(way, size);
    const ways = [...way.sentAt].map(([orderId, at]) => at - (way.receivedAt.get(orderId) ?? NaN));
    way.isLogAway = false;
    await way.close();
    return reportOf(size, { ways, bare, rss });
  } finally {
    socket.destroy();
    venue.close();
    await client.dispose();
    await stopChild(store.child);
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Runs the feed for the given time; returns the latencies of the bare appends of the same time. */
async function runLoad(way: Way, { ticksPerSecond, seconds }: FrameToOrderSize): Promise<number[]> {
  const sender = await startChild(
    join('build', 'bench', 'bench', 'support', 'frame-sender.main.js'),
    [...[String(ticksPerSecond), String(seconds), String(TRIGGERS_PER_SECOND)]],
  );
  const gate = new QualityGate();
  const feed = new BinanceFeed({
    id: 'main',
    url: `ws://127.0.0.1:${sender.port}`,
    instruments: [{ instrumentId: INSTRUMENT, symbol: 'LTCUSDT', priceScale: 2 }],
    market: 'spot',
    transport: new WebSocketTransport(),
    time: {
      clock: () => performance.timeOrigin + performance.now(),
      schedule: (ms, then) => {
        const timer = setTimeout(then, ms);
        return () => clearTimeout(timer);
      },
      random: Math.random,
    },
  });
  const bare: number[] = [];
  const done = new Promise((resolve) => sender.child.on('message', resolve));
  await new Promise<void>((resolve) => {
    feed.start({
      onTick: (tick) => way.host.onTick({ ...tick, verdict: gate.judge(tick) }),
      onConnected: () => resolve(),
      onLost: () => undefined,
      onRefused: (reason) => {
        throw new Error(`a frame was refused: ${reason}`);
      },
    });
  });
  sender.child.send('go');
  const timer = setInterval(
    () => void bareAppend(way.client).then((ms) => bare.push(ms)),
    1000 / TRIGGERS_PER_SECOND,
  );
  await done;
  clearInterval(timer);
  await feed.close();
  await stopChild(sender.child);
  return bare;
}

async function bareAppend(client: EventStoreDBClient): Promise<number> {
  const startMs = performance.now();
  const event = jsonEvent({ type: 'Bare', data: { text: 'x'.repeat(900) } });
  await client.appendToStream(`bare-${randomUUID()}`, event, { expectedRevision: NO_STREAM });
  return performance.now() - startMs;
}

function reportOf(
  { stops, ticksPerSecond, seconds, isLogAway = false }: FrameToOrderSize,
  { ways, bare, rss }: { ways: number[]; bare: number[]; rss: number },
): string {
  const ratio = (share: number): string =>
    (percentile(ways, share) / percentile(bare, share)).toFixed(2);
  const first = ways.slice(Math.min(10, Math.floor(ways.length / 2)));
  return [
    `${stops} stops, ${ticksPerSecond} ticks/s, ${seconds} s${isLogAway ? ', through the spool' : ''}, RSS ${rss.toFixed(0)} MB`,
    `  ${latencyLine('frame → durable → order', first)}`,
    `  ${latencyLine('bare durable append', bare)}`,
    `  ratio p50 ${ratio(0.5)}  p99 ${ratio(0.99)}  p99.9 ${ratio(0.999)}`,
  ].join('\n');
}
