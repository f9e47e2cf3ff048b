import { CursorUnreadable } from '../../application/ports/read-side.port.js';
import type { ListSource, SortKind } from './list-sources.js';

/** How a list is ordered: by one column, and by the key where that is the same. */
export interface ListOrder {
  readonly column: string;
  readonly kind: SortKind;
  readonly descending: boolean;
}

/** Where a page ended: the value it was ordered by and the key of its last row. */
export interface ListPlace {
  readonly value: string | number;
  readonly key: string | number;
}

export function encodeCursor(source: ListSource, order: ListOrder, place: ListPlace): string {
  const { value, key } = place;
  const parts = [source.model, headOf(order), value, ...(order.column === source.key ? [] : [key])];
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

/** Throws `CursorUnreadable` for whatever this list, ordered in this way, did not make. */
export function decodeCursor(source: ListSource, order: ListOrder, cursor: string): ListPlace {
  const isByKey = order.column === source.key;
  try {
    const parts = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown;
    if (Array.isArray(parts) && parts[0] === source.model && parts[1] === headOf(order)) {
      const [value, key] = [parts[2], isByKey ? parts[2] : parts[3]] as readonly unknown[];
      if (isOf(order.kind, value) && isOf(source.keyKind, key)) {
        return { value: value as string, key: key as string };
      }
    }
  } catch {
    // Falls through: whatever it is, this list did not make it.
  }
  throw new CursorUnreadable(cursor);
}

function headOf({ column, descending }: ListOrder): string {
  return `${descending ? '-' : ''}${column}`;
}

/** A time as rows spell it: PostgreSQL knows neither 30 February, which `Date` takes for 2 March, nor a year 0. */
function isTime(text: string): boolean {
  const ms = Date.parse(text);
  return !Number.isNaN(ms) && ms >= 0 && new Date(ms).toISOString() === text;
}

function isOf(kind: SortKind, value: unknown): boolean {
  switch (kind) {
    case 'integer':
      return Number.isInteger(value) && Math.abs(value as number) < 2 ** 31;
    case 'time':
      return typeof value === 'string' && isTime(value);
    case 'text':
      return typeof value === 'string' && !value.includes('\0');
  }
}
