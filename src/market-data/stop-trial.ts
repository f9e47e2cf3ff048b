import { parsePriceUnits, priceGrid } from '../domain/instrument/price-grid.js';
import type { PositionSide } from '../domain/kernel/units.js';
import { settingsOf } from '../domain/stop/dialect.js';
import type { PlanRequest } from '../domain/stop/plan-request.js';
import type {
  StopActivated,
  StopAmended,
  StopArmed,
  StopExpired,
  StopTrack,
  StopTriggered,
} from '../domain/stop/stop.events.js';
import type { CommandResult } from '../engine/decisions.js';
import type { EngineCommand } from '../engine/engine-commands.js';
import type { EngineInput } from '../engine/inputs.js';
import { Partition } from '../engine/partition.js';
import { TRIAL_ACCOUNT } from '../simulation/trial-account.js';

const INSTRUMENT = 'TRIAL:TRIAL';
const POSITION = '1'.padStart(26, '0');
const STOP = '2'.padStart(26, '0');
const SECOND_STOP = '3'.padStart(26, '0');
const HEAD = { feed: 'trial', venueTimeMs: 0, receivedAtMs: 0, verdict: 'good' } as const;
// Every move is to be seen, so none is merged with the next.
const RECORD_ALL = { recordIntervalMs: 0, trailEventsPerSecondMax: 1_000_000 };

type CommandBody = EngineCommand extends infer One
  ? One extends EngineCommand
    ? Omit<One, 'commandId' | 'actor'>
    : never
  : never;

/** One stop of one position in a production engine of its own, driven price by price. */
export class StopTrial {
  armed: StopArmed['data'] | undefined;
  activated: StopActivated['data'] | undefined;
  triggered: StopTriggered['data'] | undefined;
  /** Set when the time of the stop ran out without an exit. */
  expired: StopExpired['data'] | undefined;
  /** Exits that were sent. */
  orders = 0;
  /** Codes of the problems for which the newest plan was refused. */
  refusedFor: readonly string[] = [];
  private stopId = STOP;
  private readonly partition = new Partition({ partition: 'trial', recording: RECORD_ALL });
  private readonly scale: number;
  /** Set once the trial has ended: what the engine does then is no part of it. */
  private last: StopTrack | undefined;
  private amended: StopAmended['data'] | undefined;
  private seq = -1;
  private at = 0;

  /** Throws for a tick or an entry price that the engine refuses. */
  constructor(given: { priceTick: string; side: PositionSide; entryPrice: string }) {
    const { priceTick, side, entryPrice } = given;
    this.scale = priceGrid(priceTick).scale;
    const [quantity, quantityStep] = ['1', '1'];
    const instrument = { instrumentId: INSTRUMENT, symbol: 'TRIAL', priceTick, quantityStep };
    const position = {
      positionId: POSITION,
      accountId: TRIAL_ACCOUNT.accountId,
      instrumentId: INSTRUMENT,
    };
    for (const body of [
      { kind: 'DefineInstrument', ...instrument, quoteCurrency: 'USD', feeds: [] },
      { kind: 'OpenAccount', ...TRIAL_ACCOUNT },
      { kind: 'OpenPosition', ...position, side, quantity, entryPrice },
    ] as const) {
      const refusal = refusalOf(this.command(body));
      if (refusal !== undefined) throw new Error(refusal);
    }
  }

  /** Where the stop stands, or stood when the trial ended; undefined before it is armed. */
  get track(): StopTrack | undefined {
    return (
      this.last ?? this.triggered?.track ?? this.partition.registry.stops.get(this.stopId)?.track
    );
  }

  get isActivated(): boolean {
    return this.partition.registry.stops.get(this.stopId)?.activated ?? false;
  }

  /** Units of a price text for `trade` and `quote`; undefined for what is no price above zero. */
  units(price: string): number | undefined {
    return parsePriceUnits(price, this.scale);
  }

  /** Why the engine refused the plan, or undefined. */
  arm(plan: PlanRequest): string | undefined {
    const result = this.command({
      kind: 'ArmStop',
      stopId: this.stopId,
      positionId: POSITION,
      plan,
    });
    this.refusedFor = result?.kind === 'rejected' ? result.problems.map(({ code }) => code) : [];
    return refusalOf(result);
  }

  /** Puts the stop at another level, as somebody who amends it would. */
  amend(plan: PlanRequest): string | undefined {
    const { stopId } = this;
    const expectedRevision = this.partition.registry.revisionOf(`stop-${stopId}`);
    return refusalOf(this.command({ kind: 'AmendStop', stopId, expectedRevision, plan }));
  }

  /** The venue refuses the exit: the position stays open, and the next stop of the trial guards it. */
  refuseExit(): void {
    const { orderId } = this.triggered?.order ?? {};
    if (orderId === undefined) throw new Error('Invariant: an exit that is refused was sent');
    const reason = { reason: 'final', venueText: '' } as const;
    this.step({ kind: 'report', report: { kind: 'rejected', orderId, ...reason } });
    this.triggered = undefined;
    this.stopId = SECOND_STOP;
  }

  /** Lets time pass; input time never runs backwards, file times may. */
  passTo(timeMs: number): void {
    this.at = Math.max(this.at, timeMs);
  }

  trade(priceUnits: number, tradeId: string, timeMs = this.at): void {
    this.passTo(timeMs);
    const print = { instrumentId: INSTRUMENT, priceUnits, size: '1', tradeId };
    this.step({ kind: 'tick', tick: { kind: 'trade', ...HEAD, ...print } });
  }

  /** A book; NaN for a side that is empty. */
  quote(bidUnits: number, askUnits: number): void {
    const sides = { bidUnits, askUnits, bidSize: '1', askSize: '1', sequence: '' };
    this.step({
      kind: 'tick',
      tick: { kind: 'quote', ...HEAD, instrumentId: INSTRUMENT, ...sides },
    });
  }

  /** Ends the trial: best price since trailing began, also where nothing followed it; null before. */
  finalExtreme(): string | null {
    const { track } = this;
    this.last = track;
    if (!this.armed || this.triggered || !this.isActivated) return track?.extreme ?? null;
    // No fact is written for a best price that moved nothing; amending to the same plan states it.
    const dialect = settingsOf(this.armed.plan.dialect);
    const plan = {
      ...this.armed.plan,
      dialect,
    };
    this.amend(plan);
    return this.amended?.track.extreme ?? null;
  }

  private command(body: CommandBody): CommandResult | undefined {
    const head = { commandId: `c${this.seq + 1}`, actor: 'trial' };
    return this.step({ kind: 'command', command: { ...body, ...head } });
  }

  private step(input: EngineInput): CommandResult | undefined {
    this.seq += 1;
    const ref = { partition: 'trial', epoch: 1, seq: this.seq };
    const { decisions, result } = this.partition.step({ ref, at: this.at, input });
    for (const { fact } of decisions) {
      if (fact.type === 'StopArmed') this.armed = fact.data;
      if (fact.type === 'StopActivated') this.activated = fact.data;
      if (fact.type === 'StopAmended') this.amended = fact.data;
      if (fact.type === 'StopExpired') this.expired = fact.data;
      if (fact.type === 'OrderPlaced') this.orders += 1;
      if (fact.type === 'StopTriggered' && !this.last) this.triggered = fact.data;
    }
    return result;
  }
}

function refusalOf(result: CommandResult | undefined): string | undefined {
  if (result?.kind !== 'rejected') return undefined;
  return `refused: ${result.problems.map(({ field, rule, value }) => `${field} ${rule}, was ${value}`).join('; ')}`;
}
