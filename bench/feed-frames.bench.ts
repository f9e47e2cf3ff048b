import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { WebSocket } from 'ws';
import { BinanceFeed } from '../src/adapters/feed-binance/binance.feed.js';
import { BinanceParser } from '../src/adapters/feed-binance/binance.parse.js';
import { WebSocketTransport } from '../src/adapters/web-socket/web-socket.transport.js';
import { WALL_TIME } from '../src/adapters/clock/wall-time.js';
import { Partition } from '../src/engine/partition.js';
import { QualityGate } from '../src/engine/quality-gate.js';
import type { Tick } from '../src/engine/tick.js';
import { startChild, stopChild } from './support/running-child.js';

/**
 * Question: what do parse, gate and engine of recorded frames cost beside `ws` and `JSON.parse` alone, over the same
 * socket, in the same run? CPU time of this process is compared: the sender has a process of its own.
 */
export interface FramesRun {
  readonly frames: number;
  readonly cpuUsPerFrame: number;
  readonly framesPerSecond: number;
}

const INSTRUMENT = { instrumentId: 'BINANCE_USDM:BTCUSDT', symbol: 'BTCUSDT', priceScale: 1 };
const FRAMES_OF_KIND_MAX = 20_000;
const LAST = '{"result":null,"id":0}';

/** The gate and the engine behind a feed, with an instrument and no stop: every tick is a quiet one. */
class Pipeline {
  ticks = 0;
  private readonly gate = new QualityGate();
  private readonly partition = new Partition({ partition: 'bench' });

  take(tick: Tick): void {
    const verdict = this.gate.judge(tick);
    const judged = verdict === tick.verdict ? tick : { ...tick, verdict };
    const ref = { partition: 'bench', epoch: 1, seq: this.ticks };
    this.partition.step({ ref, at: tick.receivedAtMs, input: { kind: 'tick', tick: judged } });
    this.ticks += 1;
  }
}

async function measured(
  file: string,
  connections: number,
  rounds: number,
  open: (url: string, onFrame: () => void, onLast: () => void) => () => void,
): Promise<FramesRun> {
  const script = join(__dirname, 'support', 'raw-frame-sender.main.js');
  const { child, port } = await startChild(script, [file, `${connections}`, `${rounds}`]);
  let frames = 0;
  let left = connections;
  let cpu = process.cpuUsage();
  let startMs = 0;
  const closes: (() => void)[] = [];
  await new Promise<void>((resolve) => {
    const onFrame = (): void => {
      if (frames === 0) [cpu, startMs] = [process.cpuUsage(), performance.now()];
      frames += 1;
    };
    const onLast = (): void => {
      left -= 1;
      if (left === 0) resolve();
    };
    for (let one = 0; one < connections; one += 1) {
      closes.push(open(`ws://127.0.0.1:${port}`, onFrame, onLast));
    }
  });
  const seconds = (performance.now() - startMs) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  for (const close of closes) close();
  await stopChild(child);
  return { frames, cpuUsPerFrame: (user + system) / frames, framesPerSecond: frames / seconds };
}

function bare(url: string, onFrame: () => void, onLast: () => void): () => void {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  socket.on('message', (data) => {
    const text = (data as Buffer).toString('utf8');
    if (text === LAST) {
      onLast();
      return;
    }
    JSON.parse(text);
    onFrame();
  });
  return () => socket.terminate();
}

function ours(pipeline: Pipeline) {
  return (url: string, onFrame: () => void, onLast: () => void): (() => void) => {
    const transport = new WebSocketTransport();
    const feed = new BinanceFeed({
      ...{ id: 'bench', url, market: 'usdm', instruments: [INSTRUMENT], time: WALL_TIME },
      transport: {
        open: (address, handlers) =>
          transport.open(address, {
            ...handlers,
            onText: (text) => {
              if (text === LAST) {
                onLast();
                return;
              }
              handlers.onText(text);
              onFrame();
            },
            onOpen: (info) => handlers.onOpen(info),
            onBinary: (bytes) => handlers.onBinary(bytes),
            onSign: () => handlers.onSign(),
            onClosed: (reason) => handlers.onClosed(reason),
          }),
      },
    });
    feed.start({
      onTick: (tick) => pipeline.take(tick),
      onConnected: () => undefined,
      onLost: () => undefined,
      onRefused: (reason, sample) => {
        throw new Error(`${reason}: ${sample}`);
      },
    });
    return () => void feed.close();
  };
}

/** ns of one pass over frames of a kind, ours and JSON.parse alone, without any socket. */
function costByKind(file: string): string[] {
  const byKind = new Map<string, string[]>();
  for (const line of gunzipSync(readFileSync(file)).toString('utf8').split('\n')) {
    const kind =
      /"e":"(\w+)"/.exec(line)?.[1] ?? (line.includes('@bookTicker') ? 'bookTicker' : '');
    if (kind === '') continue;
    const frames = byKind.get(kind) ?? [];
    byKind.set(kind, frames);
    if (frames.length < FRAMES_OF_KIND_MAX) frames.push(line.slice(line.indexOf(' ') + 1));
  }
  return [...byKind].map(([kind, frames]) => {
    const chars = frames.reduce((sum, frame) => sum + frame.length, 0) / frames.length;
    const [json, own] = [[], []] as [number[], number[]];
    for (let round = 0; round < 5; round += 1) {
      json.push(nsPerFrame(frames, (frame) => JSON.parse(frame)));
      const parser = new BinanceParser('bench', [INSTRUMENT]);
      const pipeline = new Pipeline();
      own.push(
        nsPerFrame(frames, (frame) => {
          const read = parser.parse(frame, 1_723_161_257_000);
          if (read.kind === 'trade' || read.kind === 'quote') pipeline.take(read.tick);
        }),
      );
    }
    const [a, b] = [Math.min(...json), Math.min(...own)];
    return `| ${kind} | ${chars.toFixed(0)} | ${a.toFixed(0)} | ${b.toFixed(0)} | ${(a / b).toFixed(2)} |`;
  });
}

function nsPerFrame(frames: readonly string[], act: (frame: string) => unknown): number {
  const before = process.hrtime.bigint();
  for (const frame of frames) act(frame);
  return Number(process.hrtime.bigint() - before) / frames.length;
}

export async function feedFramesReport(file: string, rounds: number): Promise<string> {
  const lines = [
    '| connections | frames | bare CPU µs a frame | ours | ratio | bare frames/s | ours |',
    '| ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
  ];
  for (const connections of [1, 50]) {
    // One after the other, twice: the first of each is the warm-up.
    await measured(file, connections, 1, bare);
    await measured(file, connections, 1, ours(new Pipeline()));
    const a = await measured(file, connections, rounds, bare);
    const b = await measured(file, connections, rounds, ours(new Pipeline()));
    lines.push(
      `| ${connections} | ${b.frames} | ${a.cpuUsPerFrame.toFixed(2)} | ${b.cpuUsPerFrame.toFixed(2)} | ` +
        `${(a.cpuUsPerFrame / b.cpuUsPerFrame).toFixed(2)} | ${a.framesPerSecond.toFixed(0)} | ${b.framesPerSecond.toFixed(0)} |`,
    );
  }
  return [
    ...lines,
    '',
    '| kind | characters | JSON.parse ns | parse, gate and engine ns | ratio |',
    '| --- | ---: | ---: | ---: | ---: |',
    ...costByKind(file),
  ].join('\n');
}
