import { Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { EngineGateway } from '../../application/ports/engine-gateway.port.js';
import type { ProjectionStatus } from '../../application/ports/read-side.port.js';
import type { ProjectorStatusSource } from '../read-models.port.js';

/** Figures of this process for a scraper. Those of others are asked for when a scrape comes. */
export class ReadSideMetrics {
  readonly registry = new Registry();
  private readonly durations = new Histogram({
    name: 'stopledger_http_request_duration_seconds',
    help: 'Time from request to answer, by route.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers: [this.registry],
  });

  constructor(
    private readonly gateway: EngineGateway,
    private readonly projector: ProjectorStatusSource,
  ) {
    collectDefaultMetrics({ register: this.registry });
    this.projectorFigures();
  }

  observe(route: string, method: string, status: number, seconds: number): void {
    this.durations.observe({ method, route, status: String(status) }, seconds);
  }

  async text(): Promise<string> {
    await this.readEngine();
    return this.registry.metrics();
  }

  private projectorFigures(): void {
    const { projector } = this;
    if (!projector) return;
    const figure = (name: string, help: string, read: () => number) =>
      new Gauge({
        name: `stopledger_projector_${name}`,
        help,
        registers: [this.registry],
        collect() {
          this.set(read());
        },
      });
    this.modelFigure('position', 'Log position that the read model has reached.', (model) =>
      Number(model.position),
    );
    this.modelFigure(
      'lag_seconds',
      'Age of the newest fact applied while newer ones wait.',
      (model) => model.lagMs / 1_000,
    );
    this.modelFigure(
      'rows_suspect',
      'Rows that wait behind a parked fact.',
      (model) => model.parked,
    );
    figure('position', 'Log position that every read model has reached.', () =>
      Number(projector().position),
    );
    figure('caught_up', '1 when the newest of the log has been read.', () =>
      Number(projector().caughtUp),
    );
    figure(
      'facts_applied',
      'Facts applied since the start, once per read model.',
      () => projector().factsApplied,
    );
    figure(
      'rows_parked',
      'Rows that wait behind a fact that could not be applied.',
      () => projector().parked,
    );
  }

  private modelFigure(name: string, help: string, read: (model: ProjectionStatus) => number): void {
    const { projector } = this;
    new Gauge({
      name: `stopledger_projection_${name}`,
      help,
      labelNames: ['projection'],
      registers: [this.registry],
      collect() {
        for (const model of projector?.().models ?? []) {
          this.set({ projection: model.name }, read(model));
        }
      },
    });
  }

  private readonly engine = {
    up: this.engineGauge('up', '1 when the engine answers.'),
    epoch: this.engineGauge('epoch', 'Epoch of the partition.'),
    inputs: this.engineGauge('inputs', 'Inputs taken in this epoch.'),
    stopsArmed: this.engineGauge('stops_armed', 'Armed stops.'),
    connected: this.engineGauge('journal_connected', '1 when the log can be reached.'),
    inFlight: this.engineGauge('journal_in_flight', 'Appends under way.'),
    queued: this.engineGauge('journal_queued', 'Decisions that the log does not have yet.'),
    spooled: this.engineGauge('journal_spooled', 'Decisions that only the spool has.'),
  };

  private readonly lanes = {
    queued: this.laneGauge('queued', 'Orders and look-ups that wait for their turn.'),
    inFlight: this.laneGauge('in_flight', 'Orders and look-ups that the venue has not answered.'),
    broken: this.laneGauge('circuit_open', '1 while the venue gives no clear answers.'),
  };

  private laneGauge(name: string, help: string): Gauge<'account'> {
    return new Gauge({
      name: `stopledger_execution_${name}`,
      help,
      labelNames: ['account'],
      registers: [this.registry],
    });
  }

  private engineGauge(name: string, help: string): Gauge {
    return new Gauge({ name: `stopledger_engine_${name}`, help, registers: [this.registry] });
  }

  private async readEngine(): Promise<void> {
    const view = await this.gateway.view();
    const { engine } = this;
    engine.up.set(view ? 1 : 0);
    if (!view) return;
    engine.epoch.set(view.epoch);
    engine.inputs.set(view.inputs);
    engine.stopsArmed.set(view.stopsArmed);
    engine.connected.set(view.journal.connected ? 1 : 0);
    engine.inFlight.set(view.journal.inFlight);
    engine.queued.set(view.journal.queued);
    engine.spooled.set(view.journal.spooled);
    for (const [account, lane] of Object.entries(view.execution)) {
      this.lanes.queued.set({ account }, lane.queued);
      this.lanes.inFlight.set({ account }, lane.inFlight);
      this.lanes.broken.set({ account }, lane.circuit === 'closed' ? 0 : 1);
    }
  }
}
