import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** A file that is not in the shared form, with what is wrong and where. */
export class RecordingUnreadable extends Error {}

// A string of JavaScript holds no more; the largest recorded day has 22 MB.
const CONTENT_BYTES_MAX = 512 * 1024 * 1024;
// Digits to take away from the end of a time to make it milliseconds.
const SUB_MS_DIGITS: ReadonlyMap<string, number> = new Map([
  ['ts_ms', 0],
  ['ts_us', 3],
  ['ts_ns', 6],
]);

/**
 * A recorded table of prints or quotes in the shared form: one header line, decimal text, the first column is the time
 * and names its unit (`ts_ms`, `ts_us`, `ts_ns`; Unix, UTC). Rows count from 0 after the header.
 *
 * Cost: the whole file stays in memory as text; a cell is cut out when it is asked for.
 */
export class Recording {
  readonly columns: readonly string[];
  readonly rowCount: number;
  private readonly places: ReadonlyMap<string, number>;
  private readonly subMsDigits: number;

  private constructor(
    /** File name without its endings: `binance-spot-ltcusdt-20250621`. */
    readonly name: string,
    private readonly text: string,
    /** Where each row begins, and at the end where a further one would. */
    private readonly starts: Uint32Array,
    columns: readonly string[],
  ) {
    this.columns = columns;
    this.rowCount = starts.length - 1;
    this.places = new Map(columns.map((column, place) => [column, place]));
    this.subMsDigits = SUB_MS_DIGITS.get(columns[0] ?? '') ?? 0;
  }

  /** Throws RecordingUnreadable, with one line that names the file. */
  static read(path: string): Recording {
    return Recording.parse(recordingName(path), readText(path));
  }

  static parse(name: string, text: string): Recording {
    const headerEnd = text.indexOf('\n');
    if (headerEnd < 0) throw new RecordingUnreadable(`${name}: has no header line`);
    const columns = text.slice(0, headerEnd).split(',');
    if (!SUB_MS_DIGITS.has(columns[0] ?? '')) {
      throw new RecordingUnreadable(
        `${name}: the first column must be ts_ms, ts_us or ts_ns, was '${columns[0] ?? ''}'`,
      );
    }
    if (new Set(columns).size < columns.length) {
      throw new RecordingUnreadable(`${name}: a column stands twice in the header`);
    }
    const starts = rowStarts(name, text, headerEnd + 1, columns.length);
    return new Recording(name, text, starts, columns);
  }

  has(column: string): boolean {
    return this.places.has(column);
  }

  /** Place of a column, for `cell`. Throws RecordingUnreadable when there is none of the name. */
  place(column: string): number {
    const place = this.places.get(column);
    if (place === undefined) {
      throw new RecordingUnreadable(
        `${this.name}: has no column '${column}', only ${this.columns.join(', ')}`,
      );
    }
    return place;
  }

  /** Text of a cell exactly as in the file. Row and place must exist. */
  cell(row: number, place: number): string {
    const { text } = this;
    let from = this.starts[row] ?? 0;
    for (let left = place; left > 0; left -= 1) from = text.indexOf(',', from) + 1;
    const rowEnd = (this.starts[row + 1] ?? 0) - 1;
    if (place === this.columns.length - 1) return text.slice(from, rowEnd);
    return text.slice(from, text.indexOf(',', from));
  }

  /** Text of the cell of a column; `cell` is faster where many rows are read. */
  value(row: number, column: string): string {
    return this.cell(row, this.place(column));
  }

  /** Time of a row in whole Unix ms; what is below is cut off. */
  timeMs(row: number): number {
    const time = this.cell(row, 0);
    return Number(this.subMsDigits === 0 ? time : time.slice(0, -this.subMsDigits));
  }
}

export function recordingName(path: string): string {
  return basename(path).replace(/(\.(trades|quotes))?(\.csv)?(\.gz)?$/, '');
}

function readText(path: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new RecordingUnreadable(`${path}: cannot be read: ${words(error)}`);
  }
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  if (!isGzip) return bytes.toString('latin1');
  try {
    return gunzipSync(bytes, { maxOutputLength: CONTENT_BYTES_MAX }).toString('latin1');
  } catch (error) {
    throw new RecordingUnreadable(`${path}: is no sound gzip file: ${words(error)}`);
  }
}

function words(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** One pass over the text, which also finds rows with too few or too many cells and times that are no number. */
function rowStarts(name: string, text: string, begin: number, columns: number): Uint32Array {
  let starts = new Uint32Array(1024);
  let rows = 0;
  let from = begin;
  while (from < text.length) {
    const found = text.indexOf('\n', from);
    const end = found < 0 ? text.length : found;
    const cells = countCells(text, from, end);
    if (cells !== columns) {
      throw new RecordingUnreadable(`${name}: row ${rows} has ${cells} cells, not ${columns}`);
    }
    if (!beginsWithTime(text, from)) {
      throw new RecordingUnreadable(`${name}: row ${rows} does not begin with a time`);
    }
    if (rows + 1 >= starts.length) starts = grown(starts);
    starts[rows] = from;
    rows += 1;
    from = end + 1;
  }
  starts[rows] = from;
  return starts.slice(0, rows + 1);
}

function grown(starts: Uint32Array): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(starts.length * 2);
  larger.set(starts);
  return larger;
}

function countCells(text: string, from: number, end: number): number {
  let cells = 1;
  for (let at = from; at < end; at += 1) {
    if (text.charCodeAt(at) === 44) cells += 1;
  }
  return cells;
}

function beginsWithTime(text: string, from: number): boolean {
  let digits = 0;
  for (let at = from; digits <= 19; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 44) return digits >= 10;
    if (code < 48 || code > 57) return false;
    digits += 1;
  }
  return false;
}
