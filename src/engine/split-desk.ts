import { PRICE_UNITS_MAX, formatUnits, priceGrid } from '../domain/instrument/price-grid.js';
import type { Problem } from '../domain/kernel/decider.js';
import {
  ZERO,
  add,
  canonical,
  compare,
  decimal,
  formatDecimal,
  isPositive,
  isZero,
  subtract,
} from '../domain/kernel/decimal.js';
import type { Decimal } from '../domain/kernel/decimal.js';
import {
  isWholeSplit,
  splitEntryPrice,
  splitQuantity,
  splitSteps,
} from '../domain/kernel/split.js';
import type { InstrumentId } from '../domain/kernel/units.js';
import type { KnownPosition } from '../domain/position/position-state.js';
import { pricesOf, splitPlan } from '../domain/stop/split-plan.js';
import type { KnownStop } from '../domain/stop/stop-state.js';
import { checkGridStep, problem, reject } from './command-check.js';
import type { CommandResult } from './decisions.js';
import type { Desk } from './desk.js';
import type { SplitInstrument } from './engine-commands.js';
import { roundInBand } from './level-units.js';
import { LiveStop } from './live-stop.js';
import { armedTrack, termsOf, trackOf } from './live-track.js';
import type { MoveRecorder } from './move-recorder.js';
import { BarMeter } from './bar-meter.js';
import type { KnownInstrument, KnownSplit } from './registry.js';
import type { StopBook } from './stop-book.js';
import type { StopClock } from './stop-clock.js';

const TERM_MAX = 1_000_000;
/** So long nothing must have traded: a price of before the split would be taken for one of after it. */
const QUIET_MS = 60_000;

interface SplitRoom {
  readonly book: StopBook;
  readonly clock: StopClock;
  readonly recorder: MoveRecorder;
}

/**
 * Splits an instrument: its positions and stops go on in the units of after it. All of it follows from the instrument's
 * own event, so that a start finishes what a crash kept part of from the log; until then no stop of before is armed.
 */
export class SplitDesk {
  constructor(
    private readonly desk: Desk,
    private readonly room: SplitRoom,
  ) {}

  split(command: SplitInstrument): CommandResult {
    const { instrumentId, ratio } = command;
    const known = this.desk.registry.instruments.get(instrumentId);
    if (!known) {
      const rule = 'must be a defined instrument';
      return reject('not-found', problem('INSTRUMENT_UNKNOWN', 'instrumentId', rule, instrumentId));
    }
    const unsound = checkSplit(command, known);
    if (unsound.length > 0) return reject('invalid', ...unsound);
    const { definition } = known;
    const priceTick = canonical(command.priceTick ?? definition.priceTick);
    const quantityStep = canonical(command.quantityStep ?? definition.quantityStep);
    const after = { ...known, definition: { ...definition, priceTick, quantityStep } };
    const busy = [...this.underWay(instrumentId), ...this.fractions(after, ratio)];
    if (busy.length > 0) return reject('conflict', ...busy);
    const grid = priceGrid(priceTick, definition.priceBands);
    const far = this.farPrices({ ...after, grid }, command);
    if (far.length > 0) return reject('conflict', ...far);
    const index = this.desk.decide(`instrument-${instrumentId}`, {
      type: 'InstrumentAmended',
      version: 1,
      data: {
        instrumentId,
        instrumentVersion: definition.instrumentVersion + 1,
        ratio,
        previous: { priceTick: definition.priceTick, quantityStep: definition.quantityStep },
        ...{ priceTick, quantityStep, input: this.desk.input, at: this.desk.at },
      },
    });
    this.restate(instrumentId, index);
    return { kind: 'accepted', id: instrumentId, streamId: `instrument-${instrumentId}` };
  }

  /** Finishes what a crash kept part of from the log. */
  resume(): void {
    for (const [instrumentId, { definition }] of this.desk.registry.instruments) {
      if (definition.split) this.restate(instrumentId);
    }
  }

  private restate(instrumentId: InstrumentId, after?: number): void {
    const { registry } = this.desk;
    const instrument = registry.instruments.get(instrumentId);
    const split = instrument?.definition.split;
    if (!instrument || !split) return;
    const isOld = ({ stamp }: Pick<KnownStop, 'stamp'>): boolean =>
      stamp.instrumentId === instrumentId && registry.isOfBefore(stamp);
    const positions = [...registry.positions.values()].filter(isOld);
    const stops = this.openOn(instrumentId).filter(isOld);
    const armed = stops.map(({ stopId }) => this.room.book.get(stopId));
    stops.forEach((stop, place) => {
      const one = armed[place];
      if (one) this.room.clock.forget(one);
      this.room.book.release(stop);
    });
    // A start has seen no price of before: recovery leaves them out.
    if (after !== undefined) this.room.book.forgetPrices(instrumentId);
    for (const position of positions) {
      if (position.status === 'open') this.restatePosition(position, { instrument, split, after });
    }
    const quantities = splitShares(stops, split, instrument);
    stops.forEach((stop, place) => {
      const standing = armed[place];
      const track = standing ? armedTrack(standing) : stop.track;
      const moves = standing?.pendingMoves ?? 0;
      if (standing) this.room.recorder.close(standing);
      const given = { instrument, split, after, moves, quantity: quantities[place] ?? ZERO };
      this.restateStop({ ...stop, track }, given);
    });
  }

