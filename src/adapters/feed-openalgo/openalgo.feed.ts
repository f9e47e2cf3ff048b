import type { ConnectionLimits } from '../../application/feeds/stream-connection.js';
import { StreamPool } from '../../application/feeds/stream-pool.js';
import type { FeedHealth } from '../../application/ports/engine-gateway.port.js';
import type {
  FeedInstrument,
  FeedSink,
  MarketFeed,
} from '../../application/ports/market-feed.port.js';
import type { FeedTime, StreamTransport } from '../../application/ports/stream-transport.port.js';
import type { OpenAlgoMode } from './openalgo.messages.js';
import { OpenAlgoParser } from './openalgo.parse.js';
import type { OpenAlgoSymbol } from './openalgo.parse.js';
import { OPENALGO_LIMITS, openAlgoProtocol } from './openalgo.transport.js';

export interface OpenAlgoFeedOptions {
  readonly id: string;
  /** Whole, such as `wss://host/ws` or `ws://host:8765`. */
  readonly url: string;
  readonly apiKey: string;
  /** `depth` brings bid and ask, which stops by bid and ask need. */
  readonly mode: OpenAlgoMode;
  readonly transport: StreamTransport;
  readonly time: FeedTime;
  readonly limits?: Partial<ConnectionLimits>;
}

const SAMPLE_CHARS_MAX = 200;

/** Prices of the broker behind an OpenAlgo server. */
export class OpenAlgoFeed implements MarketFeed {
  readonly id: string;
  readonly numbering: string;
  private readonly parser: OpenAlgoParser;
  private readonly topics = new Map<string, string>();
  private readonly refused = new Map<string, number>();
  private pool: StreamPool | undefined;
  private isConnected = false;
  private ticks = 0;
  private lastTickAtMs: number | null = null;

  constructor(private readonly options: OpenAlgoFeedOptions) {
    this.id = options.id;
    // It gives no ids: nothing of one such feed can be found again in another.
    this.numbering = options.id;
    this.parser = new OpenAlgoParser(options.id, []);
  }

  start(sink: FeedSink): void {
    const { url, apiKey, mode, transport, time, limits } = this.options;
    const protocol = openAlgoProtocol(url, apiKey, mode);
    this.pool = new StreamPool(
      { protocol, transport, time, limits: { ...OPENALGO_LIMITS, ...limits } },
      {
        onText: (text, atMs) => this.take(text, atMs, sink),
        onBinary: (bytes) => this.refuse(sink, 'not-text', `${bytes} bytes`),
        onConnected: ({ recorded }) => {
          this.isConnected = true;
          sink.onConnected({ url, recorded });
        },
        onLost: (reason) => {
          this.isConnected = false;
          sink.onLost(reason);
        },
      },
    );
    this.pool.subscribe([...this.topics.values()]);
  }

  follow(instruments: readonly FeedInstrument[]): void {
    const added = instruments.filter(({ instrumentId }) => !this.topics.has(instrumentId));
    for (const instrument of added) {
      const symbol = symbolOf(instrument);
      this.parser.add(symbol);
      this.topics.set(instrument.instrumentId, `${symbol.exchange}:${symbol.symbol}`);
    }
    this.pool?.subscribe(added.map(({ instrumentId }) => this.topics.get(instrumentId) ?? ''));
  }

  unfollow(instrumentIds: readonly string[]): void {
    const gone = instrumentIds.flatMap((instrumentId) => {
      const topic = this.topics.get(instrumentId);
      this.topics.delete(instrumentId);
      return topic === undefined ? [] : [topic];
    });
    this.pool?.unsubscribe(gone);
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
      recorded: null,
      ticks: this.ticks,
      refused: Object.fromEntries(this.refused),
      lastTickAt: this.lastTickAtMs,
    };
  }

  private take(text: string, receivedAtMs: number, sink: FeedSink): void {
    const frame = this.parser.parse(text, receivedAtMs);
    switch (frame.kind) {
      case 'ticks':
        this.ticks += frame.ticks.length;
        this.lastTickAtMs = receivedAtMs;
        for (const tick of frame.ticks) sink.onTick(tick);
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

/** The venue of an instrument is OpenAlgo's exchange: `NSE:RELIANCE`. */
function symbolOf({ instrumentId, symbol, priceScale }: FeedInstrument): OpenAlgoSymbol {
  return { instrumentId, exchange: instrumentId.split(':')[0] ?? '', symbol, priceScale };
}
