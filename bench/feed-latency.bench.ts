import { join } from 'node:path';
import { BinanceFeed } from '../src/adapters/feed-binance/binance.feed.js';
import { WebSocketTransport } from '../src/adapters/web-socket/web-socket.transport.js';
import { WALL_TIME } from '../src/adapters/clock/wall-time.js';
import { Partition } from '../src/engine/partition.js';
import { QualityGate } from '../src/engine/quality-gate.js';
import type { Tick } from '../src/engine/tick.js';
import { percentile } from './support/percentile.js';
import { startChild, stopChild } from './support/running-child.js';

/**
 * Question: how long from the sending of a frame to the engine's decision about its price, and how long does a socket
 * alone take, in the same run?
 */
export async function feedLatencyReport(seconds: number): Promise<string> {
  const lines = [
    '| frames/s | way | n | p50 µs | p99 µs | p99.9 µs |',
    '| ---: | --- | ---: | ---: | ---: | ---: |',
  ];
  for (const perSecond of [20_000, 100_000]) {
    for (const way of ['socket alone', 'decision'] as const) {
      const us = await latencies(perSecond, seconds, way);
      const at = (share: number): string => percentile(us, share).toFixed(0);
      lines.push(
        `| ${perSecond} | ${way} | ${us.length} | ${at(0.5)} | ${at(0.99)} | ${at(0.999)} |`,
      );
    }
  }
  return lines.join('\n');
}

const LAST = '{"result":null,"id":0}';
const ID = /"t":(\d+)/;
const INSTRUMENT = { instrumentId: 'BINANCE:LTCUSDT', symbol: 'LTCUSDT', priceScale: 2 };
// What was sent while code was not compiled yet says nothing.
const WARM_UP_SHARE = 0.2;

function sinceUs(sentNs: string): number {
  return Number(process.hrtime.bigint() - BigInt(sentNs)) / 1_000;
}

async function latencies(
  perSecond: number,
  seconds: number,
  way: 'socket alone' | 'decision',
): Promise<number[]> {
  const script = join(__dirname, 'support', 'paced-trade-sender.main.js');
  const { child, port } = await startChild(script, [`${perSecond}`, `${seconds}`]);
  const found: number[] = [];
  const url = `ws://127.0.0.1:${port}`;
  await new Promise<void>((resolve) => {
    if (way === 'decision') guard(url, (sentNs) => found.push(sinceUs(sentNs)), resolve);
    else listen(url, (sentNs) => found.push(sinceUs(sentNs)), resolve);
  });
  await stopChild(child);
  return found.slice(Math.floor(found.length * WARM_UP_SHARE));
}

function listen(url: string, onSent: (sentNs: string) => void, onLast: () => void): void {
  new WebSocketTransport().open(url, {
    onText: (text) => {
      if (text === LAST) onLast();
      else onSent(ID.exec(text)?.[1] ?? '0');
    },
    onOpen: () => undefined,
    ...{ onBinary: () => undefined, onSign: () => undefined, onClosed: () => undefined },
  });
}

/** The feed, the gate and the engine with one instrument. */
function guard(url: string, onDecided: (sentNs: string) => void, onLast: () => void): void {
  const gate = new QualityGate();
  const partition = new Partition({ partition: 'bench' });
  const transport = new WebSocketTransport();
  let seq = 0;
  const feed = new BinanceFeed({
    ...{ id: 'bench', url, market: 'spot', streams: ['trade'], time: WALL_TIME },
    instruments: [INSTRUMENT],
    transport: {
      open: (address, handlers) =>
        transport.open(address, {
          onOpen: (info) => handlers.onOpen(info),
          onText: (text) => {
            if (text === LAST) onLast();
            else handlers.onText(text);
          },
          onBinary: (bytes) => handlers.onBinary(bytes),
          onSign: () => handlers.onSign(),
          onClosed: (reason) => handlers.onClosed(reason),
        }),
    },
  });
  feed.start({
    onTick: (candidate: Tick) => {
      const verdict = gate.judge(candidate);
      const tick = verdict === candidate.verdict ? candidate : { ...candidate, verdict };
      const ref = { partition: 'bench', epoch: 1, seq };
      partition.step({ ref, at: tick.receivedAtMs, input: { kind: 'tick', tick } });
      seq += 1;
      if (tick.kind === 'trade') onDecided(tick.tradeId);
    },
    onConnected: () => undefined,
    onLost: () => undefined,
    onRefused: (reason, sample) => {
      throw new Error(`${reason}: ${sample}`);
    },
  });
}
