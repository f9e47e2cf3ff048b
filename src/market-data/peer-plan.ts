import {
  add,
  canonical,
  decimal,
  formatDecimal,
  multiply,
  parseDecimal,
  significantScale,
  subtract,
} from '../domain/kernel/decimal.js';
import type { PositionSide } from '../domain/kernel/units.js';
import type { PlanRequest } from '../domain/stop/plan-request.js';
import { engineOf } from './peer-cases.js';
import type { PeerCase, PeerTick } from './peer-cases.js';

/** A case in the terms of our engine. */
export interface PeerTrial {
  readonly side: PositionSide;
  readonly priceTick: string;
  readonly entryPrice: string;
  readonly plan: PlanRequest;
  /** The stop is armed once this tick has been seen; -1: before the first. */
  readonly armAfter: number;
}

/** The rules of the case need something that our engine does not have; the message names it. */
export class NotExpressible extends Error {}

function needs(what: string): never {
  throw new NotExpressible(`needs ${what}`);
}

const MARKET = ['trigger_source', 'tick_size', 'submit_after_index', 'entry', 'position'];
const TRAIL = ['trail', 'trail_type', 'initial_stop'];
const BARS = ['ohlc', 'quote_ohlc', 'prev_close'];

/** Parameters that each kind may have. One that is not listed could change the outcome, so the case fails for it. */
const PARAMS: Readonly<Record<string, readonly string[]>> = {
  stop_market: [...MARKET, 'stop'],
  trailing_stop_market: [...MARKET, ...TRAIL, 'activation', 'entry_index'],
  trailing_offset_calc: [...MARKET, ...TRAIL],
  stop_target_trail: [...MARKET, ...TRAIL, 'target'],
  take_profit: [...MARKET, 'target'],
  stop_wrong_side: [...MARKET, 'stop'],
};

/** What the kinds of an engine are settled by; `rounding` where levels are rounded to a grid. */
const DIALECTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  nautilus: { order: 'check-then-move', rounding: 'nearest' },
  lean: { order: 'check-then-move', rounding: 'none' },
  vectorbt: { order: 'check-then-move', rounding: 'none' },
  flox: { order: 'move-then-check', rounding: 'none' },
  bybit: { order: 'move-then-check', rounding: 'none' },
  freqtrade: { order: 'move-then-check', rounding: 'none' },
  openalgo: { order: 'move-then-check', rounding: 'none' },
  jesse: { order: 'move-then-check', rounding: 'none' },
};

/** Throws NotExpressible when the case needs what our engine does not have. */
export function peerTrial(peer: PeerCase): PeerTrial {
  const known = PARAMS[peer.kind];
  if (!known) throw new NotExpressible('kind not built yet');
  for (const [name, value] of Object.entries(peer.params)) {
    if (value !== null && !known.includes(name)) needs(`the parameter ${name}`);
  }
  const triggerBy = triggerOf(peer);
  checkTicks(peer, triggerBy);
  const plan = { ...levels(peer), triggerBy, dialect: dialectOf(peer) };
  return {
    side: sideOf(peer),
    priceTick: tickOf(peer),
    entryPrice: entryOf(peer, plan),
    plan,
    armAfter: armAfter(peer),
  };
}

