import { parseExactJson } from '../../codecs/exact-json.js';
import { concealed } from '../../application/concealed.js';
import { retryAfterMs } from '../../application/retry-after.js';
import type { OpenAlgoPath } from './openalgo.messages.js';

/** What came back of a call. Everything but an answer that could be read is `unclear`. */
export type Answer =
  | { readonly kind: 'answer'; readonly status: number; readonly body: Record<string, unknown> }
  | { readonly kind: 'unclear'; readonly cause: string; readonly retryAfterMs?: number };

export interface OpenAlgoTransportOptions {
  /** Such as `http://127.0.0.1:5000`. */
  readonly url: string;
  readonly apiKey: string;
  readonly timeoutMs: number;
}

const ANSWER_BYTES_MAX = 8 * 1024 * 1024;
// Its limiter counts by the second; the `retry_after: 60` in its body is a constant of the program.
const THROTTLE_MS = 1_000;

/** The only file with a socket. The key is in the body of every request and in nothing that comes out of here. */
export class OpenAlgoTransport {
  private readonly calls = new Set<AbortController>();
  private isClosed = false;

  constructor(private readonly options: OpenAlgoTransportOptions) {}

  async post(path: OpenAlgoPath, fields: Readonly<Record<string, unknown>> = {}): Promise<Answer> {
    if (this.isClosed) return { kind: 'unclear', cause: 'the connection was closed' };
    const call = new AbortController();
    const timer = setTimeout(() => call.abort(), this.options.timeoutMs);
    this.calls.add(call);
    try {
      const response = await fetch(`${this.options.url}/api/v1/${path}`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ apikey: this.options.apiKey, ...fields }),
        redirect: 'error',
        signal: call.signal,
      });
      const text = concealed(await response.text(), [this.options.apiKey]);
      return this.read(path, response, text);
    } catch (error) {
      return { kind: 'unclear', cause: `${path}: ${this.causeOf(error, call)}` };
    } finally {
      clearTimeout(timer);
      this.calls.delete(call);
    }
  }

  close(): void {
    this.isClosed = true;
    for (const call of this.calls) call.abort();
  }

  private read(path: string, response: Response, text: string): Answer {
    const { status, headers } = response;
    if (status === 429 || status === 418) {
      const ms = retryAfterMs(headers.get('retry-after'), Date.now()) ?? THROTTLE_MS;
      return { kind: 'unclear', cause: `${path}: throttled (${status})`, retryAfterMs: ms };
    }
    if (status >= 500) return { kind: 'unclear', cause: `${path}: the venue failed (${status})` };
    const body = text.length > ANSWER_BYTES_MAX ? undefined : objectOf(text);
    if (!body) return { kind: 'unclear', cause: `${path}: unreadable answer (${status})` };
    return { kind: 'answer', status, body };
  }

  private causeOf(error: unknown, call: AbortController): string {
    if (this.isClosed) return 'the connection was closed';
    if (call.signal.aborted) return `no answer within ${this.options.timeoutMs} ms`;
    // Only the code: an error of the client may carry the request, and with it the key.
    const { cause } = error as { cause?: { code?: unknown } };
    return typeof cause?.code === 'string' ? cause.code : 'the connection broke';
  }
}

function objectOf(text: string): Record<string, unknown> | undefined {
  try {
    const value = parseExactJson(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
