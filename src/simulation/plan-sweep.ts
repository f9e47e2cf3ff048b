import { formatUnits, priceGrid } from '../domain/instrument/price-grid.js';
import type { Contract } from '../domain/kernel/contract.js';
import type { Fact } from '../domain/facts.js';
import type { Problem } from '../domain/kernel/decider.js';
import type { DecimalText, PositionSide, UnixMs } from '../domain/kernel/units.js';
import type { PlanRequest } from '../domain/stop/plan-request.js';
import type { StopTrack, TriggerBranch } from '../domain/stop/stop.events.js';
import type { CommandResult } from '../engine/decisions.js';
import type { EngineCommand } from '../engine/engine-commands.js';
import type { EngineInput } from '../engine/inputs.js';
import { Partition } from '../engine/partition.js';
import { PRICE_KIND } from './price-columns.js';
import type { PriceColumns } from './price-columns.js';
import { TRIAL_ACCOUNT } from './trial-account.js';

/** What the plans are tried on. */
export interface SweepMarket {
  readonly priceTick: string;
  readonly quantityStep: string;
  readonly sessionEnd?: string;
  readonly contract?: Contract;
}

/** No case can run: the market is none that the engine takes. */
export class MarketRefused extends Error {
  constructor(readonly problems: readonly Problem[]) {
    super(problems.map(({ field, rule, value }) => `${field} ${rule}, was ${value}`).join('; '));
  }
}

/** One plan, and the position that it guards. */
export interface SweepCase {
  readonly side: PositionSide;
  readonly quantity: string;
  readonly plan: PlanRequest;
  /** Missing: the newest price, of a book the side that an entry takes. */
  readonly entryPrice?: string;
  /** So many prices have been seen when the stop is armed; at least one. Missing: one. */
  readonly afterRows?: number;
}

/** An exit that the engine decided. What a venue makes of it is not told here. */
export interface SweepExit {
  readonly branch: TriggerBranch;
  /** The row whose price decided; for a time, or a stop that was armed through the market, the newest before it. */
  readonly row: number;
  readonly at: UnixMs;
  readonly price: DecimalText;
  readonly quantity: DecimalText;
  /** Of an exit that may not be filled beyond it. */
  readonly limitPrice?: DecimalText;
}

export type SweepOutcome =
  | { readonly kind: 'refused'; readonly problems: readonly Problem[] }
  | {
      readonly kind: 'ran';
      readonly end: 'triggered' | 'expired' | 'open';
      readonly entryPrice: DecimalText;
      readonly exits: readonly SweepExit[];
      /** Where the stop stood when it ended, or stands. */
      readonly track: StopTrack;
      readonly activated: boolean;
    };

const NONE = -1;
const PARTITION = 'sweep';
const INSTRUMENT = 'SWEEP:SWEEP';
const HEAD = { actor: 'sweep' } as const;
// Moves are asked for at the end, not one by one: only a stop's first move becomes an event.
const RECORD_LITTLE = {
  recordIntervalMs: Number.MAX_SAFE_INTEGER,
  trailEventsPerSecondMax: 1_000_000,
};

type Running = {
  -readonly [Field in keyof Extract<SweepOutcome, { kind: 'ran' }>]: Extract<
    SweepOutcome,
    { kind: 'ran' }
  >[Field];
} & { exits: SweepExit[] };

/**
 * Runs every case over the prices, in one pass, in one production engine: what a price does not concern costs nothing,
 * however many plans there are. Each case has a position of its own, and none is filled: an outcome is what was decided.
 *
 * Returns an outcome for each case, in their order. The same cases in several parts, on several threads, come to the same.
 * Throws MarketRefused.
 */
export function sweepPlans(
  market: SweepMarket,
  cases: readonly SweepCase[],
  prices: PriceColumns,
): readonly SweepOutcome[] {
  return new PlanSweep(market, cases, prices).run();
}

