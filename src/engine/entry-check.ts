import type { Problem } from '../domain/kernel/decider.js';
import { compare, decimal, isMultipleOf, parseDecimal } from '../domain/kernel/decimal.js';
import { tickAt, tickRule } from '../domain/kernel/price-bands.js';
import type { DecimalText } from '../domain/kernel/units.js';
import { checkEntryPrice, problem } from './command-check.js';
import type { PlaceOrder } from './order-commands.js';
import type { KnownInstrument } from './registry.js';

type Priced = Pick<PlaceOrder, 'type' | 'side' | 'limitPrice' | 'stopPrice' | 'timeInForce'>;

const IMMEDIATE = new Set(['ioc', 'fok']);

/** Problems of the prices that an entry asks for. `last` is the newest price of the market, if one was seen. */
export function checkTerms(
  asked: Priced,
  instrument: KnownInstrument,
  last: DecimalText | undefined,
): Problem[] {
  return [
    ...checkPresence(asked),
    ...checkPrice('limitPrice', asked.limitPrice, instrument),
    ...checkPrice('stopPrice', asked.stopPrice, instrument),
    ...checkStopSide(asked, last),
    ...checkTime(asked),
  ];
}

function checkPresence({ type, limitPrice, stopPrice }: Priced): Problem[] {
  const problems: Problem[] = [];
  if (type === 'limit' && limitPrice === undefined) {
    problems.push(problem('REQUIRED', 'limitPrice', 'is required by a limit order', ''));
  }
  if (type === 'stop' && stopPrice === undefined) {
    problems.push(problem('REQUIRED', 'stopPrice', 'is required by a stop order', ''));
  }
  if (type === 'market' && limitPrice !== undefined) {
    const rule = 'must be left out of a market order';
    problems.push(problem('NOT_ALLOWED', 'limitPrice', rule, limitPrice));
  }
  if (type !== 'stop' && stopPrice !== undefined) {
    const rule = 'must be left out unless the order is a stop order';
    problems.push(problem('NOT_ALLOWED', 'stopPrice', rule, stopPrice));
  }
  return problems;
}

function checkPrice(
  field: string,
  text: string | undefined,
  instrument: KnownInstrument,
): Problem[] {
  if (text === undefined) return [];
  const problems = checkEntryPrice(field, text, instrument);
  if (problems.length > 0) return problems;
  const { definition } = instrument;
  const price = decimal(text);
  if (isMultipleOf(price, tickAt(definition, price))) return [];
  return [problem('PRICE_OFF_GRID', field, tickRule(definition, price), text)];
}

/** A stop order that is reached already would enter at once, at a price that nobody asked for. */
function checkStopSide({ side, stopPrice }: Priced, last: DecimalText | undefined): Problem[] {
  const stop = stopPrice === undefined ? undefined : parseDecimal(stopPrice);
  if (stopPrice === undefined || !stop || last === undefined) return [];
  const away = compare(stop, decimal(last));
  if (side === 'buy' ? away > 0 : away < 0) return [];
  const rule = `must be ${side === 'buy' ? 'above' : 'below'} the market (${last})`;
  return [problem('STOP_PRICE_REACHED', 'stopPrice', rule, stopPrice)];
}

function checkTime({ type, timeInForce }: Priced): Problem[] {
  if (timeInForce === undefined) return [];
  if (type === 'market') {
    return [
      problem('NOT_ALLOWED', 'timeInForce', 'must be left out of a market order', timeInForce),
    ];
  }
  if (type === 'stop' && IMMEDIATE.has(timeInForce)) {
    return [
      problem('NOT_ALLOWED', 'timeInForce', 'must be "gtc" or "day" of a stop order', timeInForce),
    ];
  }
  return [];
}
