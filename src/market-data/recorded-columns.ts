import { isMark } from '../engine/price-source.js';
import { mayDecide } from '../engine/tick.js';
import type { Tick } from '../engine/tick.js';
import { PRICE_KIND, PriceColumns } from '../simulation/price-columns.js';
import { gatedTicks } from './gated-ticks.js';

/** The prices of a recording that pass the gate. */
export function columnsOf(ticks: Iterable<Tick>): PriceColumns {
  const columns = new PriceColumns();
  for (const tick of gatedTicks(ticks)) {
    if (mayDecide(tick)) add(columns, tick);
  }
  return columns;
}

function add(columns: PriceColumns, tick: Tick): void {
  const { receivedAtMs } = tick;
  if (tick.kind === 'trade') {
    columns.add(PRICE_KIND.trade, receivedAtMs, tick.priceUnits, tick.priceUnits);
    return;
  }
  const kind = isMark(tick) ? PRICE_KIND.mark : PRICE_KIND.quote;
  columns.add(kind, receivedAtMs, tick.bidUnits, tick.askUnits);
}
