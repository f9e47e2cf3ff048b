import { concealed } from '../../application/concealed.js';
import { FeedLine } from '../../application/feeds/feed-line.js';
import type { ConnectionLimits } from '../../application/feeds/stream-connection.js';
import { StreamPool } from '../../application/feeds/stream-pool.js';
import type { FeedHealth } from '../../application/ports/engine-gateway.port.js';
import type {
  FeedInstrument,
  FeedSink,
  MarketFeed,
  PriceWant,
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

/** Prices of the broker behind an OpenAlgo server. */
export class OpenAlgoFeed implements MarketFeed {
  readonly id: string;
  readonly numbering: string;
  readonly lacks: readonly PriceWant[];
  private readonly parser: OpenAlgoParser;
  private readonly topics = new Map<string, string>();
  private readonly line: FeedLine;
  private pool: StreamPool | undefined;

  constructor(private readonly options: OpenAlgoFeedOptions) {
    this.id = options.id;
    // It gives no ids: nothing of one such feed can be found again in another.
    this.numbering = options.id;
    // Bid and ask come with the book alone.
    this.lacks = options.mode === 'depth' ? ['mark'] : ['mark', 'quote', 'depth'];
    this.line = new FeedLine(options.id, options.url);
    this.parser = new OpenAlgoParser(options.id, []);
  }

  start(sink: FeedSink): void {
    const { url, apiKey, mode, transport, time, limits } = this.options;
    this.line.attach(sink);
    const protocol = openAlgoProtocol(url, apiKey, mode);
    this.pool = new StreamPool(
      { protocol, transport, time, limits: { ...OPENALGO_LIMITS, ...limits } },
      {
        onText: (text, atMs) => this.take(text, atMs),
        onBinary: (bytes) => this.line.refuse('not-text', `${bytes} bytes`),
        onConnected: ({ recorded }) => this.line.connected(recorded),
        onLost: (reason) => this.line.lost(reason),
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
    this.line.close();
    this.pool?.close();
    return Promise.resolve();
  }

  health(): FeedHealth {
    return this.line.health();
  }

  private take(text: string, receivedAtMs: number): void {
    const frame = this.parser.parse(text, receivedAtMs);
    switch (frame.kind) {
      case 'ticks':
        for (const tick of frame.ticks) this.line.tick(tick, frame.isUntimed);
        return;
      case 'refused':
        this.line.refuse(frame.reason, this.withoutKey(text));
        for (const { instrumentId, reason } of frame.without ?? [])
          this.line.notSubscribed(instrumentId, this.withoutKey(reason));
        return;
      case 'control':
        return;
    }
  }

  private withoutKey(said: string): string {
    return concealed(said, [this.options.apiKey]);
  }
}

/** The venue of an instrument is OpenAlgo's exchange: `NSE:RELIANCE`. */
function symbolOf({ instrumentId, symbol, priceScale }: FeedInstrument): OpenAlgoSymbol {
  return { instrumentId, exchange: instrumentId.split(':')[0] ?? '', symbol, priceScale };
}
