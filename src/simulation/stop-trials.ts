import type { InstrumentDefined } from '../domain/instrument/instrument.events.js';
import type { Problem } from '../domain/kernel/decider.js';
import type { DecidedStop } from './decided-stops.js';
import { MarketRefused, sweepPlans } from './plan-sweep.js';
import type { SweepCase, SweepMarket, SweepOutcome } from './plan-sweep.js';
import type { PriceColumns } from './price-columns.js';

/** A stop that was tried again over recorded prices, or why it could not be. */
export type StopTrial =
  | { readonly kind: 'tried'; readonly stop: DecidedStop; readonly trial: DecidedStop }
  | { readonly kind: 'untried'; readonly stop: DecidedStop; readonly reason: string };

/**
 * Arms each stop again, at the time when it was armed, over recorded prices of its instrument, in a production engine
 * without a venue. A stop that somebody changed while it stood has no trial: the prices do not tell when.
 */
export function tryStops(
  stops: readonly DecidedStop[],
  instrument: InstrumentDefined['data'],
  prices: PriceColumns,
): readonly StopTrial[] {
  const untried: StopTrial[] = [];
  const cases: { readonly stop: DecidedStop; readonly asked: SweepCase }[] = [];
  for (const stop of stops) {
    const reason = hindrance(stop, prices);
    if (reason === undefined) cases.push({ stop, asked: caseOf(stop, prices) });
    else untried.push({ kind: 'untried', stop, reason });
  }
  const outcomes = outcomesOf(marketOf(instrument), cases, prices);
  return [
    ...untried,
    ...cases.map(({ stop }, place) => {
      const outcome = outcomes[place];
      if (!outcome) throw new Error('Invariant: every case has an outcome');
      return trialOf(stop, outcome);
    }),
  ];
}

function outcomesOf(
  market: SweepMarket,
  cases: readonly { readonly asked: SweepCase }[],
  prices: PriceColumns,
): readonly SweepOutcome[] {
  try {
    const asked = cases.map((one) => one.asked);
    return sweepPlans(market, asked, prices);
  } catch (error) {
    if (!(error instanceof MarketRefused)) throw error;
    return cases.map(() => ({ kind: 'refused', problems: error.problems }));
  }
}

function hindrance(stop: DecidedStop, prices: PriceColumns): string | undefined {
  if (stop.changedBy.size > 0) return `changed while it stood: ${[...stop.changedBy].join(', ')}`;
  const [first, last] = [prices.atMs[0], prices.atMs[prices.count - 1]];
  if (prices.count === 0 || first === undefined || last === undefined) {
    return `no price of ${stop.instrumentId} is recorded`;
  }
  const armed = new Date(stop.armedAt).toISOString();
  if (stop.armedAt < first || stop.armedAt > last) {
    return `armed ${armed}, and the prices reach from ${new Date(first).toISOString()} to ${new Date(last).toISOString()}`;
  }
  return undefined;
}

function caseOf(stop: DecidedStop, prices: PriceColumns): SweepCase {
  const { side, quantity, entryPrice, plan } = stop;
  const dialect = { ...plan.dialect };
  return {
    ...{ side, quantity, entryPrice },
    plan: { ...plan, dialect },
    afterRows: rowsUpTo(prices, stop.armedAt),
  };
}

/** How many prices had come by then. */
function rowsUpTo(prices: PriceColumns, atMs: number): number {
  let [low, high] = [0, prices.count];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((prices.atMs[middle] ?? Infinity) <= atMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

function marketOf(instrument: InstrumentDefined['data']): SweepMarket {
  const { priceTick, quantityStep, sessionEnd, contract } = instrument;
  return {
    ...{ priceTick, quantityStep },
    ...(sessionEnd !== undefined && { sessionEnd }),
    ...(contract && { contract }),
  };
}

function trialOf(stop: DecidedStop, outcome: SweepOutcome): StopTrial {
  if (outcome.kind === 'refused') {
    const reason = outcome.problems.map(told).join('; ');
    return { kind: 'untried', stop, reason };
  }
  const { end, exits } = outcome;
  const decided = exits.map(({ branch, at, price, quantity }) => {
    return { branch, at, price, quantity, trades: [] };
  });
  return { kind: 'tried', stop, trial: { ...stop, end, exits: decided } };
}

function told({ field, rule, value }: Problem): string {
  return `${field} ${rule}, was ${value}`;
}
