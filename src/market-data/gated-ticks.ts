import { QualityGate } from '../engine/quality-gate.js';
import type { Tick } from '../engine/tick.js';

/** The same ticks as the gate lets them in: each with its verdict, and before one that bears it out the one that was held. */
export function* gatedTicks(ticks: Iterable<Tick>): Generator<Tick> {
  const gate = new QualityGate();
  for (const tick of ticks) {
    const verdict = gate.judge(tick);
    if (gate.released) yield gate.released;
    yield { ...tick, verdict };
  }
}