  private restatePosition(position: KnownPosition, { instrument, split, after }: Restated): void {
    const { stamp, side, quantity, entryPrice, quoteCurrency, contract } = position;
    const { instrumentVersion, quantityStep } = instrument.definition;
    const open = splitQuantity(decimal(quantity), split.ratio, quantityStep);
    this.desk.decide(
      `position-${stamp.positionId}`,
      {
        type: 'PositionRestated',
        version: 1,
        data: {
          ...this.desk.stamp(stamp),
          ...{ instrumentVersion, side, ratio: split.ratio },
          previousQuantity: quantity,
          openQuantity: formatDecimal(open),
          previousEntryPrice: entryPrice,
          entryPrice: splitEntryPrice(entryPrice, split.ratio),
          ...{ quoteCurrency, ...(contract && { contract }) },
        },
      },
      after,
    );
  }

  private restateStop(
    stop: KnownStop,
    given: Restated & { readonly moves: number; readonly quantity: Decimal },
  ): void {
    const { instrument, split, after, moves, quantity } = given;
    const { stopId, stamp } = stop;
    const { live, plan, entryPrice } = splitStop(stop, instrument, split);
    const { bars } = live.terms;
    if (bars) live.meter = new BarMeter(bars, this.desk.at);
    const { instrumentVersion, quantityStep } = instrument.definition;
    const whole = splitQuantity(decimal(stop.armedQuantity), split.ratio, quantityStep);
    this.desk.decide(
      `stop-${stopId}`,
      {
        type: 'StopRestated',
        version: 1,
        data: {
          ...this.desk.stamp(stamp),
          ...{ instrumentVersion, stopId, ratio: split.ratio, moves },
          previousQuantity: stop.quantity,
          quantity: formatDecimal(quantity),
          // Neighbours of a rounding may have made the rest more than its share.
          armedQuantity: formatDecimal(compare(whole, quantity) < 0 ? quantity : whole),
          entryPrice,
          ...{ previousPlan: stop.plan, plan, previous: stop.track, track: trackOf(live) },
        },
      },
      after,
    );
    const known = this.desk.registry.stops.get(stopId);
    if (known?.status !== 'armed') return;
    const armed = this.room.book.reserve(known, live);
    this.room.book.admit(known, armed);
    this.room.clock.watch(known, armed);
  }

  private openOn(instrumentId: InstrumentId): readonly KnownStop[] {
    return [...this.desk.registry.stops.values()].filter(
      ({ status, stamp }) =>
        stamp.instrumentId === instrumentId && (status === 'armed' || status === 'suspended'),
    );
  }

  /** What must have come to its end before units change. */
  private underWay(instrumentId: InstrumentId): readonly Problem[] {
    const { registry, at } = this.desk;
    const found: Problem[] = [];
    for (const order of registry.orders.unsettled()) {
      if (order.stamp.instrumentId !== instrumentId || order.insures) continue;
      found.push(problem('ORDER_UNDER_WAY', 'instrumentId', ORDERS_RULE, order.orderId));
    }
    for (const stop of registry.stops.values()) {
      if (stop.stamp.instrumentId !== instrumentId) continue;
      if (stop.status !== 'triggered' && !stop.heldExits?.length) continue;
      const rule = 'must have no stop whose exit is under way';
      found.push(problem('STOP_TRIGGERED', 'instrumentId', rule, stop.stopId));
    }
    const { last, quote, mark } = this.room.book.lastOf(instrumentId);
    const newestMs = Math.max(
      ...[last, quote, mark].map((tick) => tick?.receivedAtMs ?? -Infinity),
    );
    if (at - newestMs < QUIET_MS) {
      const rule = `must have shown no price for ${QUIET_MS / 1000} s: split it while nothing trades`;
      found.push(problem('MARKET_TRADES', 'instrumentId', rule, instrumentId));
    }
    return found;
  }

