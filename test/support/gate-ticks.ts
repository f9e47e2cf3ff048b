import { QualityGate } from '../../src/engine/quality-gate.js';
import type { GateVerdict, QuoteTick, Tick, TradeTick } from '../../src/engine/tick.js';

export const T0 = 1_750_541_280_000;

const SEEN: Pick<Tick, 'instrumentId' | 'feed' | 'venueTimeMs' | 'receivedAtMs' | 'verdict'> = {
  instrumentId: 'BINANCE:LTCUSDT',
  feed: 'main',
  venueTimeMs: T0,
  receivedAtMs: T0 + 5,
  verdict: 'good',
};

export function trade(tradeId: string | number, change: Partial<TradeTick> = {}): TradeTick {
  return {
    kind: 'trade',
    ...SEEN,
    priceUnits: 8022,
    size: '1',
    tradeId: String(tradeId),
    ...change,
  };
}

export function quote(sequence: string | number, change: Partial<QuoteTick> = {}): QuoteTick {
  return {
    kind: 'quote',
    ...SEEN,
    bidUnits: 8021,
    askUnits: 8022,
    bidSize: '1',
    askSize: '1',
    sequence: String(sequence),
    ...change,
  };
}

export function judgeAll(ticks: readonly Tick[], gate = new QualityGate()): GateVerdict[] {
  return ticks.map((tick) => gate.judge(tick));
}

export function range(from: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => from + index);
}
