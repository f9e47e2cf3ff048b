import type { Metric, Registry } from 'prom-client';
import type { EngineGateway, StepTimesView } from '../../application/ports/engine-gateway.port.js';
import { STEP_BUCKETS } from '../../application/step-times.js';

const NAME = 'stopledger_tick_step_duration_seconds';

/**
 * How long the steps of a tick's life take, as the engine counted them. A histogram of this library counts by itself; this
 * one only shows what was counted elsewhere.
 */
export function stepFigures(registry: Registry, gateway: Pick<EngineGateway, 'view'>): void {
  const shown = {
    name: NAME,
    help: 'Steps of the life of a tick and of the order that it decides (received, gated, judged, decided, durable, sent, acknowledged).',
    type: 'histogram',
    aggregator: 'sum',
    collect: undefined,
    reset: () => undefined,
    get: async () => {
      const view = await gateway.view();
      const { name, help, type, aggregator } = shown;
      return { name, help, type, aggregator, values: view ? valuesOf(view.steps) : [] };
    },
  };
  registry.registerMetric(shown as unknown as Metric);
}

function valuesOf(steps: StepTimesView) {
  return Object.entries(steps).flatMap(([step, { counts, sum }]) => {
    let below = 0;
    const buckets = counts.map((count, at) => {
      below += count;
      const le = STEP_BUCKETS[at]?.toString() ?? '+Inf';
      return { metricName: `${NAME}_bucket`, labels: { step, le }, value: below };
    });
    return [
      ...buckets,
      { metricName: `${NAME}_sum`, labels: { step }, value: sum },
      { metricName: `${NAME}_count`, labels: { step }, value: below },
    ];
  });
}
