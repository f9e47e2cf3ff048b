import { DEMO_ACCOUNT, DEMO_INSTRUMENT } from './supervisor.js';

const LOOK_EVERY_MS = 100;
const TRIES_MAX = 600;

/** Trails 0.5 % behind the best print, in steps of at least 2 ticks; the minute of 21:31 UTC reaches it. */
const DEMO_PLAN = { trail: { percent: '0.5' }, step: '0.02' };

interface Instrument {
  readonly last: { readonly price: string } | null;
}

interface Coverage {
  readonly items: readonly { readonly positionId: string; readonly uncoveredQuantity: string }[];
}

/** Where the API is, and how it is asked. */
export interface DemoApi {
  readonly http: string;
  /** Undefined: it asks for none. */
  readonly token: string | undefined;
}

/**
 * Opens a position at the first recorded print and protects it, as a user would: over REST. The prints behind it are to
 * wait for that, so that the stop goes the same way on every machine.
 */
export async function playDemo(api: DemoApi, say: (line: string) => void): Promise<void> {
  // What the run before has left is only seen once the read models have caught up.
  await eventually(() => isReady(api));
  const coverage = await get<Coverage>(api, `/coverage?accountId=${DEMO_ACCOUNT}`);
  if (coverage && coverage.items.length > 0) {
    // A run that was killed between the two requests below has left a position without a stop.
    const bare = coverage.items.filter(({ uncoveredQuantity }) => uncoveredQuantity !== '0');
    for (const { positionId } of bare) await post(api, '/stops', { positionId, plan: DEMO_PLAN });
    const found = bare.length > 0 ? 'had no stop; it has one now' : 'is still protected';
    say(`demo: the open position of the run before ${found}`);
    return;
  }
  const price = await firstPrice(api);
  if (price === undefined) {
    say('demo: no print has arrived; no position was opened');
    return;
  }
  const position = await post<{ positionId: string }>(api, '/positions', {
    accountId: DEMO_ACCOUNT,
    instrumentId: DEMO_INSTRUMENT,
    side: 'long',
    quantity: '10',
    entryPrice: price,
  });
  await post(api, '/stops', { positionId: position.positionId, plan: DEMO_PLAN });
  say(`demo: long 10 LTCUSDT at ${price} (recorded print), trailing 0.5 % behind the best print`);
}

function firstPrice(api: DemoApi): Promise<string | undefined> {
  const path = `/instruments/${encodeURIComponent(DEMO_INSTRUMENT)}`;
  return eventually(async () => (await get<Instrument>(api, path))?.last?.price);
}

async function isReady({ http }: DemoApi): Promise<true | undefined> {
  const { ok } = await fetch(`${http}/health/ready`);
  return ok ? ok : undefined;
}

async function eventually<T>(look: () => Promise<T | undefined>): Promise<T | undefined> {
  for (let attempt = 0; attempt < TRIES_MAX; attempt += 1) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  return undefined;
}

function identified({ token }: DemoApi): Record<string, string> {
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}

async function get<T>(api: DemoApi, path: string): Promise<T | undefined> {
  const response = await fetch(`${api.http}/api/v1${path}`, { headers: identified(api) });
  return response.ok ? ((await response.json()) as T) : undefined;
}

async function post<T>(api: DemoApi, path: string, body: unknown): Promise<T> {
  const response = await fetch(`${api.http}/api/v1${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...identified(api) },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`demo: POST ${path}: ${await response.text()}`);
  return (await response.json()) as T;
}