  private fractions(
    { definition }: Pick<KnownInstrument, 'definition'>,
    ratio: SplitInstrument['ratio'],
  ): readonly Problem[] {
    const { instrumentId, quantityStep } = definition;
    const found: Problem[] = [];
    for (const { status, stamp, quantity } of this.desk.registry.positions.values()) {
      if (status !== 'open' || stamp.instrumentId !== instrumentId) continue;
      if (isWholeSplit(decimal(quantity), ratio, quantityStep)) continue;
      const rule = `must leave whole steps of ${quantityStep}; sell the fraction of ${stamp.positionId} first`;
      found.push(problem('SPLIT_LEAVES_FRACTION', 'ratio', rule, quantity));
    }
    const stops = this.openOn(instrumentId);
    splitShares(stops, { ratio }, { definition }).forEach((share, place) => {
      const { stopId = '', quantity = '' } = stops[place] ?? {};
      if (!isZero(share)) return;
      const rule = `must leave every stop at least one step of ${quantityStep}; cancel ${stopId} first`;
      found.push(problem('SPLIT_LEAVES_NOTHING', 'ratio', rule, quantity));
    });
    return found;
  }

  /** Prices that the grid of after the split cannot hold. */
  private farPrices(instrument: KnownInstrument, { ratio }: SplitInstrument): readonly Problem[] {
    const { instrumentId, priceTick } = instrument.definition;
    const previousTick = this.desk.registry.instruments.get(instrumentId)?.definition.priceTick;
    const most = decimal(formatUnits(PRICE_UNITS_MAX, instrument.grid.scale));
    return this.openOn(instrumentId).flatMap(({ stopId, plan, side }) => {
      const grid = instrument.definition;
      const asked = { ratio, side, previousTick: previousTick ?? priceTick, grid };
      return pricesOf(splitPlan(plan, asked))
        .filter((text) => !isPositive(decimal(text)) || compare(decimal(text), most) > 0)
        .map((text) => {
          const rule = `must leave the prices of ${stopId} above 0 and at most ${formatDecimal(most)}`;
          return problem('SPLIT_OFF_GRID', 'ratio', rule, text);
        });
    });
  }
}

interface Restated {
  readonly instrument: KnownInstrument;
  readonly split: KnownSplit;
  readonly after: number | undefined;
}

const ORDERS_RULE = 'must have no order under way: entries are taken back, exits come to their end';

function checkSplit(command: SplitInstrument, { definition }: KnownInstrument): Problem[] {
  const { ratio, priceTick, quantityStep } = command;
  const isTerm = (term: number): boolean => Number.isInteger(term) && term >= 1 && term <= TERM_MAX;
  const found: Problem[] = [];
  for (const term of ['from', 'to'] as const) {
    if (isTerm(ratio[term])) continue;
    const rule = `must be a whole number from 1 to ${TERM_MAX}`;
    found.push(problem('BAD_FORM', `ratio.${term}`, rule, String(ratio[term])));
  }
  if (priceTick !== undefined) found.push(...checkGridStep('priceTick', priceTick));
  if (quantityStep !== undefined) found.push(...checkGridStep('quantityStep', quantityStep));
  if (priceTick !== undefined && definition.priceBands) {
    const rule = 'must be left out where ticks change with the price: define the instrument anew';
    found.push(problem('TICK_IS_BANDED', 'priceTick', rule, priceTick));
  }
  return found;
}

/**
 * What each stop guards after a split. Together the stops of a position guard as many whole steps as their sum comes to:
 * what one loses to rounding the next has.
 */
function splitShares(
  stops: readonly KnownStop[],
  { ratio }: Pick<KnownSplit, 'ratio'>,
  { definition }: Pick<KnownInstrument, 'definition'>,
): readonly Decimal[] {
  const sums = new Map<string, Decimal>();
  return stops.map(({ stamp, quantity }) => {
    const before = sums.get(stamp.positionId) ?? ZERO;
    const sum = add(before, decimal(quantity));
    sums.set(stamp.positionId, sum);
    const upTo = (part: Decimal) => splitQuantity(part, ratio, definition.quantityStep);
    return subtract(upTo(sum), upTo(before));
  });
}

/** Where a stop stands after a split: what lies between two levels goes to the tighter side. */
function splitStop(stop: KnownStop, instrument: KnownInstrument, split: KnownSplit) {
  const { side, track } = stop;
  const { ratio, previousTick } = split;
  const plan = splitPlan(stop.plan, { ratio, side, previousTick, grid: instrument.definition });
  const entryPrice = splitEntryPrice(stop.entryPrice, ratio);
  const live = new LiveStop(termsOf({ plan, side, entryPrice }, instrument));
  const { sign, scale, fineDigits, rounding } = live.terms;
  const directed = (text: string | null, digits: number): number => {
    if (text === null) return NaN;
    const step = { units: 1n, scale: digits };
    return sign * Number(splitSteps(decimal(text), ratio, step, sign === 1 ? 'up' : 'down'));
  };
  const level = directed(track.level, scale + fineDigits);
  const isRounded = rounding !== 'none' && !Number.isNaN(level);
  live.level = isRounded ? roundInBand(level, { ...live.terms, rounding: 'tighter' }) : level;
  live.extreme = directed(track.extreme, scale);
  live.activated = stop.activated;
  live.moves = track.trailMoves;
  live.nextTarget = stop.targetsHit;
  return { live, plan, entryPrice };
}
