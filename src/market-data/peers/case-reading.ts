import { canonical, decimal, parseDecimal } from '../../domain/kernel/decimal.js';
import type { Decimal } from '../../domain/kernel/decimal.js';
import type { OrderSide, PositionSide } from '../../domain/kernel/units.js';
import type { PeerCase, PeerTick } from '../peer-cases.js';

/** The rules of the case need something that our engine does not have; the message names it. */
export class NotExpressible extends Error {}

export function needs(what: string): never {
  throw new NotExpressible(`needs ${what}`);
}

/** What a run found, by the name it has in the cases. What is not there cannot be asserted. */
export type Found = Readonly<Record<string, unknown>>;

/** Refuses a case with a parameter that is not known: it could change the outcome. */
export function onlyKnown({ params }: PeerCase, known: readonly string[]): void {
  for (const [name, value] of Object.entries(params)) {
    if (value !== null && !known.includes(name)) needs(`the parameter ${name}`);
  }
}

/** What a case says in words. */
export function said(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null);
}

/** Decimal text of a parameter; undefined when it is not given. */
export function text({ params }: PeerCase, name: string): string | undefined {
  const value = params[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string' && parseDecimal(value)) return canonical(value);
  return needs(`${name} ${JSON.stringify(value)}`);
}

export function number(peer: PeerCase, name: string): Decimal | undefined {
  const found = text(peer, name);
  return found === undefined ? undefined : decimal(found);
}

export function required(peer: PeerCase, name: string): Decimal {
  return number(peer, name) ?? needs(name);
}

export function flag({ params }: PeerCase, name: string): boolean | undefined {
  const value = params[name];
  if (value === undefined || value === null) return undefined;
  return typeof value === 'boolean' ? value : needs(`${name} ${JSON.stringify(value)}`);
}

/** The side of the position that the exit closes. */
export function sideOf({ side }: PeerCase): PositionSide {
  if (side === 'SELL') return 'long';
  return side === 'BUY' ? 'short' : needs(`the side ${side}`);
}

export function orderSideOf(peer: PeerCase): OrderSide {
  return sideOf(peer) === 'long' ? 'sell' : 'buy';
}

/** Decimal text of a price of a tick; undefined when it is not given. */
export function priceOf(tick: PeerTick, name: string): string | undefined {
  return asPrice(tick[name], name);
}

export function decimalOf(tick: PeerTick, name: string): Decimal | undefined {
  const found = priceOf(tick, name);
  return found === undefined ? undefined : decimal(found);
}

export function asPrice(value: unknown, name: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string' && parseDecimal(value)) return value;
  return needs(`${name} ${JSON.stringify(value)}`);
}

export interface TextBar {
  readonly open: string | undefined;
  readonly high: string | undefined;
  readonly low: string | undefined;
  readonly close: string | undefined;
}

/** A bar of a tick; undefined when it has none. */
export function barOf(tick: PeerTick, name: string): TextBar | undefined {
  const bar = tick[name];
  if (bar === undefined || bar === null) return undefined;
  if (!Array.isArray(bar) || bar.length !== 4) return needs(`${name} ${JSON.stringify(bar)}`);
  const [open, high, low, close] = bar.map((price) => asPrice(price, name));
  return { open, high, low, close };
}

/** Milliseconds of a tick since the start of its case. */
export function timeMsOf(tick: PeerTick): number | undefined {
  const seconds = decimalOf(tick, 't_s');
  return seconds && Number(seconds.units) * 10 ** (3 - seconds.scale);
}
