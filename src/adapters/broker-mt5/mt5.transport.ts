import { parseExactJson } from '../../codecs/exact-json.js';
import type { Unknown } from '../../application/ports/broker.port.js';
import { concealed } from '../../application/concealed.js';
import { retryAfterMs } from '../../application/retry-after.js';
import type { TradeRequest } from './mt5.messages.js';
import { fieldsOf, text } from './mt5.parse.js';

/** `said`: MetaApi itself refused the call, and nothing of it reached the terminal. */
export type Answer =
  | { readonly kind: 'good'; readonly body: unknown }
  | { readonly kind: 'said'; readonly status: number; readonly message: string }
  | Unknown;

export interface Mt5TransportOptions {
  /** Such as `https://mt-client-api-v1.london.agiliumtrade.ai`: each region has one. */
  readonly url: string;
  /** MetaApi's id of the account; not its login. */
  readonly metaApiAccountId: string;
  readonly token: string;
  readonly timeoutMs: number;
  readonly clock: () => number;
}

const ANSWER_BYTES_MAX = 32 * 1024 * 1024;
const THROTTLED_MS = 5_000;
const NUMBERS = new Set(['volume', 'openPrice', 'stopLimitPrice']);

/** The only file that calls MetaApi. The token is in a header of every request and in nothing that comes out of here. */
export class Mt5Transport {
  private readonly calls = new Set<AbortController>();
  private isClosed = false;

  constructor(private readonly options: Mt5TransportOptions) {}

  get(path: string): Promise<Answer> {
    return this.call(path, undefined);
  }

  trade(request: TradeRequest): Promise<Answer> {
    return this.call('trade', wire(request));
  }

  close(): void {
    this.isClosed = true;
    for (const call of this.calls) call.abort();
  }

  private async call(path: string, body: string | undefined): Promise<Answer> {
    if (this.isClosed) return unknown('the connection was closed');
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), this.options.timeoutMs);
    this.calls.add(abort);
    const { url, metaApiAccountId, token } = this.options;
    const name = path.split('/')[0] ?? path;
    try {
      const account = encodeURIComponent(metaApiAccountId);
      const response = await fetch(`${url}/users/current/accounts/${account}/${path}`, {
        method: body === undefined ? 'GET' : 'POST',
        headers: { 'auth-token': token, 'Content-Type': 'application/json' },
        ...(body !== undefined && { body }),
        redirect: 'error',
        signal: abort.signal,
      });
      return this.read(name, response, concealed(await response.text(), [token]));
    } catch (error) {
      return unknown(`${name}: ${this.causeOf(error, abort)}`);
    } finally {
      clearTimeout(timer);
      this.calls.delete(abort);
    }
  }

  private read(name: string, response: Response, body: string): Answer {
    const { status } = response;
    const value = body.length > ANSWER_BYTES_MAX ? undefined : valueOf(body);
    if (status === 429) {
      return unknown(`${name}: throttled (429)`, this.waitMs(response, value));
    }
    if (status >= 500) return unknown(`${name}: MetaApi failed (${status})`);
    if (value === undefined) return unknown(`${name}: unreadable answer (${status})`);
    if (status === 200) return { kind: 'good', body: value };
    // 202: not ready; 408: it does not know itself.
    if (status < 400 || status === 408) return unknown(`${name}: no answer yet (${status})`);
    const message = text(fieldsOf(value)?.['message']);
    if (message === undefined) return unknown(`${name}: unreadable answer (${status})`);
    return { kind: 'said', status, message: message.slice(0, 500) };
  }

  private waitMs(response: Response, value: unknown): number {
    const said = retryAfterMs(response.headers.get('retry-after'), this.options.clock());
    if (said !== undefined) return said;
    const metadata = fieldsOf(fieldsOf(value)?.['metadata']);
    const at = Date.parse(text(metadata?.['recommendedRetryTime']) ?? '');
    return Number.isNaN(at) ? THROTTLED_MS : Math.max(0, at - this.options.clock());
  }

  private causeOf(error: unknown, abort: AbortController): string {
    if (this.isClosed) return 'the connection was closed';
    if (abort.signal.aborted) return `no answer within ${this.options.timeoutMs} ms`;
    // Only the code: an error of the client may carry the request, and with it the token.
    const { cause } = error as { cause?: { code?: unknown } };
    return typeof cause?.code === 'string' ? cause.code : 'the connection broke';
  }
}

export function unknown(cause: string, retryAfterMs?: number): Unknown {
  return { kind: 'unknown', cause, ...(retryAfterMs !== undefined && { retryAfterMs }) };
}

/** Numbers leave with the digits that they have: they never were floats. */
function wire(request: TradeRequest): string {
  const fields = Object.entries(request).map(([name, value]) => {
    return `${JSON.stringify(name)}:${NUMBERS.has(name) ? String(value) : JSON.stringify(value)}`;
  });
  return `{${fields.join(',')}}`;
}

function valueOf(body: string): unknown {
  try {
    return parseExactJson(body);
  } catch {
    return undefined;
  }
}
