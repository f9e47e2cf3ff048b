import { decimal, formatDecimal, multiply } from '../../domain/kernel/decimal.js';
import { settingsOf } from '../../domain/stop/dialect.js';
import type { PlanRequest } from '../../domain/stop/plan-request.js';
import type { PeerCase } from '../peer-cases.js';
import { needs, onlyKnown } from './case-reading.js';
import type { Found } from './case-reading.js';
import { OrderRun } from './order-case.js';
import { dialectOf, finestTick, pricesOf, trailOf } from './order-plan.js';

type Leg = Readonly<Record<string, unknown>>;

/**
 * Runs a case of a take-profit and a stop of which one cancels the other: for us a single plan, of which one part
 * fires. Natively or emulated makes no difference to it.
 */
export function bracketFound(peer: PeerCase): Found {
  onlyKnown(peer, ['entry', 'tp', 'sl', 'modes']);
  const [tp, sl] = [legOf(peer, 'tp'), legOf(peer, 'sl')];
  const dialect = { ...dialectOf(peer), rounding: 'none' as const };
  const plan = {
    ...planOf(peer, tp, sl),
    triggerBy: 'bidAsk' as const,
    dialect: settingsOf(dialect),
  };
  const first = pricesOf(peer)[0] ?? needs('a first price');
  const run = new OrderRun(
    { ...peer, params: {} },
    {
      ...{ side: peer.side === 'SELL' ? 'long' : 'short', entryPrice: first, plan, dialect },
      priceTick: finestTick([...pricesOf(peer), ...Object.values({ ...tp, ...sl })].map(priceIn)),
      ...{ fill: 'book', armAfter: -1 },
    },
  );
  run.play();
  if (run.refusal !== undefined) return needs(`a plan that is not ${run.refusal}`);
  const trails = (leg: Leg): boolean => leg['kind'] === 'trailing_stop_market';
  return {
    steps: run.steps.map((step) => ({
      ...step,
      tp_activated: trails(tp) && step['activated'],
      sl_activated: trails(sl) && step['activated'],
      ...outcome(run, step['triggered'] === true, trails(tp) && step['activated'] === true),
    })),
    trigger_index: run.triggerIndex,
    triggered: run.triggerIndex !== null,
  };
}

function outcome({ trial }: OrderRun, isTriggered: boolean, isTrailingProfit: boolean): Found {
  if (!isTriggered) return { tp: 'OPEN', sl: 'OPEN' };
  const isProfit = trial.triggered?.branch === 'target' || isTrailingProfit;
  return isProfit ? { tp: 'FILLED', sl: 'CANCELED' } : { tp: 'CANCELED', sl: 'FILLED' };
}

function legOf({ params }: PeerCase, name: string): Leg {
  const leg = params[name];
  return typeof leg === 'object' && leg !== null ? (leg as Leg) : needs(name);
}

function planOf(peer: PeerCase, tp: Leg, sl: Leg): PlanRequest {
  const trailing = [tp, sl].find(({ kind }) => kind === 'trailing_stop_market');
  const target = tp['kind'] === 'limit' ? textIn(tp, 'price') : undefined;
  const stop = sl['kind'] === 'stop_market' ? textIn(sl, 'stop') : undefined;
  const isKnown = (target ?? trailing) !== undefined && (stop ?? trailing) !== undefined;
  if (!isKnown) needs('legs that are limit, stop_market or trailing_stop_market');
  const trail = trailing && trailOf({ ...peer, params: trailing }, 'trail');
  const activation = trailing && textIn(trailing, 'activation');
  return {
    ...(stop !== undefined && { stop }),
    ...(trail && { trail }),
    ...(activation !== undefined && { activation }),
    ...(target !== undefined && { targets: [{ price: target }] }),
  };
}

function textIn(leg: Leg, name: string): string | undefined {
  const value = leg[name];
  return typeof value === 'string'
    ? formatDecimal(multiply(decimal(value), decimal('1')))
    : undefined;
}

function priceIn(value: unknown) {
  return typeof value === 'string' && /^\d+(\.\d+)?$/.test(value) ? decimal(value) : undefined;
}
