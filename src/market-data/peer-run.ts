import type { PeerCase } from './peer-cases.js';
import { barrierFound, profitTrailFound } from './peers/barrier-found.js';
import { bracketFound } from './peers/bracket-found.js';
import { candleFound } from './peers/candle-found.js';
import { adjustedFound, positionFound } from './peers/position-found.js';
import { restingFound } from './peers/resting-found.js';
import { conversionFound, riskFound } from './peers/risk-found.js';
import { firstDifference } from './peers/case-judgement.js';
import { NotExpressible, needs } from './peers/case-reading.js';
import type { Found } from './peers/case-reading.js';
import { guardFound, orderFound } from './peers/order-found.js';
import { isOrderKind } from './peers/order-plan.js';

/** Runs a case through the production engine. Returns why it does not pass, or undefined. */
export function checkPeer(peer: PeerCase): string | undefined {
  if (Object.keys(peer.expect).length === 0) return 'asserts nothing';
  try {
    return firstDifference(peer, foundOf(peer));
  } catch (error) {
    if (error instanceof NotExpressible) return error.message;
    throw error;
  }
}

function foundOf(peer: PeerCase): Found {
  if (peer.ticks.some((tick) => 'adjust' in tick)) return adjustedFound(peer);
  // A target that is a price of its own is an order like any other.
  if (isOrderKind(peer.kind)) return orderFound(peer);
  const find = FOUND[peer.kind];
  return find ? find(peer) : needs(`the kind ${peer.kind}`);
}

const FOUND: Readonly<Record<string, (peer: PeerCase) => Found>> = {
  slippage_guard: guardFound,
  bracket: bracketFound,
  stop_or_trailing: positionFound,
  trailing_stop_tightening: positionFound,
  stop_reinit: adjustedFound,
  exchange_stop_replace: restingFound,
  candle_exit_precedence: candleFound,
  stop_conversion: conversionFound,
  triple_barrier: barrierFound,
  close_retry: barrierFound,
  trailing_pnl: profitTrailFound,
  trailing_drawdown_exit: riskFound,
  max_drawdown_position: riskFound,
  max_drawdown_portfolio: riskFound,
  order_activation_bounds: riskFound,
};
