import type { RunningApi } from './api-fixture.js';
import type { Seeded } from './seeded.js';

/** A cursor that the API gave, and what it was given to. */
export interface GivenCursor {
  readonly path: string;
  /** The query, but for the cursor. */
  readonly terms: readonly string[];
  readonly cursor: string;
}

/** A list of more pages than this is not walked to its end. */
const PAGES_MAX = 20;

/** Walks every list of the document in each of its orders, a row at a time. Always in the same order: a seed is all that chance has. */
export async function cursorsGiven(
  api: RunningApi,
  headers: Record<string, string>,
): Promise<readonly GivenCursor[]> {
  const found: GivenCursor[] = [];
  for (const [documented, { get }] of Object.entries<any>(api.openApi.document['paths'])) {
    const parameters = (get?.parameters ?? []) as readonly any[];
    const path = documented.replace('{stopId}', 'SB');
    if (!parameters.some(({ name }) => name === 'cursor')) continue;
    for (const sort of sortsOf(parameters.find(({ name }) => name === 'sort'))) {
      const walk = { path, terms: [`sort=${sort}`, 'limit=1'] };
      for await (const cursor of cursorsOf(api, walk, headers)) found.push({ ...walk, cursor });
    }
  }
  return found;
}

async function* cursorsOf(
  api: RunningApi,
  { path, terms }: Omit<GivenCursor, 'cursor'>,
  headers: Record<string, string>,
): AsyncGenerator<string> {
  let from: string[] = [];
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const target = `${path}?${[...terms, ...from].join('&')}`;
    const { status, body } = await api.get(target, headers);
    if (status !== 200) throw new Error(`${target}: ${JSON.stringify(body)}`);
    const cursor = body.nextCursor as string | null;
    if (cursor === null) return;
    yield cursor;
    from = [`cursor=${cursor}`];
  }
}

/** The document names them in words. */
function sortsOf({ schema }: any): readonly string[] {
  const [, names = ''] = /must be of (.*), with "-"/.exec(schema.description as string) ?? [];
  return names.split(', ').flatMap((name) => [name, `-${name}`]);
}

/** What a cursor becomes on its way, or in the hands of somebody who has seen what is in it. */
export function spoilt(random: Seeded, cursor: string, values: readonly unknown[]): string {
  const at = random.between(0, cursor.length - 1);
  switch (random.between(0, 3)) {
    case 0:
      return cursor.slice(0, at);
    case 1:
      return `${cursor.slice(0, at)}${random.oneOf(['A', 'z', '0', '-', '_'])}${cursor.slice(at + 1)}`;
    case 2:
      return cursor + cursor;
    default: {
      const parts = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[];
      parts[random.between(0, parts.length)] = random.oneOf(values);
      return Buffer.from(JSON.stringify(parts)).toString('base64url');
    }
  }
}
