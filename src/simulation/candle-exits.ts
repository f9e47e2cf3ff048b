import {
  ONE,
  ZERO,
  add,
  compare,
  divide,
  multiply,
  negate,
  subtract,
} from '../domain/kernel/decimal.js';
import type { Decimal } from '../domain/kernel/decimal.js';
import type { PositionSide } from '../domain/kernel/units.js';
import { stopBehind, tighterStop } from '../domain/stop/stop-share.js';

/** A bar with the signals that came on it; they are acted on at the open of the next. */
export interface SignalCandle {
  readonly open: Decimal;
  readonly high: Decimal;
  readonly low: Decimal;
  readonly close: Decimal;
  readonly entersLong: boolean;
  readonly entersShort: boolean;
  readonly exitsLong: boolean;
  readonly exitsShort: boolean;
}

export interface CandleRules {
  readonly stopShare: Decimal;
  readonly trails: boolean;
  /** Of the rate, once the profit is above `offset`. */
  readonly positiveShare: Decimal | undefined;
  readonly offset: Decimal;
  /** Nothing trails while the profit is below the offset. */
  readonly onlyAboveOffset: boolean;
  /** Least profit by minutes since the entry, rising; a profit of -1 leaves at any price. */
  readonly leastProfits: readonly { readonly afterMinutes: number; readonly profit: Decimal }[];
  readonly leverage: Decimal;
  readonly candleMinutes: number;
}

export type CandleReason = 'EXIT_SIGNAL' | 'STOP_LOSS' | 'ROI' | 'TRAILING_STOP_LOSS';

export interface CandleTrade {
  readonly side: PositionSide;
  readonly openIndex: number;
  readonly closeIndex: number;
  readonly reason: CandleReason;
  readonly profit: Decimal;
}

const PROFIT_DIGITS = 18;

interface OpenTrade {
  readonly side: PositionSide;
  readonly openIndex: number;
  readonly entry: Decimal;
  stop: Decimal;
  hasTrailed: boolean;
}

interface Exit {
  readonly reason: CandleReason;
  readonly price: Decimal;
}

/** Plays candles by rules that know nothing inside of them: the best price moves the stop, then the worst is judged. */
export function playCandles(
  candles: readonly SignalCandle[],
  rules: CandleRules,
): readonly CandleTrade[] {
  const player = new CandlePlayer(rules);
  const closed: CandleTrade[] = [];
  let trade: OpenTrade | undefined;
  candles.forEach((candle, index) => {
    const before = candles[index - 1];
    trade ??= before && player.entered(before, candle, index);
    const exit = trade && player.exitOf(trade, { candle, before, index });
    if (!trade || !exit) return;
    const { side, openIndex, entry } = trade;
    const profit = player.profitOf(side, entry, exit.price);
    closed.push({ side, openIndex, closeIndex: index, reason: exit.reason, profit });
    trade = undefined;
  });
  return closed;
}

class CandlePlayer {
  constructor(private readonly rules: CandleRules) {}

  entered(before: SignalCandle, { open }: SignalCandle, openIndex: number): OpenTrade | undefined {
    if (!before.entersLong && !before.entersShort) return undefined;
    const side = before.entersLong ? 'long' : 'short';
    const { stopShare, leverage } = this.rules;
    const stop = stopBehind(side, { rate: open, share: stopShare, leverage });
    return { side, openIndex, entry: open, stop, hasTrailed: false };
  }

  profitOf(side: PositionSide, entry: Decimal, price: Decimal): Decimal {
    const rise = divide(
      multiply(subtract(price, entry), this.rules.leverage),
      entry,
      PROFIT_DIGITS,
    );
    return side === 'long' ? rise : negate(rise);
  }

  exitOf(
    trade: OpenTrade,
    at: { candle: SignalCandle; before: SignalCandle | undefined; index: number },
  ): Exit | undefined {
    const { candle, before, index } = at;
    this.trail(trade, candle);
    const signalled = trade.side === 'long' ? before?.exitsLong : before?.exitsShort;
    if (signalled && index > trade.openIndex) return { reason: 'EXIT_SIGNAL', price: candle.open };
    const [adverse] = extremes(trade.side, candle);
    const isHit = !isBetter(trade.side, adverse, trade.stop);
    if (isHit && !trade.hasTrailed) {
      return { reason: 'STOP_LOSS', price: this.stopPrice(trade, candle, index) };
    }
    const roi = this.leastProfitExit(trade, candle, index);
    if (roi) return { reason: 'ROI', price: roi };
    if (!isHit) return undefined;
    return { reason: 'TRAILING_STOP_LOSS', price: this.stopPrice(trade, candle, index) };
  }

