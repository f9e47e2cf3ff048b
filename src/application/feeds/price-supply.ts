import type { PlanRequest } from '../../domain/stop/plan-request.js';
import type { StopPlan } from '../../domain/stop/stop-plan.js';
import type { PriceKind } from '../../domain/feed/feed.events.js';
import type { Problem } from '../../domain/kernel/decider.js';
import type { CommandRejected, EngineCommand } from '../../engine/engine-commands.js';
import { kindsReadBy } from '../../engine/price-source.js';
import type { Registry } from '../../engine/registry.js';
import type { AlarmDesk } from '../alarms/alarm-desk.js';
import type { PriceWant } from '../ports/market-feed.port.js';
import type { MarketDesk } from './market-desk.js';

export interface PriceSupplyOptions {
  readonly market: Pick<MarketDesk, 'has' | 'shows' | 'want'>;
  readonly registry: Pick<Registry, 'instruments' | 'positions' | 'stops'>;
  readonly alarms: Pick<AlarmDesk, 'raise' | 'isActive'>;
}

/**
 * Whether the price that is to fire a stop can come at all: a stop on a price that no feed shows looks armed and never
 * fires. A command that would arm one is refused; one that is armed already (feeds change with the configuration) is an
 * alarm. Feeds are the machine's, not the log's, so that this is judged before a command becomes an input.
 */
export class PriceSupply {
  constructor(private readonly options: PriceSupplyOptions) {}

  /** Undefined when nothing speaks against it here. */
  refusalOf(command: EngineCommand): CommandRejected | undefined {
    const problems = this.problemsOf(command);
    return problems.length === 0 ? undefined : { kind: 'rejected', rejection: 'invalid', problems };
  }

  /** Has the prices brought that an armed stop looks at. */
  want(instrumentId: string, plan: StopPlan): void {
    const { market, alarms } = this.options;
    const { triggerBy } = plan;
    // Also what feeds bring anyway, unless their configuration leaves it out. The side makes no difference to the kinds.
    for (const kind of kindsReadBy(plan, 'long')) market.want(instrumentId, WANTS[kind]);
    if (this.isShown(instrumentId, wantOf(triggerBy))) return;
    const about = `${instrumentId} ${triggerBy}`;
    if (alarms.isActive('PRICE_NOT_SHOWN', about)) return;
    const text = `a stop on ${instrumentId} fires by ${triggerBy}, which none of its feeds shows: it cannot fire`;
    alarms.raise('PRICE_NOT_SHOWN', about, text);
  }

  private problemsOf(command: EngineCommand): readonly Problem[] {
    const { positions, stops } = this.options.registry;
    switch (command.kind) {
      case 'DefineInstrument':
        return this.feedProblems(command.feeds);
      case 'ArmStop':
        return this.planProblems(
          positions.get(command.positionId)?.stamp.instrumentId,
          command.plan,
        );
      case 'AmendStop':
        return this.planProblems(stops.get(command.stopId)?.stamp.instrumentId, command.plan);
      case 'PlaceOrder':
        return command.plan ? this.planProblems(command.instrumentId, command.plan) : [];
      default:
        return [];
    }
  }

  private feedProblems(feeds: readonly string[]): readonly Problem[] {
    const unknown = feeds.filter((feed) => !this.options.market.has(feed));
    const rule = 'must name a configured feed';
    return unknown.map((value) => ({ code: 'FEED_UNKNOWN', field: 'feeds', rule, value }));
  }

  /** What is not known is refused by whoever looks for it. */
  private planProblems(instrumentId: string | undefined, plan: PlanRequest): readonly Problem[] {
    const { triggerBy = 'last' } = plan;
    if (instrumentId === undefined || !this.options.registry.instruments.has(instrumentId))
      return [];
    if (this.isShown(instrumentId, wantOf(triggerBy))) return [];
    const rule = `must be a price that a feed of ${instrumentId} shows`;
    return [{ code: 'PRICE_NOT_SHOWN', field: 'plan.triggerBy', rule, value: triggerBy }];
  }

  private isShown(instrumentId: string, want: PriceWant): boolean {
    const { market, registry } = this.options;
    const feeds = registry.instruments.get(instrumentId)?.definition.feeds ?? [];
    return feeds.some((feed) => market.shows(feed, want));
  }
}

const WANTS: Readonly<Record<PriceKind, PriceWant>> = {
  trade: 'ltp',
  quote: 'quote',
  mark: 'mark',
};

function wantOf(triggerBy: StopPlan['triggerBy']): PriceWant {
  if (triggerBy === 'mark') return 'mark';
  return triggerBy === 'last' ? 'ltp' : 'quote';
}
