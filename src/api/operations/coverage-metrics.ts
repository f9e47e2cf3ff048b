import { Counter, Gauge } from 'prom-client';
import type { Registry } from 'prom-client';
import type { EngineGateway } from '../../application/ports/engine-gateway.port.js';

/** What is unprotected, as the engine measures it; nothing while it cannot be reached: see `stopledger_engine_up`. */
export function coverageFigures(registry: Registry, gateway: Pick<EngineGateway, 'view'>): void {
  const registers = [registry];
  new Gauge({
    name: 'stopledger_unprotected_positions',
    help: 'Open positions of which a part is neither guarded nor on its way out.',
    registers,
    async collect() {
      const view = await gateway.view();
      this.reset();
      if (view) this.set(view.unprotected.positions.length);
    },
  });
  new Counter({
    name: 'stopledger_unprotected_quantity_seconds_total',
    help: 'Unprotected quantity x seconds since the engine started.',
    labelNames: ['account', 'instrument'],
    registers,
    async collect() {
      const view = await gateway.view();
      this.reset();
      for (const { accountId, instrumentId, quantitySeconds } of view?.unprotected
        .quantitySeconds ?? []) {
        this.inc({ account: accountId, instrument: instrumentId }, Number(quantitySeconds));
      }
    },
  });
}
