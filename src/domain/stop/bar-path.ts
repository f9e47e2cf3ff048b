import type { PositionSide } from '../kernel/units.js';
import type { SettledDialect } from './dialect.js';

/** A bar of trades; a side that was not told is undefined. */
export interface Bar<Price> {
  readonly open?: Price | undefined;
  readonly high?: Price | undefined;
  readonly low?: Price | undefined;
  readonly close?: Price | undefined;
}

/**
 * The prices that a bar stands for, in order, where there are only bars.
 *
 *     ohlc               open, high, low, close
 *     adaptive           open, the extreme nearer to it, the other one, close
 *     adverse-first      the stop is judged by the worst price before the best one moves it
 *     favourable-first   the best price moves the stop before the worst one is judged, unless that had hit it already
 *     close              nothing but the close is known
 */
export function barPath<Price>(
  { open, high, low, close }: Bar<Price>,
  inBar: SettledDialect['inBar'],
  given: { side: PositionSide; isNearer: (price: Price, other: Price, to: Price) => boolean },
): readonly Price[] {
  const [adverse, favourable] = given.side === 'long' ? [low, high] : [high, low];
  switch (inBar) {
    case 'ohlc':
      return told(open, high, low, close);
    case 'adaptive': {
      const hasAll = open !== undefined && high !== undefined && low !== undefined;
      const isLowFirst = hasAll && given.isNearer(low, high, open);
      return isLowFirst ? told(open, low, high, close) : told(open, high, low, close);
    }
    case 'adverse-first':
      return told(adverse ?? open, favourable ?? open);
    case 'favourable-first':
      return told(adverse ?? open, favourable ?? open, adverse ?? open);
    case 'close':
      return told(close);
  }
}

function told<Price>(...prices: readonly (Price | undefined)[]): readonly Price[] {
  return prices.filter((price): price is Price => price !== undefined);
}
