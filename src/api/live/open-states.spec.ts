import { LOCAL_GRANT } from '../../application/ports/access.port.js';
import type { Grant } from '../../application/ports/access.port.js';
import type { Filters, Page } from '../../application/ports/read-side.port.js';
import { asCaller, caller } from '../access/caller.js';
import type { OpenState } from './open-state.js';
import { OpenStates } from './open-states.js';

const LISTS = 3; // stops, orders, positions

/** Read models that have come as far as they are waited for, and no further. */
class CountedReads {
  readonly reads: string[] = [];
  reached = 0n;
  failures = 0;

  waitFor(position: bigint): Promise<boolean> {
    if (position > this.reached) this.reached = position;
    this.failures -= 1;
    return Promise.resolve(this.failures < 0);
  }

  list(name: string, { accountId }: Filters): Promise<Page<never>> {
    const { accounts } = caller();
    const whose = accounts === 'all' ? accounts : [...accounts].join();
    this.reads.push([name, whose, ...[accountId ?? []].flat()].join(' '));
    return Promise.resolve({ items: [], nextCursor: null, asOfPosition: this.reached.toString() });
  }
}

function of(...accounts: readonly string[]): Grant {
  return { ...LOCAL_GRANT, scopes: new Set(['read']), accounts: new Set(accounts) };
}

let counted: CountedReads;
let states: OpenStates;

beforeEach(() => {
  counted = new CountedReads();
  states = new OpenStates(counted);
});

function asked(grant: Grant, position: bigint, accountIds?: string[]): Promise<OpenState> {
  return asCaller(grant, () => states.at(position, accountIds));
}

it('is read once for two hundred who join together', async () => {
  const all = Array.from({ length: 200 }, () => asked(LOCAL_GRANT, 7n));
  expect(new Set(await Promise.all(all)).size).toBe(1);
  expect(counted.reads).toHaveLength(LISTS);
});

it('holds what each of them must know when the log goes on meanwhile', async () => {
  const positions = Array.from({ length: 200 }, (_, index) => BigInt(index));
  const all = await Promise.all(positions.map((position) => asked(LOCAL_GRANT, position)));
  for (const [index, { asOfPosition }] of all.entries()) {
    expect(BigInt(asOfPosition)).toBeGreaterThanOrEqual(BigInt(index));
  }
  // The one that was under way, and one for all who came since.
  expect(counted.reads).toHaveLength(2 * LISTS);
});

it('is there for a second for who joins after it was read, where nothing has happened since', async () => {
  jest.useFakeTimers();
  try {
    const first = await asked(LOCAL_GRANT, 7n);
    await jest.advanceTimersByTimeAsync(999);
    expect(await asked(LOCAL_GRANT, 7n)).toBe(first);
    expect(counted.reads).toHaveLength(LISTS);
    await jest.advanceTimersByTimeAsync(1);
    expect(await asked(LOCAL_GRANT, 7n)).not.toBe(first);
    expect(counted.reads).toHaveLength(2 * LISTS);
  } finally {
    jest.useRealTimers();
  }
});

it('is that of each one’s own accounts, and of those that are asked for', async () => {
  const kinds = [
    asked(of('a'), 7n),
    asked(of('a', 'b'), 7n),
    asked(of('b', 'a'), 7n),
    asked(LOCAL_GRANT, 7n),
    asked(LOCAL_GRANT, 7n, ['a']),
  ];
  expect(new Set(await Promise.all(kinds)).size).toBe(4);
  const stops = counted.reads.filter((read) => read.startsWith('stops'));
  expect(stops).toStrictEqual(['stops a', 'stops a,b', 'stops all', 'stops all a']);
});

it('is refused to who may not read, also while others read it', async () => {
  const open = asked(LOCAL_GRANT, 7n);
  const nobody = { ...LOCAL_GRANT, scopes: new Set<never>() };
  expect(() => asked(nobody, 7n)).toThrow(expect.objectContaining({ status: 403 }));
  await open;
});

it('is read again after it could not be', async () => {
  counted.failures = 1;
  const away = [asked(LOCAL_GRANT, 7n), asked(LOCAL_GRANT, 7n)];
  for (const each of away) await expect(each).rejects.toMatchObject({ status: 503 });
  expect(await asked(LOCAL_GRANT, 7n)).toMatchObject({ asOfPosition: '7' });
});

it('is read behind one that could not be, for those who came meanwhile', async () => {
  counted.failures = 1;
  const [first, later] = [asked(LOCAL_GRANT, 7n), asked(LOCAL_GRANT, 8n)];
  await expect(first).rejects.toMatchObject({ status: 503 });
  expect(await later).toMatchObject({ asOfPosition: '8' });
});
