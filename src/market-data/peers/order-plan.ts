import {
  ONE,
  add,
  decimal,
  formatDecimal,
  multiply,
  significantScale,
  subtract,
} from '../../domain/kernel/decimal.js';
import type { Decimal } from '../../domain/kernel/decimal.js';
import type { PositionSide } from '../../domain/kernel/units.js';
import { NAMED_DIALECTS, settingsOf } from '../../domain/stop/dialect.js';
import type { SettledDialect } from '../../domain/stop/dialect.js';
import type { PlainDistanceRequest, PlanRequest } from '../../domain/stop/plan-request.js';
import { engineOf } from '../peer-cases.js';
import type { PeerCase } from '../peer-cases.js';
import {
  barOf,
  flag,
  needs,
  number,
  onlyKnown,
  priceOf,
  required,
  sideOf,
  text,
} from './case-reading.js';
import type { TextBar } from './case-reading.js';

/** How the exits of an engine fill: at what the book shows, at the print, at the worse of stop and market, or at the stop unless the bar gapped over it. */
export type FillRule = 'book' | 'print' | 'worse' | 'gap';

/** A case in the terms of our engine. */
export interface OrderTrial {
  readonly side: PositionSide;
  readonly priceTick: string;
  readonly entryPrice: string;
  readonly plan: PlanRequest & { readonly dialect: Readonly<Record<string, string>> };
  readonly dialect: SettledDialect;
  readonly fill: FillRule;
  /** The stop is armed once this tick has been seen; -1: before the first. */
  readonly armAfter: number;
}

const MARKET = ['trigger_source', 'tick_size', 'submit_after_index', 'entry', 'position', 'qty'];
const TRAIL = ['trail', 'trail_type', 'initial_stop', 'activation'];
const LIMIT = ['limit', 'limit_offset', 'initial_limit', 'limit_rule', 'order_type'];

/** Parameters that each kind may have. One that is not listed could change the outcome, so the case fails for it. */
const PARAMS: Readonly<Record<string, readonly string[]>> = {
  stop_market: [
    ...[...MARKET, 'stop', 'stop_pct', 'entry_index', 'reject_in_market_stops'],
    ...['reduce_only', 'position_qty', 'bar_adaptive_high_low_ordering', 'trail_type'],
  ],
  stop_limit: [...MARKET, 'stop', 'limit'],
  trailing_stop_market: [...MARKET, ...TRAIL, 'entry_index', 'modify_qty_after_tick0'],
  trailing_stop_limit: [
    ...[...MARKET, ...TRAIL, ...LIMIT],
    ...['modify_qty_after_tick0', 'first_tick_is_cache_only'],
  ],
  trailing_offset_calc: [...MARKET, ...TRAIL],
  stop_target_trail: [...MARKET, ...TRAIL, 'target'],
  breakeven_move: [...MARKET, ...TRAIL, 'breakeven_type', 'breakeven_threshold'],
  step_trailing: [...MARKET, 'initial_stop', 'step'],
  take_profit: [...MARKET, 'target', 'tp_pct'],
  market_if_touched: [...MARKET, 'stop'],
  stop_wrong_side: [...MARKET, 'stop'],
};

export function isOrderKind(kind: string): boolean {
  return Object.hasOwn(PARAMS, kind);
}

const FILLS: Readonly<Record<string, FillRule>> = {
  nautilus: 'book',
  vectorbt: 'gap',
  lean: 'worse',
};

/** Throws NotExpressible when the case needs what our engine does not have. */
export function orderTrial(peer: PeerCase): OrderTrial {
  onlyKnown(peer, PARAMS[peer.kind] ?? []);
  const dialect = dialectOf(peer);
  const plan = {
    ...planOf(peer, dialect),
    triggerBy: triggerOf(peer),
    dialect: settingsOf(dialect),
  };
  const side = sideOf(peer);
  return {
    side,
    priceTick: tickOf(peer, plan),
    entryPrice: entryOf(peer, plan),
    plan,
    dialect,
    fill: dialect.name === 'lean-equity' ? 'gap' : (FILLS[engineOf(peer)] ?? 'print'),
    armAfter: armAfter(peer),
  };
}

