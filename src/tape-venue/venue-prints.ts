import { Recording, RecordingUnreadable } from '../market-data/recorded-trades.js';

/** What is changed of a recorded row before it goes out. */
export interface PrintNumbers {
  readonly id: number;
  readonly tradeTimeMs: number;
  readonly eventTimeMs: number;
}

/** Rows of a recording as messages of Binance. A row is skipped when it says nothing on its own. */
export interface VenuePrints {
  readonly recording: Recording;
  /** `ltcusdt@trade` or `ltcusdt@bookTicker`. */
  readonly stream: string;
  readonly firstId: number;
  readonly lastId: number;
  /** Recorded id, or the number of the row from 1 on where none was recorded. */
  id(row: number): number;
  /** The data of the frame as JSON. */
  message(row: number, numbers: PrintNumbers): string;
}

/** Throws RecordingUnreadable for a recording that holds neither prints nor quotes. */
export function venuePrints(recording: Recording, symbol: string): VenuePrints {
  if (recording.rowCount === 0) throw new RecordingUnreadable(`${recording.name}: has no rows`);
  if (recording.has('price')) return tradePrints(recording, symbol);
  if (recording.has('bid') && recording.has('ask')) return quotePrints(recording, symbol);
  throw new RecordingUnreadable(
    `${recording.name}: needs a column price, or bid and ask; has ${recording.columns.join(', ')}`,
  );
}

function tradePrints(recording: Recording, symbol: string): VenuePrints {
  const optional = (column: string): number | undefined =>
    recording.has(column) ? recording.place(column) : undefined;
  const price = recording.place('price');
  const size = recording.place('size');
  const [side, orderType, tradeId] = [
    optional('side'),
    optional('order_type'),
    optional('trade_id'),
  ];
  const id = (row: number): number => {
    if (tradeId === undefined) return row + 1;
    const text = recording.cell(row, tradeId);
    if (/^\d{1,15}$/.test(text)) return Number(text);
    throw new RecordingUnreadable(`${recording.name}: trade_id of row ${row} is '${text}'`);
  };
  return {
    recording,
    stream: `${symbol.toLowerCase()}@trade`,
    ...idRange(recording, id),
    id,
    message: (row, { id: t, tradeTimeMs, eventTimeMs }) => {
      const m = side !== undefined && recording.cell(row, side) === 'sell';
      const [p, q] = [recording.cell(row, price), recording.cell(row, size)];
      const head = { e: 'trade', E: eventTimeMs, s: symbol, t, p, q, T: tradeTimeMs };
      // `X` is what futures have, `M` what spot has.
      return orderType === undefined
        ? JSON.stringify({ ...head, m, M: true })
        : JSON.stringify({ ...head, X: recording.cell(row, orderType), m });
    },
  };
}

function quotePrints(recording: Recording, symbol: string): VenuePrints {
  const sides = carriedSides(recording);
  const id = (row: number): number => row + 1;
  return {
    recording,
    stream: `${symbol.toLowerCase()}@bookTicker`,
    ...idRange(recording, id),
    id,
    message: (row, { id: u, tradeTimeMs, eventTimeMs }) => {
      const [bid, ask] = [sides.bid(row), sides.ask(row)];
      const { price: b, size: B } = bid;
      const { price: a, size: A } = ask;
      return JSON.stringify({
        ...{ e: 'bookTicker', u, s: symbol },
        ...{ b, B, a, A, T: tradeTimeMs, E: eventTimeMs },
      });
    },
  };
}

interface Side {
  readonly price: string;
  readonly size: string;
}

/** In a recording of one-sided quotes a side that did not change is 0: it goes on as it was. */
function carriedSides(recording: Recording): Record<'bid' | 'ask', (row: number) => Side> {
  const reader = (side: 'bid' | 'ask'): ((row: number) => Side) => {
    const price = recording.place(side);
    const sizeColumn = `${side}_size`;
    const size = recording.has(sizeColumn) ? recording.place(sizeColumn) : undefined;
    const NO_SIDE = /^0(\.0+)?$/;
    return (row) => {
      let known = row;
      while (known > 0 && NO_SIDE.test(recording.cell(known, price))) known -= 1;
      return {
        price: recording.cell(known, price),
        // Where no size was recorded, none is made up.
        size: size === undefined ? '0' : recording.cell(known, size),
      };
    };
  };
  return { bid: reader('bid'), ask: reader('ask') };
}

function idRange(
  recording: Recording,
  id: (row: number) => number,
): { firstId: number; lastId: number } {
  let [firstId, lastId] = [Infinity, -Infinity];
  for (let row = 0; row < recording.rowCount; row += 1) {
    firstId = Math.min(firstId, id(row));
    lastId = Math.max(lastId, id(row));
  }
  return { firstId, lastId };
}
