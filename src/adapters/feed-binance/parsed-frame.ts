import type { InstrumentId } from '../../domain/kernel/units.js';
import type { QuoteTick, TradeTick } from '../../engine/tick.js';
import type { BookChange } from './binance-depth.parse.js';
import type { RefusedReason } from './binance-fields.parse.js';

export type ParsedFrame =
  | { readonly kind: 'trade'; readonly tick: TradeTick }
  /** Best bid and ask, or the mark price. */
  | { readonly kind: 'quote'; readonly tick: QuoteTick }
  | { readonly kind: 'depth'; readonly symbol: string; readonly change: BookChange }
  /** An answer of the venue to us, or its notice of a shutdown: no market data. */
  | { readonly kind: 'control' }
  | { readonly kind: 'refused'; readonly reason: RefusedReason };

export interface SymbolGrid {
  readonly instrumentId: InstrumentId;
  /** As the venue spells it, in capitals. */
  readonly symbol: string;
  readonly priceScale: number;
}

export interface KnownSymbol extends SymbolGrid {
  /** What the names of its streams begin with. */
  readonly prefix: string;
}
