import { existsSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { BinanceFeed } from './adapters/feed-binance/binance.feed.js';
import { OpenAlgoFeed } from './adapters/feed-openalgo/openalgo.feed.js';
import { Mt5Feed } from './adapters/feed-mt5/mt5.feed.js';
import { ReplayFeed } from './adapters/feed-replay/replay.feed.js';
import { SimulatedFeed } from './adapters/feed-simulated/simulated.feed.js';
import { HttpSnapshotTransport } from './adapters/http-snapshot/http-snapshot.transport.js';
import { readTape } from './adapters/tape/tape.reader.js';
import { WebSocketTransport } from './adapters/web-socket/web-socket.transport.js';
import type { MarketInstrument } from './application/feeds/market-desk.js';
import type { FeedInstrument, MarketFeed } from './application/ports/market-feed.port.js';
import type { FeedTime } from './application/ports/stream-transport.port.js';
import type { FeedConfig } from './config/config-shape.js';
import { keyPlaces, readSecretKey } from './config/secret-key.js';
import type { KeySource } from './config/account-shape.js';
import type { KnownInstrument } from './engine/registry.js';
import type { Tick } from './engine/tick.js';
import { RecordedTicks } from './market-data/recorded-ticks.js';
import { Recording, recordingName } from './market-data/recorded-trades.js';

const MT5_POLL_MS = 1_000;

export function marketInstrument({ definition, grid }: KnownInstrument): MarketInstrument {
  const { instrumentId, symbol, feeds } = definition;
  return { instrumentId, symbol, priceScale: grid.scale, feeds };
}

/** Makes a configured feed. It connects to nothing yet. */
export function openFeed(config: FeedConfig, time: FeedTime): MarketFeed {
  switch (config.type) {
    case 'binance': {
      const { id, url, market = 'spot', streams, restUrl } = config;
      const transport = new WebSocketTransport();
      const snapshots = new HttpSnapshotTransport();
      return new BinanceFeed({
        ...{ id, url, market, instruments: [], transport, snapshots, time },
        ...(streams && { streams }),
        ...(restUrl !== undefined && { restUrl }),
      });
    }
    case 'openalgo': {
      const { id, url, apiKey, mode } = config;
      const transport = new WebSocketTransport();
      return new OpenAlgoFeed({ id, url, apiKey, mode, transport, time });
    }
    case 'mt5': {
      const { id, url, accountId, token, pollMs = MT5_POLL_MS } = config;
      const transport = new HttpSnapshotTransport({}, () => ({ 'auth-token': secretOf(token) }));
      return new Mt5Feed({ id, url, accountId, pollMs, transport, time });
    }
    case 'replay': {
      const { id, file, speed } = config;
      const recorded = isTape(file) ? basename(file) : recordingName(file);
      const ticksOf = (instrument: FeedInstrument) => recordedTicks(file, id, instrument);
      return new ReplayFeed({ id, recorded, ticksOf, speed, time });
    }
    case 'simulated': {
      const { id, seed, startPrice, ticksPerSecond } = config;
      return new SimulatedFeed({ id, seed, startPrice, ticksPerSecond, time });
    }
  }
}

function secretOf(source: KeySource): string {
  const found = readSecretKey(source, keyPlaces());
  if (found.kind === 'unreadable') throw new Error(found.reason);
  return found.key;
}

/** A folder is a tape, a file a recording. */
function isTape(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}

function recordedTicks(file: string, feed: string, instrument: FeedInstrument): Iterable<Tick> {
  const { instrumentId, priceScale } = instrument;
  if (isTape(file)) return tapedTicks(file, instrumentId);
  return new RecordedTicks(Recording.read(file), { instrumentId, feed, priceScale });
}

/** Prices of a tape as they came, to be judged anew: only what the message itself said of them stays. */
function* tapedTicks(dir: string, instrumentId: string): Generator<Tick> {
  for (const { input } of readTape(dir)) {
    if (input.kind !== 'tick' || input.tick.instrumentId !== instrumentId) continue;
    const { tick } = input;
    // A price that was borne out stands on the tape twice; of several feeds the one that decided is played.
    if (tick.verdict === 'confirmed' || tick.verdict === 'standby') continue;
    yield { ...tick, verdict: tick.verdict === 'not-a-trade' ? 'not-a-trade' : 'good' };
  }
}
