import type { InstrumentDefined } from '../domain/instrument/instrument.events.js';
import { ZERO, add, decimal, formatDecimal } from '../domain/kernel/decimal.js';
import type { DecimalText, UnixMs } from '../domain/kernel/units.js';
import type { DecidedStop } from './decided-stops.js';
import { LIKENESSES, compareExits } from './decision-comparison.js';
import type { ComparedExit, Likeness } from './decision-comparison.js';
import type { StopPairs } from './stop-pairs.js';

export interface ShadowReport {
  readonly summary: ShadowSummary;
  readonly exits: readonly ComparedExit[];
  /** Stops to which nothing on the other side belongs. */
  readonly onlyHere: readonly StopAlone[];
  readonly onlyThere: readonly StopAlone[];
  readonly untried: readonly (StopAlone & { readonly reason: string })[];
}

export interface StopAlone {
  readonly stopId: string;
  readonly instrumentId: string;
  readonly armedAt: UnixMs;
  readonly end: string;
  readonly exits: number;
}

export interface ShadowSummary {
  readonly isSame: boolean;
  readonly pairs: number;
  /** Pairs of which neither has decided anything. */
  readonly undecided: number;
  /** Pairs that were not armed with the same plan. */
  readonly otherPlans: number;
  readonly exits: Readonly<Record<Likeness, number>>;
  readonly onlyHere: number;
  readonly onlyThere: number;
  readonly untried: number;
  /** By currency: what the other's exits brought more, as far as it can be told. */
  readonly gains: Readonly<Record<string, DecimalText>>;
  readonly laterByMs: { readonly min: number; readonly max: number } | null;
}

/** What is compared. */
export interface ShadowMatter extends StopPairs {
  readonly untried: readonly { readonly stop: DecidedStop; readonly reason: string }[];
  readonly instruments: ReadonlyMap<string, InstrumentDefined['data']>;
  /** Exits that either side decided from then on, and stops that were armed then or later. */
  readonly fromMs: UnixMs;
  /** Exclusive. */
  readonly toMs: UnixMs;
}

/** The comparison whole, within a time. An exit counts when one of the two was decided in it. */
export function shadowReport(matter: ShadowMatter): ShadowReport {
  const isIn = (at: UnixMs | undefined): boolean =>
    at !== undefined && at >= matter.fromMs && at < matter.toMs;
  const all = matter.pairs.map((pair) => ({ pair, exits: exitsOf(pair, matter.instruments) }));
  const exits = all
    .flatMap((each) => each.exits)
    .filter(({ here, there }) => isIn(here?.at) || isIn(there?.at));
  const alone = (stops: readonly DecidedStop[]): readonly StopAlone[] =>
    stops.filter(({ armedAt }) => isIn(armedAt)).map(aloneOf);
  const [onlyHere, onlyThere] = [alone(matter.onlyHere), alone(matter.onlyThere)];
  const untried = matter.untried
    .filter(({ stop }) => isIn(stop.armedAt))
    .map(({ stop, reason }) => ({ ...aloneOf(stop), reason }));
  const counts = countsOf(exits);
  const differing = exits.length - counts.same + onlyHere.length + onlyThere.length;
  const summary: ShadowSummary = {
    isSame: differing === 0,
    pairs: all.length,
    undecided: all.filter((each) => each.exits.length === 0).length,
    otherPlans: all.filter(({ pair: [a, b] }) => !isSamePlan(a, b)).length,
    exits: counts,
    ...{ onlyHere: onlyHere.length, onlyThere: onlyThere.length, untried: untried.length },
    gains: gainsOf(exits),
    laterByMs: spanOf(exits),
  };
  return { summary, exits, onlyHere, onlyThere, untried };
}

function exitsOf(
  [here, there]: readonly [DecidedStop, DecidedStop],
  instruments: ShadowMatter['instruments'],
): readonly ComparedExit[] {
  const instrument = instruments.get(here.instrumentId);
  if (!instrument) throw new Error('Invariant: a stop is armed on a defined instrument');
  return compareExits(here, there, instrument);
}

function aloneOf({ stopId, instrumentId, armedAt, end, exits }: DecidedStop): StopAlone {
  return { stopId, instrumentId, armedAt, end, exits: exits.length };
}

function isSamePlan(a: DecidedStop, b: DecidedStop): boolean {
  return JSON.stringify(a.plan) === JSON.stringify(b.plan);
}

function countsOf(exits: readonly ComparedExit[]): Readonly<Record<Likeness, number>> {
  const counts = LIKENESSES.map((likeness) => {
    return [likeness, exits.filter((exit) => exit.likeness === likeness).length] as const;
  });
  return Object.fromEntries(counts) as Record<Likeness, number>;
}

function gainsOf(exits: readonly ComparedExit[]): Readonly<Record<string, DecimalText>> {
  const gains = new Map<string, DecimalText>();
  for (const { gain } of exits) {
    if (!gain) continue;
    const known = decimal(gains.get(gain.currency) ?? formatDecimal(ZERO));
    gains.set(gain.currency, formatDecimal(add(known, decimal(gain.amount))));
  }
  return Object.fromEntries(gains);
}

function spanOf(exits: readonly ComparedExit[]): ShadowSummary['laterByMs'] {
  const apart = exits.flatMap(({ laterByMs }) => (laterByMs === null ? [] : [laterByMs]));
  if (apart.length === 0) return null;
  const [min, max] = [Math.min, Math.max].map((pick) => apart.reduce((a, b) => pick(a, b)));
  return { min: min ?? 0, max: max ?? 0 };
}