  /** Raises the stop from the best price of the candle, unless its worst one is beyond the stop already. */
  private trail(trade: OpenTrade, candle: SignalCandle): void {
    const { trails, offset, onlyAboveOffset, positiveShare, stopShare, leverage } = this.rules;
    const [adverse, favourable] = extremes(trade.side, candle);
    if (!trails || !isBetter(trade.side, adverse, trade.stop)) return;
    const profit = this.profitOf(trade.side, trade.entry, favourable);
    if (onlyAboveOffset && compare(profit, offset) < 0) return;
    const share = positiveShare && compare(profit, offset) > 0 ? positiveShare : stopShare;
    const wanted = stopBehind(trade.side, { rate: favourable, share, leverage });
    const stop = tighterStop(trade.side, trade.stop, wanted);
    if (stop === trade.stop) return;
    trade.stop = stop;
    trade.hasTrailed = true;
  }

  private stopPrice(trade: OpenTrade, candle: SignalCandle, index: number): Decimal {
    const { side, stop } = trade;
    const [adverse, favourable] = extremes(side, candle);
    // The whole candle lies beyond the stop: it opened there.
    if (isBetter(side, stop, favourable)) return candle.open;
    if (!trade.hasTrailed || index !== trade.openIndex) return stop;
    // Of the candle of the entry it is not known when its best price came: the worst case is assumed.
    const { positiveShare, offset, onlyAboveOffset, stopShare, leverage } = this.rules;
    const share = positiveShare ?? stopShare;
    const gain = onlyAboveOffset && positiveShare ? subtract(offset, share) : negate(share);
    const worst = this.atProfit(side, candle.open, divide(gain, leverage, PROFIT_DIGITS));
    return isBetter(side, adverse, worst) ? adverse : worst;
  }

  private leastProfitExit(
    trade: OpenTrade,
    candle: SignalCandle,
    index: number,
  ): Decimal | undefined {
    const { leastProfits, candleMinutes, leverage } = this.rules;
    const { side, entry } = trade;
    const minutes = (index - trade.openIndex) * candleMinutes;
    const rule = leastProfits.filter(({ afterMinutes }) => afterMinutes <= minutes).at(-1);
    const [adverse, favourable] = extremes(side, candle);
    if (!rule || compare(this.profitOf(side, entry, favourable), rule.profit) <= 0)
      return undefined;
    // A least profit that begins with a candle is reached at its open, where that is better.
    const isAtOpen = rule.afterMinutes > 0 && rule.afterMinutes % candleMinutes === 0;
    if (isAtOpen && compare(rule.profit, negate(ONE)) === 0) return candle.open;
    const price = this.atProfit(side, entry, divide(rule.profit, leverage, PROFIT_DIGITS));
    const isNew = isAtOpen && minutes === rule.afterMinutes;
    if (isNew && isBetter(side, candle.open, price)) return candle.open;
    return inside(price, side === 'long' ? [adverse, favourable] : [favourable, adverse]);
  }

  private atProfit(side: PositionSide, entry: Decimal, profit: Decimal): Decimal {
    return multiply(entry, add(ONE, side === 'long' ? profit : negate(profit)));
  }
}

/** The worst and the best price of a candle for a position. */
function extremes(side: PositionSide, { high, low }: SignalCandle): readonly [Decimal, Decimal] {
  return side === 'long' ? [low, high] : [high, low];
}

/** Strictly better for the position. */
function isBetter(side: PositionSide, price: Decimal, than: Decimal): boolean {
  const order = compare(price, than);
  return side === 'long' ? order > 0 : order < 0;
}

function inside(price: Decimal, [low, high]: readonly [Decimal, Decimal]): Decimal {
  if (compare(price, low) < 0) return low;
  return compare(price, high) > 0 ? high : price;
}

export function sumOfProfits(trades: readonly CandleTrade[]): Decimal {
  return trades.reduce((sum, { profit }) => add(sum, profit), ZERO);
}
