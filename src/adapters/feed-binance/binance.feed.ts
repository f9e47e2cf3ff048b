import { StreamPool } from '../../application/feeds/stream-pool.js';
import type { ConnectionLimits } from '../../application/feeds/stream-connection.js';
import type { FeedHealth } from '../../application/ports/engine-gateway.port.js';
import type {
  FeedInstrument,
  FeedSink,
  MarketFeed,
} from '../../application/ports/market-feed.port.js';
import type { FeedTime, StreamTransport } from '../../application/ports/stream-transport.port.js';
import { bookTickerStream, tradeStream } from './binance.messages.js';
import { BinanceParser } from './binance.parse.js';
import { BINANCE_LIMITS, binanceProtocol } from './binance.transport.js';
import type { BinanceMarket } from './binance.transport.js';

export interface BinanceFeedOptions {
  readonly id: string;
  readonly url: string;
  readonly market: BinanceMarket;
  readonly instruments: readonly FeedInstrument[];
  readonly transport: StreamTransport;
  readonly time: FeedTime;
  readonly limits?: Partial<ConnectionLimits>;
}

// Enough to see what a frame was; a hostile one must not fill the journal of refusals.
const SAMPLE_CHARS_MAX = 200;

/** Trades and best bid and ask of Binance (spot, USD-M, COIN-M) over combined streams. */
export class BinanceFeed implements MarketFeed {
  readonly id: string;
  readonly numbering: string;
  private readonly parser: BinanceParser;
  private readonly symbols = new Map<string, string>();
  private readonly refused = new Map<string, number>();
  private pool: StreamPool | undefined;
  private isConnected = false;
  private recorded: string | null = null;
  private ticks = 0;
  private lastTickAtMs: number | null = null;

  constructor(private readonly options: BinanceFeedOptions) {
    const { id, market, instruments } = options;
    this.id = id;
    // Whichever of the venue's addresses it is: ids are those of the one matching engine.
    this.numbering = `binance-${market}`;
    this.parser = new BinanceParser(id, instruments);
    for (const { instrumentId, symbol } of instruments) this.symbols.set(instrumentId, symbol);
  }

  start(sink: FeedSink): void {
    const { url, market, transport, time, limits } = this.options;
    const protocol = binanceProtocol(url, market);
    this.pool = new StreamPool(
      { protocol, transport, time, limits: { ...BINANCE_LIMITS, ...limits } },
      {
        onText: (text, atMs) => this.take(text, atMs, sink),
        onBinary: (bytes) => this.refuse(sink, 'not-text', `${bytes} bytes`),
        onConnected: ({ recorded }) => {
          this.isConnected = true;
          this.recorded = recorded;
          sink.onConnected({ url, recorded });
        },
        onLost: (reason) => {
          this.isConnected = false;
          sink.onLost(reason);
        },
      },
    );
    this.pool.subscribe(topicsOf([...this.symbols.values()].map((symbol) => ({ symbol }))));
  }

  follow(instruments: readonly FeedInstrument[]): void {
    const added = instruments.filter(({ instrumentId }) => !this.symbols.has(instrumentId));
    for (const instrument of added) {
      this.symbols.set(instrument.instrumentId, instrument.symbol);
      this.parser.add(instrument);
    }
    this.pool?.subscribe(topicsOf(added));
  }

  unfollow(instrumentIds: readonly string[]): void {
    for (const instrumentId of instrumentIds) {
      const symbol = this.symbols.get(instrumentId);
      if (symbol === undefined) continue;
      this.symbols.delete(instrumentId);
      // The parser goes on knowing it: frames that are under way are no mistake of the venue.
      this.pool?.unsubscribe(topicsOf([{ symbol }]));
    }
  }

  close(): Promise<void> {
    this.isConnected = false;
    this.pool?.close();
    return Promise.resolve();
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

  private take(text: string, receivedAtMs: number, sink: FeedSink): void {
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

function topicsOf(instruments: readonly { readonly symbol: string }[]): string[] {
  return instruments.flatMap(({ symbol }) => [tradeStream(symbol), bookTickerStream(symbol)]);
}
