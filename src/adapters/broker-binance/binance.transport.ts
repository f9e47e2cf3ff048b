import { parseExactJson } from '../../codecs/exact-json.js';
import type { Unknown } from '../../application/ports/broker.port.js';
import { concealed } from '../../application/concealed.js';
import { retryAfterMs } from '../../application/retry-after.js';
import { callsOf } from './binance-calls.js';
import type { BinanceCall, BinanceMarketName } from './binance.messages.js';
import { fieldsOf, text } from './binance.parse.js';
import type { BinanceSign } from './binance.sign.js';
import { WeightGauge } from './weight-gauge.js';
import type { Urgency } from './weight-gauge.js';

/** `said`: the venue's own word, good or bad. All else is unknown. */
export type Answer =
  | { readonly kind: 'good'; readonly body: unknown }
  | { readonly kind: 'said'; readonly code: number; readonly message: string }
  | Unknown;

export interface BinanceTransportOptions {
  readonly market: BinanceMarketName;
  readonly sign: () => Promise<BinanceSign>;
  readonly timeoutMs: number;
  readonly clock: () => number;
}

const ANSWER_BYTES_MAX = 32 * 1024 * 1024;
const SYNC_EVERY_MS = 30 * 60_000;
const THROTTLED_MS = 5_000;
const OUTSIDE_WINDOW = -1021;
// Codes by which the venue says that it does not know itself, or does not want to be asked now.
const UNCLEAR_CODES = new Set([-1000, -1001, -1003, -1006, -1007, -1008, -1015, -1016]);

/**
 * The only file that calls the venue. The key is in a header of every request, the secret in none, and neither is in
 * anything that comes out of here.
 */
export class BinanceTransport {
  readonly weights: WeightGauge;
  private readonly calls = new Set<AbortController>();
  private isClosed = false;
  private heldUntilMs = 0;
  private syncedAtMs: number | undefined;
  private syncing: Promise<void> | undefined;

  constructor(private readonly options: BinanceTransportOptions) {
    this.weights = new WeightGauge(options.market, options.clock);
  }

  /** An answer, unless the venue asked us to stay away or the call would use up what exits may need. */
  async call(call: BinanceCall, urgency: Urgency): Promise<Answer> {
    if (this.syncedAtMs === undefined) await this.sync();
    else if (this.options.clock() - this.syncedAtMs > SYNC_EVERY_MS) void this.sync();
    const answer = await this.once(call, urgency);
    if (answer.kind !== 'said' || answer.code !== OUTSIDE_WINDOW) return answer;
    // The venue did nothing with it: our clock was off. With the clock set the same call is made once more.
    await this.sync();
    return this.once(call, urgency);
  }

  close(): void {
    this.isClosed = true;
    for (const call of this.calls) call.abort();
  }

  /** Sets our idea of the venue's clock; the answer is taken to be half a round trip old. */
  sync(): Promise<void> {
    this.syncing ??= this.readTime().finally(() => (this.syncing = undefined));
    return this.syncing;
  }

  private async readTime(): Promise<void> {
    const before = this.options.clock();
    const answer = await this.once(callsOf(this.options.market).time(), 'exit');
    const after = this.options.clock();
    const serverTime = answer.kind === 'good' ? text(fieldsOf(answer.body)?.['serverTime']) : '';
    if (serverTime === undefined || !/^\d{1,15}$/.test(serverTime)) return;
    const sign = await this.options.sign();
    sign.clockAheadMs = Math.round((before + after) / 2) - Number(serverTime);
    this.syncedAtMs = after;
  }

  private async once(call: BinanceCall, urgency: Urgency): Promise<Answer> {
    if (this.isClosed) return unknown('the connection was closed');
    const wait = Math.max(this.heldUntilMs - this.options.clock(), this.weights.waitMs(urgency));
    if (wait > 0) return unknown(`${call.path}: not asked, the venue counts our calls`, wait);
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), this.options.timeoutMs);
    this.calls.add(abort);
    try {
      const { secrets, url, method, headers, body } = (await this.options.sign()).request(call);
      const response = await fetch(url, {
        method,
        headers,
        ...(body !== undefined && { body }),
        redirect: 'error',
        signal: abort.signal,
      });
      this.weights.read(response.headers);
      return this.read(call, response, concealed(await response.text(), secrets));
    } catch (error) {
      return unknown(`${call.path}: ${this.causeOf(error, abort)}`);
    } finally {
      clearTimeout(timer);
      this.calls.delete(abort);
    }
  }

  private read({ path }: BinanceCall, response: Response, body: string): Answer {
    const { status, headers } = response;
    if (status === 429 || status === 418) {
      const now = this.options.clock();
      const ms = retryAfterMs(headers.get('retry-after'), now) ?? THROTTLED_MS;
      // To go on asking makes a throttle a ban, and a ban longer.
      this.heldUntilMs = now + ms;
      return unknown(`${path}: ${status === 418 ? 'banned' : 'throttled'} (${status})`, ms);
    }
    if (status >= 500) return unknown(`${path}: the venue failed (${status})`);
    const value = body.length > ANSWER_BYTES_MAX ? undefined : valueOf(body);
    if (value === undefined) return unknown(`${path}: unreadable answer (${status})`);
    if (status === 200) return { kind: 'good', body: value };
    const fields = fieldsOf(value);
    const code = Number(text(fields?.['code']) ?? NaN);
    // A firewall in front of the venue speaks no JSON, and says nothing about any order.
    if (!Number.isInteger(code)) return unknown(`${path}: unreadable answer (${status})`);
    if (UNCLEAR_CODES.has(code)) return unknown(`${path}: the venue says ${code}`);
    return { kind: 'said', code, message: (text(fields?.['msg']) ?? '').slice(0, 500) };
  }

  private causeOf(error: unknown, abort: AbortController): string {
    if (this.isClosed) return 'the connection was closed';
    if (abort.signal.aborted) return `no answer within ${this.options.timeoutMs} ms`;
    // Only the code: an error of the client may carry the request, and with it key and signature.
    const { cause } = error as { cause?: { code?: unknown } };
    return typeof cause?.code === 'string' ? cause.code : 'the connection broke';
  }
}

export function unknown(cause: string, retryAfterMs?: number): Unknown {
  return { kind: 'unknown', cause, ...(retryAfterMs !== undefined && { retryAfterMs }) };
}

function valueOf(body: string): unknown {
  try {
    return parseExactJson(body);
  } catch {
    return undefined;
  }
}