class PlanSweep {
  private readonly partition = new Partition({ partition: PARTITION, recording: RECORD_LITTLE });
  private readonly outcomes: SweepOutcome[] = [];
  private readonly running = new Map<string, Running>();
  /** Places of the cases, those that begin last first. */
  private readonly waiting: number[];
  private readonly scale: number;
  private seq = -1;
  private at: UnixMs = 0;
  private row = 0;
  /** The newest print where the engine has not been shown it. */
  private unseenRow = NONE;

  constructor(
    market: SweepMarket,
    private readonly cases: readonly SweepCase[],
    private readonly prices: PriceColumns,
  ) {
    this.scale = priceGrid(market.priceTick).scale;
    this.waiting = cases.map((_case, place) => place).reverse();
    this.waiting.sort((a, b) => this.startOf(b) - this.startOf(a) || b - a);
    this.at = prices.atMs[0] ?? 0;
    const named = { instrumentId: INSTRUMENT, symbol: 'SWEEP', quoteCurrency: 'USD', feeds: [] };
    const refused = this.command({
      ...{ kind: 'DefineInstrument', ...HEAD, commandId: 'i', ...market, ...named },
    });
    if (refused) throw new MarketRefused(refused);
    this.command({ kind: 'OpenAccount', ...HEAD, commandId: 'a', ...TRIAL_ACCOUNT });
  }

  run(): readonly SweepOutcome[] {
    const { prices, partition } = this;
    for (let row = 0; row < prices.count; row += 1) {
      if (partition.stopsArmed === 0 && this.waiting.length === 0) break;
      this.show(row, prices.atMs[row] ?? 0);
      this.armUpTo(row + 1);
    }
    for (const place of this.waiting)
      this.outcomes[place] = neverBegun(this.startOf(place), prices);
    for (const [stopId, outcome] of this.running) this.settle(stopId, outcome);
    return this.outcomes;
  }

  /** A print that concerns nobody is shown only if something comes before the next that asks for the newest price. */
  private show(row: number, atMs: UnixMs): void {
    const { prices, partition } = this;
    const isPrint = prices.kind[row] === PRICE_KIND.trade;
    if (isPrint && partition.isQuietAt(INSTRUMENT, prices.units[row] ?? NaN, atMs)) {
      this.unseenRow = row;
      this.row = row;
      return;
    }
    if (!isPrint || partition.wakeAtMs <= atMs) this.catchUp();
    this.unseenRow = NONE;
    this.passTo(atMs);
    this.row = row;
    this.step({ kind: 'tick', tick: prices.tick(row, INSTRUMENT) });
  }

  private catchUp(): void {
    const row = this.unseenRow;
    if (row === NONE) return;
    this.unseenRow = NONE;
    this.at = this.prices.atMs[row] ?? 0;
    this.step({ kind: 'tick', tick: this.prices.tick(row, INSTRUMENT) });
  }

  /** Times that come between two prices come when they are due, as they do in an engine that is awake. */
  private passTo(atMs: UnixMs): void {
    const { partition } = this;
    for (let due = partition.wakeAtMs; due > this.at && due < atMs; due = partition.wakeAtMs) {
      this.at = due;
      this.step({ kind: 'timer' });
    }
    this.at = atMs;
  }

  private startOf(place: number): number {
    return Math.max(1, this.cases[place]?.afterRows ?? 1);
  }

  private armUpTo(rows: number): void {
    for (let place = this.waiting.at(-1); place !== undefined; place = this.waiting.at(-1)) {
      if (this.startOf(place) > rows) return;
      this.waiting.pop();
      this.catchUp();
      const begun = this.cases[place];
      if (begun) this.begin(place, begun);
    }
  }

