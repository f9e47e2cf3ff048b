import { AccountSurplus } from './application/account-surplus.js';
import type { AlarmDesk } from './application/alarms/alarm-desk.js';
import { insuranceFaults, restingAsAsked } from './application/insurance-sight.js';
import { Reconciliation } from './application/reconciliation.js';
import type { ReconciledAccount } from './application/reconciliation.js';
import type { VenueBroker } from './application/ports/broker.port.js';
import type { AccountConfig } from './config/account-shape.js';
import type { Config } from './config/config-shape.js';
import type { VenueHolding } from './engine/inputs.js';
import { openPositionsOf } from './engine/open-trade.js';
import type { Registry } from './engine/registry.js';

export interface EngineReconciliationOptions {
  readonly config: Config;
  readonly registry: Registry;
  readonly brokers: {
    of(accountId: string): VenueBroker | undefined;
    isThere(accountId: string): boolean;
  };
  readonly report: (holding: VenueHolding) => void;
  readonly alarms: Pick<AlarmDesk, 'raise' | 'clear' | 'settle'>;
}

const NONE: ReadonlyMap<string, string> = new Map();

/** Compares positions with the venues of live accounts. A simulated venue knows nothing of what was only declared. */
export class EngineReconciliation {
  readonly surplus: AccountSurplus;
  private readonly reconciliation: Reconciliation;
  /** Of what rests at venues, by account. */
  private faults: ReadonlyMap<string, ReadonlyMap<string, string>> = new Map();

  constructor(private readonly options: EngineReconciliationOptions) {
    const { registry, brokers, report, alarms } = options;
    this.surplus = new AccountSurplus({
      registry,
      isThere: (accountId) => brokers.isThere(accountId),
      newest: (...asked) => this.reconciliation.newest(...asked),
    });
    this.reconciliation = new Reconciliation({
      heldBy: (accountId) => this.heldBy(accountId),
      isDefined: (instrumentId) => registry.instruments.has(instrumentId),
      report,
      onUnknown: (accountId, cause) => {
        if (cause === undefined) alarms.clear('POSITIONS_UNKNOWN', accountId, 'the venue tells');
        else {
          const text = `what account ${accountId} holds cannot be read: ${cause}`;
          alarms.raise('POSITIONS_UNKNOWN', accountId, text);
        }
      },
      onUndefined: (accountId, found) => {
        if (found.length === 0) alarms.clear('POSITION_UNDEFINED', accountId, 'it is gone');
        else {
          const text = `account ${accountId} holds ${found.join(', ')} at the venue, which no stop can guard`;
          alarms.raise('POSITION_UNDEFINED', accountId, text);
        }
      },
    });
  }

  async check(): Promise<void> {
    const accounts = this.accounts();
    await Promise.all(accounts.map((account) => this.reconciliation.check(account)));
    await this.readInsuranceBack(accounts);
  }

  /** What rests at a venue is compared with what was asked; a list that cannot be read says nothing of its account. */
  private async readInsuranceBack(accounts: readonly ReconciledAccount[]): Promise<void> {
    const resting = restingAsAsked(this.options.registry.orders.unsettled());
    const faults = new Map<string, ReadonlyMap<string, string>>();
    for (const { accountId } of accounts) {
      const asked = resting.filter(({ stamp }) => stamp.accountId === accountId);
      const open =
        asked.length > 0 ? await this.options.brokers.of(accountId)?.openOrders() : undefined;
      const before = this.faults.get(accountId) ?? NONE;
      if (open?.kind === 'unknown') faults.set(accountId, before);
      else faults.set(accountId, open ? insuranceFaults(asked, open.orders) : NONE);
    }
    this.faults = faults;
    const all = new Map([...faults.values()].flatMap((each) => [...each]));
    this.options.alarms.settle('INSURANCE_DIFFERS', all, 'what rests there is as asked');
  }

  private accounts(): readonly ReconciledAccount[] {
    const { config, registry, brokers } = this.options;
    return config.accounts.flatMap((account) => {
      // As it was opened: what the configuration says of one that is on paper changes nothing.
      const isLive = registry.accounts.get(account.id)?.mode === 'live';
      const broker = isLive ? brokers.of(account.id) : undefined;
      if (!broker) return [];
      const percent = account.adoptTrailPercent;
      const adoptPlan = percent === undefined ? undefined : { trail: { percent } };
      const accountId = account.id;
      return [{ accountId, broker, adopts: adoptsByDefault(account), adoptPlan }];
    });
  }

  private heldBy(accountId: string): readonly string[] {
    const open = openPositionsOf(this.options.registry, accountId);
    return [...new Set([...open].map(({ stamp }) => stamp.instrumentId))];
  }
}

/** What lies in a spot account may be savings: it is no trade of ours unless somebody says so. */
function adoptsByDefault(account: AccountConfig): boolean {
  const isSpot = account.broker === 'binance' && account.binance.market === 'spot';
  return account.adoptPositions ?? !isSpot;
}
