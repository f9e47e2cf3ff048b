import type { ConnectionLimits } from '../../application/feeds/stream-connection.js';
import type { SnapshotRules } from '../../application/feeds/snapshot-queue.js';
import type {
  StreamAnswer,
  StreamProtocol,
} from '../../application/ports/stream-transport.port.js';

export type BinanceMarket = 'spot' | 'usdm' | 'coinm';

/**
 * What the venue takes from one connection ("WebSocket Streams" of the spot and futures documentation). Whoever sends
 * more messages is closed, and banned when it happens again.
 */
const MARKET_LIMITS: Readonly<
  Record<BinanceMarket, Pick<StreamProtocol, 'topicsPerConnectionMax' | 'messagesPerSecondMax'>>
> = {
  spot: { topicsPerConnectionMax: 1024, messagesPerSecondMax: 5 },
  usdm: { topicsPerConnectionMax: 1024, messagesPerSecondMax: 10 },
  coinm: { topicsPerConnectionMax: 200, messagesPerSecondMax: 10 },
};

// An address of 100 streams has about 2.5 kB; servers refuse lines of 8 kB.
const TOPICS_IN_ADDRESS_MAX = 100;
const TOPICS_PER_MESSAGE_MAX = 100;
const HOURS_MS = 3_600_000;

export const BINANCE_LIMITS: ConnectionLimits = {
  backOffMsFirst: 250,
  backOffMsMax: 10_000,
  handshakeMsMax: 10_000,
  heartbeatMs: 10_000,
  answerMsMax: 10_000,
  // The longest silence of a quiet pair's trades in our recordings is 88 s.
  silence: { msMin: 10_000, msMax: 120_000, factor: 4 },
  // The venue cuts every connection after 24 h.
  ageMsMax: 23 * HOURS_MS,
  overlapMs: 10_000,
};

/** The combined stream: `<url>/stream?streams=a/b`, and `{"method":"SUBSCRIBE","params":["c"],"id":1}` for more. */
export function binanceProtocol(url: string, market: BinanceMarket): StreamProtocol {
  const root = url.replace(/\/+$/, '');
  return {
    ...MARKET_LIMITS[market],
    topicsInAddressMax: TOPICS_IN_ADDRESS_MAX,
    topicsPerMessageMax: TOPICS_PER_MESSAGE_MAX,
    address: (topics) => `${root}/stream?streams=${topics.join('/')}`,
    subscribe: (params, id) => JSON.stringify({ method: 'SUBSCRIBE', params, id }),
    unsubscribe: (params, id) => JSON.stringify({ method: 'UNSUBSCRIBE', params, id }),
    answerIn,
  };
}

/** Where each market answers what is asked once. */
export const REST_URLS: Readonly<Record<BinanceMarket, string>> = {
  spot: 'https://api.binance.com',
  usdm: 'https://fapi.binance.com',
  coinm: 'https://dapi.binance.com',
};
const DEPTH_PATHS: Readonly<Record<BinanceMarket, string>> = {
  spot: '/api/v3/depth',
  usdm: '/fapi/v1/depth',
  coinm: '/dapi/v1/depth',
};
const SNAPSHOT_LEVELS = 1_000;

/** A book of 1 000 levels weighs 50 of 6 000 a minute at spot, 20 of 2 400 at the futures: half of it is left to trading. */
export const SNAPSHOT_RULES: SnapshotRules = {
  apartMs: 1_000,
  backOffMsFirst: 1_000,
  backOffMsMax: 60_000,
};

export function snapshotAddress(restUrl: string, market: BinanceMarket, symbol: string): string {
  const root = restUrl.replace(/\/+$/, '');
  return `${root}${DEPTH_PATHS[market]}?symbol=${symbol}&limit=${SNAPSHOT_LEVELS}`;
}

// Answers are short; nothing else is parsed a second time.
const ANSWER_CHARS_MAX = 1_000;

/** `{"result":null,"id":1}`, or `{"error":{"code":2,"msg":"..."},"id":1}`; the futures also send `{"code":..,"msg":..}`. */
function answerIn(text: string): StreamAnswer | undefined {
  if (text.length > ANSWER_CHARS_MAX || text.startsWith('{"stream"')) return undefined;
  const frame = fieldsOf(text);
  if (!frame || 'e' in frame || 'stream' in frame) return undefined;
  const id = Number.isSafeInteger(frame['id']) ? (frame['id'] as number) : null;
  const error = 'error' in frame ? frame['error'] : 'code' in frame ? frame : undefined;
  if (error !== undefined) return { kind: 'refused', id, reason: reasonOf(error) };
  return 'result' in frame && id !== null ? { kind: 'taken', id } : undefined;
}

function fieldsOf(text: string): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(text) as unknown;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    return value as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

const REASON_CHARS_MAX = 200;

function reasonOf(error: unknown): string {
  const { code, msg } = (typeof error === 'object' && error !== null ? error : {}) as {
    readonly code?: unknown;
    readonly msg?: unknown;
  };
  return `${String(code)} ${String(msg)}`.slice(0, REASON_CHARS_MAX);
}
