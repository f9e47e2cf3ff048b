import { storable, storableJson } from './row-codec.js';

/** A column of a table, and the key of the row that fills it. */
export interface TableColumn {
  readonly name: string;
  readonly key: string;
  /** As PostgreSQL writes it. */
  readonly type: string;
}

const NULL = '\\N';
const SPECIAL = /[\\\t\n\r\0\ud800-\udfff]/;
const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\t': '\\t',
  '\n': '\\n',
  '\r': '\\r',
};

/** A row as a line of COPY's text format, with its end. Decimals stay text: no float ever touches them. */
export function copyLine(columns: readonly TableColumn[], row: object): string {
  const cells = row as Readonly<Record<string, unknown>>;
  const texts = columns.map(({ key, type }) => {
    const cell = cells[key];
    if (cell == null) return NULL;
    return type === 'json' ? escaped(storableJson(cell)) : plain(cell);
  });
  return `${texts.join('\t')}\n`;
}

function plain(cell: unknown): string {
  return typeof cell === 'string' ? escaped(cell) : String(cell);
}

function escaped(text: string): string {
  return SPECIAL.test(text)
    ? storable(text).replace(/[\\\t\n\r]/g, (special) => ESCAPES[special] ?? special)
    : text;
}
