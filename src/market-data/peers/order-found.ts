import {
  compare,
  decimal,
  formatDecimal,
  isZero,
  larger,
  parseDecimal,
  smaller,
} from '../../domain/kernel/decimal.js';
import { protectedPrice } from '../../simulation/exit-fill.js';
import type { PeerCase } from '../peer-cases.js';
import type { StopTrial } from '../stop-trial.js';
import { decimalOf, needs, orderSideOf, required, text } from './case-reading.js';
import type { Found } from './case-reading.js';
import { OrderRun } from './order-case.js';
import { orderTrial } from './order-plan.js';
import type { OrderTrial } from './order-plan.js';

/** Runs a case of one order. Throws NotExpressible for what our engine does not have. */
export function orderFound(peer: PeerCase): Found {
  const error = calculationError(peer);
  if (error !== undefined) return { error };
  if (peer.side === 'BOTH') return { fill_order: fillOrder(peer) };
  const run = new OrderRun(peer, orderTrial(peer));
  run.play();
  if (run.refusal !== undefined) return refused(run);
  const place = { ...placeOf(run), ...bestFromEntry(peer, run) };
  return { ...place, ...exitOf(run), steps: run.steps, ...planned(run.wanted) };
}

function refused({ trial, refusal }: OrderRun): Found {
  if (trial.refusedFor.includes('STOP_THROUGH_MARKET')) return { rejected: true };
  return needs(`a plan that is not ${String(refusal)}`);
}

/** Where the stop stands at the end. */
function placeOf({ trial, wanted }: OrderRun): Found {
  const level = trial.track?.level ?? null;
  const isMoved = level !== null && !isSame(level, wanted.plan.stop);
  const limit = trial.track?.limit ?? null;
  return {
    stop: level,
    limit,
    activated: trial.isActivated,
    new_stop: isMoved ? level : null,
    new_limit: limit,
    unchanged: !isMoved,
    activation_set_to: activationPrice(trial),
    extreme: trial.finalExtreme(),
  };
}

/** The best price of one whose trail waits for a least profit: it knows it from the entry on, and only then follows it. */
function bestFromEntry(peer: PeerCase, { wanted, triggerIndex }: OrderRun): Found {
  if (peer.kind !== 'stop_target_trail' || text(peer, 'trail') === undefined) return {};
  const seen = peer.ticks.slice(0, triggerIndex === null ? undefined : triggerIndex + 1);
  const prices = seen.flatMap((tick) => decimalOf(tick, 'last') ?? []);
  const better = wanted.side === 'long' ? larger : smaller;
  // Not handed over as it is: it would be given the places in the list as well.
  const best = prices.reduce((one, other) => better(one, other), required(peer, 'entry'));
  return { extreme: formatDecimal(best) };
}

/** What became of the exit. */
function exitOf(run: OrderRun): Found {
  const { trial, triggerIndex, fills } = run;
  const { triggered } = trial;
  const exit = {
    triggered: triggered !== undefined,
    trigger_index: triggerIndex,
    fills: fills.map(({ price, quantity }) => ({
      px: formatDecimal(price),
      qty: formatDecimal(quantity),
    })),
    filled_qty: formatDecimal(run.filled),
    fill_qtys: fills.map(({ quantity }) => formatDecimal(quantity)),
    order_qty_capped_to: formatDecimal(run.filled),
    exit_px: fills[0] ? formatDecimal(fills[0].price) : null,
    liquidity: triggered?.order.type === 'market' && !isZero(run.filled) ? 'TAKER' : null,
    reason: triggered ? (triggered.branch === 'stop' ? 'sl' : 'target') : null,
    released_as: triggered?.order.type.toUpperCase() ?? null,
    converted_to: triggered?.order.type.toUpperCase() ?? null,
  };
  if (!triggered) return exit;
  const limit = triggered.order.limitPrice ?? null;
  return { ...exit, extreme_at_trigger: triggered.track.extreme, limit_order_at: limit };
}

function planned({ plan }: OrderTrial): Found {
  const target = plan.targets?.[0]?.price;
  return target === undefined ? {} : { take_profit_price: target };
}

function isSame(level: string, stop: string | undefined): boolean {
  return (
    stop !== undefined &&
    parseDecimal(stop) !== undefined &&
    compare(decimal(level), decimal(stop)) === 0
  );
}

/** The price with which trailing began. */
function activationPrice({ armed, activated }: StopTrial): string | null {
  if (armed?.activated) return armed.track.extreme;
  return activated?.cause.price ?? null;
}

/** What a single calculation cannot do without, in the words of the source. */
function calculationError(peer: PeerCase): string | undefined {
  const { kind, params, ticks } = peer;
  if (!/^trailing_stop/.test(kind) || text(peer, 'trail') === undefined) return undefined;
  const source = String(params['trigger_source']);
  if (source === 'index') return 'index price trailing unsupported';
  if (params['trail_type'] === null) return 'invalid trailing offset type';
  const isShown = (...names: readonly string[]): boolean =>
    ticks.some((tick) => names.some((name) => tick[name] !== undefined && tick[name] !== null));
  if (isShown('last', 'bid', 'ask', 'close', 'ohlc', 'quote_ohlc', 'adjust')) return undefined;
  return source === 'last' ? 'missing last price' : 'missing bid/ask';
}

/** Of two orders, one for each side, the sides in the order in which they filled. */
function fillOrder(peer: PeerCase): readonly string[] {
  const { buy_stop: buy, sell_stop: sell, ...params } = peer.params;
  const fired = [
    { side: 'BUY', stop: buy },
    { side: 'SELL', stop: sell },
  ].map(({ side, stop }) => {
    const one = { ...peer, side, params: { ...params, stop } };
    const run = new OrderRun(one, orderTrial(one));
    run.play();
    const shownBefore = run.shownUntilTriggered;
    return { side, shownBefore, hasFired: run.trial.triggered !== undefined };
  });
  return fired
    .filter(({ hasFired }) => hasFired)
    .sort((a, b) => a.shownBefore - b.shownBefore)
    .map(({ side }) => side);
}

/** The worst price of a guarded market order; a level beyond it is left alone. */
export function guardFound(peer: PeerCase): Found {
  const side = orderSideOf(peer);
  const tick = required(peer, 'tick_size');
  const best = decimalOf(peer.ticks[0] ?? {}, side === 'buy' ? 'ask' : 'bid') ?? needs('a quote');
  const worst = protectedPrice(side, best, required(peer, 'protection_points'), tick);
  const excluded = Object.keys(peer.expect).flatMap((field) => {
    const price = /^liquidity_at_(\d+(?:_\d+)?)_excluded$/.exec(field)?.[1]?.replace('_', '.');
    if (price === undefined) return [];
    const order = compare(decimal(price), worst);
    return [[field, side === 'buy' ? order > 0 : order < 0] as const];
  });
  return { max_fill_px: formatDecimal(worst), ...Object.fromEntries(excluded) };
}
