import type { PriceKind } from '../../domain/feed/feed.events.js';

const WORDS: Readonly<Record<PriceKind, string>> = {
  trade: 'trades',
  quote: 'quotes',
  mark: 'mark prices',
};

/** Prices of that kind, or of any, in words. */
export function priceWords(kind: PriceKind | null | undefined): string {
  return kind ? WORDS[kind] : 'prices';
}
