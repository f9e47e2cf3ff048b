import { concealed } from '../../application/concealed.js';
import type {
  SnapshotAnswer,
  SnapshotTransport,
} from '../../application/ports/snapshot-transport.port.js';

export interface HttpSnapshotLimits {
  /** From the request to the last byte of its answer. */
  readonly answerMsMax: number;
  readonly answerBytesMax: number;
}

const LIMITS: HttpSnapshotLimits = { answerMsMax: 10_000, answerBytesMax: 2 * 1024 * 1024 };

/** Headers of every request. Asked for at each of them: a key is kept nowhere else. Throws when there is none. */
type Headers = () => Readonly<Record<string, string>>;

/** Whole states over HTTP or HTTPS. Redirects are not followed: an address is what was configured. */
export class HttpSnapshotTransport implements SnapshotTransport {
  private readonly limits: HttpSnapshotLimits;

  constructor(
    limits: Partial<HttpSnapshotLimits> = {},
    private readonly headers: Headers = () => ({}),
  ) {
    this.limits = { ...LIMITS, ...limits };
  }

  async get(address: string): Promise<SnapshotAnswer> {
    const signal = AbortSignal.timeout(this.limits.answerMsMax);
    const headers = this.headers();
    const response = await fetch(address, { signal, redirect: 'error', headers });
    // The headers hold keys, and what cannot be read is shown as it is.
    const text = concealed(await this.textOf(response), Object.values(headers));
    const seconds = response.headers.get('retry-after');
    const isNumber = seconds !== null && /^\d{1,6}$/.test(seconds);
    return {
      status: response.status,
      text,
      retryAfterMs: isNumber ? Number(seconds) * 1_000 : null,
    };
  }

  private async textOf(response: Response): Promise<string> {
    const { answerBytesMax } = this.limits;
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of response.body ?? []) {
      const part = chunk as Uint8Array;
      bytes += part.length;
      // A small compressed answer may become a huge one: what is counted is what comes out.
      if (bytes > answerBytesMax)
        throw new Error(`an answer has more than ${answerBytesMax} bytes`);
      chunks.push(part);
    }
    return Buffer.concat(chunks).toString('utf8');
  }
}