/** The named dialect of the engine, with what the parameters of the case change. */
export function dialectOf(peer: PeerCase): SettledDialect {
  const engine = engineOf(peer);
  const dialect = NAMED_DIALECTS.get(dialectName(peer)) ?? needs(`the dialect of ${engine}`);
  const isOnGrid = peer.params['tick_size'] !== undefined;
  const trailBy = { last: 'last', last_or_bid_ask: 'lastOrBidAsk' } as const;
  const source = sourceOf(peer);
  const isSplit = engine === 'nautilus' && (source === 'last' || source === 'last_or_bid_ask');
  return {
    ...dialect,
    ...(!isOnGrid && { rounding: 'none' }),
    ...(isSplit && { trailBy: trailBy[source] }),
    ...(flag(peer, 'reject_in_market_stops') && { throughMarket: 'refuse' }),
    ...(flag(peer, 'bar_adaptive_high_low_ordering') && { inBar: 'adaptive' }),
  };
}

function dialectName(peer: PeerCase): string {
  const engine = engineOf(peer);
  // The equity model of LEAN names its data.
  if (engine === 'lean' && peer.semantics['data'] !== undefined) return 'lean-equity';
  const isTakeProfit = String(peer.params['order_type']).startsWith('TAKE_PROFIT');
  return engine === 'binance' && isTakeProfit ? 'binance-take-profit' : engine;
}

type Source = 'last' | 'bid_ask' | 'last_or_bid_ask';

function sourceOf(peer: PeerCase): Source {
  const source = peer.params['trigger_source'];
  const isNautilus = engineOf(peer) === 'nautilus';
  switch (source) {
    case undefined:
      return isNautilus ? 'bid_ask' : 'last';
    case 'last':
    case 'bid_ask':
    case 'last_or_bid_ask':
      return source;
    case 'default(=bid_ask)':
      return 'bid_ask';
    // The source's name for what every such stop of it does.
    case 'last (trail) but ASK (trigger)':
      return 'last';
    default:
      return needs(`trigger_source ${String(source)}`);
  }
}

/** Nautilus checks every stop at the book, whatever price trails it. */
function triggerOf(peer: PeerCase): 'last' | 'bidAsk' {
  return engineOf(peer) === 'nautilus' || sourceOf(peer) === 'bid_ask' ? 'bidAsk' : 'last';
}

function armAfter(peer: PeerCase): number {
  const { kind, params } = peer;
  const index = params['submit_after_index'] ?? params['entry_index'];
  if (typeof index === 'number') return index;
  // Such a stop is through a market that is known already.
  return kind === 'stop_wrong_side' || flag(peer, 'reject_in_market_stops') ? 0 : -1;
}

function planOf(peer: PeerCase, dialect: SettledDialect): PlanRequest {
  const { kind } = peer;
  if (kind === 'market_if_touched')
    return { targets: [{ price: text(peer, 'stop') ?? needs('stop') }] };
  const target = text(peer, 'target') ?? shareOfEntry(peer, 'tp_pct', 1);
  const stop =
    text(peer, 'stop') ?? text(peer, 'initial_stop') ?? shareOfEntry(peer, 'stop_pct', -1);
  const trail = trailOf(peer, 'trail');
  const activation = text(peer, 'activation') ?? (trail && profitActivation(peer));
  const step = text(peer, 'step');
  const limit = limitOf(peer, dialect);
  return {
    ...(stop !== undefined && { stop }),
    ...(trail && { trail }),
    ...(activation !== undefined && { activation }),
    // A step of nothing never moves a stop.
    ...(step !== undefined && step !== '0' && { step }),
    ...(kind === 'breakeven_move' && { breakEven: breakEvenOf(peer) }),
    ...(limit && { limit }),
    ...(target !== undefined && { targets: [{ price: target }] }),
  };
}

/** The entry moved by a share of itself: with the position for +1, against it for -1. */
function shareOfEntry(peer: PeerCase, name: string, direction: 1 | -1): string | undefined {
  const share = number(peer, name);
  if (!share) return undefined;
  const isUp = (sideOf(peer) === 'long') === (direction === 1);
  return formatDecimal(multiply(required(peer, 'entry'), (isUp ? add : subtract)(ONE, share)));
}

