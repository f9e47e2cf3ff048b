import { parsePriceUnits } from '../../src/domain/instrument/price-grid.js';
import type { Fact } from '../../src/domain/facts.js';
import type { PlanRequest } from '../../src/domain/stop/plan-request.js';
import type { CommandResult, Decision } from '../../src/engine/decisions.js';
import type { BrokerReport, EngineInput, NumberedInput } from '../../src/engine/inputs.js';
import type { RecordingRule } from '../../src/engine/move-recorder.js';
import { Partition } from '../../src/engine/partition.js';
import type { PartitionImage } from '../../src/engine/partition-image.js';
import type { PartitionSnapshot } from '../../src/engine/partition-snapshot.js';
import type { TradeTick } from '../../src/engine/tick.js';

export const T0 = 1_750_541_100_000;
export const LTC = 'BINANCE:LTCUSDT';

/** A ULID whose last digits are the number. */
export function ulidOf(number: number): string {
  return String(number).padStart(26, '0');
}

export function trade(price: string, more: Partial<TradeTick> = {}): TradeTick {
  const priceUnits = parsePriceUnits(price, 2);
  if (priceUnits === undefined) throw new Error(`not a price on the grid: ${price}`);
  return {
    kind: 'trade',
    instrumentId: LTC,
    feed: 'main',
    priceUnits,
    size: '1',
    tradeId: '1',
    venueTimeMs: T0,
    receivedAtMs: T0,
    verdict: 'good',
    ...more,
  };
}

/** A partition with one paper account and LTCUSDT on a 0.01 grid; every input and decision is kept. */
export class PartitionFixture {
  readonly partition: Partition;
  readonly inputs: NumberedInput[] = [];
  readonly decisions: Decision[] = [];
  at = T0;
  private seq = -1;
  private commandCount = 0;

  constructor(
    readonly epoch = 1,
    private readonly recording: RecordingRule = {
      recordIntervalMs: 0,
      trailEventsPerSecondMax: 1_000_000,
    },
  ) {
    this.partition = new Partition({ partition: 'p0', recording });
  }

  static ready(recording?: RecordingRule): PartitionFixture {
    const fixture = new PartitionFixture(1, recording);
    fixture.command({
      kind: 'DefineInstrument',
      instrumentId: LTC,
      symbol: 'LTCUSDT',
      priceTick: '0.01',
      quantityStep: '0.001',
      quoteCurrency: 'USDT',
      feeds: ['main'],
    });
    fixture.command({
      kind: 'OpenAccount',
      accountId: 'demo',
      broker: 'paper',
      mode: 'paper',
      currency: 'USDT',
    });
    return fixture;
  }

  input(input: EngineInput): { facts: Fact[]; result: CommandResult | undefined } {
    this.seq += 1;
    const numbered = {
      ref: { partition: 'p0', epoch: this.epoch, seq: this.seq },
      at: this.at,
      input,
    };
    this.inputs.push(numbered);
    const { decisions, result } = this.partition.step(numbered);
    this.decisions.push(...decisions);
    return { facts: decisions.map((decision) => decision.fact), result };
  }

  command(command: Record<string, unknown> & { kind: string }): CommandResult {
    this.commandCount += 1;
    const whole = { commandId: `c${this.commandCount}`, actor: 'test', ...command };
    const { result } = this.input({ kind: 'command', command: whole as never });
    if (!result) throw new Error('a command has a result');
    return result;
  }

  price(price: string, more: Partial<TradeTick> = {}): Fact[] {
    return this.input({ kind: 'tick', tick: trade(price, more) }).facts;
  }

  report(report: BrokerReport): Fact[] {
    return this.input({ kind: 'report', report }).facts;
  }

  position(number: number, side: 'long' | 'short', quantity = '10', entryPrice = '83.29'): void {
    const result = this.command({
      kind: 'OpenPosition',
      positionId: ulidOf(number),
      accountId: 'demo',
      instrumentId: LTC,
      side,
      quantity,
      entryPrice,
    });
    if (result.kind === 'rejected') throw new Error(JSON.stringify(result.problems));
  }

  arm(stop: number, position: number, plan: PlanRequest, quantity?: string): CommandResult {
    return this.command({
      kind: 'ArmStop',
      stopId: ulidOf(stop),
      positionId: ulidOf(position),
      plan,
      ...(quantity !== undefined && { quantity }),
    });
  }

  /** A new engine that has folded what this one decided, as after a restart. */
  restarted(durable: readonly Decision[] = this.decisions): PartitionFixture {
    return this.stoodBy(0, durable);
  }

  /** A new engine that has followed the log of this one, and rehearsed after every so many facts; 0: never. */
  stoodBy(every: number, durable: readonly Decision[] = this.decisions): PartitionFixture {
    const next = new PartitionFixture(this.epoch + 1);
    next.at = this.at;
    for (const [place, { streamId, fact, expectedRevision }] of durable.entries()) {
      next.partition.restore(streamId, fact, expectedRevision + 1);
      if (every > 0 && place % every === 0) next.partition.rehearse(() => false);
    }
    return next;
  }

  /** A new engine that goes on from an image that this one made after so many decisions, with what followed. */
  resumed(image: PartitionImage, decisionsBefore: number): PartitionFixture {
    const next = new PartitionFixture(this.epoch + 1);
    next.at = this.at;
    next.partition.resumeFrom(image);
    // The log may give again what the image holds.
    const from = Math.max(0, decisionsBefore - 3);
    for (const { streamId, fact, expectedRevision } of this.decisions.slice(from)) {
      next.partition.restore(streamId, fact, expectedRevision + 1);
    }
    const start = next.partition.beginRecovery();
    for (const taped of start ? this.inputs : []) {
      if (start && taped.ref.seq > start.seq) next.partition.recover(taped);
    }
    next.partition.live();
    return next;
  }

  /** The same engine from a snapshot that went through bytes: it goes on with the next input. */
  continued(): PartitionFixture {
    const next = new PartitionFixture(this.epoch, this.recording);
    next.at = this.at;
    next.seq = this.seq;
    next.commandCount = this.commandCount;
    next.partition.takeOver(
      JSON.parse(JSON.stringify(this.partition.snapshot())) as PartitionSnapshot,
    );
    return next;
  }
}
