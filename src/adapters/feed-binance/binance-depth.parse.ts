import type { UnixMs } from '../../domain/kernel/units.js';
import { isFields, isTime, refused, sizeText, units } from './binance-fields.parse.js';
import type { Fields, Refusal } from './binance-fields.parse.js';

/** Prices in units with the size that rests there now; size `0` where nothing does any more. */
export type ChangedLevels = readonly (readonly [priceUnits: number, size: string])[];

/** The book's change from one update id to another. */
export interface BookDiff {
  readonly kind: 'diff';
  readonly firstId: number;
  readonly lastId: number;
  /** Futures only: last id of the message before. */
  readonly previousId: number | undefined;
  readonly bids: ChangedLevels;
  readonly asks: ChangedLevels;
  readonly venueTimeMs: UnixMs;
  readonly receivedAtMs: UnixMs;
}

/** The book as it stands, or the top of it. */
export interface BookTop {
  readonly kind: 'top';
  readonly lastId: number;
  readonly bids: ChangedLevels;
  readonly asks: ChangedLevels;
  readonly venueTimeMs: UnixMs;
  readonly receivedAtMs: UnixMs;
}

export type BookChange = BookDiff | BookTop;

interface DepthContext {
  readonly stream: string | undefined;
  readonly priceScale: number;
  readonly receivedAtMs: UnixMs;
}

// A whole book of 5 000 levels a side has about 300 kB.
const SNAPSHOT_CHARS_MAX = 1_000_000;
// What the venue gives at most in one message.
const LEVELS_IN_MESSAGE_MAX = 5_000;

/** Futures send the top of the book as a change; only the name of its stream tells. Bare frames are changes. */
export function readBookChange(data: Fields, context: DepthContext): BookChange | Refusal {
  const isTop = 'lastUpdateId' in data || /@depth\d/.test(context.stream ?? '');
  if ('lastUpdateId' in data) return readTop(data, context);
  const { U: firstId, u: lastId, pu: previousId } = data;
  if (!isId(firstId) || !isId(lastId) || firstId > lastId) return refused('bad-id');
  if (previousId !== undefined && !isId(previousId)) return refused('bad-id');
  const venueTimeMs = data['T'] ?? data['E'];
  if (!isTime(venueTimeMs)) return refused('bad-time');
  const bids = levels(data['b'], context.priceScale);
  if ('kind' in bids) return bids;
  const asks = levels(data['a'], context.priceScale);
  if ('kind' in asks) return asks;
  const { receivedAtMs } = context;
  if (isTop) return { kind: 'top', lastId, bids, asks, venueTimeMs, receivedAtMs };
  return { kind: 'diff', firstId, lastId, previousId, bids, asks, venueTimeMs, receivedAtMs };
}

/** The answer to a request for the whole book. */
export function readSnapshot(
  text: string,
  context: Omit<DepthContext, 'stream'>,
): BookTop | Refusal {
  if (text.length > SNAPSHOT_CHARS_MAX) return refused('too-large');
  try {
    const data = JSON.parse(text) as unknown;
    return isFields(data)
      ? readTop(data, { ...context, stream: undefined })
      : refused('not-an-object');
  } catch {
    return refused('not-json');
  }
}

function readTop(data: Fields, { priceScale, receivedAtMs }: DepthContext): BookTop | Refusal {
  const { lastUpdateId: lastId } = data;
  if (!isId(lastId)) return refused('bad-id');
  // Spot sends no time with it: that of its arrival stands in.
  const venueTimeMs = data['T'] ?? data['E'] ?? receivedAtMs;
  if (!isTime(venueTimeMs)) return refused('bad-time');
  const bids = levels(data['bids'], priceScale);
  if ('kind' in bids) return bids;
  const asks = levels(data['asks'], priceScale);
  if ('kind' in asks) return asks;
  return { kind: 'top', lastId, bids, asks, venueTimeMs, receivedAtMs };
}

function levels(value: unknown, scale: number): ChangedLevels | Refusal {
  if (!Array.isArray(value) || value.length > LEVELS_IN_MESSAGE_MAX) return refused('bad-level');
  const read: [number, string][] = [];
  for (const level of value as readonly unknown[]) {
    if (!Array.isArray(level) || level.length < 2) return refused('bad-level');
    const [price, amount] = level as readonly unknown[];
    const priceUnits = units(price, scale);
    if (typeof priceUnits !== 'number') return priceUnits;
    const size = sizeText(amount);
    if (size === undefined) return refused('bad-size');
    read.push([priceUnits, size]);
  }
  return read;
}

/** A number above 2^53 has lost digits, and two of them could not be compared. */
function isId(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
