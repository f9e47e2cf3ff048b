import type { FeedHealth } from '../../application/ports/engine-gateway.port.js';
import type { FeedSink, MarketFeed } from '../../application/ports/market-feed.port.js';
import { bookTickerStream, tradeStream } from './binance.messages.js';
import { BinanceParser } from './binance.parse.js';
import type { SymbolGrid } from './binance.parse.js';
import { BinanceTransport } from './binance.transport.js';
import type { TransportLimits, TransportOptions } from './binance.transport.js';

export interface BinanceFeedOptions {
  readonly id: string;
  readonly url: string;
  readonly instruments: readonly SymbolGrid[];
  /** Unix ms. */
  readonly clock: () => number;
  readonly random: () => number;
  /** Left out: the timers of the process. */
  readonly schedule?: TransportOptions['schedule'];
  readonly limits?: Partial<TransportLimits>;
}

// Enough to see what a frame was; a hostile one must not fill the journal of refusals.
const SAMPLE_CHARS_MAX = 200;

/** Trades and best bid and ask of Binance (spot, USD-M, COIN-M) over one combined stream. */
export class BinanceFeed implements MarketFeed {
  readonly id: string;
  private readonly parser: BinanceParser;
  private readonly transport: BinanceTransport;
  private readonly refused = new Map<string, number>();
  private isConnected = false;
  private recorded: string | null = null;
  private ticks = 0;
  private lastTickAtMs: number | null = null;

  constructor(private readonly options: BinanceFeedOptions) {
    const { id, url, instruments, random, limits } = options;
    this.id = id;
    this.parser = new BinanceParser(id, instruments);
    this.transport = new BinanceTransport({
      url,
      streams: instruments.flatMap(({ symbol }) => [tradeStream(symbol), bookTickerStream(symbol)]),
      random,
      schedule: options.schedule ?? afterMs,
      ...(limits ? { limits } : {}),
    });
  }

  start(sink: FeedSink): void {
    this.transport.start({
      onFrame: (text) => this.take(text, sink),
      onBinary: (bytes) => this.refuse(sink, 'not-text', `${bytes} bytes`),
      onConnected: (info) => {
        this.isConnected = true;
        this.recorded = info.recorded;
        sink.onConnected(info);
      },
      onLost: (reason) => {
        this.isConnected = false;
        sink.onLost(reason);
      },
    });
  }

  async close(): Promise<void> {
    this.isConnected = false;
    await this.transport.close();
  }

  health(): FeedHealth {
    return {
      feed: this.id,
      url: this.options.url,
      connected: this.isConnected,
      recorded: this.recorded,
      ticks: this.ticks,
      refused: Object.fromEntries(this.refused),
      lastTickAt: this.lastTickAtMs,
    };
  }

  private take(text: string, sink: FeedSink): void {
    const receivedAtMs = this.options.clock();
    const frame = this.parser.parse(text, receivedAtMs);
    switch (frame.kind) {
      case 'trade':
      case 'quote':
        this.ticks += 1;
        this.lastTickAtMs = receivedAtMs;
        sink.onTick(frame.tick);
        return;
      case 'refused':
        this.refuse(sink, frame.reason, text.slice(0, SAMPLE_CHARS_MAX));
        return;
      case 'control':
        return;
    }
  }

  private refuse(sink: FeedSink, reason: string, sample: string): void {
    this.refused.set(reason, (this.refused.get(reason) ?? 0) + 1);
    sink.onRefused(reason, sample);
  }
}

function afterMs(ms: number, then: () => void): () => void {
  const timer = setTimeout(then, ms);
  return () => clearTimeout(timer);
}
