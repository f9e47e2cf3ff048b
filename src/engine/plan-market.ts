import type { Problem } from '../domain/kernel/decider.js';
import { canonical } from '../domain/kernel/decimal.js';
import type { Cause, PriceSource, Stamp } from '../domain/kernel/event.js';
import type { DecimalText, PositionSide, UnixMs } from '../domain/kernel/units.js';
import { PRICE_UNITS_MAX, formatUnits } from '../domain/instrument/price-grid.js';
import { nextSessionEndMs } from '../domain/instrument/session-end.js';
import { checkPlan } from '../domain/stop/plan-check.js';
import type { PlanRequest } from '../domain/stop/plan-request.js';
import type { StopPlan } from '../domain/stop/stop-plan.js';
import type { Desk } from './desk.js';
import type { LiveStop } from './live-stop.js';
import { restsInPairs } from './paired-order.js';
import {
  causeOf,
  fineDigitsMaxOf,
  gridOf,
  sourceOf,
  tickFor,
  trailSourceOf,
  unitsFor,
} from './price-source.js';
import type { KnownInstrument } from './registry.js';
import type { StopBook } from './stop-book.js';
import type { Tick } from './tick.js';

/** Where a plan meets the market: the newest price that fires its stop. */
export interface Market {
  readonly instrument: KnownInstrument;
  readonly source: PriceSource;
  readonly tick: Tick | undefined;
}

/** What a plan is about. */
export interface PlanSubject {
  readonly stamp: Stamp;
  readonly side: PositionSide;
  readonly entryPrice: DecimalText;
  /** Undefined for a stop that is new. */
  readonly armedAtMs: UnixMs | undefined;
  /** Where the market is taken to be when the stop begins: of an entry that rests. Missing: where it is. */
  readonly assumedPrice?: DecimalText;
}

export interface JudgedPlan {
  /** Undefined when there are problems. */
  readonly plan?: StopPlan;
  readonly market: Market;
  readonly sessionEndsAtMs: UnixMs | null;
  readonly problems: readonly Problem[];
}

/** Judges plans at the market as it is, and lets stops begin there. */
export class PlanMarket {
  constructor(
    private readonly desk: Desk,
    private readonly book: StopBook,
  ) {}

  instrumentOf(stamp: Stamp): KnownInstrument {
    const instrument = this.desk.registry.instruments.get(stamp.instrumentId);
    if (!instrument)
      throw new Error(`Invariant: a position's instrument is known, found ${stamp.instrumentId}`);
    return instrument;
  }

  marketOf(
    plan: Pick<StopPlan, 'triggerBy'>,
    { stamp, side }: Omit<PlanSubject, 'armedAtMs'>,
  ): Market {
    const source = sourceOf(plan.triggerBy, side);
    const tick = this.book.tickFor(stamp.instrumentId, source);
    return { instrument: this.instrumentOf(stamp), source, tick };
  }

  judge(request: PlanRequest, subject: PlanSubject): JudgedPlan {
    const { side, entryPrice, armedAtMs, assumedPrice } = subject;
    const market = this.marketOf({ triggerBy: request.triggerBy ?? 'last' }, subject);
    const { definition, grid } = market.instrument;
    const { scale } = gridOf(market.source, grid);
    const units = market.tick && unitsFor(market.tick, market.source);
    const sessionEndsAtMs = this.sessionEndOf(market.instrument);
    const verdict = checkPlan(request, {
      side,
      priceTick: definition.priceTick,
      ...(definition.priceBands && { priceBands: definition.priceBands }),
      priceMax: formatUnits(PRICE_UNITS_MAX, grid.scale),
      fineDigitsMax: fineDigitsMaxOf(market.source),
      ...(assumedPrice !== undefined
        ? { reference: assumedPrice, referenceName: 'price of the order' }
        : referenceAt(units, scale, entryPrice)),
      entryPrice: canonical(entryPrice),
      armedForMs: armedAtMs === undefined ? 0 : this.desk.at - armedAtMs,
      sessionLeftMs: sessionEndsAtMs === null ? null : sessionEndsAtMs - this.desk.at,
      ...this.pairing(subject.stamp),
    });
    const judged = { market, sessionEndsAtMs };
    return verdict.kind === 'sound'
      ? { plan: this.desk.registry.plans.shared(verdict.plan), ...judged, problems: [] }
      : { ...judged, problems: verdict.problems };
  }

  /** An account without real money is let try any plan: its target stays the engine's own. */
  private pairing({ accountId, instrumentId }: Stamp): { unpaired?: string } {
    const account = this.desk.registry.accounts.get(accountId);
    if (account?.mode !== 'live' || restsInPairs(account, instrumentId)) return {};
    return { unpaired: `${account.broker} with ${instrumentId}` };
  }

  /** When the session ends that a stop is armed in; null where the instrument has none. */
  sessionEndOf({ definition }: KnownInstrument): UnixMs | null {
    if (definition.sessionEnd === undefined) return null;
    return nextSessionEndMs(definition.sessionEnd, this.desk.at);
  }

  /** The newest price that trades, or the bid where no trades are shown; undefined before the first. */
  lastPriceOf(instrumentId: string): DecimalText | undefined {
    const instrument = this.desk.registry.instruments.get(instrumentId);
    const { last, quote } = this.book.lastOf(instrumentId);
    if (!instrument) return undefined;
    if (last) return formatUnits(unitsFor(last, 'last'), instrument.grid.scale);
    return quote && formatUnits(unitsFor(quote, 'bid'), instrument.grid.scale);
  }

  referenceOf({ tick, source, instrument }: Market): Cause | null {
    return tick ? causeOf(tick, source, instrument) : null;
  }

  /** Directed units of the newest price that fires the stop; undefined before the first. */
  checkPrice({ terms }: LiveStop, { tick, source }: Market): number | undefined {
    return tick && terms.sign * unitsFor(tick, source);
  }

  /**
   * Lets a stop begin at the newest prices that move it. Returns whether it is to be judged at the market at once.
   *
   * A stop that is moved by another price than the one that fires it, and is checked before it is moved, is judged by
   * the level it came with; what the move has made of it counts from the next price on.
   */
  begin(live: LiveStop, plan: StopPlan, subject: Omit<PlanSubject, 'armedAtMs'>): boolean {
    const market = this.marketOf(plan, subject);
    const check = this.checkPrice(live, market);
    const trailSource = trailSourceOf(plan, subject.side);
    const wasThrough = check !== undefined && check <= live.firingPrice;
    if (check !== undefined && live.terms.movesByTrigger) live.seed(check);
    if (!trailSource) return check !== undefined;
    const trailTick = tickFor(this.book.lastOf(subject.stamp.instrumentId), trailSource);
    if (trailTick) live.seed(live.terms.sign * unitsFor(trailTick, trailSource));
    if (!live.terms.checkFirst || wasThrough) return check !== undefined;
    live.isDue = check !== undefined && check <= live.firingPrice;
    return false;
  }
}

function referenceAt(units: number | undefined, scale: number, entryPrice: DecimalText) {
  return units === undefined
    ? {
        reference: canonical(entryPrice),
        referenceName: 'entry price (no market price has been seen yet)',
      }
    : { reference: formatUnits(units, scale), referenceName: 'market' };
}
