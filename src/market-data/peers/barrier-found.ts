import {
  ONE,
  ZERO,
  add,
  decimal,
  divide,
  formatDecimal,
  multiply,
  negate,
  subtract,
} from '../../domain/kernel/decimal.js';
import type { Decimal } from '../../domain/kernel/decimal.js';
import type { PlanRequest } from '../../domain/stop/plan-request.js';
import type { PeerCase } from '../peer-cases.js';
import { StopTrial } from '../stop-trial.js';
import {
  needs,
  number,
  onlyKnown,
  priceOf,
  required,
  sideOf,
  text,
  timeMsOf,
} from './case-reading.js';
import { firstTrue } from './case-judgement.js';
import type { Found } from './case-reading.js';
import { finestTick, pricesOf } from './order-plan.js';

// An average of entries has no end of digits; a price of the engine has so many below its grid.
const AVERAGE_DIGITS = 6;
const CLOSED_AS = {
  stop: 'STOP_LOSS',
  target: 'TAKE_PROFIT',
  timeStop: 'TIME_LIMIT',
  sessionEnd: null,
  command: null,
};

/** Runs a case of a position between three barriers: stop, target and time, all on profit net of fees. */
export function barrierFound(peer: PeerCase): Found {
  onlyKnown(peer, ['entry', 'stop_pct', 'tp_pct', 'time_limit_s', 'fee_quote', 'position']);
  const entry = required(peer, 'entry');
  const trial = trialOf(peer, entry);
  arm(trial, barriers(peer, entry));
  let triggerIndex: number | null = null;
  let last: Decimal | undefined;
  peer.ticks.forEach((tick, index) => {
    if ('event' in tick) {
      fail(trial, tick['event'], { peer, entry });
      return;
    }
    const price = priceOf(tick, 'last') ?? needs('a last price');
    last = decimal(price);
    trial.trade(trial.units(price) ?? needs('a price on the grid'), '', timeMsOf(tick));
    if (trial.triggered || trial.expired) triggerIndex ??= index;
  });
  const branch = trial.triggered?.branch;
  return {
    close_type: trial.expired ? 'EXPIRED' : branch ? CLOSED_AS[branch] : null,
    trigger_index: triggerIndex,
    trade_pnl_pct: last ? formatDecimal(profitOf(peer, entry, last)) : null,
    close_orders: trial.orders,
    orders: trial.orders,
    new_close_order: trial.triggered !== undefined && trial.orders > 1,
  };
}

/** The exit that was sent is refused: the position is open still, and guarded once more. */
function fail(
  trial: StopTrial,
  event: unknown,
  { peer, entry }: { peer: PeerCase; entry: Decimal },
): void {
  if (!/^close order \S+ failed$/.test(String(event))) needs(`the event ${String(event)}`);
  const plan = barriers(peer, entry);
  trial.trade(trial.units(plan.stop ?? needs('a stop')) ?? needs('a stop on the grid'), '');
  trial.refuseExit();
  arm(trial, plan);
}

function trialOf(peer: PeerCase, entry: Decimal): StopTrial {
  const prices = [...pricesOf(peer).map(decimal), entry];
  const finest = finestTick([...prices, { units: 1n, scale: 2 }]);
  return new StopTrial({
    ...{ side: sideOf(peer), entryPrice: formatDecimal(entry), priceTick: finest },
  });
}

function arm(trial: StopTrial, plan: PlanRequest): void {
  const refusal = trial.arm(plan);
  if (refusal !== undefined) needs(`a plan that is not ${refusal}`);
}

function barriers(peer: PeerCase, entry: Decimal): PlanRequest {
  const [stop, target] = [number(peer, 'stop_pct'), number(peer, 'tp_pct')];
  const seconds = text(peer, 'time_limit_s');
  // An entry that was never filled leaves nothing to close; only the words of a case can tell.
  const isFilled = !/entry order was never filled/i.test(peer.note ?? '');
  return {
    ...(stop && { stop: formatDecimal(atNetProfit(peer, entry, negate(stop))) }),
    ...(target && { targets: [{ price: formatDecimal(atNetProfit(peer, entry, target)) }] }),
    ...(seconds !== undefined && {
      timeStop: { after: `PT${seconds}S`, then: isFilled ? 'exit' : 'expire' },
    }),
    dialect: 'hummingbot',
  };
}

/** The price at which one unit has made so much of the entry after its fee. */
function atNetProfit(peer: PeerCase, entry: Decimal, profit: Decimal): Decimal {
  const move = add(multiply(entry, profit), number(peer, 'fee_quote') ?? ZERO);
  return sideOf(peer) === 'long' ? add(entry, move) : subtract(entry, move);
}

function profitOf(peer: PeerCase, entry: Decimal, price: Decimal): Decimal {
  const gain = sideOf(peer) === 'long' ? subtract(price, entry) : subtract(entry, price);
  return divide(gain, entry, AVERAGE_DIGITS);
}

/** Runs a case of a stop that trails the profit of several entries. */
export function profitTrailFound(peer: PeerCase): Found {
  onlyKnown(peer, ['entries', 'activation_pct', 'trail', 'trail_type']);
  if (peer.params['trail_type'] !== 'pnl_fraction')
    needs(`trail_type ${String(peer.params['trail_type'])}`);
  const entries = entriesOf(peer.params['entries']);
  const entry = averageOf(entries);
  const trial = trialOf(peer, entry);
  const isLong = sideOf(peer) === 'long';
  const share = required(peer, 'activation_pct');
  const activation = multiply(entry, (isLong ? add : subtract)(ONE, share));
  const percent = multiply(required(peer, 'trail'), decimal('100'));
  const plan: PlanRequest = {
    trail: { percent: formatDecimal(percent) },
    activation: formatDecimal(activation),
    dialect: 'hummingbot',
  };
  const fired = peer.ticks.map((tick, index) => {
    const price = priceOf(tick, 'last') ?? needs('a last price');
    trial.trade(trial.units(price) ?? needs('a price on the grid'), '');
    // A tick for each entry belongs to the phase of entering.
    if (index === entries.length - 1) arm(trial, plan);
    return trial.triggered !== undefined;
  });
  return firstTrue(fired);
}

type Entry = readonly [price: Decimal, amount: Decimal];

function entriesOf(value: unknown): readonly Entry[] {
  if (!Array.isArray(value)) return needs('entries of price and amount');
  return (value as unknown[]).map((entry) => {
    const [price, amount] = Array.isArray(entry) ? (entry as string[]) : [];
    if (price === undefined || amount === undefined) return needs('entries of price and amount');
    return [decimal(price), decimal(amount)] as const;
  });
}

/** What was paid by what was bought. */
function averageOf(entries: readonly Entry[]): Decimal {
  const paid = entries.reduce((sum, [, amount]) => add(sum, amount), ZERO);
  const bought = entries.reduce(
    (sum, [price, amount]) => add(sum, divide(amount, price, 4 * AVERAGE_DIGITS)),
    ZERO,
  );
  return divide(paid, bought, AVERAGE_DIGITS);
}
