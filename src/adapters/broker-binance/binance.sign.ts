import { createHmac } from 'node:crypto';
import type { binance } from 'ccxt';
import type { BinanceCall, BinanceMarketName } from './binance.messages.js';

export interface BinanceKeys {
  readonly key: string;
  readonly secret: string;
}

export interface BinanceAddresses {
  readonly market: BinanceMarketName;
  readonly testnet: boolean;
  /** Instead of Binance's own: scheme, host and port. */
  readonly restUrl?: string | undefined;
  readonly streamUrl?: string | undefined;
}

export interface SignedRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  /** What of it nobody else may see. */
  readonly secrets: readonly string[];
}

/** Public calls have no headers. */
type Unheaded = Pick<SignedRequest, 'url' | 'method' | 'body'> &
  Partial<Pick<SignedRequest, 'headers'>>;

const STREAMS = {
  spot: {
    live: 'wss://ws-api.binance.com:443/ws-api/v3',
    testnet: 'wss://ws-api.testnet.binance.vision/ws-api/v3',
  },
  usdm: {
    live: 'wss://fstream.binance.com/private/ws',
    testnet: 'wss://fstream.binancefuture.com/private/ws',
  },
} as const;

/**
 * ccxt knows the addresses of Binance and how it wants a call to be encoded and signed (HMAC, RSA or Ed25519). Nothing
 * else of it is used: its calls turn prices into floats, and an error of the network into one of its own. It is big, so
 * it is loaded when a Binance account is opened.
 */
export class BinanceSign {
  private constructor(
    private readonly exchange: binance,
    private readonly keys: BinanceKeys,
    private readonly addresses: BinanceAddresses,
    private readonly recvWindowMs: number,
  ) {}

  static async load(
    keys: BinanceKeys,
    addresses: BinanceAddresses,
    recvWindowMs: number,
  ): Promise<BinanceSign> {
    const { default: ccxt } = await import('ccxt');
    const exchange = new ccxt.binance({
      apiKey: keys.key,
      secret: keys.secret,
      enableRateLimit: false,
      options: { recvWindow: recvWindowMs },
    });
    const urls = exchange.urls as Record<string, Record<string, string>>;
    // Binance calls the test venue of its futures "demo" by now.
    if (addresses.testnet) {
      urls['api'] = { ...urls['api'], ...urls[addresses.market === 'spot' ? 'test' : 'demo'] };
    }
    const { restUrl } = addresses;
    if (restUrl !== undefined) {
      const moved = Object.entries(urls['api'] ?? {}).map(([section, url]) => [
        section,
        `${restUrl}${new URL(url).pathname}`,
      ]);
      urls['api'] = Object.fromEntries(moved) as Record<string, string>;
    }
    return new BinanceSign(exchange, keys, addresses, recvWindowMs);
  }

  /** How far our clock is ahead of the venue's. */
  set clockAheadMs(ms: number) {
    this.exchange.options['timeDifference'] = ms;
  }

  request({ section, method, path, params }: BinanceCall): SignedRequest {
    const signed = this.exchange.sign(path, section, method, { ...params }) as Unheaded;
    const { key, secret } = this.keys;
    const signature = /signature=([^&]+)/.exec(signed.body ?? signed.url)?.[1];
    const secrets = [key, secret, ...(signature === undefined ? [] : [signature])];
    return { ...signed, headers: signed.headers ?? {}, secrets };
  }

  get streamUrl(): string {
    const { market, testnet, streamUrl } = this.addresses;
    return streamUrl ?? STREAMS[market][testnet ? 'testnet' : 'live'];
  }

  /** Asks the WebSocket API of spot for the events of the account; its listen keys ended in February 2026. */
  subscription(id: string, nowMs: number): string {
    const ahead = Number(this.exchange.options['timeDifference'] ?? 0);
    const params = {
      apiKey: this.keys.key,
      recvWindow: String(this.recvWindowMs),
      timestamp: String(nowMs - ahead),
    };
    const payload = new URLSearchParams(params).toString();
    const signature = createHmac('sha256', this.keys.secret).update(payload).digest('hex');
    const method = 'userDataStream.subscribe.signature';
    const { recvWindow, timestamp } = params;
    return JSON.stringify({
      id,
      method,
      params: {
        ...params,
        recvWindow: Number(recvWindow),
        timestamp: Number(timestamp),
        signature,
      },
    });
  }
}
