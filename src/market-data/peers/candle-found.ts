import { ONE, ZERO, decimal, formatDecimal, roundHalfEven } from '../../domain/kernel/decimal.js';
import { playCandles, sumOfProfits } from '../../simulation/candle-exits.js';
import type { CandleRules, SignalCandle } from '../../simulation/candle-exits.js';
import type { PeerCase, PeerTick } from '../peer-cases.js';
import { barOf, flag, needs, number, onlyKnown, required } from './case-reading.js';
import type { Found } from './case-reading.js';

const KNOWN = [
  ...['position', 'entry', 'stop_pct', 'roi', 'trailing', 'trailing_positive_pct'],
  ...['positive_offset', 'only_offset_is_reached', 'leverage'],
];
const SIGNALS = ['enter_long', 'enter_short', 'exit_long', 'exit_short'];
const CANDLE_MINUTES = 60;

/** Runs a case of a back-test over candles of an hour. */
export function candleFound(peer: PeerCase): Found {
  onlyKnown(peer, KNOWN);
  const trades = playCandles(peer.ticks.map(candleOf), rulesOf(peer));
  return {
    profit_ratio_sum: formatDecimal(roundHalfEven(sumOfProfits(trades), 3)),
    trades: trades.map(({ reason, openIndex, closeIndex }) => ({
      reason,
      open_index: openIndex,
      close_index: closeIndex,
    })),
  };
}

function rulesOf(peer: PeerCase): CandleRules {
  return {
    stopShare: required(peer, 'stop_pct'),
    trails: flag(peer, 'trailing') ?? false,
    positiveShare: number(peer, 'trailing_positive_pct'),
    offset: number(peer, 'positive_offset') ?? ZERO,
    onlyAboveOffset: flag(peer, 'only_offset_is_reached') ?? false,
    leastProfits: leastProfitsOf(peer.params['roi']),
    leverage: number(peer, 'leverage') ?? ONE,
    candleMinutes: CANDLE_MINUTES,
  };
}

function leastProfitsOf(roi: unknown): CandleRules['leastProfits'] {
  if (typeof roi !== 'object' || roi === null) return needs('least profits by minute');
  return Object.entries(roi as Record<string, string>)
    .map(([minutes, profit]) => ({ afterMinutes: Number(minutes), profit: decimal(profit) }))
    .sort((a, b) => a.afterMinutes - b.afterMinutes);
}

function candleOf(tick: PeerTick): SignalCandle {
  const strange = Object.keys(tick).find((name) => name !== 'ohlc' && !SIGNALS.includes(name));
  if (strange !== undefined) needs(`the tick field ${strange}`);
  const bar = barOf(tick, 'ohlc');
  const price = (text: string | undefined) =>
    text === undefined ? needs('a whole candle') : decimal(text);
  return {
    open: price(bar?.open),
    high: price(bar?.high),
    low: price(bar?.low),
    close: price(bar?.close),
    entersLong: tick['enter_long'] === true,
    entersShort: tick['enter_short'] === true,
    exitsLong: tick['exit_long'] === true,
    exitsShort: tick['exit_short'] === true,
  };
}
