import { Counter, Gauge } from 'prom-client';
import type { Registry } from 'prom-client';
import type { EngineGateway, FeedReport } from '../../application/ports/engine-gateway.port.js';

/** The feeds as the engine counts them since its start; nothing while it cannot be reached. */
export function feedFigures(registry: Registry, gateway: Pick<EngineGateway, 'view'>): void {
  const registers = [registry];
  const reports = async (): Promise<readonly FeedReport[]> => (await gateway.view())?.feeds ?? [];
  const gauge = (name: string, help: string, read: (report: FeedReport) => number) =>
    new Gauge({
      ...{ name: `stopledger_feed_${name}`, help, labelNames: ['feed'], registers },
      async collect() {
        this.reset();
        for (const report of await reports()) this.set({ feed: report.feed }, read(report));
      },
    });
  gauge('connected', '1 while the feed is connected.', ({ connected }) => Number(connected));
  gauge('uptime_ratio', 'Share of the time since the start, from 0 to 1.', ({ uptimeShare }) =>
    Number(uptimeShare),
  );
  new Counter({
    name: 'stopledger_feed_prices_total',
    help: 'Prices that could be read.',
    labelNames: ['feed'],
    registers,
    async collect() {
      this.reset();
      for (const { feed, ticks } of await reports()) this.inc({ feed }, ticks);
    },
  });
  new Counter({
    name: 'stopledger_feed_refused_total',
    help: 'Frames that could not be read and prices that may not decide, by reason.',
    labelNames: ['feed', 'reason'],
    registers,
    async collect() {
      this.reset();
      for (const { feed, refused } of await reports()) {
        for (const [reason, times] of Object.entries(refused)) this.inc({ feed, reason }, times);
      }
    },
  });
}
