import autocannon from 'autocannon';
import { followDecisions } from './live-subscriber.js';

/**
 * Asks the API and follows its decisions, in a process of its own, so that its work is not the bench's. Each message
 * with a number of seconds begins a round; its answer is what was seen.
 *
 * Usage: URL REQUESTS_PER_SECOND (0 = as fast as answers come) SUBSCRIBERS
 */
const [url = '', perSecond = '0', subscribers = '0'] = process.argv.slice(2);
const CONNECTIONS_EACH = 2;

const QUERY =
  '{stops(status:"armed",limit:100){items{stopId status side level extreme quantity positionId instrumentId accountId} nextCursor asOfPosition}}';
const KINDS: readonly (autocannon.Request & { readonly kind: string })[] = [
  { kind: 'REST, 100 stops', method: 'GET', path: '/api/v1/stops?status=armed&limit=100' },
  {
    kind: 'GraphQL, 100 stops',
    method: 'POST',
    path: '/graphql',
    body: JSON.stringify({ query: QUERY }),
    headers: { 'content-type': 'application/json' },
  },
  { kind: 'REST, coverage of 100', method: 'GET', path: '/api/v1/coverage?limit=100' },
  { kind: 'REST, 20 newest orders', method: 'GET', path: '/api/v1/orders?sort=-placedAt&limit=20' },
];

/** What a round has seen: how long answers took, in ms, and when which position was heard of, by the wall clock. */
export interface LoadSeen {
  readonly times: Readonly<Record<string, readonly number[]>>;
  readonly heard: readonly { readonly position: string; readonly atMs: number }[];
  readonly failed: number;
}

let heard: { position: string; atMs: number }[] = [];

async function round(seconds: number): Promise<LoadSeen> {
  heard = [];
  const seen = await Promise.all(KINDS.map((each) => asked(each, seconds)));
  return {
    times: Object.fromEntries(seen.map(({ kind, times }) => [kind, times])),
    heard,
    failed: seen.reduce((sum, { failed }) => sum + failed, 0),
  };
}

function asked({ kind, ...request }: (typeof KINDS)[number], seconds: number) {
  const rate = Number(perSecond) / KINDS.length;
  const times: number[] = [];
  const options = {
    ...{ url, connections: CONNECTIONS_EACH, duration: seconds, requests: [request] },
    ...(rate > 0 && { overallRate: rate }),
  };
  return new Promise<{ kind: string; times: readonly number[]; failed: number }>(
    (resolve, reject) => {
      const running = autocannon(
        options,
        (error: Error | undefined, { errors, non2xx, timeouts }) => {
          if (error) reject(error);
          else resolve({ kind, times, failed: errors + non2xx + timeouts });
        },
      );
      running.on('response', (_client, _status, _bytes, ms) => times.push(ms));
    },
  );
}

async function main(): Promise<void> {
  const note = (position: string) =>
    heard.push({ position, atMs: performance.timeOrigin + performance.now() });
  for (let number = 0; number < Number(subscribers); number += 1) await followDecisions(url, note);
  process.on('message', (seconds: number) => {
    void round(seconds).then((seen) => process.send?.(seen));
  });
  process.send?.({ port: 0 });
}

main().catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exit(1);
});
