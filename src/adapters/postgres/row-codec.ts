/** Rows as the database spells them: snake-case columns, anything PostgreSQL's text cannot hold replaced. */
export type StoredRow = Readonly<Record<string, unknown>>;

const snakeNames = new Map<string, string>();
const camelNames = new Map<string, string>();

export function toColumn(key: string): string {
  let name = snakeNames.get(key);
  if (name === undefined) {
    name = key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    snakeNames.set(key, name);
  }
  return name;
}

export function toKey(column: string): string {
  let name = camelNames.get(column);
  if (name === undefined) {
    name = column.replace(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase());
    camelNames.set(column, name);
  }
  return name;
}

export function decodeRow(stored: StoredRow): Record<string, unknown> {
  return Object.fromEntries(Object.entries(stored).map(([column, cell]) => [toKey(column), cell]));
}

/** JSON text for `json_populate_recordset`. Decimals travel as strings, so that no float ever touches them. */
export function encodeRows(rows: readonly object[]): string {
  const stored = rows.map((row) =>
    Object.fromEntries(Object.entries(row).map(([key, cell]) => [toColumn(key), cell as unknown])),
  );
  return storableJson(stored);
}

export function storableJson(value: unknown): string {
  const json = JSON.stringify(value);
  // PostgreSQL text has no NUL and no half of a surrogate pair; a venue's reason may. The look costs less than a replacer.
  return json.includes('\\u0000') || json.includes('\\ud')
    ? JSON.stringify(value, (_key, cell: unknown) =>
        typeof cell === 'string' ? storable(cell) : cell,
      )
    : json;
}

/** The text with what PostgreSQL cannot hold replaced by U+FFFD. */
export function storable(text: string): string {
  return text.replace(/\0|\p{Surrogate}/gu, '\uFFFD');
}
