import { VERDICTS } from '../adapters/tape/tape-block.codec.js';
import { readTickColumns } from '../adapters/tape/tick-columns.js';
import type { TickColumns } from '../adapters/tape/tick-columns.js';
import { isMarkFeed } from '../engine/price-source.js';
import { mayDecide } from '../engine/tick.js';
import { PRICE_KIND, PriceColumns } from '../simulation/price-columns.js';

const DECIDES = VERDICTS.map((verdict) => mayDecide({ verdict }));

/** The prices of one instrument that decided, of all tapes that are named, in their order. Throws TapeCorrupt. */
export function tapePrices(dirs: readonly string[], instrumentId: string): PriceColumns {
  const prices = new PriceColumns();
  for (const dir of dirs) {
    for (const columns of readTickColumns(dir)) appendDeciding(prices, columns, instrumentId);
  }
  return prices;
}

function appendDeciding(prices: PriceColumns, columns: TickColumns, instrument: string): void {
  const kinds = columns.lines.map(({ instrumentId, kind, feed }) => {
    if (instrumentId !== instrument) return undefined;
    if (kind === 'trade') return PRICE_KIND.trade;
    return isMarkFeed(feed) ? PRICE_KIND.mark : PRICE_KIND.quote;
  });
  for (let place = 0; place < columns.count; place += 1) {
    const kind = kinds[columns.line[place] ?? 0];
    if (kind === undefined || !DECIDES[columns.verdict[place] ?? 0]) continue;
    const [units, askUnits] = [columns.priceUnits[place] ?? NaN, columns.askUnits[place] ?? NaN];
    prices.add(kind, columns.atMs[place] ?? NaN, units, askUnits);
  }
}
