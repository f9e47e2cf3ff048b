import type { ListName, RowByList } from '../../../projections/row-by-list.js';
import type { Page } from '../../application/ports/read-side.port.js';
import type { ReadModels } from '../read-models.port.js';

interface Load {
  readonly keys: Set<string>;
  readonly rows: Promise<ReadonlyMap<string, object>>;
}

type Lists = Pick<ReadModels, 'list'>;
type Dated<Row> = Row & { readonly asOfPosition: string };

/** Kept in one statement: a page of two hundred, ten times over. */
const KEYS_MAX = 2_000;

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
    const load = this.loadFor(context, list, field);
    load.keys.add(key);
    return ((await load.rows).get(key) as Dated<RowByList[Name]> | undefined) ?? null;
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
    const page: Page<object> = await this.reads.list(list, filters, { limit: keys.length });
    const { items, asOfPosition } = page;
    return new Map(
      items.map((row) => [
        (row as Readonly<Record<string, string>>)[field] ?? '',
        { ...row, asOfPosition },
      ]),
    );
  }
}

function turnOfTheLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