  private begin(place: number, { side, quantity, plan, ...more }: SweepCase): void {
    const [positionId, stopId] = [idOf(2 * place), idOf(2 * place + 1)];
    const entryPrice = more.entryPrice ?? this.newestPrice(side);
    const position = { positionId, accountId: TRIAL_ACCOUNT.accountId, instrumentId: INSTRUMENT };
    const running: Running = {
      ...{ kind: 'ran', end: 'open', entryPrice: '0' as DecimalText, exits: [] },
      ...{ track: { level: null, extreme: null, trailMoves: 0 }, activated: false },
    };
    // The stop may fire in the step that arms it.
    this.running.set(stopId, running);
    const problems =
      this.command({
        ...{ kind: 'OpenPosition', ...HEAD, commandId: `p${place}`, ...position },
        ...{ side, quantity, entryPrice },
      }) ??
      this.command({ kind: 'ArmStop', ...HEAD, commandId: `s${place}`, stopId, positionId, plan });
    if (!problems) {
      this.outcomes[place] = running;
      return;
    }
    this.running.delete(stopId);
    this.outcomes[place] = { kind: 'refused', problems };
  }

  private newestPrice(side: PositionSide): DecimalText {
    const { prices, row } = this;
    const isAsk = side === 'long' && prices.kind[row] === PRICE_KIND.quote;
    const units = (isAsk ? prices.askUnits : prices.units)[row] ?? NaN;
    return formatUnits(units, this.scale);
  }

  private settle(stopId: string, outcome: Running): void {
    const stop = this.partition.registry.stops.get(stopId);
    if (!stop || outcome.end !== 'open') return;
    outcome.track = this.partition.trackOf(stopId) ?? stop.track;
    outcome.activated = stop.activated;
  }

  private command(command: EngineCommand): readonly Problem[] | undefined {
    const result = this.step({ kind: 'command', command });
    return result?.kind === 'rejected' ? result.problems : undefined;
  }

  private step(input: EngineInput): CommandResult | undefined {
    this.seq += 1;
    const ref = { partition: PARTITION, epoch: 1, seq: this.seq };
    const { decisions, result } = this.partition.step({ ref, at: this.at, input });
    for (const { fact } of decisions) this.note(fact);
    return result;
  }

  private note(fact: Fact): void {
    switch (fact.type) {
      case 'StopArmed':
        this.noteBegin(fact.data);
        return;
      case 'StopTargetHit':
        this.noteExit(fact.data, 'target');
        return;
      case 'StopTriggered':
        this.noteEnd(fact.data, 'triggered');
        this.noteExit(fact.data, fact.data.branch);
        return;
      case 'StopExpired':
        this.noteEnd(fact.data, 'expired');
        return;
      default:
        return;
    }
  }

  private noteBegin({ stopId, entryPrice }: FactOf<'StopArmed'>): void {
    const outcome = this.running.get(stopId);
    if (outcome) outcome.entryPrice = entryPrice;
  }

  private noteEnd(
    { stopId, track }: FactOf<'StopTriggered'> | FactOf<'StopExpired'>,
    end: 'triggered' | 'expired',
  ): void {
    const outcome = this.running.get(stopId);
    if (!outcome) return;
    outcome.end = end;
    outcome.track = track;
    outcome.activated = this.partition.registry.stops.get(stopId)?.activated ?? false;
  }

  private noteExit(
    { stopId, at, cause, order }: FactOf<'StopTriggered'> | FactOf<'StopTargetHit'>,
    branch: TriggerBranch,
  ): void {
    const outcome = this.running.get(stopId);
    if (!outcome || !cause) return;
    outcome.exits.push({
      ...{ branch, at, row: Number(cause.tradeId), price: cause.price, quantity: order.quantity },
      ...(order.limitPrice !== undefined && { limitPrice: order.limitPrice }),
    });
  }
}

type FactOf<Type extends Fact['type']> = Extract<Fact, { type: Type }>['data'];

function neverBegun(start: number, { count }: PriceColumns): SweepOutcome {
  const rule = `must be at most the number of prices, ${count}`;
  const problem = { code: 'OUT_OF_RANGE', field: 'afterRows', rule, value: String(start) } as const;
  return { kind: 'refused', problems: [problem] };
}

/** A ULID that says nothing but its number. */
function idOf(number: number): string {
  return String(number).padStart(26, '0');
}
