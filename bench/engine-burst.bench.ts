import { formatUnits } from '../src/domain/instrument/price-grid.js';
import type { PlanRequest } from '../src/domain/stop/plan-request.js';
import type { EngineCommand } from '../src/engine/engine-commands.js';
import type { EngineInput } from '../src/engine/inputs.js';
import type { Decision } from '../src/engine/decisions.js';
import { Partition } from '../src/engine/partition.js';
import { percentile } from './support/percentile.js';

/**
 * Question: how long after a price came in has the engine handed over a trigger, when the same price moves 10^2, 10^4,
 * 10^5 other stops?
 *
 * Every round a new high moves all longs, which trail by twenty plans, and fires one short. The way ends when `step` gives
 * the decisions back, of which the trigger is the first.
 */
export interface BurstResult {
  readonly others: number;
  readonly p50Us: number;
  readonly worstUs: number;
  /** Moves that became events with the triggers or behind them: the budget of a second bounds them. */
  readonly recorded: number;
}

const INSTRUMENT = 'BENCH:BENCH';
const ACCOUNT = 'bench';
const HEAD = { actor: 'bench', commandId: 'bench' } as const;
const PLANS = 20;
const FIRST = 10_000;
const WARM_UP = 20;
const ROUND_MS = 1_000;

class BurstBench {
  private readonly partition = new Partition({ partition: 'bench' });
  private seq = -1;
  private at = 0;
  private ids = 0;

  constructor(others: number, rounds: number) {
    const named = { instrumentId: INSTRUMENT, symbol: 'BENCH', quoteCurrency: 'USD', feeds: [] };
    const steps = { priceTick: '0.01', quantityStep: '1' };
    const account = {
      accountId: ACCOUNT,
      broker: 'paper',
      mode: 'paper',
      currency: 'USD',
    } as const;
    this.command({ kind: 'DefineInstrument', ...HEAD, ...named, ...steps });
    this.command({ kind: 'OpenAccount', ...HEAD, ...account });
    this.price(FIRST);
    for (let number = 0; number < others; number += 1) {
      this.arm('long', { trail: { percent: String(20 + (number % PLANS)) } });
    }
    for (let round = 1; round <= rounds; round += 1) {
      this.arm('short', { stop: formatUnits(FIRST + round, 2) });
    }
  }

  /** Returns the time of the step in ns, what it decided, and what was due behind it. */
  round(number: number) {
    this.at += ROUND_MS;
    const startNs = process.hrtime.bigint();
    const decisions = this.price(FIRST + number);
    const ns = Number(process.hrtime.bigint() - startNs);
    return { ns, decisions, after: this.step({ kind: 'timer' }) };
  }

  private arm(side: 'long' | 'short', plan: PlanRequest): void {
    const [positionId, stopId] = [this.nextId(), this.nextId()];
    const position = { positionId, accountId: ACCOUNT, instrumentId: INSTRUMENT };
    const size = { side, quantity: '1', entryPrice: formatUnits(FIRST, 2) };
    this.command({ kind: 'OpenPosition', ...HEAD, ...position, ...size });
    this.command({ kind: 'ArmStop', ...HEAD, stopId, positionId, plan });
  }

  private nextId(): string {
    this.ids += 1;
    return String(this.ids).padStart(26, '0');
  }

  private price(priceUnits: number): readonly Decision[] {
    const head = { instrumentId: INSTRUMENT, feed: 'bench', verdict: 'good' } as const;
    const times = { venueTimeMs: this.at, receivedAtMs: this.at };
    const print = { kind: 'trade', priceUnits, size: '1', tradeId: '1' } as const;
    return this.step({ kind: 'tick', tick: { ...head, ...times, ...print } });
  }

  private command(command: EngineCommand): void {
    this.step({ kind: 'command', command });
  }

  private step(input: EngineInput): readonly Decision[] {
    this.seq += 1;
    const ref = { partition: 'bench', epoch: 1, seq: this.seq };
    const { decisions, result } = this.partition.step({ ref, at: this.at, input });
    if (result?.kind === 'rejected') throw new Error(JSON.stringify(result.problems));
    return decisions;
  }
}

export function engineBurst(others: number, rounds: number): BurstResult {
  const bench = new BurstBench(others, rounds);
  const ways: number[] = [];
  let recorded = 0;
  for (let number = 1; number <= rounds; number += 1) {
    const { ns, decisions, after } = bench.round(number);
    if (decisions[0]?.fact.type !== 'StopTriggered') throw new Error('the trigger must come first');
    if (number <= WARM_UP) continue;
    ways.push(ns / 1_000);
    recorded += [...decisions, ...after].filter(({ fact }) => fact.type === 'StopTrailed').length;
  }
  return { others, p50Us: percentile(ways, 0.5), worstUs: Math.max(...ways), recorded };
}

export function engineBurstReport(sizes: readonly number[], rounds: number): string {
  return sizes
    .map((others) => engineBurst(others, rounds))
    .map(
      ({ others, p50Us, worstUs, recorded }) =>
        `others ${others}  p50 ${p50Us.toFixed(0)} µs  worst ${worstUs.toFixed(0)} µs  moves recorded ${recorded}`,
    )
    .join('\n');
}
