import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { BinanceFeed } from '../../src/adapters/feed-binance/binance.feed.js';
import { WebSocketTransport } from '../../src/adapters/web-socket/web-socket.transport.js';
import { WALL_TIME } from '../../src/adapters/clock/wall-time.js';
import { QualityGate } from '../../src/engine/quality-gate.js';
import type { Tick } from '../../src/engine/tick.js';
import { LTC, PartitionFixture, T0 } from './partition-fixture.js';
import { until } from './until.js';

export interface FloodProof {
  readonly taken: number;
  readonly refused: number;
  readonly framesPerSecond: number;
  /** Of the newest print that the engine has seen. */
  readonly newestUnits: number;
  /** Ids of the prints that fired a stop. */
  readonly firedBy: readonly string[];
  /** Largest growth of the memory in use, bytes. */
  readonly grownBytes: number;
}

const SAMPLE_EVERY = 20_000;

/** A long with a stop at 79.92, which only the last print of the flood reaches: frames over a socket → gate → engine. */
export async function provenFlood(frames: number): Promise<FloodProof> {
  const venue = new Worker(join(__dirname, 'flood-venue.cjs'), {
    workerData: { frames, startMs: T0 },
  });
  const port = await new Promise<number>((resolve) => venue.once('message', resolve));
  const fixture = PartitionFixture.ready();
  fixture.position(1, 'long', '1', '83');
  const armed = fixture.arm(2, 1, { stop: '79.92', dialect: 'stopledger' });
  if (armed.kind === 'rejected') throw new Error(JSON.stringify(armed.problems));
  const { partition } = fixture;
  const gate = new QualityGate();
  const firedBy: string[] = [];
  let [taken, seq, grownBytes] = [0, fixture.inputs.length, 0];
  const before = process.memoryUsage().rss;
  const take = (candidate: Tick): void => {
    taken += 1;
    seq += 1;
    if (taken % SAMPLE_EVERY === 0) {
      grownBytes = Math.max(grownBytes, process.memoryUsage().rss - before);
    }
    const verdict = gate.judge(candidate);
    const tick = verdict === candidate.verdict ? candidate : { ...candidate, verdict };
    const ref = { partition: 'p0', epoch: 1, seq };
    const { decisions } = partition.step({
      ref,
      at: tick.receivedAtMs,
      input: { kind: 'tick', tick },
    });
    for (const { fact } of decisions) {
      if (fact.type === 'StopTriggered') firedBy.push(tick.kind === 'trade' ? tick.tradeId : '');
    }
  };
  const feed = new BinanceFeed({
    ...{ id: 'main', url: `ws://127.0.0.1:${port}`, market: 'spot', streams: ['trade'] },
    instruments: [{ instrumentId: LTC, symbol: 'LTCUSDT', priceScale: 2 }],
    ...{ transport: new WebSocketTransport(), time: WALL_TIME },
  });
  const startMs = performance.now();
  feed.start({
    onTick: take,
    ...{ onConnected: () => undefined, onLost: () => undefined, onRefused: () => undefined },
  });
  await until('the last print', () => taken >= frames, 120_000);
  const seconds = (performance.now() - startMs) / 1_000;
  await feed.close();
  await venue.terminate();
  const newest = partition.lastTick(LTC);
  return {
    taken,
    refused: Object.values(feed.health().refused).reduce((sum, count) => sum + count, 0),
    framesPerSecond: frames / seconds,
    newestUnits: newest?.kind === 'trade' ? newest.priceUnits : NaN,
    firedBy,
    grownBytes,
  };
}
