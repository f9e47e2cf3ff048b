import { formatUnits } from '../../src/domain/instrument/price-grid.js';
import type { PositionSide } from '../../src/domain/kernel/units.js';
import type { PlanRequest } from '../../src/domain/stop/plan-request.js';
import type { Decision } from '../../src/engine/decisions.js';
import type { EngineCommand } from '../../src/engine/engine-commands.js';
import type { EngineInput, NumberedInput } from '../../src/engine/inputs.js';
import { Partition } from '../../src/engine/partition.js';
import { TRIAL_ACCOUNT } from '../../src/simulation/trial-account.js';

const HEAD = { actor: 'bench', commandId: 'bench' } as const;
/** What every instrument begins at unless it is said, in cents. */
export const FIRST = 10_000;

/** A partition with instruments on a grid of cents, whose price has been seen; what it refuses is an error. */
export class BenchPartition {
  readonly partition = new Partition({ partition: 'bench' });
  at = 0;
  private seq = -1;
  private ids = 0;

  constructor(
    instruments = 1,
    private readonly first = FIRST,
  ) {
    this.command({ kind: 'OpenAccount', ...HEAD, ...TRIAL_ACCOUNT });
    for (let number = 0; number < instruments; number += 1) {
      const instrumentId = instrumentOf(number);
      const named = { instrumentId, symbol: 'BENCH', quoteCurrency: 'USD', feeds: [] };
      const steps = { priceTick: '0.01', quantityStep: '1' };
      this.command({ kind: 'DefineInstrument', ...HEAD, ...named, ...steps });
      this.step(this.print(this.first, number));
    }
  }

  /** A position of its own for each stop, unless one is given. */
  arm(
    side: PositionSide,
    plan: PlanRequest,
    { instrument = 0, positionId = this.position(side, '1', instrument) } = {},
  ): void {
    const [stopId, quantity] = [this.nextId(), '1'];
    this.command({ kind: 'ArmStop', ...HEAD, stopId, positionId, plan, quantity });
  }

  position(side: PositionSide, quantity: string, instrument = 0): string {
    const [positionId, instrumentId] = [this.nextId(), instrumentOf(instrument)];
    const position = { positionId, accountId: TRIAL_ACCOUNT.accountId, instrumentId };
    const size = { side, quantity, entryPrice: formatUnits(this.first, 2) };
    this.command({ kind: 'OpenPosition', ...HEAD, ...position, ...size });
    return positionId;
  }

  print(priceUnits: number, instrument = 0): EngineInput {
    const instrumentId = instrumentOf(instrument);
    const head = { instrumentId, feed: 'bench', verdict: 'good' } as const;
    const times = { venueTimeMs: this.at, receivedAtMs: this.at };
    const print = { kind: 'trade', priceUnits, size: '1', tradeId: '1' } as const;
    return { kind: 'tick', tick: { ...head, ...times, ...print } };
  }

  numbered(input: EngineInput): NumberedInput {
    this.seq += 1;
    return { ref: { partition: 'bench', epoch: 1, seq: this.seq }, at: this.at, input };
  }

  step(input: EngineInput): readonly Decision[] {
    const { decisions, result } = this.partition.step(this.numbered(input));
    if (result?.kind === 'rejected') throw new Error(JSON.stringify(result.problems));
    return decisions;
  }

  private command(command: EngineCommand): void {
    this.step({ kind: 'command', command });
  }

  private nextId(): string {
    this.ids += 1;
    return String(this.ids).padStart(26, '0');
  }
}

function instrumentOf(number: number): string {
  return `BENCH:BENCH${number}`;
}
