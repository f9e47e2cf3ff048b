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

const NOTHING: ReadonlySet<string> = new Set();

/** Without some of the columns. Built key by key: a page has thousands of cells, and a copy of a row costs more than they do. */
export function decodeRow(stored: StoredRow, without = NOTHING): Record<string, unknown> {
  const row: Record<string, unknown> = {};
  for (const column of Object.keys(stored)) {
    if (!without.has(column)) row[toKey(column)] = stored[column];
  }
  return row;
}

const UTC_LENGTH_MIN = '2025-06-21 21:25:00+00'.length;
const SECONDS_END = '2025-06-21 21:25:00'.length;
const MS_DIGITS = 3;

/** A `timestamptz` as it entered the database: ISO 8601 in UTC. A page has hundreds, and a date object costs ten times as much. */
export function decodeTime(text: string): string {
  const isUtc = text.endsWith('+00') && text[4] === '-' && text.length >= UTC_LENGTH_MIN;
  if (!isUtc) return new Date(text).toISOString();
  const ms = text.slice(SECONDS_END + 1, -3).slice(0, MS_DIGITS);
  return `${text.slice(0, 10)}T${text.slice(11, SECONDS_END)}.${ms.padEnd(MS_DIGITS, '0')}Z`;
}

/** JSON text that PostgreSQL takes. Decimals travel as strings, so that no float ever touches them. */
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