/** Decimal text of a parameter; undefined when it is not given. */
function text({ params }: PeerCase, name: string): string | undefined {
  const value = params[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string' && parseDecimal(value)) return canonical(value);
  return needs(`${name} ${JSON.stringify(value)}`);
}

function sideOf({ side }: PeerCase): PositionSide {
  if (side === 'SELL') return 'long';
  return side === 'BUY' ? 'short' : needs(`the side ${side}`);
}

function triggerOf(peer: PeerCase): 'last' | 'bidAsk' {
  const source = peer.params['trigger_source'];
  switch (source) {
    case undefined:
      return engineOf(peer) === 'nautilus' ? 'bidAsk' : 'last';
    case 'last':
      return 'last';
    case 'bid_ask':
    case 'default(=bid_ask)':
      return 'bidAsk';
    default:
      return needs(`trigger_source ${String(source)}`);
  }
}

function checkTicks(peer: PeerCase, triggerBy: 'last' | 'bidAsk'): void {
  peer.ticks.forEach((tick, index) => {
    if (BARS.some((name) => name in tick)) needs('bars');
    const strange = Object.keys(tick).find((name) => !TICK_FIELDS.includes(name));
    if (strange !== undefined) needs(`the tick field ${strange}`);
    if (tick['bid'] === null || tick['ask'] === null) needs('one-sided quotes');
    const isQuoted = 'bid' in tick || 'ask' in tick;
    // There a last-price stop is checked against the quote and trailed by the trade: two prices for one stop.
    const isChecked = isQuoted && triggerBy === 'last' && index > armAfter(peer);
    if (isChecked && engineOf(peer) === 'nautilus')
      needs('a check price apart from the trail price');
  });
}

/** `ignored` only tells the reader what the engine has to find out by itself. */
const TICK_FIELDS: readonly string[] = ['last', 'bid', 'ask', 'close', 'ignored'];

function armAfter({ kind, params }: PeerCase): number {
  const index = params['submit_after_index'] ?? params['entry_index'];
  if (typeof index === 'number') return index;
  // Such a stop is through a market that is known already.
  return kind === 'stop_wrong_side' ? 0 : -1;
}

function levels(peer: PeerCase): PlanRequest {
  const stop = text(peer, 'stop') ?? text(peer, 'initial_stop');
  const target = text(peer, 'target');
  const trail = trailOf(peer);
  const activation = text(peer, 'activation') ?? (trail && profitActivation(peer));
  return {
    ...(stop !== undefined && { stop }),
    ...(trail && { trail }),
    ...(activation !== undefined && { activation }),
    ...(target !== undefined && { targets: [{ price: target }] }),
  };
}

function trailOf(peer: PeerCase): PlanRequest['trail'] | undefined {
  const trail = text(peer, 'trail');
  const type = peer.params['trail_type'];
  if (trail === undefined) return undefined;
  switch (type) {
    case 'price':
      return { amount: trail };
    case 'ticks':
      return { ticks: Number(trail) };
    case 'bps':
    case 'bps_of_extreme':
      return { bps: trail };
    case 'fraction':
      return { percent: formatDecimal(multiply(decimal(trail), decimal('100'))) };
    default:
      return needs(`trail_type ${String(type)}`);
  }
}

/** Trailing that waits for a least profit is trailing that waits for a price. */
function profitActivation(peer: PeerCase): string | undefined {
  const profit = peer.semantics['min_trail_profit'];
  if (typeof profit !== 'string') return undefined;
  const entry = text(peer, 'entry') ?? needs('an entry for min_trail_profit');
  const isLong = sideOf(peer) === 'long';
  return formatDecimal((isLong ? add : subtract)(decimal(entry), decimal(profit)));
}

function dialectOf(peer: PeerCase): Readonly<Record<string, string>> {
  const engine = engineOf(peer);
  const dialect = DIALECTS[engine] ?? needs(`the dialect of ${engine}`);
  // Only the equity model of LEAN, which names its data, counts a touch of a plain stop.
  const isStrict =
    engine === 'lean' && peer.kind === 'stop_market' && peer.semantics['data'] === undefined;
  const isOnGrid = peer.params['tick_size'] !== undefined;
  return {
    ...dialect,
    touch: isStrict ? 'strict' : 'inclusive',
    ...(!isOnGrid && { rounding: 'none' }),
  };
}

function tickOf(peer: PeerCase): string {
  const tick = text(peer, 'tick_size');
  if (tick !== undefined) {
    // The source rounds to the digits of the increment, our grid to its multiples: the same for 1, 0.1, 0.01 only.
    return /^(1|0\.0*1)$/.test(tick)
      ? tick
      : needs('rounding to digits of a tick that is not 10^-n');
  }
  if (peer.params['trail_type'] === 'ticks') needs('tick_size');
  const { activation, targets } = levels(peer);
  const prices = [activation, targets?.[0]?.price, text(peer, 'entry'), ...prints(peer)];
  const scales = prices.map((price) =>
    price === undefined ? 0 : significantScale(decimal(price)),
  );
  return formatDecimal({ units: 1n, scale: Math.max(...scales) });
}

/** The plan does not depend on the entry; where none is given, any price on the grid does. */
function entryOf(peer: PeerCase, plan: PlanRequest): string {
  return text(peer, 'entry') ?? prints(peer)[0] ?? plan.stop ?? '1';
}

function prints({ ticks }: PeerCase): readonly string[] {
  return ticks.flatMap((tick) =>
    ['last', 'bid', 'ask', 'close'].flatMap((name) => priceOf(tick, name) ?? []),
  );
}

/** Decimal text of a price of a tick; undefined when it is not given. */
export function priceOf(tick: PeerTick, name: string): string | undefined {
  const value = tick[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string' && parseDecimal(value)) return value;
  return needs(`${name} ${JSON.stringify(value)}`);
}
