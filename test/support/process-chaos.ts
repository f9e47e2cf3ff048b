import { AppProcess, isAlive } from './app-process.js';
import { ScriptedVenue } from './scripted-venue.js';
import { Seeded } from './seeded.js';
import { until } from './until.js';

const VICTIMS = [
  'engine',
  'engine',
  'engine',
  'event store',
  'event store',
  'postgres',
  'app',
] as const;
type Victim = (typeof VICTIMS)[number];
const PLACES: Readonly<Record<Exclude<Victim, 'app'>, number>> = {
  'event store': 0,
  postgres: 1,
  engine: 2,
};
/** Where in the life of the exit the kill comes, at a random moment of it. */
const MOMENTS = ['armed', 'moved', 'triggered', 'in the book', 'filled'] as const;
const KILL_WITHIN_MS = 250;
const ROUND_MS_MAX = 90_000;
const LATENCY_MS = 40;

export interface ChaosFound {
  readonly rounds: number;
  readonly kills: Readonly<Record<string, number>>;
  /** Exits that never came, orders beyond the first of a stop, fills that are not the position's quantity. */
  readonly broken: readonly string[];
  /** What `projections verify` said when all was over. */
  readonly verified: { readonly code: number | null; readonly lines: readonly string[] };
  readonly uncovered: readonly string[];
}

/** Kills real processes, round by round, each at a moment that the seed names, and looks at what the venue's book holds. */
export async function processChaos(seed: number, rounds: number): Promise<ChaosFound> {
  const chance = new Seeded(seed);
  const venue = await ScriptedVenue.open();
  const app = await AppProcess.prepare(venue.url, {
    submitLatencyMs: LATENCY_MS,
    ackLatencyMs: LATENCY_MS,
  });
  const kills: Record<string, number> = {};
  const broken: string[] = [];
  try {
    await app.start();
    await venue.sendPrint('83.29');
    for (let round = 1; round <= rounds; round += 1) {
      const victim = chance.oneOf(VICTIMS);
      const moment = chance.oneOf(MOMENTS);
      kills[victim] = (kills[victim] ?? 0) + 1;
      const name = `seed ${seed} round ${round}: ${victim}, ${moment}`;
      const found = await oneRound(app, venue, { victim, moment, chance }).catch(
        (error: unknown) => `${String(error)}\n${app.output.slice(-2_000)}`,
      );
      if (found !== undefined) broken.push(`${name}: ${found}`);
    }
    await allRead(app);
    const verified = await app.command('projections', 'verify', '--json');
    return { rounds, kills, broken, verified, uncovered: await uncoveredIn(app) };
  } finally {
    await app.dispose();
    await venue.close();
  }
}

interface Round {
  readonly victim: Victim;
  readonly moment: (typeof MOMENTS)[number];
  readonly chance: Seeded;
}

async function oneRound(
  app: AppProcess,
  venue: ScriptedVenue,
  { victim, moment, chance }: Round,
): Promise<string | undefined> {
  const quantity = String(chance.between(1, 20));
  await venue.sendPrint('83.29');
  const positionId = await accepted(app, 'positions', {
    ...{ accountId: 'demo', instrumentId: 'BINANCE:LTCUSDT', side: 'long' },
    ...{ quantity, entryPrice: '83.29' },
  });
  const stopId = await accepted(app, 'stops', { positionId, plan: { trail: { amount: '1' } } });
  const mine = (kind: string) =>
    app.book().filter((line) => line['kind'] === kind && orderIdIn(line).startsWith(stopId));
  const at = MOMENTS.indexOf(moment);
  if (at >= 1) await venue.sendPrint('83.60');
  if (at >= 2) await venue.sendPrint('82.50');
  if (at >= 3) await until('the exit is in the book', () => mine('accepted').length > 0);
  if (at >= 4) await venue.sendPrint('82.40');
  // The very moment is chance's: nothing is waited for.
  await new Promise((resolve) => setTimeout(resolve, chance.between(0, KILL_WITHIN_MS)));
  await kill(app, victim);
  await until(
    'the stop is closed',
    async () => {
      // Whatever the dead one missed of the market, the next print shows.
      await venue.sendPrint('82.00');
      await venue.sendPrint('81.95');
      const body = await read(app, `/api/v1/stops/${stopId}`);
      return body?.['status'] === 'closed' && body['unfilledQuantity'] === '0';
    },
    ROUND_MS_MAX,
  );
  const filled = mine('filled').length;
  const orders = mine('accepted').map(orderIdIn);
  const repeated = mine('repeated').length;
  if (orders.join() === `${stopId}-0101` && filled === 1 && repeated === 0) return undefined;
  return `orders ${orders.join()}, fills ${filled}, repeated ${repeated}`;
}

/** SIGKILL; resolves when another one has taken its place. */
async function kill(app: AppProcess, victim: Victim): Promise<void> {
  const children = app.children();
  if (victim === 'app') {
    await app.kill();
    await until('no child outlives its parent', () => !children.some(isAlive));
    await app.start();
    return;
  }
  const place = PLACES[victim];
  const pid = children[place] ?? 0;
  process.kill(pid, 'SIGKILL');
  await until(`${victim} is replaced`, () => app.children()[place] !== pid);
}

let keys = 0;

/** A command that is sent again under the same key until it is answered with yes: what a careful client does. */
async function accepted(app: AppProcess, noun: string, body: unknown): Promise<string> {
  keys += 1;
  const key = `chaos-${process.pid}-${keys}`;
  const path = `/api/v1/${noun}`;
  const answer = await until(
    `POST ${noun} is accepted`,
    async () => {
      const one = await app.post(path, body, { 'idempotency-key': key }).catch(() => undefined);
      if (one && one.status >= 400 && one.status < 500) throw new Error(JSON.stringify(one.body));
      return one?.status === 201 ? one : undefined;
    },
    ROUND_MS_MAX,
  );
  return String(
    answer.body['positionId' in answer.body && noun === 'positions' ? 'positionId' : 'stopId'],
  );
}

async function read(app: AppProcess, path: string): Promise<Record<string, any> | undefined> {
  const answer = await app.get(path).catch(() => undefined);
  return answer?.status === 200 ? answer.body : undefined;
}

async function allRead(app: AppProcess): Promise<void> {
  await until(
    'the read side is ready',
    async () => (await read(app, '/health/ready')) !== undefined,
    ROUND_MS_MAX,
  );
  // Ready may be the word of a connection whose server has just been killed: it ends some moments later.
  await until(
    'PostgreSQL takes new connections',
    async () => (await app.command('projections', 'list')).code === 0,
    ROUND_MS_MAX,
  );
}

async function uncoveredIn(app: AppProcess): Promise<string[]> {
  const body = await read(app, '/api/v1/coverage?limit=500');
  const items = (body?.['items'] ?? []) as { positionId: string; uncoveredQuantity: string }[];
  return items
    .filter(({ uncoveredQuantity }) => uncoveredQuantity !== '0')
    .map(({ positionId }) => positionId);
}

function orderIdIn(line: Record<string, any>): string {
  return String(line['order']?.orderId ?? line['orderId'] ?? '');
}
