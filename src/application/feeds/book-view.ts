import { formatUnits } from '../../domain/instrument/price-grid.js';
import type { OrderSide } from '../../domain/kernel/units.js';
import type { BookLevelView, BookQuestion, BookView } from '../ports/market-gateway.port.js';
import type { BookSide, OrderBook } from './order-book.js';
import { takerEstimate } from './taker-estimate.js';

const SIDES: readonly OrderSide[] = ['sell', 'buy'];

/** What the book of an instrument shows to whoever asks; texts are made only then. */
export function bookView(
  instrument: { readonly instrumentId: string; readonly priceScale: number },
  { feed, book }: { readonly feed: string; readonly book: OrderBook },
  { levels, quantity }: BookQuestion,
): BookView {
  const { instrumentId, priceScale } = instrument;
  const top = (side: BookSide): BookLevelView[] =>
    first(book.levels(side), levels).map(({ priceUnits, size }) => ({
      price: formatUnits(priceUnits, priceScale),
      size,
    }));
  const estimates = SIDES.flatMap((side) => {
    if (quantity === undefined) return [];
    return takerEstimate(book, { side, quantity, priceScale }) ?? [];
  });
  return {
    ...{ instrumentId, feed, sequence: book.sequence, venueTimeMs: book.venueTimeMs },
    ...{ bids: top('bid'), asks: top('ask'), estimates },
  };
}

function first<Item>(items: Iterable<Item>, count: number): Item[] {
  const found: Item[] = [];
  for (const item of items) {
    if (found.length >= count) break;
    found.push(item);
  }
  return found;
}
