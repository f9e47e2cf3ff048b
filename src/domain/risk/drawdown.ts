import { compare, isPositive, isZero, multiply, negate, subtract } from '../kernel/decimal.js';
import type { Decimal } from '../kernel/decimal.js';

/** True when `loss` is strictly more than `share` of `whole` (>= 0): nothing is more than a share of nothing. */
function exceeds(loss: Decimal, share: Decimal, whole: Decimal): boolean {
  return isPositive(whole) && compare(loss, multiply(share, whole)) > 0;
}

/** True when a position has lost strictly more than the share of what it cost. */
export function isPositionDrawnDown(
  { unrealisedPnl, cost }: { unrealisedPnl: Decimal; cost: Decimal },
  shareMax: Decimal,
): boolean {
  return exceeds(negate(unrealisedPnl), shareMax, cost);
}

/** True when an account's holdings have lost strictly more than the share of the equity it began with. */
export function isAccountDrawnDown(
  { holdingsValue, startingEquity }: { holdingsValue: Decimal; startingEquity: Decimal },
  shareMax: Decimal,
): boolean {
  return exceeds(negate(holdingsValue), shareMax, startingEquity);
}

/** What is held now; a quantity below 0 is sold short. */
export interface Holding {
  readonly quantity: Decimal;
  readonly entryPrice: Decimal;
}

/**
 * Follows the absolute value of a holding from its cost on and tells when it has fallen back from its best by strictly
 * more than a share: the highest value of a long, the lowest of a short. A new best is only noted.
 *
 *     flat ──invested──► following from the cost ──not invested, or turned──► flat
 */
export class TrailingDrawdown {
  private best: Decimal | undefined;
  private isLong = true;

  constructor(private readonly shareMax: Decimal) {}

  /** Takes in a price. Returns whether the holding is to be liquidated. */
  onPrice(price: Decimal, holding: Holding | undefined): boolean {
    if (!holding || isZero(holding.quantity)) {
      this.best = undefined;
      return false;
    }
    const isLong = isPositive(holding.quantity);
    const size = isLong ? holding.quantity : negate(holding.quantity);
    if (!this.best || isLong !== this.isLong) this.best = multiply(holding.entryPrice, size);
    this.isLong = isLong;
    const value = multiply(price, size);
    const order = compare(value, this.best);
    if (isLong ? order > 0 : order < 0) {
      this.best = value;
      return false;
    }
    const loss = isLong ? subtract(this.best, value) : subtract(value, this.best);
    return exceeds(loss, this.shareMax, this.best);
  }
}
