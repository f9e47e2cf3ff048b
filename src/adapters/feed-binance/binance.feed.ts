import { FeedLine } from '../../application/feeds/feed-line.js';
import { StreamPool } from '../../application/feeds/stream-pool.js';
import type { ConnectionLimits } from '../../application/feeds/stream-connection.js';
import type { FeedHealth } from '../../application/ports/engine-gateway.port.js';
import type {
  FeedInstrument,
  FeedSink,
  MarketFeed,
  PriceWant,
} from '../../application/ports/market-feed.port.js';
import type { OrderBook } from '../../application/feeds/order-book.js';
import type { SnapshotTransport } from '../../application/ports/snapshot-transport.port.js';
import type { FeedTime, StreamTransport } from '../../application/ports/stream-transport.port.js';
import { BinanceDepth } from './binance-depth.js';
import { streamName } from './binance.messages.js';
import type { BinanceStream } from './binance.messages.js';
import { BinanceParser } from './binance.parse.js';
import { BINANCE_LIMITS, REST_URLS, binanceProtocol } from './binance.transport.js';
import type { BinanceMarket } from './binance.transport.js';

export interface BinanceFeedOptions {
  readonly id: string;
  readonly url: string;
  readonly market: BinanceMarket;
  readonly instruments: readonly FeedInstrument[];
  /** What it brings of every instrument; trades and best bid and ask where it is not given. */
  readonly streams?: readonly BinanceStream[];
  readonly transport: StreamTransport;
  /** Needed for whole order books. */
  readonly snapshots?: SnapshotTransport;
  /** Where they are asked for; the venue's own address where it is not given. */
  readonly restUrl?: string;
  readonly time: FeedTime;
  readonly limits?: Partial<ConnectionLimits>;
}

const STREAMS: readonly BinanceStream[] = ['trade', 'bookTicker'];

interface Followed {
  readonly symbol: string;
  readonly streams: Set<BinanceStream>;
}

/** Prices of Binance (spot, USD-M, COIN-M) over combined streams. */
export class BinanceFeed implements MarketFeed {
  readonly id: string;
  readonly numbering: string;
  readonly lacks: readonly PriceWant[];
  private readonly parser: BinanceParser;
  private readonly followed = new Map<string, Followed>();
  private readonly line: FeedLine;
  private readonly depth: BinanceDepth | undefined;
  private pool: StreamPool | undefined;

  constructor(private readonly options: BinanceFeedOptions) {
    const { id, market, instruments, snapshots, time } = options;
    this.id = id;
    this.lacks = market === 'spot' ? ['mark'] : [];
    // Whichever of the venue's addresses it is: ids are those of the one matching engine. Aggregates have ids of their own.
    this.numbering = this.streams.includes('aggTrade')
      ? `binance-${market}-agg`
      : `binance-${market}`;
    this.line = new FeedLine(id, options.url);
    this.parser = new BinanceParser(id, []);
    if (snapshots) {
      const restUrl = options.restUrl ?? REST_URLS[market];
      const onRefused = (reason: string, sample: string) => this.line.refuse(reason, sample);
      this.depth = new BinanceDepth({ feed: id, market, restUrl, snapshots, time, onRefused });
    }
    this.follow(instruments);
  }

  start(sink: FeedSink): void {
    const { url, market, transport, time, limits } = this.options;
    const protocol = binanceProtocol(url, market);
    this.line.attach(sink);
    this.pool = new StreamPool(
      { protocol, transport, time, limits: { ...BINANCE_LIMITS, ...limits } },
      {
        onText: (text, atMs) => this.read(text, atMs),
        onBinary: (bytes) => this.line.refuse('not-text', `${bytes} bytes`),
        onConnected: ({ recorded }) => this.line.connected(recorded),
        onLost: (reason) => {
          this.depth?.interrupted();
          this.line.lost(reason);
        },
      },
    );
    this.pool.subscribe([...this.followed.values()].flatMap(topicsOf));
  }

  follow(instruments: readonly FeedInstrument[]): void {
    const added = instruments.flatMap((instrument) => this.take(instrument));
    this.pool?.subscribe(added);
  }

  unfollow(instrumentIds: readonly string[]): void {
    for (const instrumentId of instrumentIds) {
      const followed = this.followed.get(instrumentId);
      if (!followed) continue;
      this.followed.delete(instrumentId);
      this.depth?.remove(followed.symbol);
      // The parser goes on knowing it: frames that are under way are no mistake of the venue.
      this.pool?.unsubscribe(topicsOf(followed));
    }
  }

  bookOf(instrumentId: string): OrderBook | undefined {
    const followed = this.followed.get(instrumentId);
    return followed && this.depth?.bookOf(followed.symbol);
  }

  close(): Promise<void> {
    this.line.close();
    this.pool?.close();
    this.depth?.close();
    return Promise.resolve();
  }

  health(): FeedHealth {
    return this.line.health();
  }

  /** Spot sends no time with its best prices, nor with the top of a book. */
  private get isUntimed(): boolean {
    return this.options.market === 'spot';
  }

  private get streams(): readonly BinanceStream[] {
    return this.options.streams ?? STREAMS;
  }

  /** The topics that are new with it. */
  private take(instrument: FeedInstrument): readonly string[] {
    const { instrumentId, symbol, wants = [] } = instrument;
    let followed = this.followed.get(instrumentId);
    if (!followed) {
      followed = { symbol, streams: new Set() };
      this.followed.set(instrumentId, followed);
      this.parser.add(instrument);
    }
    const wanted = [...this.streams, ...wants.flatMap((want) => this.streamsFor(want))];
    const added = [...new Set(wanted)].filter((stream) => !followed.streams.has(stream));
    for (const stream of added) followed.streams.add(stream);
    if (added.some((stream) => stream.startsWith('depth'))) this.depth?.add(instrument);
    return added.map((stream) => streamName(symbol, stream));
  }

  private streamsFor(want: PriceWant): readonly BinanceStream[] {
    const { streams } = this;
    switch (want) {
      case 'ltp':
        return streams.includes('aggTrade') ? [] : ['trade'];
      case 'quote':
        return ['bookTicker'];
      case 'depth':
        return streams.some((stream) => stream.startsWith('depth')) ? [] : ['depth'];
      case 'mark':
        if (this.options.market !== 'spot') return ['markPrice'];
        this.line.refuse('no-such-price', 'spot has no mark price');
        return [];
    }
  }

  private read(text: string, receivedAtMs: number): void {
    const frame = this.parser.parse(text, receivedAtMs);
    switch (frame.kind) {
      case 'trade':
        this.line.tick(frame.tick);
        return;
      case 'quote':
        this.line.tick(frame.tick, this.isUntimed);
        return;
      case 'depth': {
        const quote = this.depth?.take(frame.symbol, frame.change);
        // Beside a stream of the best prices, which is faster, the book's own say nothing new.
        if (quote && !this.followed.get(quote.instrumentId)?.streams.has('bookTicker'))
          this.line.tick(quote, this.isUntimed && frame.change.kind === 'top');
        return;
      }
      case 'refused':
        this.line.refuse(frame.reason, text);
        return;
      case 'control':
        return;
    }
  }
}

function topicsOf({ symbol, streams }: Followed): readonly string[] {
  return [...streams].map((stream) => streamName(symbol, stream));
}
