import type { AlarmMessage, AlarmPost, PostOutcome } from '../../application/ports/alarm.port.js';
import {
  DELIVERY_HEADER,
  SIGNATURE_HEADER,
  TIMESTAMP_HEADER,
  signatureOf,
} from './webhook.sign.js';

export interface WebhookOptions {
  readonly url: string;
  readonly secret: string;
  readonly timeoutMs: number;
  readonly clock: () => number;
}

// Answers that say "not now" rather than "not this".
const LATER_STATUSES = new Set([408, 421, 425, 429]);

/** Posts signed JSON to one address. Every answer but 2xx is a failure, redirects too: a signature is for one address. */
export class WebhookClient implements AlarmPost {
  constructor(private readonly options: WebhookOptions) {}

  async post({ id, body }: Omit<AlarmMessage, 'severity'>): Promise<PostOutcome> {
    const { url, secret, timeoutMs, clock } = this.options;
    const text = JSON.stringify({ id, ...body });
    const timestampS = Math.floor(clock() / 1_000);
    try {
      const response = await fetch(url, {
        method: 'POST',
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutMs),
        headers: {
          'content-type': 'application/json',
          'user-agent': 'stopledger',
          [DELIVERY_HEADER]: id,
          [TIMESTAMP_HEADER]: String(timestampS),
          [SIGNATURE_HEADER]: signatureOf(secret, timestampS, text),
        },
        body: text,
      });
      await response.body?.cancel();
      return outcomeOf(response);
    } catch (error) {
      return { kind: 'failed', reason: reasonOf(error, timeoutMs) };
    }
  }
}

function outcomeOf(response: Response): PostOutcome {
  const { status } = response;
  if (response.ok) return { kind: 'delivered' };
  const reason = `the address answered ${status}`;
  if (status >= 500 || LATER_STATUSES.has(status)) {
    const seconds = Number(response.headers.get('retry-after') ?? 'NaN');
    return { kind: 'failed', reason, ...(seconds > 0 && { retryAfterMs: seconds * 1_000 }) };
  }
  return { kind: 'refused', reason };
}

/** Never with the address: it may hold a key of its own. */
function reasonOf(error: unknown, timeoutMs: number): string {
  if (!(error instanceof Error)) return 'the address cannot be reached';
  if (error.name === 'TimeoutError') return `the address did not answer within ${timeoutMs} ms`;
  const cause = error.cause as { code?: string } | undefined;
  return `the address cannot be reached: ${cause?.code ?? error.name}`;
}
