import type { EngineGateway, EngineView } from '../../application/ports/engine-gateway.port.js';

/** One answer of the engine for all figures of a scrape: they ask for it at the same time. */
export function scrapeView(gateway: EngineGateway): Pick<EngineGateway, 'view'> {
  let asked: Promise<EngineView | undefined> | undefined;
  return {
    view: () => (asked ??= gateway.view().finally(() => (asked = undefined))),
  };
}
