import type { ClientBase, FieldDef } from 'pg';
import type { DataSource } from 'typeorm';
import { jsonWriterOf, parserOf } from './cell-text.js';
import type { Statement } from './list-sql.js';
import { rowsTaken } from './prepared.js';
import { toKey } from './row-codec.js';

/** A row as the server sends it: of each cell the text. */
export type StoredCells = readonly (string | null)[];

interface Column {
  readonly at: number;
  readonly key: string;
  readonly parse: (text: string) => unknown;
  readonly write: (text: string) => string;
}

/**
 * What a statement has found, not decoded yet. A page has thousands of cells: most of them go out as the JSON that they
 * came as, and a decoded copy of each would cost more than all the rest of the answer.
 */
export class StoredRows {
  private readonly columns: ReadonlyMap<string, Column>;

  constructor(
    fields: readonly Pick<FieldDef, 'name' | 'dataTypeID'>[],
    readonly rows: readonly StoredCells[],
  ) {
    this.columns = new Map(
      fields.map(({ name, dataTypeID: oid }, at) => {
        const column = { at, key: toKey(name), parse: parserOf(oid), write: jsonWriterOf(oid) };
        return [name, column] as const;
      }),
    );
  }

  get names(): readonly string[] {
    return [...this.columns.keys()];
  }

  /** The value of one cell. A column that there is not has none. */
  value(row: StoredCells, name: string): unknown {
    const column = this.columns.get(name);
    const text = column && row[column.at];
    return column && text !== null && text !== undefined ? column.parse(text) : null;
  }

  /** Makes objects of rows, with the columns that are named and are there, in this order. */
  objects(names: readonly string[]): (row: StoredCells) => Record<string, unknown> {
    const columns = this.chosen(names);
    return (row) => {
      const object: Record<string, unknown> = {};
      for (const { at, key, parse } of columns) {
        const text = row[at];
        object[key] = text === null || text === undefined ? null : parse(text);
      }
      return object;
    };
  }

  /** Writes the same objects as JSON; what is added, each with a comma before it, stands at their end. */
  json(names: readonly string[]): (row: StoredCells, added?: string) => string {
    const columns = this.chosen(names).map((column) => ({ ...column, head: `,"${column.key}":` }));
    return (row, added = '') => {
      let json = '';
      for (const { at, head, write } of columns) {
        const text = row[at];
        json += head + (text === null || text === undefined ? 'null' : write(text));
      }
      return `{${(json + added).slice(1)}}`;
    };
  }

  private chosen(names: readonly string[]): readonly Column[] {
    return names.flatMap((name) => this.columns.get(name) ?? []);
  }
}

const AS_TEXT = { getTypeParser: () => (text: string) => text };

export async function storedRows(
  dataSource: DataSource,
  { sql, values }: Statement,
): Promise<StoredRows> {
  const runner = dataSource.createQueryRunner();
  try {
    // The driver's own type of connection is not told by TypeORM's.
    const client = (await runner.connect()) as ClientBase;
    const result = await client.query<(string | null)[]>({
      ...{ text: sql, values: [...values], rowMode: 'array', types: AS_TEXT },
    });
    return new StoredRows(result.fields, rowsTaken(result));
  } finally {
    await runner.release();
  }
}
