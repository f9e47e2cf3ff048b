/** Lines of an export: CSV (RFC 4180) with a head, or one JSON document a line. */
export async function* exportLines(
  format: 'csv' | 'jsonl',
  fields: readonly string[],
  rows: AsyncIterable<readonly object[]>,
): AsyncGenerator<string> {
  if (format === 'csv') yield csvLine(fields);
  for await (const batch of rows) {
    yield batch.map((row) => lineOf(format, fields, row)).join('');
  }
}

function lineOf(format: 'csv' | 'jsonl', fields: readonly string[], row: object): string {
  const cells = row as Readonly<Record<string, unknown>>;
  if (format === 'csv') return csvLine(fields.map((field) => cells[field]));
  return `${JSON.stringify(Object.fromEntries(fields.map((field) => [field, cells[field]])))}\n`;
}

function csvLine(cells: readonly unknown[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}

/** Absent is empty; a document is its JSON. A text that a spreadsheet would take for a formula is kept from being one. */
function csvCell(cell: unknown): string {
  if (cell === null || cell === undefined) return '';
  const text = typeof cell === 'string' ? cell : JSON.stringify(cell);
  const isNumber = /^-?\d+(\.\d+)?$/.test(text);
  const safe = !isNumber && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
