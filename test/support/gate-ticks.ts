import { QualityGate } from '../../src/engine/quality-gate.js';
import type { GateVerdict, QuoteTick, Tick, TradeTick } from '../../src/engine/tick.js';

export const T0 = 1_750_541_280_000;

export function trade(tradeId: string | number, change: Partial<TradeTick> = {}): TradeTick {
  return {
    kind: 'trade',
    instrumentId: 'BINANCE:LTCUSDT',
    feed: 'main',
    priceUnits: 8022,
    size: '1',
    tradeId: String(tradeId),
    venueTimeMs: T0,
    receivedAtMs: T0 + 5,
    verdict: 'good',
    ...change,
  };
}

export function quote(sequence: string | number, change: Partial<QuoteTick> = {}): QuoteTick {
  return {
    kind: 'quote',
    instrumentId: 'BINANCE:LTCUSDT',
    feed: 'main',
    bidUnits: 8021,
    askUnits: 8022,
    bidSize: '1',
    askSize: '1',
    sequence: String(sequence),
    venueTimeMs: T0,
    receivedAtMs: T0 + 5,
    verdict: 'good',
    ...change,
  };
}

export function judgeAll(ticks: readonly Tick[], gate = new QualityGate()): GateVerdict[] {
  return ticks.map((tick) => gate.judge(tick));
}

export function range(from: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => from + index);
}
