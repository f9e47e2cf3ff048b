import type { ConnectionLimits } from '../../application/feeds/stream-connection.js';
import type {
  StreamAnswer,
  StreamProtocol,
} from '../../application/ports/stream-transport.port.js';
import { concealed } from '../../application/concealed.js';
import { authenticate, request } from './openalgo.messages.js';
import type { OpenAlgoMode } from './openalgo.messages.js';

const DAY_MS = 24 * 3_600_000;

export const OPENALGO_LIMITS: ConnectionLimits = {
  backOffMsFirst: 500,
  backOffMsMax: 10_000,
  // Behind the welcome the server logs in at the broker, which may take its time.
  handshakeMsMax: 30_000,
  heartbeatMs: 15_000,
  answerMsMax: 30_000,
  silence: { msMin: 15_000, msMax: 300_000, factor: 4 },
  // It does not cut connections; the broker's session behind it ends every day.
  ageMsMax: DAY_MS,
  overlapMs: 10_000,
};

// Brokers behind it allow 1,000 and more; 200 in a request keep its answer small.
const TOPICS_PER_CONNECTION_MAX = 1_000;
const TOPICS_PER_MESSAGE_MAX = 200;
const MESSAGES_PER_SECOND_MAX = 5;

export function openAlgoProtocol(url: string, apiKey: string, mode: OpenAlgoMode): StreamProtocol {
  return {
    topicsPerConnectionMax: TOPICS_PER_CONNECTION_MAX,
    topicsInAddressMax: 0,
    topicsPerMessageMax: TOPICS_PER_MESSAGE_MAX,
    messagesPerSecondMax: MESSAGES_PER_SECOND_MAX,
    address: () => url,
    greeting: authenticate(apiKey),
    subscribe: (topics) => request('subscribe', mode, topics),
    unsubscribe: (topics) => request('unsubscribe', mode, topics),
    answerIn: (text) => answerIn(text, apiKey),
  };
}

const REASON_CHARS_MAX = 200;

/** Answers carry no number of their request: they come in its order. */
function answerIn(text: string, apiKey: string): StreamAnswer | undefined {
  if (text.includes('"market_data"')) return undefined;
  let frame: { readonly [field: string]: unknown };
  try {
    const value = JSON.parse(text) as unknown;
    if (typeof value !== 'object' || value === null) return undefined;
    frame = value as typeof frame;
  } catch {
    return undefined;
  }
  const { type, status, code, message } = frame;
  if (status === 'error') {
    const said = concealed(`${String(code)} ${String(message)}`, [apiKey]);
    return { kind: 'refused', id: null, reason: said.slice(0, REASON_CHARS_MAX) };
  }
  if (type === 'auth') return { kind: 'welcome' };
  // Symbols of it that were not taken are told by the parser; the others stand.
  return type === 'subscribe' || type === 'unsubscribe' ? { kind: 'taken', id: null } : undefined;
}