export function trailOf(peer: PeerCase, name: string): PlainDistanceRequest | undefined {
  const size = text(peer, name);
  const type = peer.params['trail_type'];
  if (size === undefined) return undefined;
  switch (type) {
    case 'price':
      return { amount: size };
    case 'ticks':
      return { ticks: Number(size) };
    case 'bps':
    case 'bps_of_extreme':
      return { bps: size };
    case 'fraction':
    case 'pnl_fraction':
      return { percent: formatDecimal(multiply(decimal(size), decimal('100'))) };
    default:
      return needs(`trail_type ${String(type)}`);
  }
}

function limitOf(peer: PeerCase, dialect: SettledDialect): PlanRequest['limit'] | undefined {
  const offset = trailOf(peer, 'limit_offset');
  const start = text(peer, 'limit') ?? text(peer, 'initial_limit');
  if (!offset && start === undefined) return undefined;
  // A limit that hangs on the stop has no price of its own.
  const hasPrice = start !== undefined && (!offset || dialect.limitFrom === 'basis');
  return { ...(offset && { offset }), ...(hasPrice && { price: start }), then: 'keep' };
}

/** Trailing that waits for a least profit is trailing that waits for a price. */
function profitActivation(peer: PeerCase): string | undefined {
  const profit = peer.semantics['min_trail_profit'];
  if (typeof profit !== 'string') return undefined;
  const isLong = sideOf(peer) === 'long';
  return formatDecimal((isLong ? add : subtract)(required(peer, 'entry'), decimal(profit)));
}

function breakEvenOf(peer: PeerCase): NonNullable<PlanRequest['breakEven']> {
  const entry = required(peer, 'entry');
  const threshold = required(peer, 'breakeven_threshold');
  const type = peer.params['breakeven_type'];
  if (type !== 'price' && type !== 'fraction') needs(`breakeven_type ${String(type)}`);
  const distance = type === 'price' ? threshold : multiply(entry, threshold);
  const trigger = (sideOf(peer) === 'long' ? add : subtract)(entry, distance);
  return { trigger: formatDecimal(trigger), offset: '0' };
}

function tickOf(peer: PeerCase, { activation, targets }: PlanRequest): string {
  const tick = text(peer, 'tick_size');
  if (tick !== undefined) return tick;
  if (peer.params['trail_type'] === 'ticks') needs('tick_size');
  const prices = [activation, targets?.[0]?.price, text(peer, 'entry'), ...pricesOf(peer)];
  return finestTick(prices.map((price) => (price === undefined ? undefined : decimal(price))));
}

/** The coarsest power of ten on which all prices lie. */
export function finestTick(prices: readonly (Decimal | undefined)[]): string {
  const scales = prices.map((price) => (price ? significantScale(price) : 0));
  return formatDecimal({ units: 1n, scale: Math.max(0, ...scales) });
}

/** A plan of levels does not depend on the entry; where none is given, one that no target lies behind. */
function entryOf(peer: PeerCase, plan: PlanRequest): string {
  const target = plan.targets?.[0]?.price;
  const given = text(peer, 'entry');
  if (given !== undefined) return given;
  if (target === undefined) return pricesOf(peer)[0] ?? plan.stop ?? '1';
  const factor = sideOf(peer) === 'long' ? '0.5' : '2';
  return formatDecimal(multiply(decimal(target), decimal(factor)));
}

/** Every price that the ticks of a case show. */
export function pricesOf({ ticks }: Pick<PeerCase, 'ticks'>): readonly string[] {
  return ticks.flatMap((tick): readonly string[] => [
    ...['last', 'bid', 'ask', 'close', 'prev_close']
      .map((name) => priceOf(tick, name))
      .filter(isTold),
    ...['ohlc', 'quote_ohlc'].flatMap((name) => barPrices(barOf(tick, name))),
  ]);
}

function barPrices(bar: TextBar | undefined): readonly string[] {
  return bar ? [bar.open, bar.high, bar.low, bar.close].filter(isTold) : [];
}

function isTold(price: string | undefined): price is string {
  return price !== undefined;
}
