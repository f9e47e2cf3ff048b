import type { AccountId, InstrumentId } from '../domain/kernel/units.js';
import type { CommandRejected, EngineCommand } from '../engine/engine-commands.js';
import type { Registry } from '../engine/registry.js';

export interface VenueReachOptions {
  readonly registry: Pick<Registry, 'accounts' | 'positions' | 'orders'>;
  /** What the venue of an account trades; undefined where that is anything, or where nobody knows. */
  readonly venueOf: (accountId: AccountId) =>
    | {
        readonly name: string;
        readonly trades: (instrumentId: InstrumentId) => boolean;
      }
    | undefined;
}

/** What is open where no exit can leave. */
export interface Unreachable {
  readonly accountId: AccountId;
  readonly instrumentId: InstrumentId;
  readonly text: string;
}

/**
 * Whether an exit of an account can reach the market of an instrument at all: a stop on another venue's instrument looks
 * armed, and what it sends is kept back. A command that would open or guard such a thing is refused; what the log has
 * already is an alarm. Venues are in the configuration, not in the log, so that this is judged before a command is an input.
 */
export class VenueReach {
  constructor(private readonly options: VenueReachOptions) {}

  /** Undefined when nothing speaks against it here. */
  refusalOf(command: EngineCommand): CommandRejected | undefined {
    switch (command.kind) {
      case 'OpenPosition':
      case 'PlaceOrder':
        return this.refusal(command, 'instrumentId', command.instrumentId);
      case 'ArmStop': {
        const { stamp } = this.options.registry.positions.get(command.positionId) ?? {};
        return stamp && this.refusal(stamp, 'positionId', command.positionId);
      }
      default:
        return undefined;
    }
  }

  /** Of accounts that send: what is open of instruments which their venues do not trade. */
  *unreachable(): Generator<Unreachable> {
    const { positions, orders } = this.options.registry;
    const seen = new Set<string>();
    const open = [...positions.values()].filter(({ status }) => status === 'open');
    for (const { stamp } of [...open, ...orders.unsettled()]) {
      const { accountId, instrumentId } = stamp;
      const venue = this.missedBy(stamp);
      if (venue === undefined || seen.has(`${accountId} ${instrumentId}`)) continue;
      seen.add(`${accountId} ${instrumentId}`);
      const text = `account ${accountId} has ${instrumentId} open and trades at ${venue}: no exit of it can leave`;
      yield { accountId, instrumentId, text };
    }
  }

  private refusal(
    traded: { readonly accountId: AccountId; readonly instrumentId: InstrumentId },
    field: string,
    value: string,
  ): CommandRejected | undefined {
    const venue = this.missedBy(traded);
    if (venue === undefined) return undefined;
    const subject =
      field === 'instrumentId'
        ? 'must be'
        : `must be of an instrument, not ${traded.instrumentId},`;
    const rule = `${subject} of the venue of account ${traded.accountId}: ${venue}`;
    const problem = { code: 'INSTRUMENT_OF_OTHER_VENUE', field, rule, value };
    return { kind: 'rejected', rejection: 'invalid', problems: [problem] };
  }

  /** The name of the venue that does not trade it. What is simulated trades anything. */
  private missedBy({
    accountId,
    instrumentId,
  }: {
    readonly accountId: AccountId;
    readonly instrumentId: InstrumentId;
  }): string | undefined {
    if (this.options.registry.accounts.get(accountId)?.mode !== 'live') return undefined;
    const venue = this.options.venueOf(accountId);
    return venue?.trades(instrumentId) === false ? venue.name : undefined;
  }
}
