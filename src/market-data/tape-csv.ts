import { formatUnits } from '../domain/instrument/price-grid.js';
import type { Tick } from '../engine/tick.js';

export type TapeCsvKind = 'trades' | 'quotes';

const COLUMNS: Readonly<Record<TapeCsvKind, string>> = {
  trades: 'ts_ms,price,size,trade_id,recv_ms,feed,verdict',
  quotes: 'ts_ms,bid,bid_size,ask,ask_size,sequence,recv_ms,feed,verdict',
};

export function csvHeader(kind: TapeCsvKind): string {
  return COLUMNS[kind];
}

/** A tick in the form of recordings; undefined for one of the other kind. */
export function csvRow(tick: Tick, kind: TapeCsvKind, scale: number): string | undefined {
  const { venueTimeMs, receivedAtMs, feed, verdict } = tick;
  if (tick.kind === 'trade') {
    if (kind !== 'trades') return undefined;
    const { priceUnits, size, tradeId } = tick;
    const price = formatUnits(priceUnits, scale);
    return [venueTimeMs, price, size, tradeId, receivedAtMs, feed, verdict].join(',');
  }
  if (kind !== 'quotes') return undefined;
  const { bidUnits, askUnits, bidSize, askSize, sequence } = tick;
  const [bid, ask] = [formatUnits(bidUnits, scale), formatUnits(askUnits, scale)];
  const sides = [bid, bidSize, ask, askSize];
  return [venueTimeMs, ...sides, sequence, receivedAtMs, feed, verdict].join(',');
}
