import type { ClientBase } from 'pg';
import type { QueryRunner } from 'typeorm';

/** Whoever runs a statement: a connection of its own, or any of the pool. */
export interface Querying {
  query(sql: string, parameters?: unknown[]): Promise<unknown>;
}

const names = new Map<string, string>();

/** Rows of statements that come with every batch: the server parses and plans them once for each connection. */
export async function prepared(runner: QueryRunner): Promise<Querying> {
  // The driver's own type of connection is not told by TypeORM's.
  const client = (await runner.connect()) as ClientBase;
  return {
    query: async (text, values) =>
      (await client.query({ name: nameOf(text), text, values: values ?? [] })).rows as unknown,
  };
}

/** The server knows a statement by the first 63 characters of its name alone. */
function nameOf(text: string): string {
  let name = names.get(text);
  if (name === undefined) {
    name = `statement_${String(names.size)}`;
    names.set(text, name);
  }
  return name;
}
