import type { ListName, RowByList } from '../../../projections/row-by-list.js';
import type { Page } from '../../application/ports/read-side.port.js';
import { badField } from '../problem.js';
import type { RequestProblem } from '../problem.js';
import type { ReadModels } from '../read-models.port.js';

interface Load {
  readonly keys: Set<string>;
  /** By key, in the order of the list. */
  readonly rows: Promise<ReadonlyMap<string, readonly object[]>>;
}

type Lists = Pick<ReadModels, 'list'>;
type Dated<Row> = Row & { readonly asOfPosition: string };

/** Kept in one statement: a page of two hundred, ten times over. */
const KEYS_MAX = 2_000;
/** Rows that many may point to together; who asks for more is told, not given a part. */
const ROWS_MAX = 5_000;
const PAGE_ROWS = 500;

/**
 * Rows that rows point to. What is asked for in one turn of the loop, for all items of a page, is read by one statement.
 * Whatever answers a request is one context: nothing is kept from one request to the next.
 */
export class RowLoads {
  private readonly open = new WeakMap<object, Map<ListName, Load>>();

  constructor(private readonly reads: Lists) {}

  /** Null: there is none, or none that the caller may see. */
  async one<Name extends ListName>(
    context: object,
    list: Name,
    { field, key }: { readonly field: keyof RowByList[Name] & string; readonly key: string | null },
  ): Promise<Dated<RowByList[Name]> | null> {
    if (key === null) return null;
    return (await this.many(context, list, { field, key }))[0] ?? null;
  }

  /** All that point to it. */
  async many<Name extends ListName>(
    context: object,
    list: Name,
    { field, key }: { readonly field: keyof RowByList[Name] & string; readonly key: string },
  ): Promise<readonly Dated<RowByList[Name]>[]> {
    const load = this.loadFor(context, list, field);
    load.keys.add(key);
    return ((await load.rows).get(key) ?? []) as readonly Dated<RowByList[Name]>[];
  }

  private loadFor(context: object, list: ListName, field: string): Load {
    const loads = this.open.get(context) ?? new Map<ListName, Load>();
    this.open.set(context, loads);
    const under = loads.get(list);
    if (under && under.keys.size < KEYS_MAX) return under;
    const keys = new Set<string>();
    const rows = turnOfTheLoop().then(() => {
      if (loads.get(list)?.keys === keys) loads.delete(list);
      return this.read(list, field, [...keys]);
    });
    const load = { keys, rows };
    loads.set(list, load);
    return load;
  }

  private async read(list: ListName, field: string, keys: readonly string[]) {
    const filters = { [field]: keys };
    const found = new Map<string, object[]>();
    let [cursor, count] = [null as string | null | undefined, 0];
    do {
      const terms = { limit: Math.max(PAGE_ROWS, keys.length), cursor: cursor ?? undefined };
      const page: Page<object> = await this.reads.list(list, filters, terms);
      for (const row of page.items) {
        const key = (row as Readonly<Record<string, string>>)[field] ?? '';
        const rows = found.get(key) ?? [];
        rows.push({ ...row, asOfPosition: page.asOfPosition });
        found.set(key, rows);
      }
      cursor = page.nextCursor;
      count += page.items.length;
      if (cursor !== null && count >= ROWS_MAX) throw tooMany(list);
    } while (cursor !== null);
    return found;
  }
}

function tooMany(list: ListName): RequestProblem {
  const rule = `may be asked for no more than ${String(ROWS_MAX)} at once`;
  return badField({ code: 'TOO_MANY', field: list, rule, value: '' });
}

function turnOfTheLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
