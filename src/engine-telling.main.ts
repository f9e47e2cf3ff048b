import { idsOf } from './adapters/eventstoredb/recorded-fact.js';
import { decisionFields } from './application/decision-fields.js';
import { narrate } from './application/narration.js';
import { OrderTraces } from './application/order-traces.js';
import type { Say } from './application/ports/say.port.js';
import type { Traces } from './application/ports/trace.port.js';
import { StepTimes } from './application/step-times.js';
import type { Config } from './config/config-shape.js';
import type { Decision } from './engine/decisions.js';

/** Says durable decisions: who reads with programs gets every one, who reads with eyes what says something to a trader. */
export function openTelling(to: {
  readonly config: Pick<Config, 'log'>;
  readonly say: Say;
  readonly narrates: boolean;
}): (decision: Decision) => void {
  const isForPrograms = to.config.log.format === 'json';
  return (decision) => {
    if (!to.narrates) return;
    const line = narrate(decision) ?? (isForPrograms ? decision.fact.type : undefined);
    if (line === undefined) return;
    to.say(line, isForPrograms ? decisionFields(decision, idsOf(decision)) : undefined);
  };
}

export function openSteps(
  { stampedAtMs }: { readonly stampedAtMs: () => number },
  traces: OrderTraces | undefined,
): StepTimes {
  return new StepTimes({
    ...{ monotonicMs: () => performance.now(), stampedAtMs, onStep: traces?.took },
  });
}

export function openOrderTraces(traces: Traces): OrderTraces {
  const [monotonicMs, originMs] = [() => performance.now(), performance.timeOrigin];
  return new OrderTraces({ ...{ traces, idsOf, monotonicMs, originMs } });
}
