import type { ClientBase } from 'pg';
import type { QueryRunner } from 'typeorm';

/** Whoever runs a statement: a connection of its own, or any of the pool. */
export interface Querying {
  query(sql: string, parameters?: unknown[]): Promise<unknown>;
}

// Each choice of tables that a live batch may touch is a statement of its own, of which every connection keeps up to a
// megabyte. What comes often comes early.
const NAMES_MAX = 100;
const names = new Map<string, string>();

/** Rows of statements that come with every batch: the server parses and plans them once for each connection. */
export async function prepared(runner: QueryRunner): Promise<Querying> {
  // The driver's own type of connection is not told by TypeORM's.
  const client = (await runner.connect()) as ClientBase;
  return {
    query: async (text, values = []) =>
      rowsTaken(await client.query({ ...nameOf(text), text, values })) as unknown,
  };
}

/**
 * The rows of a result, which has none from then on. What the driver links of statements that are over outlives them, and
 * would take their rows into the old generation, to be collected there at the cost of a pause every few hundred pages.
 */
export function rowsTaken<Row>(result: { readonly rows: Row[] }): Row[] {
  return result.rows.splice(0);
}

/** The server knows a statement by the first 63 characters of its name alone. Without a name it is not kept. */
function nameOf(text: string): { readonly name?: string } {
  let name = names.get(text);
  if (name === undefined) {
    if (names.size >= NAMES_MAX) return {};
    name = `statement_${String(names.size)}`;
    names.set(text, name);
  }
  return { name };
}
